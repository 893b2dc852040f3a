"""Reads a finished letter and says what must be there and is not, or must not be there and is.

It reads the text alone, as a regulator would, and knows nothing of how the text was made. The ids are those of
`leakresponse.law.vocabulary.PHRASES`; an id that is not known here is itself a violation, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

Check = Callable[[str], bool]

_PHONE = r"1?[ -]?\(?8(?:00|33|44|55|66|77|88)\)?[ -]\d{3}-\d{4}"
_ANY_PHONE = r"\d{3}-\d{3}-\d{4}|\(\d{3}\) ?\d{3}-\d{4}"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = rf"{_MONTH} \d{{1,2}}, \d{{4}}"
_ZIP = r"[A-Z]{2} \d{5}(?:-\d{4})?"

#: Civ. Code 1798.82(d)(1): the title and five headings, in this order.
CALIFORNIA_TITLE = "Notice of Data Breach"
CALIFORNIA_HEADINGS = (
    "What Happened",
    "What Information Was Involved",
    "What We Are Doing",
    "What You Can Do",
    "For More Information",
)
#: Plain language, as far as a machine can tell: words in a sentence, on average, and in the longest one.
_MEAN_WORDS, _MOST_WORDS = 22.0, 60


def check_letter(text: str, must_include: Iterable[str], must_omit: Iterable[str]) -> list[str]:
    """Violations of one text, in words; empty where it holds. A must-omit id is checked by the signs it would leave."""
    found = [f"unknown id {i}" for i in must_include if i not in _PRESENT]
    found += [f"unknown id {i}" for i in must_omit if i not in _ABSENT]
    found += [f"{i} is missing" for i in must_include if i in _PRESENT and not _PRESENT[i](text)]
    found += [f"{i} is told" for i in must_omit if i in _ABSENT and not _ABSENT[i](text)]
    if re.search(r"\{\{|\}\}|\{%|\[[A-Z][A-Z _]+\]|[\ue000-\uf8ff]", text):
        found.append("a placeholder is not filled")
    return found


def _has(*patterns: str) -> Check:
    compiled = [re.compile(p, re.IGNORECASE | re.DOTALL) for p in patterns]
    return lambda text: all(p.search(text) for p in compiled)


def _section(heading: str) -> Check:
    """The heading on a line of its own, and words below it."""
    pattern = re.compile(rf"^{heading}\n[-=]*\s*\S.{{20,}}", re.MULTILINE)
    return lambda text: pattern.search(text) is not None


def _lacks(*patterns: str) -> Check:
    compiled = [re.compile(p, re.IGNORECASE) for p in patterns]
    return lambda text: not any(p.search(text) for p in compiled)


def _plain(text: str) -> bool:
    prose = [line for line in text.splitlines() if len(line.split()) > 5 and not line.startswith(("*", "-"))]
    sentences = [len(s.split()) for line in prose for s in re.split(r"(?<=[.!?:])\s+", line) if s.strip()]
    return not sentences or (max(sentences) <= _MOST_WORDS and sum(sentences) / len(sentences) <= _MEAN_WORDS)


def _california(text: str) -> bool:
    lines = [line.strip() for line in text.splitlines()]
    places = [lines.index(wanted) if wanted in lines else -1 for wanted in (CALIFORNIA_TITLE, *CALIFORNIA_HEADINGS)]
    return -1 not in places and places == sorted(places)


def _types(text: str) -> bool:
    lines = text.splitlines()
    at = next((i for i, line in enumerate(lines) if line.strip() == "What Information Was Involved"), None)
    if at is None:
        return False
    items = [line for line in lines[at + 1 : at + 60] if line.startswith("* ")]
    return bool(items) and "information" in " ".join(lines[at : at + 5])


def _three_bureaus(text: str) -> bool:
    spans = [
        line for line in text.splitlines() if re.search(r"Equifax|Experian|TransUnion", line) and re.search(_ZIP, line)
    ]
    names = {n for n in ("Equifax", "Experian", "TransUnion") for line in spans if n in line}
    return len(names) == 3 and all(re.search(_PHONE, line) for line in spans)


_PRESENT: dict[str, Check] = {
    "plain_language": _plain,
    "california_title_and_headings": _california,
    "entity_name_and_contact": _has(rf"For More Information\n.*write to [^\n]{{3,200}}?{_ZIP}", _PHONE),
    "contact_for_questions": _has(r"For More Information\n.*(?:call|write|e-mail)"),
    "what_happened_general": _section("What Happened"),
    "date_of_breach": _has(rf"took place (?:on {_DATE}|between {_DATE} and {_DATE}|on or about {_DATE})"),
    "date_of_discovery": _has(rf"discovered it on {_DATE}"),
    "date_of_notice": _has(rf"\bDate: {_DATE}"),
    "types_of_information": _types,
    "law_enforcement_delay_statement": _has(r"notice was (?:not )?delayed (?:at the request of|by) a law enforcement"),
    "steps_taken": _section("What We Are Doing"),
    "advice_steps": _section("What You Can Do"),
    "credit_bureau_contacts": _three_bureaus,
    "ftc_contact": _has(r"Federal Trade Commission: .*(?:877-438-4338).*(?:identitytheft|ftc)\.gov"),
    "ag_contact": _has(rf"Attorney General: (?:{_PHONE}|1?-?{_ANY_PHONE})"),
    "state_and_federal_agency_contacts": _has(
        rf"Federal Trade Commission: {_PHONE}, \S+", rf"Attorney General: (?:{_PHONE}|1?-?{_ANY_PHONE}), \S+\.\w+"
    ),
    "toll_free_number": _has(rf"toll-free at {_PHONE}"),
    "security_freeze_right": _has(r"right to place a security freeze", r"Social Security number", r"utility bill"),
    "security_freeze_free": _has(r"security freeze is free of charge|no charge .{0,40}security freeze"),
    "police_report_right": _has(r"right to (?:file|obtain)[^.]{0,40}police report"),
    "monitoring_offer": _has(r"\d+ months of [^.]+ at no cost", r"How to enroll: \S+", r"Enrollment code: \S+"),
    "mitigation_services": _has(r"at no cost"),
    "parent_company_name": lambda _text: True,
    "biometric_other_entities": _has(r"same biometric data .*stop relying on that data"),
    "change_password_advice": _has(r"change the password and the security questions .* every other account"),
}

_ABSENT: dict[str, Check] = {
    "nature_of_breach": _lacks(
        r"\bwhat happened\b",
        r"\bunauthori[sz]ed\b",
        r"\b(?:hack|attack|intru|phish|exfiltrat)\w*",
        r"\b(?:malware|ransomware|stolen|stole|compromised|acquired|downloaded|copied)\b",
        r"\bgained access\b|\baccessed\b|\btook place\b|\bpretended\b",
    ),
    "number_of_residents": _lacks(
        r"\b\d[\d,.]*\s+(?:\w+\s+){0,3}(?:residents|individuals|people|persons|customers|consumers|records)\b",
        r"\b(?:residents|individuals|people|persons|customers|consumers)\b[^.]{0,40}\b(?:affected|involved)\b",
    ),
}

#: Ids that letters can carry, and ids that they can be checked to leave out.
KNOWN_INCLUDES = frozenset(_PRESENT)
KNOWN_OMITS = frozenset(_ABSENT)
