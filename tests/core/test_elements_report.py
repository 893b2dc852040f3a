"""The report says of exposed fields what was decided, what is open, and what California calls sensitive."""

from __future__ import annotations

from datetime import date

from leakresponse.core.elements import Override
from leakresponse.core.elements_report import field_facts
from leakresponse.core.types import FieldInfo, ObjectInfo

FIELDS = (
    FieldInfo("SSN__c", "SSN", "string", security="Restricted"),
    FieldInfo("Score__c", "Score", "string", compliance=("PII",)),
    FieldInfo("Code__c", "Code", "string", security="Confidential"),
    FieldInfo("Card_Last4__c", "Card Last 4", "string"),
    FieldInfo("Religion__c", "Religion", "picklist"),
)  # fmt: skip
DESCRIBE = {"Contact": ObjectInfo("Contact", "003", {one.name: one for one in FIELDS})}
DECIDED = (
    Override("Contact", "Code__c", None, "counsel", "loyalty code"),
    Override("Lead", "X__c", "ssn", "counsel", "y"),
)


def test_only_exposed_fields_are_told() -> None:
    found = field_facts({"Contact": ["SSN__c"]}, DESCRIBE, DECIDED, date(2026, 11, 28))
    assert found["decided"] == [] and found["unplaced"] == {} and found["notes"] == {}
    assert found["cpra"] == {
        "citation": "Cal. Civ. Code § 1798.140(ae)",
        "fields": {"Contact.SSN__c": ["government_id"]},
    }


def test_what_is_decided_is_no_longer_open() -> None:
    exposed = {"Contact": [one.name for one in FIELDS], "Gone__c": ["X__c"]}
    found = field_facts(exposed, DESCRIBE, DECIDED, date(2026, 11, 28))
    assert found["decided"] == [
        {"field": "Contact.Code__c", "element": "none", "by": "counsel", "why": "loyalty code"}
    ]  # fmt: skip
    assert found["unplaced"] == {"Contact.Score__c": "PII"}
    assert list(found["notes"]) == ["Contact.Card_Last4__c"]
    assert found["cpra"]["fields"] == {
        "Contact.Religion__c": ["origin_belief_union"], "Contact.SSN__c": ["government_id"]
    }  # fmt: skip
