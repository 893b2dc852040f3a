"""Records of one person under two keys are found over all tables, whatever table says what."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from leakresponse.core import people_linkage_records
from leakresponse.core.people_linkage_records import RecordPairs, linked_records
from leakresponse.rehearsal.population import generate

ANN = {
    "Id": "0031", "FirstName": "Ann", "LastName": "Lee", "Email": "ann17@x.example", "Birthdate": "1980-01-02",
    "MailingStreet": "1 Main Street", "MailingPostalCode": "10001",
}  # fmt: skip
LEAD = {
    "Id": "00Q1", "FirstName": "ANN", "LastName": "Lee", "Email": "a.lee@y.example", "Birthdate__c": "1980-01-02",
    "Street": "1 Main St", "PostalCode": "10001-2345",
}  # fmt: skip


def linked(*tables: tuple[str, list[dict[str, str]]]) -> RecordPairs:
    made = [(name, pa.Table.from_pylist(rows)) for name, rows in tables]
    return linked_records(lambda: iter(made))


def pairs(frame: pd.DataFrame) -> list[tuple[str, str]]:
    return [(str(a), str(b)) for a, b in frame.to_numpy()]


def test_a_contact_and_a_lead_under_another_address_are_one() -> None:
    found = linked(("Contact", [ANN]), ("Lead", [LEAD]))
    assert pairs(found.same) == [("0031", "00Q1")] and found.unsure.empty


def test_what_one_page_lacks_another_fills_in() -> None:
    bare = {name: ANN[name] for name in ("Id", "Email", "Birthdate")}
    named = {name: value for name, value in ANN.items() if name != "Birthdate"}
    assert pairs(linked(("Contact", [bare]), ("Contact", [named]), ("Lead", [LEAD])).same) == [("0031", "00Q1")]


def test_without_a_birth_date_the_pair_is_in_doubt() -> None:
    found = linked(("Contact", [ANN]), ("Lead", [{**LEAD, "Birthdate__c": ""}]))
    assert found.same.empty and pairs(found.unsure) == [("0031", "00Q1")]


def test_records_of_one_address_and_name_are_one_already_and_not_compared() -> None:
    found = linked(("Contact", [ANN, {**ANN, "Id": "0032"}]))
    assert found.same.empty and found.unsure.empty and found.people == 0


def test_a_couple_with_one_mailbox_stays_two_without_doubt() -> None:
    bob = {**ANN, "Id": "0032", "FirstName": "Bob", "Birthdate": "1979-05-06"}
    found = linked(("Contact", [ANN, bob]))
    assert found.same.empty and found.unsure.empty


def test_households_and_orders_are_nobody() -> None:
    home = {"Id": "0011", "Name": "Lee Household", "BillingPostalCode": "10001"}
    found = linked(("Account", [home, {**home, "Id": "0012"}]), ("Order", [{"Id": "8011", "OrderNumber": "1"}]))
    assert found.people == 0


def test_no_tables() -> None:
    assert linked().same.empty


def test_nobody_of_the_simulated_retailer_is_merged_with_another() -> None:
    population = generate(5_000, 3)
    tables = [
        (name, pa.Table.from_pandas(table[[c for c in people_linkage_records.LINKAGE_COLUMNS if c in table]]))
        for name, table in population.tables.items()
    ]
    found = linked_records(lambda: iter(tables))
    owner = population.truth.explode("record_ids").set_index("record_ids")["person_id"]
    assert (owner.reindex(found.same["first"]).to_numpy() == owner.reindex(found.same["second"]).to_numpy()).all()
    assert len(found.unsure) < 50


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_tables_changes_nothing(order: int) -> None:
    tables = [("Contact", [ANN]), ("Lead", [LEAD]), ("Lead", [{**LEAD, "Id": "00Q2", "Email": "x9y9@z.example"}])]
    assert set(pairs(linked(*tables[::order]).same)) == {("0031", "00Q1"), ("0031", "00Q2"), ("00Q1", "00Q2")}
