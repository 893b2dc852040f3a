"""What the report says in plain words, made from counts and times alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from leakresponse.documents.facts import Duty, ReportFacts
from leakresponse.documents.wording import ELEMENTS, place_name

#: Elements that a reader asks for first, gravest first.
_GRAVE = (
    "ssn", "drivers_license", "state_id", "passport", "payment_card_with_code", "financial_account_with_code",
    "online_credentials", "email_account_credentials", "medical", "health_insurance", "biometric",
)  # fmt: skip

KIND_WORDS = {
    "statutory": "Statutory",
    "contractual": "Contractual",
    "internal": "Internal objective",
    "advisory": "Advisory",
}


def moment(at: datetime | None) -> str:
    """2026-11-25 02:03:04 UTC; a dash for none."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at else "–"


def day(on: date | None) -> str:
    """2026-11-25; a dash for none."""
    return on.isoformat() if on else "–"


def many(count: int, one: str, more: str = "") -> str:
    """1 notice, 2 notices, 1,000 notices."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def listed(words: list[str]) -> str:
    """a; a and b; a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def duration(seconds: float) -> str:
    """47 s, 12 min 3 s, 5 h 10 min, 3 d 4 h: two units at most."""
    left = round(seconds)
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or f"{seconds:.1f} s"


def size_words(octets: int) -> str:
    """Bytes, with a unit that keeps the figure short."""
    value = float(octets)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            return f"{value:,.0f} {unit}" if unit == "B" else f"{value:,.1f} {unit}"
        value /= 1024
    raise AssertionError("unreachable")


def what_happened(facts: ReportFacts, unplaced: str) -> list[str]:
    """The case in a few paragraphs: the team's own sentences first, then what the record proves.

    `unplaced` is the count of people without a place as it may be shown.
    """
    return [*facts.case.summary, *_incident(facts), *_response(facts), *_people(facts, unplaced), *_law(facts)]


def next_deadline(facts: ReportFacts) -> Duty | None:
    """The statutory duty that ends first, of those that are required and have a day."""
    open_duties = [d for d in facts.duties if d.status == "required" and d.kind == "statutory" and d.due_on]
    return min(open_duties, key=lambda d: d.due_on or date.max, default=None)


def _incident(facts: ReportFacts) -> Iterator[str]:
    case = facts.case
    text = f"On {moment(case.discovered_at)}, {case.entity} learned that data was leaving its Salesforce org"
    text += f" {case.org_id}." if case.org_id else "."
    if case.apps:
        text += f" It left through the access of {listed(list(case.apps))}."
    if case.window_start and case.window_end:
        text += f" The evidence places the attack between {moment(case.window_start)} and {moment(case.window_end)}."
    yield text


def _response(facts: ReportFacts) -> Iterator[str]:
    open_paths = sum(not p.proven for p in facts.paths)
    if facts.contained:
        text = f"All {many(len(facts.paths), 'known access path')} were cut, and each was proven dead."
        text = text.replace("All 1 known access path were cut, and each was", "The one known access path was cut and")
    elif facts.paths:
        text = f"The attack is not contained. Without proof: {open_paths} of {many(len(facts.paths), 'access path')}."
    else:
        text = "Containment is not proven: no access path is on record."
    if facts.credentials:
        good, total = sum(c.proven for c in facts.credentials), len(facts.credentials)
        text += f" Of {many(total, 'exposed credential')}, {good} {'was' if good == 1 else 'were'} rotated:"
        text += " the new one logs in and the old one is refused."
    yield text


def _people(facts: ReportFacts, unplaced: str) -> Iterator[str]:
    scope = facts.scope
    text = f"{many(scope.records, 'record')} were exposed. They belong to {many(scope.people, 'person', 'people')}."
    counts = {e.element: e.people for e in scope.elements}
    grave = [f"{ELEMENTS[e]}s of {counts[e]:,}" for e in _GRAVE if counts.get(e, 0) >= max(facts.suppress_below, 1)]
    if grave:
        text += f" Among the data are {listed(grave[:4])}."
    if scope.unplaced:
        text += f" Not placed in any jurisdiction: {unplaced}."
    if scope.bounded:
        reason = (scope.bound_reason or "the logs do not give the exact set").rstrip(".")
        text += f" These are the high figures, and not exact: {reason}. Certain are {scope.records_sure:,} of the"
        text += f" records and {scope.people_sure:,} of the people."
    yield text


def _law(facts: ReportFacts) -> Iterator[str]:
    due = sum(n.due for n in facts.notices)
    sent = sum(n.sent for n in facts.notices)
    law = [d for d in facts.duties if d.kind == "statutory" and d.recipient == "individuals"]
    places = {d.jurisdiction for d in law if d.status == "required"}
    open_places = {d.jurisdiction for d in law if d.status == "review"} - places
    text = f"The law of {many(len(places), 'jurisdiction')} requires notice to people."
    if open_places:
        text += f" For {many(len(open_places), 'further place')} the question is open and waits for counsel."
    text += f" Of {many(due, 'notice')} due, {sent:,} were sent."
    nearest = next_deadline(facts)
    if nearest and nearest.due_on:
        text += f" The first statutory deadline is {day(nearest.due_on)} ({place_name(nearest.jurisdiction)})."
    yield text
