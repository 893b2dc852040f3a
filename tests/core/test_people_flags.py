"""Records say who is written to with care: the dead, people in hiding, staff, and rows that are nobody."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leakresponse.core.people_flags import RECORD_FLAGS, flags_by_person, record_flags
from leakresponse.core.types import FieldInfo, ObjectInfo

TYPES = {"Email": "email", "Description": "textarea", "Deceased__c": "boolean", "Address_Confidential__c": "boolean"}


def info(name: str, *fields: str) -> ObjectInfo:
    return ObjectInfo(name, "003", {one: FieldInfo(one, one, TYPES.get(one, "string")) for one in fields})


def flags(object_name: str = "Contact", **values: str) -> list[str]:
    frame = pd.DataFrame([{"Id": "0031", **values}], dtype="str")
    bits = int(record_flags(info(object_name, *values), frame)[0])
    return [name for place, name in enumerate(RECORD_FLAGS) if bits >> place & 1]


@pytest.mark.parametrize(
    "text",
    [
        "Address confidentiality program participant: do not disclose the address to anybody.",
        "Safe at Home participant, the address is protected. Ask a supervisor.",
        "Protected address (ACP): do not share.",
        "ACP card shown on 3 May",
    ],
)  # fmt: skip
def test_a_note_protects_an_address(text: str) -> None:
    assert flags(Description=text) == ["protected_address"]


@pytest.mark.parametrize("text", ["Customer passed away in May", "Deceased, see widow's letter", "wife has died"])
def test_a_note_tells_of_a_death(text: str) -> None:
    assert flags(Description=text) == ["deceased"]


@pytest.mark.parametrize(
    "text",
    ["Feels safe at home now", "The battery died", "Password protected file", "my phone died", "Test drive booked"],
)
def test_prose_marks_nobody(text: str) -> None:
    assert flags(Description=text) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"LastName": "Test"}, ["test_row"]), ({"Name": "TEST User"}, ["test_row"]),
        ({"FirstName": "Qa"}, ["test_row"]),
        ({"Name": "Do Not Use"}, ["test_row"]), ({"LastName": "Testa"}, []), ({"LastName": "Sampleton"}, []),
        ({"Email": "test12@shop.io"}, ["test_row"]), ({"Email": "ann@mail.example"}, []),
        ({"Email": "tester@shop.io"}, []),
        ({"LastName": "Estate of Ann Lee"}, ["deceased"]), ({"Deceased__c": "true"}, ["deceased"]),
        ({"Deceased__c": "false"}, []), ({"DeathDate": "2024-05-01"}, ["deceased"]), ({"DeathDate": ""}, []),
        ({"Address_Confidential__c": "true"}, ["protected_address"]), ({"Employee_Number__c": "17"}, ["staff"]),
    ],
)  # fmt: skip
def test_fields_names_and_mailboxes(values: dict[str, str], expected: list[str]) -> None:
    assert flags(**values) == expected


def test_a_mailbox_of_a_reserved_domain_is_a_test_unless_the_whole_org_is() -> None:
    def marked(*mails: str) -> list[bool]:
        frame = pd.DataFrame({"Id": list(mails), "Email": list(mails)}, dtype="str")
        return [bool(bits) for bits in record_flags(info("Lead", "Email"), frame)]

    assert marked("ann@example.com", "bob@shop.io", "cy@shop.io") == [True, False, False]
    assert marked("ann@shop.test", "bob@shop.io", "") == [False, False, False]
    assert marked("ann@example.com", "bob@example.org", "cy@shop.io") == [False, False, False]


def test_users_are_staff_and_a_case_named_test_is_no_test_row() -> None:
    assert flags("User", Email="ann@shop.io") == ["staff"] and flags("Case", Name="Test") == []


def test_a_person_has_the_marks_of_all_own_records() -> None:
    describe = {"Contact": info("Contact", "LastName"), "Case": info("Case", "Description")}
    records = {
        "Contact": pd.DataFrame([{"Id": "0031", "LastName": "Lee"}, {"Id": "0032", "LastName": "Moss"}], dtype="str"),
        "Case": pd.DataFrame([{"Id": "5001", "Description": "Protected address"}], dtype="str"),
    }
    nodes = pd.DataFrame({"id": pd.Series(["0031", "5001", "0032"], dtype="str")})
    found = flags_by_person(nodes, np.array([0, 0, 2]), records, describe)
    assert found["protected_address"].tolist() == [0] and not len(found["deceased"])
