"""A field's value decides whether a row has the element that the field is meant for."""

from __future__ import annotations

import pandas as pd
import pytest

from leakresponse.core.elements import bits_to_lists
from leakresponse.core.elements_text import MARKS
from leakresponse.core.elements_values import read_fields

VISA, BAD, PUBLISHED = "4539770012345674", "4539770012345675", "4111111111111111"
PAYMENT = {
    "CardNumber__c": "payment_card_alone", "CVV__c": "payment_card_with_code", "Expiry__c": "payment_card_with_expiry",
}  # fmt: skip


def elements_of(table: pd.DataFrame, mapping: dict[str, str]) -> pd.Series:
    return bits_to_lists(read_fields(table, mapping).bits)


def mark_names(marks: int) -> list[str]:
    return [name for place, name in enumerate(MARKS) if marks >> place & 1]


def rows(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def test_a_person_has_an_element_only_where_the_field_held_a_value() -> None:
    table = rows(SSN__c=["123-45-6789", "", None], Email=["a@b.example", " ", "c@d.example"])
    mapping = {"SSN__c": "ssn", "Email": "email", "Phone": "phone"}
    assert elements_of(table, mapping).tolist() == [["email", "ssn"], [], ["email"]]


@pytest.mark.parametrize(
    ("number", "code", "expiry", "expected"),
    [
        (VISA, None, None, ["payment_card_alone"]), (VISA, "123", None, ["payment_card_with_code"]),
        (VISA, None, "04/27", ["payment_card_with_expiry"]), (VISA, "123", "04/27", ["payment_card_with_code"]),
        ("4539 7700 1234 5674", None, None, ["payment_card_alone"]), (BAD, "123", "04/27", []),
        (PUBLISHED, "123", "04/27", []), (None, "123", "04/27", []), ("n/a", None, None, []),
        ("**** **** **** 5674", None, None, []), (f"{VISA}|04/27|123", None, None, ["payment_card_with_expiry"]),
    ],
)  # fmt: skip
def test_a_card_with_what_stands_beside_it(
    number: str | None, code: str | None, expiry: str | None, expected: list[str]
) -> None:
    table = rows(CardNumber__c=[number], CVV__c=[code], Expiry__c=[expiry])
    assert elements_of(table, PAYMENT).tolist() == [expected]


def test_a_code_exposed_without_its_number_is_no_element() -> None:
    assert elements_of(rows(CardNumber__c=[VISA], CVV__c=["123"]), {"CVV__c": PAYMENT["CVV__c"]}).tolist() == [[]]


def test_card_fields_are_counted_by_what_they_hold() -> None:
    found = read_fields(rows(CardNumber__c=[VISA, BAD, PUBLISHED, "n/a", None]), PAYMENT)
    assert dict(found.figures) == {"bad_check_digit": 1, "card": 1, "no_number": 1, "test": 1}
    assert [mark_names(int(one)) for one in found.marks] == [[], [], ["test_card"], [], []]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("123-45-6789", ["ssn"]), ("123456789", ["ssn"]), ("123 45 6789", ["ssn"]), ("1234567.0", ["ssn"]),
        ("12345678", ["ssn"]), ("123-45-6789 (seen)", ["ssn"]), ("912-70-1234", ["taxpayer_id"]),
        ("XXX-XX-6789", ["last4_ssn"]), ("***-**-6789", ["last4_ssn"]), ("000-00-0000", []), ("666-12-3456", []),
        ("078-05-1120", []), ("unknown", []), ("6789", []), ("", []),
    ],
)  # fmt: skip
def test_a_social_security_field(value: str, expected: list[str]) -> None:
    assert elements_of(rows(SSN__c=[value]), {"SSN__c": "ssn"}).tolist() == [expected]


def test_refused_social_security_numbers_are_counted() -> None:
    assert read_fields(rows(SSN__c=["000-00-0000", "unknown", "", "123-45-6789"]), {"SSN__c": "ssn"}).figures == {
        "ssn_refused": 2
    }


def test_an_empty_table_has_no_elements() -> None:
    assert elements_of(rows(SSN__c=[], CardNumber__c=[]), {"SSN__c": "ssn", **PAYMENT}).tolist() == []
