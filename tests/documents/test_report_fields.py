"""The report says what was decided about fields, what is open, and what numbers that look like cards were."""

from __future__ import annotations

from dataclasses import replace

from document_cases import report_facts

from leakresponse.documents.facts import FieldLine
from leakresponse.documents.report_blocks import Bullets
from leakresponse.documents.report_scope import scope
from leakresponse.documents.report_view import View


def lists(**changes: object) -> dict[str, list[str]]:
    facts = report_facts()
    facts = replace(facts, scope=replace(facts.scope, **changes))  # type: ignore[arg-type]
    found = [block for block in scope(facts, View(facts)).blocks if isinstance(block, Bullets)]
    return {block.summary: ["".join(span.text for span in item) for item in block.items] for block in found}


def test_a_decision_names_its_reason() -> None:
    said = lists(fields_decided=(FieldLine("Contact.Code__c", "none. counsel: loyalty code"),))
    assert said["Fields whose class a person decided"] == ["Contact.Code__c: none. counsel: loyalty code"]


def test_california_is_a_label_of_its_own() -> None:
    said = lists(
        sensitive=(FieldLine("Contact.SSN__c", "government id"),), sensitive_by="Cal. Civ. Code § 1798.140(ae)"
    )
    (title,) = [one for one in said if "California" in one]
    assert "§ 1798.140(ae)" in title and said[title] == ["Contact.SSN__c: government id"]


def test_numbers_are_told_by_what_they_were() -> None:
    said = lists(numbers={"card": 1200, "test": 3, "bad_check_digit": 0})
    assert said["Numbers that look like payment cards or Social Security numbers"] == [
        "1,200 payment card numbers of a known issuer with a right check digit",
        "<10 numbers that gateways publish for tests: nobody's",
    ]


def test_nothing_decided_nothing_said() -> None:
    assert set(lists()) == {"Fields read, by object"}
