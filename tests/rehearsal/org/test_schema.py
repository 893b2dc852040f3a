"""The schema agrees with itself and with SQLite."""

from __future__ import annotations

import sqlite3

import pytest

from leakresponse.rehearsal.org.schema import (
    SCHEMA,
    create_index_sql,
    create_table_sql,
    definition_rows,
    describe,
    describe_global,
    object_info,
    quoted,
)

NEEDED = {
    "Account": "Name Type BillingStreet BillingCity BillingState BillingPostalCode "
    "BillingCountry Phone OwnerId Brand__c",
    "Contact": "AccountId FirstName LastName Name Email Phone MobilePhone MailingStreet MailingCity MailingState "
    "MailingPostalCode MailingCountry OtherState OtherPostalCode Birthdate Description Brand__c Customer_Number__c "
    "SSN__c Drivers_License__c Card_Last4__c Loyalty_Tier__c HasOptedOutOfEmail",
    "Lead": "FirstName LastName Name Company Email Phone Street City State PostalCode Country Status",
    "Case": "CaseNumber ContactId AccountId Subject Description Status Origin Priority SuppliedName SuppliedEmail "
    "SuppliedPhone",
    "Order": "OrderNumber AccountId BillToContactId EffectiveDate Status TotalAmount ShippingStreet ShippingPostalCode",
    "Case_History__c": "Case__c Contact__c Note__c Email__c",
    "Loyalty_Member__c": "Contact__c Email__c Points__c Birthdate__c",
    "AuthSession": "UsersId IsCurrent LoginHistoryId LoginSubType NumSecondsValid ParentId SourceIp SessionType",
    "OauthToken": "AccessToken AppMenuItemId AppName CreatedDate DeleteToken Id LastUsedDate RequestToken UseCount "
    "UserId",
    "UserLogin": "IsFrozen IsPasswordLocked UserId",
    "EventLogFile": "ApiVersion EventType Interval LogDate LogFile LogFileContentType LogFileFieldNames "
    "LogFileFieldTypes LogFileLength Sequence CreatedDate",
    "ApiEvent": "ApiType ConnectedAppId Operation QueriedEntities Query Records RowsProcessed RowsReturned UserAgent "
    "EventDate",
}


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_an_object_has_the_fields_that_others_build_on(name: str) -> None:
    assert set(NEEDED[name].split()) <= set(SCHEMA[name].fields)


@pytest.mark.parametrize("name", sorted(SCHEMA.objects))
def test_sqlite_takes_the_table_with_one_column_per_stored_field(name: str) -> None:
    obj, db = SCHEMA[name], sqlite3.connect(":memory:")
    for statement in (create_table_sql(obj), *create_index_sql(obj)):
        db.execute(statement)
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({quoted(name)})")]
    assert columns == [field.name for field in obj.stored]


@pytest.mark.parametrize("name", sorted(SCHEMA.objects))
def test_every_reference_points_to_an_object_that_exists(name: str) -> None:
    targets = {target for field in SCHEMA[name].fields.values() for target in field.reference_to}
    assert targets <= set(SCHEMA.objects)


def test_key_prefixes_are_told_apart() -> None:
    prefixes = [obj.key_prefix for obj in SCHEMA]
    assert len(prefixes) == len(set(prefixes)) and all(len(prefix) == 3 for prefix in prefixes)


def test_names_are_found_whatever_their_case() -> None:
    found = SCHEMA["contact"].field("ssn__C")
    assert found is not None and found.name == "SSN__c"


def test_a_child_relationship_leads_to_the_child_object() -> None:
    found = SCHEMA.child("Contact", "loyalty_members__r")
    assert found is not None and (found[0].name, found[1].name) == ("Loyalty_Member__c", "Contact__c")


def test_an_unknown_name_is_no_object_and_no_field() -> None:
    assert SCHEMA.get("Nothing") is None and SCHEMA["Account"].field("Nothing") is None
    assert SCHEMA["Account"].reference("") is None


def test_describe_speaks_of_every_field_and_child() -> None:
    said = describe(SCHEMA["Account"])
    assert [field["name"] for field in said["fields"]] == list(SCHEMA["Account"].fields)
    assert {child["relationshipName"] for child in said["childRelationships"]} >= {"Contacts", "Cases", "Orders"}


def test_describe_ties_an_address_to_its_parts() -> None:
    fields = {field["name"]: field for field in describe(SCHEMA["Contact"])["fields"]}
    assert fields["MailingPostalCode"]["compoundFieldName"] == "MailingAddress"
    assert fields["MailingAddress"]["type"] == "address"


def test_describe_global_lists_every_object() -> None:
    assert {one["name"] for one in describe_global()["sobjects"]} == {one.name for one in SCHEMA}


def test_the_core_sees_classification() -> None:
    assert object_info(SCHEMA["Contact"]).fields["SSN__c"].compliance == ("PII", "CCPA")


def test_definition_rows_fit_their_tables() -> None:
    rows = list(definition_rows())
    assert all(set(row) == {field.name for field in SCHEMA[table].stored} for table, row in rows)


def test_loyalty_children_of_contacts_are_not_children_of_accounts() -> None:
    assert SCHEMA.child("Account", "Loyalty_Members__r") is None
