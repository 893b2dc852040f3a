"""The Tooling API: what it sees that other APIs do not, and the other way round."""

from __future__ import annotations

from typing import Any

import pytest

from leakresponse.rehearsal.org import sandbox_work
from tests.support.served_org import Client, Served


@pytest.fixture(scope="module")
def responder(org: Served) -> Client:
    return org.responder()


def tooling(client: Client, soql: str) -> Any:
    return client.call("GET", "/tooling/query", params={"q": soql}).json()


@pytest.mark.parametrize("name", ["SandboxInfo", "SandboxProcess", "SourceTrackingSettings", "RemoteProxy"])
def test_objects_of_the_tooling_api_are_there_alone(responder: Client, name: str) -> None:
    soql = f"SELECT Id FROM {name}"
    assert tooling(responder, soql)["done"] is True
    assert responder.query(soql)[0]["errorCode"] == "INVALID_TYPE"
    assert responder.call("GET", f"/sobjects/{name}/describe").status_code == 404


@pytest.mark.parametrize("name", ["Account", "Contact", "Case_History__c", "EventLogFile", "AuthSession"])
def test_business_and_log_objects_are_not(responder: Client, name: str) -> None:
    assert tooling(responder, f"SELECT Id FROM {name}")[0]["errorCode"] == "INVALID_TYPE"
    assert responder.call("GET", f"/tooling/sobjects/{name}/describe").status_code == 404


@pytest.mark.parametrize("name", ["EntityDefinition", "User", "PermissionSet", "ApexClass"])
def test_some_objects_are_in_both(responder: Client, name: str) -> None:
    soql = f"SELECT Id FROM {name} LIMIT 3"
    assert tooling(responder, soql)["totalSize"] == responder.query(soql)["totalSize"]


def test_fields_are_described_as_data(responder: Client) -> None:
    soql = "SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Contact'"
    assert {"Email", "LastName"} <= {row["QualifiedApiName"] for row in tooling(responder, soql)["records"]}


def test_objects_and_their_descriptions(responder: Client) -> None:
    listed = {one["name"] for one in responder.call("GET", "/tooling/sobjects").json()["sobjects"]}
    assert "SandboxInfo" in listed
    assert "Account" not in listed
    found = responder.call("GET", "/tooling/sobjects/SandboxInfo/describe").json()
    assert found["keyPrefix"] == "0GQ"
    assert found["urls"]["sobject"].endswith("/tooling/sobjects/SandboxInfo")
    about = responder.call("GET", "/tooling/sobjects/SandboxInfo").json()
    assert about["objectDescribe"]["name"] == "SandboxInfo"
    assert responder.call("GET", "/tooling").json()["query"].endswith("/tooling/query")


def test_records_are_read_with_addresses_below_tooling(responder: Client) -> None:
    first = tooling(responder, "SELECT Id FROM Profile LIMIT 1")["records"][0]
    assert "/tooling/sobjects/Profile/" in first["attributes"]["url"]
    found = responder.call("GET", first["attributes"]["url"], params={"fields": "Name"}).json()
    assert found["Name"]
    assert responder.call("GET", "/tooling/sobjects/Profile/00eS00000000000AAA").status_code == 404


def test_what_cannot_be_written_is_refused(responder: Client) -> None:
    answer = responder.call("POST", "/tooling/sobjects/ApexClass", json={"Name": "X"})
    assert answer.json()[0]["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def test_long_answers_have_pages_of_the_tooling_api(responder: Client) -> None:
    options = {"headers": {"Sforce-Query-Options": "batchSize=200"}}
    page = responder.call("GET", "/tooling/query", params={"q": "SELECT Id FROM User"}, **options).json()
    assert "/tooling/query/" in page["nextRecordsUrl"]
    after = responder.call("GET", page["nextRecordsUrl"]).json()
    assert len(page["records"]) + len(after["records"]) == page["totalSize"]


def test_sources_are_tracked_in_sandboxes_alone(
    org: Served, responder: Client, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    from leakresponse.rehearsal.org.sandboxes import order_first

    path, soql = "/tooling/sobjects/SourceMember/describe", "SELECT MemberName FROM SourceMember"
    assert responder.call("GET", path).status_code == 404
    assert tooling(responder, soql)[0]["errorCode"] == "INVALID_TYPE"
    monkeypatch.setattr(sandbox_work, "PACE_SECONDS", 0.0)
    order_first(org.world, "tracked")
    inside = org.beside("production--tracked").responder()
    assert inside.call("GET", path).status_code == 200
    assert tooling(inside, soql)["totalSize"] == 0
    assert tooling(inside, "SELECT Id FROM SandboxInfo")[0]["errorCode"] == "INVALID_TYPE"
