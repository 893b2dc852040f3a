"""Marks of a person or street line that bear on residency or addressee: mailboxes, PO boxes, minors, deceased."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from leakresponse.core.residency.combine import Marks

_FORWARDER = re.compile(
    r"\bpmb\b|private mail ?box|(?:mail|freight|parcel|package) ?forward|(?:courier|parcel) (?:locker|box|suite)"
    r"|locker (?:code|no|number|#)|suite code|\bcasillero\b",
    re.IGNORECASE,
)
_PO_BOX = re.compile(r"\bp\.?\s?o\.?\s?box\b|\bpost office box\b|\bapartado\b", re.IGNORECASE)

#: An address not touched for longer than this is stale; NCOALink knows 48 months of moves.
STALE_MONTHS = 48
#: Civil Code 6500 (California) and, as far as notices are concerned, every state: a minor is under 18.
ADULT_AGE = 18


def _parse(text: str) -> dict[str, str]:
    pairs = (p.partition("=") for p in re.split(r"[;|]", text))
    return {k.strip().lower(): v.strip() for k, _, v in pairs if k.strip()}


def day(text: str) -> date | None:
    """The day of an ISO date or time; None where the text is none."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _is_minor(birth: date | None, as_of: date | None) -> bool:
    if birth is None or as_of is None:
        return False
    age = as_of.year - birth.year - ((as_of.month, as_of.day) < (birth.month, birth.day))
    return age < ADULT_AGE


def is_stale(changed: date | None, as_of: date | None) -> bool:
    """Whether an address is older than the moves that change-of-address data still know."""
    if changed is None or as_of is None:
        return False
    return (as_of.year - changed.year) * 12 + as_of.month - changed.month > STALE_MONTHS


@lru_cache(maxsize=200_000)
def read_marks(person_flags: str, street: str, changed: str, as_of: date | None) -> Marks:
    """Marks from a `key=value;...` field, the street line and the day the address was last changed.

    Without `as_of` nothing is said about age: there is no clock in here.
    """
    pairs = _parse(person_flags)
    line = f"{pairs.get('street', '')} {street}"
    forwarder = _FORWARDER.search(line) is not None
    flags = [
        name
        for name, holds in (
            ("FORWARDER", forwarder),
            ("PO_BOX", _PO_BOX.search(line) is not None),
            ("DECEASED", pairs.get("deceased", "").lower() in ("true", "yes", "1", "y")),
            ("MINOR", _is_minor(day(pairs.get("birthdate", "")), as_of)),
            ("EMPLOYEE", pairs.get("employee", "").lower() in ("true", "yes", "1", "y")),
            ("STALE", is_stale(day(changed), as_of)),
        )
        if holds
    ]
    return Marks(forwarder, tuple(flags))
