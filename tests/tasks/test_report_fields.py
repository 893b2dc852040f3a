"""Facts of the scope about fields become lines of the report."""

from __future__ import annotations

from leakresponse.documents.facts import FieldLine
from tasks.report_fields import field_lines

FIELDS = {
    "decided": [{"field": "Contact.Code__c", "element": "none", "by": "counsel", "why": "loyalty code"}],
    "unplaced": {"Contact.Score__c": "Restricted, PII"},
    "notes": {"Contact.Card_Last4__c": "no element"},
    "cpra": {"citation": "Cal. Civ. Code § 1798.140(ae)", "fields": {"Contact.SSN__c": ["government_id"]}},
}


def test_every_kind_has_its_lines() -> None:
    lines = field_lines({"fields": FIELDS, "numbers": {"test": 2}})
    assert lines["fields_decided"] == (FieldLine("Contact.Code__c", "none. counsel: loyalty code"),)
    assert lines["fields_open"] == (FieldLine("Contact.Score__c", "Restricted, PII"),)
    assert lines["sensitive"] == (FieldLine("Contact.SSN__c", "government id"),)
    assert lines["numbers"] == {"test": 2}


def test_a_scope_of_an_earlier_release_has_none() -> None:
    assert not any(field_lines({"people": 3}).values())
