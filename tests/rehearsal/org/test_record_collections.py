"""Many records in one call: what is undone, limits, upserts, reading by id; what single records take and refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from leakresponse.rehearsal.org.schema_changes import with_field
from leakresponse.rehearsal.org.schema_types import text
from tests.support.served_org import Client, Served, log_rows

PATH = "/composite/sobjects"


@pytest.fixture(scope="module")
def client(org: Served) -> Iterator[Client]:
    """A client of an org whose accounts have an external id, which need not be unique, and a unique number."""
    account = org.world.store.schema["Account"]
    key = replace(text("Key__c", "Key", 40), external_id=True)
    number = replace(text("Number__c", "Number", 40), external_id=True, unique=True)
    org.world.store.change_object(with_field(with_field(account, key), number))
    yield org.responder()


def account(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account"}, **fields}


def codes(results: list[dict[str, Any]]) -> list[str]:
    """The code of each result, empty where it went well."""
    return [one["errors"][0]["statusCode"] if one["errors"] else "" for one in results]


def count(client: Client, name: str) -> int:
    return int(client.query(f"SELECT COUNT() FROM Account WHERE Name = '{name}'")["totalSize"])


def test_what_can_be_made_is_made(client: Client) -> None:
    records = [account(Name="Half"), account(), account(Name="Half", Nope=1)]
    results = client.call("POST", PATH, json={"records": records}).json()
    assert codes(results) == ["", "REQUIRED_FIELD_MISSING", "INVALID_FIELD"]
    assert set(results[0]) == {"id", "success", "errors"}
    assert count(client, "Half") == 1


def test_all_or_none_makes_none(client: Client) -> None:
    records = [account(Name="Whole"), account()]
    results = client.call("POST", PATH, json={"allOrNone": True, "records": records}).json()
    assert codes(results) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert "id" not in results[0]
    assert count(client, "Whole") == 0


def test_all_or_none_of_deletions(client: Client) -> None:
    made = client.call("POST", PATH, json={"records": [account(Name="Stays")]}).json()[0]["id"]
    params = {"ids": f"{made},001000000000009AAA", "allOrNone": "true"}
    assert codes(client.call("DELETE", PATH, params=params).json())[0] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert count(client, "Stays") == 1
    assert codes(client.call("DELETE", PATH, params={"ids": made}).json()) == [""]
    assert count(client, "Stays") == 0


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_more_than_200_records_are_refused(client: Client, method: str) -> None:
    answer = client.call(method, PATH, json={"records": [account(Name="Many")] * 201})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
    assert answer.json()[0]["message"] == "record limit reached. cannot submit more than 200 records into this call"


def test_more_than_ten_runs_of_types_are_refused(client: Client) -> None:
    lead = {"attributes": {"type": "Lead"}, "LastName": "Run", "Company": "Run", "Status": "Open"}
    answer = client.call("POST", PATH, json={"records": [account(Name="Run"), lead] * 6})
    assert "more than 10 chunks" in answer.json()[0]["message"]


def test_setup_records_share_no_call_with_others(client: Client) -> None:
    user = client.rows("SELECT Id FROM User LIMIT 1")[0]["Id"]
    records = [account(Name="Mixed"), {"attributes": {"type": "User"}, "id": user, "Title": "x"}]
    assert codes(client.call("POST", PATH, json={"records": records}).json()) == ["", "MIXED_DML_OPERATION"]


def test_a_wrong_id_of_an_update_says_so(client: Client) -> None:
    records = [account(id="003000000000001AAA", Name="x"), account(Name="x")]
    assert codes(client.call("PATCH", PATH, json={"records": records}).json()) == ["MALFORMED_ID", "MISSING_ARGUMENT"]


def test_upserts_say_what_they_made(client: Client) -> None:
    records = [account(Name="Up", Key__c="up-1"), account(Name="Up", Key__c="up-1"), account(Name="Up")]
    results = client.call("PATCH", f"{PATH}/Account/Key__c", json={"records": records}).json()
    assert [one.get("created") for one in results] == [True, False, None]
    assert results[0]["id"] == results[1]["id"]
    assert codes(results)[2] == "MISSING_ARGUMENT"


def test_records_by_id_come_in_the_order_asked_with_null_for_what_is_not_there(client: Client) -> None:
    ids = [row["Id"] for row in client.rows("SELECT Id FROM Contact LIMIT 2")]
    body = {"ids": [ids[1], "003000000000009AAA", "nonsense", ids[0]], "fields": ["id", "LastName"]}
    found = client.call("POST", f"{PATH}/Contact", json=body).json()
    assert [one and one["Id"] for one in found] == [ids[1], None, None, ids[0]]
    answer = client.call("POST", f"{PATH}/Contact", json={"ids": ["x"] * 2001, "fields": ["Id"]})
    assert answer.json()[0]["errorCode"] == "EXCEEDED_ID_LIMIT"


def test_each_run_of_records_leaves_a_row_of_what_was_saved(org: Served, client: Client) -> None:
    client.call("POST", PATH, json={"records": [account(Name="Row"), account(Name="Row")]})
    saved = log_rows(org, "DatabaseSave").iloc[-1]
    assert (saved["DML_TYPE"], saved["NUM_ROWS"], saved["KEY_PREFIX"]) == ("Insert", "2", "001")


def test_an_upsert_of_one_record(client: Client) -> None:
    path = "/sobjects/Account/Key__c/one%2F1"
    made = client.call("PATCH", path, json={"Name": "One"})
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = client.call("PATCH", path, json={"Name": "One again"})
    assert (again.status_code, again.json()["created"], again.json()["id"]) == (200, False, made.json()["id"])
    assert client.call("GET", path).json()["Name"] == "One again"
    assert client.call("DELETE", path).status_code == 204
    assert client.call("GET", path).status_code == 404


def test_an_external_id_of_two_records_names_both(client: Client) -> None:
    twins = [account(Name="Twin", Key__c="twin"), account(Name="Twin", Key__c="twin")]
    ids = [one["id"] for one in client.call("POST", PATH, json={"records": twins}).json()]
    answer = client.call("PATCH", "/sobjects/Account/Key__c/twin", json={"Name": "x"}, allow_redirects=False)
    assert answer.status_code == 300
    assert [one.rsplit("/", 1)[1] for one in answer.json()] == ids


def test_what_an_upsert_refuses(client: Client) -> None:
    path = "/sobjects/Account/Key__c/free"
    both = client.call("PATCH", path, json={"Key__c": "free", "Name": "x"}).json()[0]
    assert both["message"] == "The Key__c field should not be specified in the sobject data."
    assert client.call("PATCH", f"{path}?updateOnly=true", json={"Name": "x"}).status_code == 404
    unknown = client.call("PATCH", "/sobjects/Account/Nope__c/1", json={"Name": "x"})
    assert (unknown.status_code, unknown.json()[0]["errorCode"]) == (404, "NOT_FOUND")
    assert unknown.json()[0]["message"] == "Provided external ID field does not exist or is not accessible: Nope__c"


def test_a_unique_value_is_taken_once(client: Client) -> None:
    made = client.call("POST", "/sobjects/Account", json={"Name": "First", "Number__c": "7"}).json()["id"]
    twice = client.call("POST", "/sobjects/Account", json={"Name": "Second", "Number__c": "7"}).json()[0]
    assert twice["errorCode"] == "DUPLICATE_VALUE"
    assert twice["message"] == f"duplicate value found: Number__c duplicates value on record with id: {made}"


def test_a_parent_can_be_named_by_its_external_id(client: Client) -> None:
    parent = client.call("POST", "/sobjects/Account", json={"Name": "Parent", "Number__c": "parent"}).json()["id"]
    child = client.call("POST", "/sobjects/Contact", json={"LastName": "Kin", "Account": {"Number__c": "parent"}})
    path = f"/sobjects/Contact/{child.json()['id']}"
    assert client.call("GET", path).json()["AccountId"] == parent
    assert client.call("GET", f"{path}/Account", params={"fields": "Name"}).json()["Name"] == "Parent"
    kin = client.call("GET", f"/sobjects/Account/{parent}/Contacts", params={"fields": "LastName"}).json()
    assert [row["LastName"] for row in kin["records"]] == ["Kin"]
    none = client.call("PATCH", path, json={"Account": {"Number__c": "nobody"}}).json()[0]
    assert none["message"] == "Foreign key external ID: nobody not found for field Number__c in entity Account"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Email": "no address"}, "INVALID_EMAIL_ADDRESS"),
        ({"AccountId": "nonsense"}, "MALFORMED_ID"),
        ({"AccountId": "003000000000009AAA"}, "MALFORMED_ID"),
        ({"AccountId": "001000000000009AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"Birthdate": "yesterday"}, "JSON_PARSER_ERROR"),
        ({"FirstName": "x" * 41}, "STRING_TOO_LONG"),
        ({"Id": "003000000000009AAA"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_values_that_a_record_does_not_take(client: Client, fields: dict[str, str], code: str) -> None:
    answer = client.call("POST", "/sobjects/Contact", json={"LastName": "Values", **fields})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_an_account_takes_its_contacts_along_but_not_its_cases(client: Client) -> None:
    made = client.call("POST", "/sobjects/Account", json={"Name": "Household"}).json()["id"]
    contact = client.call("POST", "/sobjects/Contact", json={"LastName": "Member", "AccountId": made}).json()["id"]
    case = client.call("POST", "/sobjects/Case", json={"Subject": "Help", "AccountId": made}).json()["id"]
    number = client.call("GET", f"/sobjects/Case/{case}").json()["CaseNumber"]
    refused = client.call("DELETE", f"/sobjects/Account/{made}").json()[0]
    assert refused["errorCode"] == "DELETE_FAILED"
    assert number in refused["message"]
    assert client.call("DELETE", f"/sobjects/Case/{case}").status_code == 204
    assert client.call("DELETE", f"/sobjects/Account/{made}").status_code == 204
    assert client.call("GET", f"/sobjects/Contact/{contact}").json()[0]["errorCode"] == "ENTITY_IS_DELETED"
