"""One person across records: by reference, by e-mail and name; with what their records really held."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from leakresponse.core.frames import PEOPLE, RECIPIENTS
from leakresponse.core.people import missing_links, people_of, secrets_in, with_residency
from leakresponse.core.people_addresses import blocks_of
from leakresponse.core.people_nodes import components, normal_email, normal_name
from leakresponse.core.types import FieldInfo, ObjectInfo


def info(name: str, prefix: str, *fields: FieldInfo) -> ObjectInfo:
    return ObjectInfo(name, prefix, {one.name: one for one in (FieldInfo("Id", "ID", "id"), *fields)})


def fields(*names: str) -> list[FieldInfo]:
    types = {
        "Email": "email",
        "SuppliedEmail": "email",
        "Email__c": "email",
        "Birthdate": "date",
        "Description": "textarea",
    }
    return [FieldInfo(name, name, types.get(name, "string")) for name in names]


def reference(name: str, target: str) -> FieldInfo:
    return FieldInfo(name, name, "reference", (target,), name.removesuffix("Id"))


ADDRESS = ("MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry")
BILLING = tuple(name.replace("Mailing", "Billing") for name in ADDRESS)
DESCRIBE = {
    one.name: one
    for one in (
        info("Account", "001", *fields("Name", *BILLING, "Brand__c")),
        info(
            "Contact", "003", *fields("Name", "Email", *ADDRESS, "Birthdate", "SSN__c", "Brand__c", "LastModifiedDate"),
            reference("AccountId", "Account"), reference("OwnerId", "User"),
        ),
        info("Lead", "00Q", *fields("Name", "Email", "Street", "State", "PostalCode")),
        info("User", "005", *fields("Name", "Email")),
        info(
            "Case", "500", *fields("Subject", "Description", "SuppliedName", "SuppliedEmail"),
            reference("ContactId", "Contact"), reference("AccountId", "Account"),
        ),
        info("Case_History__c", "a0H", *fields("Note__c", "Email__c"),
             reference("Case__c", "Case"), reference("Contact__c", "Contact")),
        info("Loyalty_Member__c", "a0L", *fields("Email__c"), reference("Contact__c", "Contact")),
        info("Order", "801", *fields("OrderNumber", "ShippingStreet", "ShippingState", "EffectiveDate"),
             reference("AccountId", "Account"), reference("BillToContactId", "Contact")),
        info("Organization", "00D", *fields("Name")),
    )
}  # fmt: skip


def exposed(*rows: tuple[str, str, list[str]], certainty: str = "certain") -> pd.DataFrame:
    when = pd.Timestamp("2026-11-24T11:00:00Z")
    table = pd.DataFrame(rows, columns=["object", "record_id", "fields"])
    return table.assign(channel="c", principal="p", first_seen=when, last_seen=when, certainty=certainty).astype(
        {"object": "str", "record_id": "str", "channel": "str", "principal": "str", "certainty": "str"}
    )


def values(**objects: list[dict[str, str]]) -> dict[str, pd.DataFrame]:
    return {name: pd.DataFrame(rows, dtype="str").fillna("") for name, rows in objects.items()}


def groups(people: pd.DataFrame) -> set[frozenset[str]]:
    return {frozenset(ids) for ids in people["record_ids"]}


ANN = {"Id": "0031", "Name": "Ann Lee", "Email": "ann@x.example"}
ALL = ["Id", "Name", "Email"]


def test_a_case_belongs_to_its_contact_and_a_note_to_its_cases_contact() -> None:
    records = values(
        Contact=[ANN], Case=[{"Id": "5001", "ContactId": "0031"}], Case_History__c=[{"Id": "a0H1", "Case__c": "5001"}]
    )
    found = exposed(("Contact", "0031", ALL), ("Case", "5001", ["Subject"]), ("Case_History__c", "a0H1", ["Note__c"]))
    assert groups(people_of(found, records, DESCRIBE)[0]) == {frozenset({"0031", "5001", "a0H1"})}


def test_the_same_name_and_email_are_one_person_across_objects() -> None:
    records = values(
        Contact=[ANN, {**ANN, "Id": "0032", "Name": "ANN  LEE"}], Lead=[{**ANN, "Id": "00Q1", "Email": "Ann@X.example"}]
    )
    found = exposed(("Contact", "0031", ALL), ("Contact", "0032", ALL), ("Lead", "00Q1", ALL))
    assert groups(people_of(found, records, DESCRIBE)[0]) == {frozenset({"0031", "0032", "00Q1"})}


def test_one_mailbox_of_two_names_is_two_people_under_review() -> None:
    records = values(Contact=[ANN, {**ANN, "Id": "0032", "Name": "Bob Lee"}])
    people = people_of(exposed(("Contact", "0031", ALL), ("Contact", "0032", ALL)), records, DESCRIBE)[0]
    assert groups(people) == {frozenset({"0031"}), frozenset({"0032"})}
    assert people["flags"].tolist() == [["shared_email"]] * 2
    assert people["review"].all()


def test_a_member_without_reference_is_the_only_person_of_that_email() -> None:
    records = values(Contact=[ANN], Loyalty_Member__c=[{"Id": "a0L1", "Email__c": "ann@x.example", "Contact__c": ""}])
    found = exposed(("Contact", "0031", ALL), ("Loyalty_Member__c", "a0L1", ["Email__c"]))
    assert groups(people_of(found, records, DESCRIBE)[0]) == {frozenset({"0031", "a0L1"})}


def test_a_member_whose_email_two_people_share_stays_apart() -> None:
    records = values(
        Contact=[ANN, {**ANN, "Id": "0032", "Name": "Bob Lee"}],
        Loyalty_Member__c=[{"Id": "a0L1", "Email__c": "ann@x.example"}],
    )
    found = exposed(("Contact", "0031", ALL), ("Contact", "0032", ALL), ("Loyalty_Member__c", "a0L1", ["Email__c"]))
    assert frozenset({"a0L1"}) in groups(people_of(found, records, DESCRIBE)[0])


def test_two_web_forms_of_one_sender_are_one_person() -> None:
    form = {"SuppliedName": "Cy Fox", "SuppliedEmail": "cy@x.example", "ContactId": ""}
    records = values(Case=[{**form, "Id": "5001"}, {**form, "Id": "5002"}])
    found = exposed(("Case", "5001", ["SuppliedEmail"]), ("Case", "5002", ["Subject"]))
    people, recipients, _ = people_of(found, records, DESCRIBE)
    assert groups(people) == {frozenset({"5001", "5002"})}
    assert recipients[["name", "email"]].iloc[0].tolist() == ["Cy Fox", "cy@x.example"]


def test_a_case_of_a_contact_sent_from_anothers_address_stays_the_contacts() -> None:
    other = {"Id": "0032", "Name": "Bob Fox", "Email": "bob@x.example"}
    case = {"Id": "5001", "ContactId": "0031", "SuppliedEmail": "bob@x.example", "SuppliedName": "Bob Fox"}
    found = exposed(("Contact", "0032", ALL), ("Case", "5001", ["Subject"]))
    people = people_of(found, values(Contact=[ANN, other], Case=[case]), DESCRIBE)[0]
    assert groups(people) == {frozenset({"0032"}), frozenset({"5001"})}


def test_people_nobody_read_are_not_affected() -> None:
    records = values(Contact=[ANN, {**ANN, "Id": "0039", "Name": "Zoe", "Email": "z@x.example"}])
    people, recipients, _ = people_of(exposed(("Contact", "0031", ALL)), records, DESCRIBE)
    assert (len(people), len(recipients)) == (1, 1)


def test_only_exposed_fields_with_a_value_are_elements() -> None:
    records = values(Contact=[{**ANN, "SSN__c": "123-45-6789", "Birthdate": "1990-01-01", "MailingStreet": ""}])
    found = exposed(("Contact", "0031", ["Id", "Name", "SSN__c", "MailingStreet"]))
    assert people_of(found, records, DESCRIBE)[0]["elements"].tolist() == [["name", "ssn"]]


def test_what_stands_in_exposed_text_is_an_element_too() -> None:
    case = {
        "Id": "5001",
        "ContactId": "0031",
        "Description": "charge 4539 7700 1234 5674",
        "Subject": "ssn 123-45-6789",
    }
    people = people_of(exposed(("Case", "5001", ["Description"])), values(Contact=[ANN], Case=[case]), DESCRIBE)[0]
    assert people["elements"].tolist() == [["payment_card_alone"]]


def test_an_exposed_household_counts_for_each_of_its_contacts() -> None:
    home = {"Id": "0011", "Name": "Lee Household", "BillingStreet": "1 A St"}
    contacts = [
        {**ANN, "AccountId": "0011"},
        {"Id": "0032", "Name": "Bob Lee", "Email": "b@x.example", "AccountId": "0011"},
    ]
    people = people_of(
        exposed(("Account", "0011", ["BillingStreet"])), values(Account=[home], Contact=contacts), DESCRIBE
    )[0]
    assert people["record_ids"].tolist() == [["0011"], ["0011"]]
    assert people["person_id"].is_unique
    assert people["elements"].tolist() == [["postal_address"]] * 2
    assert people["review"].all()


def test_a_household_without_known_contacts_is_not_lost() -> None:
    people, recipients, _ = people_of(
        exposed(("Account", "0011", ["Name"])), values(Account=[{"Id": "0011", "Name": "Lee Household"}]), DESCRIBE
    )
    assert people["flags"].tolist() == [["household"]]
    assert recipients["name"].tolist() == ["Lee Household"]


def test_a_record_that_is_gone_still_counts_and_is_flagged() -> None:
    people = people_of(exposed(("Contact", "0031", ALL)), {}, DESCRIBE)[0]
    assert (groups(people), people["flags"].tolist()) == ({frozenset({"0031"})}, [["not_found"]])


def test_cases_of_a_contact_that_cannot_be_found_stay_together() -> None:
    records = values(Case=[{"Id": "5001", "ContactId": "0039"}, {"Id": "5002", "ContactId": "0039"}])
    found = exposed(("Case", "5001", ["Subject"]), ("Case", "5002", ["Subject"]))
    assert groups(people_of(found, records, DESCRIBE)[0]) == {frozenset({"5001", "5002"})}


def test_setup_records_make_no_people() -> None:
    assert people_of(exposed(("Organization", "00D1", ["Name"])), {}, DESCRIBE)[0].empty


def test_staff_are_flagged_and_minors_only_by_a_given_day() -> None:
    records = values(
        Contact=[{**ANN, "Birthdate": "2010-05-01"}], User=[{"Id": "0051", "Name": "Sam", "Email": "s@x.example"}]
    )
    found = exposed(("Contact", "0031", ALL), ("User", "0051", ALL))
    flags = {
        tuple(ids): marks
        for ids, marks in people_of(found, records, DESCRIBE, as_of=date(2026, 11, 24))[0][
            ["record_ids", "flags"]
        ].to_numpy()
    }
    assert flags == {("0031",): ["minor"], ("0051",): ["staff"]}
    assert people_of(found, records, DESCRIBE)[0]["flags"].map(len).sum() == 1


def test_certain_wins_over_possible() -> None:
    both = pd.concat(
        [exposed(("Contact", "0031", ALL)), exposed(("Contact", "0031", ["SSN__c"]), certainty="possible")]
    )
    assert people_of(both, values(Contact=[ANN]), DESCRIBE)[0]["certainty"].tolist() == ["certain"]


def test_the_brand_is_the_legal_entity_and_a_default_fills_in() -> None:
    records = values(
        Contact=[{**ANN, "Brand__c": "Pine Kids LLC"}, {"Id": "0032", "Name": "B", "Email": "b@x.example"}]
    )
    found = exposed(("Contact", "0031", ALL), ("Contact", "0032", ALL))
    people = people_of(found, records, DESCRIBE, default_entity="Harbor & Pine Inc")[0]
    assert {ids[0]: entity for ids, entity in people[["record_ids", "legal_entity"]].to_numpy()} == {
        "0031": "Pine Kids LLC",
        "0032": "Harbor & Pine Inc",
    }


def test_a_person_keeps_their_id_whatever_else_is_fetched() -> None:
    case = {"Id": "5001", "ContactId": "0031"}
    found = exposed(("Case", "5001", ["Subject"]))
    first = people_of(found, values(Contact=[ANN], Case=[case]), DESCRIBE)[0]["person_id"].tolist()
    assert first == people_of(found, values(Case=[case]), DESCRIBE)[0]["person_id"].tolist()


def test_addresses_become_evidence_with_kind_and_date() -> None:
    contact = {**ANN, "MailingStreet": "1 A St", "MailingState": "CA", "LastModifiedDate": "2026-03-01T10:00:00.000Z"}
    order = {"Id": "8011", "BillToContactId": "0031", "ShippingStreet": "2 B St", "EffectiveDate": "2026-05-01"}
    found = exposed(("Contact", "0031", ALL), ("Order", "8011", ["OrderNumber"]))
    _, recipients, evidence = people_of(found, values(Contact=[contact], Order=[order]), DESCRIBE)
    assert set(zip(evidence["kind"], evidence["date"], strict=True)) == {
        ("mailing", "2026-03-01"),
        ("shipping", "2026-05-01"),
    }
    assert recipients["street"].tolist() == ["1 A St"]


def test_a_contact_without_address_speaks_through_its_household() -> None:
    home = {"Id": "0011", "BillingState": "TX", "BillingStreet": "9 C St"}
    _, recipients, evidence = people_of(
        exposed(("Contact", "0031", ALL)), values(Contact=[{**ANN, "AccountId": "0011"}], Account=[home]), DESCRIBE
    )
    assert evidence[["kind", "state"]].to_numpy().tolist() == [["billing", "TX"]]
    assert recipients["street"].tolist() == ["9 C St"]


def test_links_lead_step_by_step_to_the_contact_and_end() -> None:
    found = exposed(("Case_History__c", "a0H1", ["Note__c"]))
    records = values(Case_History__c=[{"Id": "a0H1", "Case__c": "5001", "Contact__c": ""}])
    (first,) = missing_links(found, records, DESCRIBE)
    assert (first.object, first.column, list(first.values)) == ("Case", "Id", ["5001"])
    records |= values(Case=[{"Id": "5001", "ContactId": "0031"}])
    (second,) = missing_links(found, records, DESCRIBE)
    assert (second.object, list(second.values)) == ("Contact", ["0031"])
    records |= values(Contact=[{**ANN, "MailingState": "CA"}])
    assert missing_links(found, records, DESCRIBE) == []


def test_links_ask_for_what_was_exposed_but_not_read_again() -> None:
    (link,) = missing_links(exposed(("Contact", "0031", ALL)), {}, DESCRIBE)
    assert (link.object, link.column) == ("Contact", "Id")


def test_links_ask_by_email_for_forms_and_by_household_for_accounts() -> None:
    form = {"Id": "5001", "SuppliedEmail": "cy@x.example"}
    records = values(Case=[form], Account=[{"Id": "0011", "Name": "Lee"}])
    links = missing_links(exposed(("Case", "5001", ["Subject"]), ("Account", "0011", ["Name"])), records, DESCRIBE)
    assert {(one.object, one.column) for one in links} == {
        ("Contact", "Email"),
        ("Lead", "Email"),
        ("Contact", "AccountId"),
    }
    assert "cy@x.example" not in repr(links)


def test_one_known_member_of_a_household_says_nothing_of_the_others() -> None:
    records = values(Account=[{"Id": "0011", "Name": "Lee"}], Contact=[{**ANN, "AccountId": "0011"}])
    links = missing_links(exposed(("Account", "0011", ["Name"])), records, DESCRIBE)
    assert [list(one.values) for one in links if one.column == "AccountId"] == [["0011"]]


def test_secrets_are_looked_for_in_exposed_text_only() -> None:
    case = {"Id": "5001", "ContactId": "0031", "Description": "password: Winter-2025!", "Subject": "x"}
    records = values(Case=[case])
    assert len(secrets_in(exposed(("Case", "5001", ["Description"])), records, DESCRIBE)) == 1
    assert secrets_in(exposed(("Case", "5001", ["Subject"])), records, DESCRIBE) == []


def test_residency_is_put_in_with_flags_united() -> None:
    people = people_of(exposed(("Contact", "0031", ALL), ("Contact", "0032", ALL)), values(Contact=[ANN]), DESCRIBE)[0]
    placed = pd.DataFrame(
        {"person_id": people["person_id"].iloc[:1], "residency": ["CA"], "candidates": ["CA NV"],
         "confidence": ["medium"], "review": ["Y"], "flags": ["ZIP_MULTISTATE"]}
    )  # fmt: skip
    out = with_residency(people, placed)
    assert out[["residency", "confidence"]].to_numpy().tolist() == [["CA", "medium"], ["UNKNOWN", "unknown"]]
    assert out["candidates"].tolist() == [["CA", "NV"], []]
    assert "zip_multistate" in out["flags"].iloc[0]
    assert out["review"].iloc[0]


def test_tables_fit_their_schemas() -> None:
    for records, rows in ((values(Contact=[ANN]), [("Contact", "0031", ALL)]), ({}, [])):
        people, recipients, _ = people_of(exposed(*rows), records, DESCRIBE)
        pa.Table.from_pandas(people, schema=PEOPLE, preserve_index=False)
        pa.Table.from_pandas(recipients, schema=RECIPIENTS, preserve_index=False)


@pytest.mark.parametrize(
    ("given", "expected"), [("José  O'Neil-Smith", "jose o neil smith"), ("", ""), ("李 雷", "李 雷")]
)
def test_names_compare_without_case_accents_and_signs(given: str, expected: str) -> None:
    assert normal_name(pd.Series([given], dtype="str")).tolist() == [expected]


def test_what_is_no_email_is_no_key() -> None:
    assert normal_email(pd.Series(["A@B.example", "none", "n/a@", ""], dtype="str")).tolist() == [
        "a@b.example",
        "",
        "",
        "",
    ]


def test_long_chains_become_one_component() -> None:
    size = 5000
    order = np.random.default_rng(1).permutation(size - 1)
    assert set(components(size, order.astype(np.int64), (order + 1).astype(np.int64)).tolist()) == {0}


def test_custom_fields_say_where_somebody_lives() -> None:
    frame = pd.DataFrame({"Id": ["a011"], "State__c": ["Texas"], "Home_Zip_Code__c": ["75001"], "Status__c": ["New"]})
    block = blocks_of({"Applicant__c": frame.astype("str")}).iloc[0]
    assert (block["id"], block["state"], block["postal"], block["city"]) == ("a011", "Texas", "75001", "")
