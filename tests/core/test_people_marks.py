"""Who stands behind a person's row: two companies, two keys, a person's decision about a field, marks of care."""

from __future__ import annotations

import pandas as pd
import pytest

from leakresponse.core.elements import Override
from leakresponse.core.people import people_of
from leakresponse.core.types import FieldInfo, ObjectInfo

TYPES = {"Email": "email", "Description": "textarea", "Email__c": "email"}
NAMES = ("Id", "Name", "Email", "Brand__c", "Description", "Code__c")
CONTACT = ObjectInfo(
    "Contact", "003", {one: FieldInfo(one, one, "id" if one == "Id" else TYPES.get(one, "string")) for one in NAMES}
)
DESCRIBE = {"Contact": CONTACT}
ANN = {"Id": "0031", "Name": "Ann Lee", "Email": "ann@x.example"}


def people(
    *rows: dict[str, str],
    exposed: tuple[str, ...] = (),
    linked: pd.DataFrame | None = None,
    overrides: tuple[Override, ...] = (),
) -> pd.DataFrame:
    ids = list(exposed) or [row["Id"] for row in rows]
    when = pd.Timestamp("2026-11-24T11:00:00Z")
    table = pd.DataFrame({"object": "Contact", "record_id": ids, "fields": [list(NAMES)] * len(ids)})
    table = table.assign(channel="c", principal="p", first_seen=when, last_seen=when, certainty="certain")
    table = table.astype(dict.fromkeys(("object", "record_id", "channel", "principal", "certainty"), "str"))
    records = {"Contact": pd.DataFrame(rows, dtype="str").fillna("")}
    return people_of(table, records, DESCRIBE, default_entity="Own Co", linked=linked, overrides=overrides)[0]


def test_a_person_of_two_companies_is_one_row_that_names_both() -> None:
    found = people({**ANN, "Brand__c": "Pine Kids LLC"}, {**ANN, "Id": "0032", "Brand__c": "Harbor Inc"})
    assert found["legal_entity"].tolist() == ["Harbor Inc; Pine Kids LLC"]


def test_a_company_whose_record_was_not_exposed_writes_no_letter() -> None:
    rows = ({**ANN, "Brand__c": "Pine Kids LLC"}, {**ANN, "Id": "0032", "Brand__c": "Harbor Inc"})
    assert people(*rows, exposed=("0032",))["legal_entity"].tolist() == ["Harbor Inc"]


def test_without_a_brand_the_default_stands() -> None:
    assert people(ANN)["legal_entity"].tolist() == ["Own Co"]


def test_linked_records_are_one_person_and_pairs_of_elsewhere_are_left_alone() -> None:
    other = {"Id": "0032", "Name": "Ann Lee", "Email": "ann.lee@y.example"}
    linked = pd.DataFrame({"first": ["0031", "0031"], "second": ["0032", "0077"]}, dtype="str")
    assert len(people(ANN, other)) == 2
    assert people(ANN, other, linked=linked)["record_ids"].tolist() == [["0031", "0032"]]


def test_an_override_reaches_the_elements_of_people() -> None:
    decided = Override("Contact", "Code__c", "passport", "privacy counsel", "holds passport numbers")
    row = {**ANN, "Code__c": "X1234567"}
    assert "passport" not in people(row)["elements"][0]
    assert "passport" in people(row, overrides=(decided,))["elements"][0]


@pytest.mark.parametrize(
    ("row", "flag"),
    [
        ({"Description": "Protected address (ACP): do not share."}, "protected_address"),
        ({"Description": "Customer passed away in May."}, "deceased"), ({"Name": "Test User"}, "test_row"),
    ],
)  # fmt: skip
def test_a_mark_of_care_is_a_flag_that_a_person_looks_at(row: dict[str, str], flag: str) -> None:
    found = people({**ANN, **row})
    assert found["flags"].tolist() == [[flag]] and found["review"].tolist() == [True]


def test_a_health_word_is_a_flag_and_a_test_card_nobodys() -> None:
    found = people({**ANN, "Description": "has an allergy; card 4111 1111 1111 1111"})
    assert found["flags"].tolist() == [["health_words", "test_card"]]
    assert not {"medical", "payment_card_alone"} & set(found["elements"][0]) and not found["review"][0]


def test_text_of_a_field_that_a_person_decided_about_is_not_read() -> None:
    row = {**ANN, "Description": "card 4539 7700 1234 5674"}
    decided = Override("Contact", "Description", None, "privacy counsel", "sample data only")
    assert "payment_card_alone" in people(row)["elements"][0]
    assert "payment_card_alone" not in people(row, overrides=(decided,))["elements"][0]


PAYMENT = ObjectInfo(
    "Payment__c", "a0P",
    {
        "Id": FieldInfo("Id", "ID", "id"), "CardNumber__c": FieldInfo("CardNumber__c", "Card Number", "string"),
        "Contact__c": FieldInfo("Contact__c", "Contact", "reference", ("Contact",), "Contact__r"),
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("number", "contact", "count"),
    [("4111111111111111", "", 0), ("4539770012345674", "", 1), ("4111111111111111", "0031", 1)],
)
def test_a_record_that_names_nobody_is_a_person_only_with_an_element(number: str, contact: str, count: int) -> None:
    when = pd.Timestamp("2026-11-24T11:00:00Z")
    table = pd.DataFrame({"object": ["Payment__c"], "record_id": ["a0P1"], "fields": [["CardNumber__c", "Contact__c"]]})
    table = table.assign(channel="c", principal="p", first_seen=when, last_seen=when, certainty="certain")
    table = table.astype(dict.fromkeys(("object", "record_id", "channel", "principal", "certainty"), "str"))
    row = {"Id": "a0P1", "CardNumber__c": number, "Contact__c": contact}
    records = {"Payment__c": pd.DataFrame([row], dtype="str"), "Contact": pd.DataFrame([ANN], dtype="str")}
    found = people_of(table, records, {**DESCRIBE, "Payment__c": PAYMENT})[0]
    assert len(found) == count
