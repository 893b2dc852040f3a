"""California's sensitive personal information: a second label of fields and elements, apart from breach elements.

Cal. Civ. Code 1798.140(ae), as amended by AB 947 (chaptered 2023-10-08: citizenship or immigration status, from
2024-01-01) and SB 1223 (Stats. 2024, ch. 887: neural data, from 2025-01-01). Looked up on 2026-11-28 in two sources
that agree: the text of leginfo.legislature.ca.gov as quoted in public repositories, and the list of classes as
printed by revisionlegal.com (SB 1223) and Hunton Andrews Kurth. A label says which rights and duties of the CCPA come
beside the breach law (limits on use, section 1798.121; opt-outs); it never makes or removes a duty to notify.

Information that is publicly available is not sensitive (subdivision (ae)(3)); that is for a person to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from leakresponse.core.elements import words
from leakresponse.core.types import ObjectInfo

CITATION: Final = "Cal. Civ. Code § 1798.140(ae)"
CHECKED_ON: Final = date(2026, 11, 28)
_CPRA: Final = date(2023, 1, 1)


@dataclass(frozen=True, slots=True)
class SensitiveClass:
    """One class of the statute: `elements` of our vocabulary that are in it, `pattern` of field names that may be."""

    name: str
    paragraph: str
    text: str
    effective_from: date = _CPRA
    elements: frozenset[str] = field(default_factory=frozenset)
    pattern: re.Pattern[str] | None = None

    @property
    def citation(self) -> str:
        """The subdivision that names the class."""
        return f"{CITATION}{self.paragraph}"


def _fields(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b({pattern})\b")


CLASSES: Final = (
    SensitiveClass(
        "government_id", "(1)(A)", "social security, driver's license, state identification card, or passport number",
        elements=frozenset({"ssn", "drivers_license", "state_id", "passport"}),
    ),
    SensitiveClass(
        "account_access", "(1)(B)",
        "account log-in, financial account, debit card, or credit card number with any required security or access "
        "code, password, or credentials allowing access to an account",
        elements=frozenset(
            {"online_credentials", "email_account_credentials", "financial_account_with_code", "payment_card_with_code"}
        ),
    ),
    SensitiveClass(
        "precise_geolocation", "(1)(C)", "precise geolocation", elements=frozenset({"precise_geolocation"})
    ),
    SensitiveClass(
        "origin_belief_union", "(1)(D)",
        "racial or ethnic origin, religious or philosophical beliefs, or union membership",
        pattern=_fields("race|racial|ethnic(ity)?|religio(n|us)|denomination|union( member(ship)?)?"),
    ),
    SensitiveClass(
        "citizenship_immigration", "(1)(D)", "citizenship or immigration status", date(2024, 1, 1),
        pattern=_fields("citizen(ship)?|immigration|visa (status|type)|alien registration"),
    ),
    SensitiveClass(
        "message_contents", "(1)(E)",
        "the contents of mail, email, and text messages unless the business is the intended recipient",
    ),
    SensitiveClass("genetic", "(1)(F)", "genetic data", elements=frozenset({"genetic"})),
    SensitiveClass(
        "neural", "(1)(G)", "neural data", date(2025, 1, 1), pattern=_fields("neural|brain ?wave|eeg")
    ),
    SensitiveClass(
        "biometric", "(2)(A)", "biometric information processed to identify a consumer",
        elements=frozenset({"biometric"}),
    ),
    SensitiveClass(
        "health", "(2)(B)", "information collected and analyzed concerning a consumer's health",
        elements=frozenset({"medical", "health_insurance"}),
    ),
    SensitiveClass(
        "sex_life_orientation", "(2)(C)",
        "information collected and analyzed concerning a consumer's sex life or sexual orientation",
        pattern=_fields("sexual( orientation)?|sex life"),
    ),
)  # fmt: skip
#: What the records of a service desk hold was written to the business, so (1)(E) does not reach it.
_NEVER: Final = frozenset({"boolean", "id", "reference", "datetime", "base64"})


def classes_of(elements: Iterable[str], on: date) -> tuple[str, ...]:
    """Names of the classes that any of the elements is in, in the order of the statute, as in force on a day."""
    some = set(elements)
    return tuple(one.name for one in CLASSES if one.effective_from <= on and some & one.elements)


def sensitive_fields(
    describe: Mapping[str, ObjectInfo], elements: Mapping[tuple[str, str], str | None], on: date
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Each field that is in a class: by the element it carries, else by the words of its name and label."""
    found = {}
    for info in describe.values():
        for one in info.fields.values():
            if one.type in _NEVER:
                continue
            element = elements.get((info.name, one.name))
            named = classes_of([element] if element else [], on)
            spoken = f"{words(one.name)} {one.label.lower()}"
            named += tuple(
                known.name
                for known in CLASSES
                if known.effective_from <= on and known.pattern and known.pattern.search(spoken)
            )
            if named:
                found[info.name, one.name] = named
    return found
