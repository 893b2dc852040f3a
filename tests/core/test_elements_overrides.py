"""A decision about a field names the field, the element, who decided and why; anything less is refused."""

from __future__ import annotations

import pytest

from leakresponse.core.elements import Override
from leakresponse.core.elements_overrides import overrides_from
from leakresponse.core.errors import BadInput

SAID = {"element": "passport", "by": "privacy counsel", "why": "holds passport numbers"}


def test_decisions_come_in_the_order_of_their_fields() -> None:
    found = overrides_from({"Lead.B__c": {**SAID, "element": "none"}, "Contact.A__c": SAID})
    assert found == (
        Override("Contact", "A__c", "passport", "privacy counsel", "holds passport numbers"),
        Override("Lead", "B__c", None, "privacy counsel", "holds passport numbers"),
    )


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"A__c": SAID}, "Object.Field"), ({"Contact.": SAID}, "Object.Field"),
        ({"Contact.A__c": "passport"}, "by and why"),
        ({"Contact.A__c": {**SAID, "element": "shoe_size"}}, "data element"),
        ({"Contact.A__c": {**SAID, "by": " "}}, "by"),
        ({"Contact.A__c": {"element": "ssn", "by": "x"}}, "why"),
    ],
)  # fmt: skip
def test_half_a_decision_is_refused(document: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        overrides_from(document)
