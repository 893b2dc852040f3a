"""Sensitive personal information of California is a second label, with its subdivision and its first day."""

from __future__ import annotations

from datetime import date

import pytest

from leakresponse.core.cpra import CLASSES, classes_of, sensitive_fields
from leakresponse.core.elements import classify
from leakresponse.core.types import FieldInfo, ObjectInfo
from leakresponse.core.vocabulary import DATA_ELEMENTS

TODAY = date(2026, 11, 28)


def labels(name: str, type_: str = "string", on: date = TODAY) -> tuple[str, ...]:
    describe = {"Contact": ObjectInfo("Contact", "003", {name: FieldInfo(name, name, type_)})}
    return sensitive_fields(describe, classify(describe), on).get(("Contact", name), ())


def test_every_class_names_its_subdivision_and_known_elements_only() -> None:
    assert len({one.name for one in CLASSES}) == len(CLASSES) == 11
    assert all(one.citation.startswith("Cal. Civ. Code § 1798.140(ae)(") for one in CLASSES)
    assert {element for one in CLASSES for element in one.elements} <= set(DATA_ELEMENTS)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (["ssn"], ("government_id",)), (["payment_card_with_code", "medical"], ("account_access", "health")),
        (["payment_card_alone", "name", "email", "dob"], ()), (["account_number_alone"], ()),
    ],
)  # fmt: skip
def test_elements(elements: list[str], expected: tuple[str, ...]) -> None:
    assert classes_of(elements, TODAY) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SSN__c", ("government_id",)), ("Ethnicity__c", ("origin_belief_union",)),
        ("Religion__c", ("origin_belief_union",)), ("Image_Orientation__c", ()),
        ("Immigration_Status__c", ("citizenship_immigration",)), ("Sexual_Orientation__c", ("sex_life_orientation",)),
        ("Trace_Id__c", ()), ("Email", ()),
    ],
)  # fmt: skip
def test_fields(name: str, expected: tuple[str, ...]) -> None:
    assert labels(name) == expected


def test_a_class_counts_from_its_first_day() -> None:
    assert labels("EEG__c", on=date(2024, 12, 31)) == () and labels("EEG__c", on=date(2025, 1, 1)) == ("neural",)
    assert labels("Citizenship__c", on=date(2023, 12, 31)) == ()


def test_a_flag_about_a_sensitive_matter_holds_none() -> None:
    assert labels("Religion__c", "boolean") == ()
