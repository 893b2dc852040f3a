"""A person's decisions about fields, as the policy holds them: the element that a field carries, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.core.elements import Override
from leakresponse.core.errors import BadInput
from leakresponse.core.vocabulary import DATA_ELEMENTS

NONE = "none"


def overrides_from(document: Mapping[str, Any]) -> tuple[Override, ...]:
    """Overrides of `{"Contact.Code__c": {"element": "passport" or "none", "by": ..., "why": ...}}`, in order of field.

    Raises BadInput that names the field and what is missing: nobody's decision, or one without a reason, is none.
    """
    return tuple(_override(field, document[field]) for field in sorted(document))


def _override(field: str, said: Any) -> Override:
    object_name, dot, name = field.partition(".")
    if not (object_name and dot and name) or not isinstance(said, Mapping):
        raise BadInput(f"a field's class is decided as Object.Field with element, by and why: {field}")
    element, by, why = (str(said.get(key) or "").strip() for key in ("element", "by", "why"))
    if element not in (*DATA_ELEMENTS, NONE):
        raise BadInput(f"{field}: element must be a data element or none")
    if not by or not why:
        raise BadInput(f"{field}: a decision needs who made it (by) and its reason (why)")
    return Override(object_name, name, None if element == NONE else element, by, why)
