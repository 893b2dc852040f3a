"""The answer to a person who asks what of theirs was exposed: a draft, which a human checks and sends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leakresponse.documents.wording import ELEMENTS, date_span, ordered

_HELD = (
    "Your request to have your data erased is on hold. The records that were read are evidence of an open incident and "
    "are kept until it is closed. We will carry your request out then, or tell you which law lets us keep them."
)


def answer_text(kind: str, exposure: Mapping[str, Any]) -> str:
    """The body of the answer, in plain text; no value of any field, only the kinds of data.

    `exposure` is that of `core.subject_requests.exposure_of`. Raises MissingFact for an element without words.
    """
    parts = ["You asked us about the personal data that we hold about you, while we look into an incident."]
    if exposure["elements"]:
        parts.append(_what(exposure))
    else:
        parts.append("Records about you were read in it; we found none of the kinds of personal data that we look for.")
    if kind == "deletion":
        parts.append(_HELD)
    return "\n\n".join(parts) + "\n"


def _what(exposure: Mapping[str, Any]) -> str:
    named = ", ".join(f"your {ELEMENTS[one]}" for one in ordered(tuple(exposure["elements"])))
    when = ""
    if exposure["first_read"]:
        first, last = (datetime.fromisoformat(exposure[key]).date() for key in ("first_read", "last_read"))
        when = f" {date_span(first, last)}"
    if exposure["certainty"] == "certain":
        return f"Somebody without our permission read these data about you{when}: {named}."
    return f"We cannot rule out that somebody without our permission read these data about you{when}: {named}."
