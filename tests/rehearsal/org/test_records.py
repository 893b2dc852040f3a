"""Single records and collections."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.served_org import Client, Served


@pytest.fixture(scope="module")
def client(org: Served) -> Client:
    return org.client("migration")


@pytest.fixture(scope="module")
def contact(client: Client) -> dict[str, Any]:
    return client.rows("SELECT Id, Email FROM Contact WHERE Email != null LIMIT 1")[0]


def test_a_record_comes_whole_or_with_the_fields_asked(client: Client, contact: dict[str, Any]) -> None:
    whole = client.call("GET", f"/sobjects/Contact/{contact['Id']}").json()
    assert {"SSN__c", "MailingAddress", "Email"} <= set(whole)
    some = client.call("GET", f"/sobjects/Contact/{contact['Id'][:15]}", params={"fields": "Id,Email"}).json()
    assert set(some) == {"attributes", "Id", "Email"}


def test_unknown_records_and_objects_are_not_found(client: Client) -> None:
    for path in ("/sobjects/Contact/003000000000001AAA", "/sobjects/Nope/003000000000001AAA", "/sobjects/Contact/xyz"):
        answer = client.call("GET", path)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")


def test_a_changed_name_changes_the_whole_name(client: Client) -> None:
    made = client.call("POST", "/sobjects/Contact", json={"FirstName": "Ada", "LastName": "Moss"})
    assert made.status_code == 201
    path = f"/sobjects/Contact/{made.json()['id']}"
    assert client.call("PATCH", path, json={"LastName": "Fern"}).status_code == 204
    assert client.call("GET", path).json()["Name"] == "Ada Fern"


def test_required_and_unknown_and_fixed_fields(client: Client, contact: dict[str, Any]) -> None:
    missing = client.call("POST", "/sobjects/Contact", json={"FirstName": "Ada"}).json()[0]
    assert (missing["errorCode"], missing["fields"]) == ("REQUIRED_FIELD_MISSING", ["LastName"])
    path = f"/sobjects/Contact/{contact['Id']}"
    assert client.call("PATCH", path, json={"Nope": 1}).json()[0]["errorCode"] == "INVALID_FIELD"
    fixed = client.call("PATCH", path, json={"CreatedDate": "2026-01-01T00:00:00Z"}).json()[0]
    assert fixed["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_a_record_is_deleted_once(client: Client) -> None:
    lead = client.rows("SELECT Id FROM Lead LIMIT 1")[0]["Id"]
    assert client.call("DELETE", f"/sobjects/Lead/{lead}").status_code == 204
    for method in ("DELETE", "GET"):
        again = client.call(method, f"/sobjects/Lead/{lead}")
        assert (again.status_code, again.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")


def test_a_collection_answers_record_by_record(client: Client, contact: dict[str, Any]) -> None:
    records = [
        {"attributes": {"type": "Contact"}, "id": contact["Id"], "Title": "Ms"},
        {"attributes": {"type": "Contact"}, "id": "003000000000001AAA", "Title": "Ms"},
    ]
    answer = client.call("PATCH", "/composite/sobjects", json={"records": records})
    assert answer.status_code == 200
    assert [one["success"] for one in answer.json()] == [True, False]
    assert answer.json()[1]["errors"][0]["statusCode"] == "NOT_FOUND"


def test_an_integration_cannot_freeze_or_end_sessions(org: Served, client: Client) -> None:
    responder = org.responder()
    login = responder.rows("SELECT Id FROM UserLogin LIMIT 1")[0]["Id"]
    session = responder.rows("SELECT Id FROM AuthSession LIMIT 1")[0]["Id"]
    assert client.call("PATCH", f"/sobjects/UserLogin/{login}", json={"IsFrozen": True}).status_code == 403
    assert client.call("DELETE", f"/sobjects/AuthSession/{session}").status_code == 403


def test_a_password_lock_can_only_be_taken_off(org: Served) -> None:
    responder = org.responder()
    login = responder.rows("SELECT Id FROM UserLogin LIMIT 1")[0]["Id"]
    answer = responder.call("PATCH", f"/sobjects/UserLogin/{login}", json={"IsPasswordLocked": True})
    assert answer.status_code == 400
    row = responder.rows(f"SELECT IsPasswordLocked FROM UserLogin WHERE Id = '{login}'")[0]
    assert row["IsPasswordLocked"] is False


def test_passwords_over_rest(org: Served) -> None:
    responder = org.responder()
    user = responder.rows("SELECT Id FROM User WHERE Username = 'migration@harborpine.example'")[0]["Id"]
    path = f"/sobjects/User/{user}/password"
    assert responder.call("GET", path).json() == {"isExpired": False}
    assert responder.call("POST", path, json={"NewPassword": "short"}).json()[0]["errorCode"] == "INVALID_NEW_PASSWORD"
    assert "NewPassword" in responder.call("DELETE", path).json()


def test_deactivating_a_user_stops_logins(another: Callable[..., Served]) -> None:
    org = another()
    responder = org.responder()
    user = responder.rows("SELECT Id FROM User WHERE Username = 'migration@harborpine.example'")[0]["Id"]
    assert responder.call("PATCH", f"/sobjects/User/{user}", json={"IsActive": False}).status_code == 204
    assert org.refresh_login(org.integration("migration")).json()["error_description"] == "inactive user"


def test_a_file_is_shown_as_an_address_and_read_there(org: Served) -> None:
    responder = org.responder()
    case = responder.call("POST", "/sobjects/Case", json={"Subject": "Filed"}).json()["id"]
    given = {"Name": "a.txt", "ParentId": case, "Body": base64.b64encode(b"what it says").decode()}
    made = responder.call("POST", "/sobjects/Attachment", json=given).json()["id"]
    shown = responder.call("GET", f"/sobjects/Attachment/{made}", params={"fields": "Body"}).json()["Body"]
    assert shown == f"/services/data/v67.0/sobjects/Attachment/{made}/Body"
    assert responder.rows(f"SELECT Body FROM Attachment WHERE Id = '{made}'")[0]["Body"] == shown
    assert responder.call("GET", shown).content == b"what it says"


def test_conditions_on_when_a_record_was_changed(client: Client, contact: dict[str, Any]) -> None:
    path, past = f"/sobjects/Contact/{contact['Id']}", "Tue, 10 Aug 2010 00:00:00 GMT"
    assert client.call("GET", path, headers={"If-Modified-Since": past}).status_code == 200
    same = client.call("GET", path, headers={"If-Modified-Since": "Fri, 10 Aug 2040 00:00:00 GMT"})
    assert (same.status_code, same.content) == (304, b"")
    change = client.call("PATCH", path, json={"Title": "Dr"}, headers={"If-Unmodified-Since": past})
    assert change.status_code == 412
    assert client.call("GET", path).json()["Title"] != "Dr"


def test_a_post_can_stand_for_a_patch(client: Client, contact: dict[str, Any]) -> None:
    path = f"/sobjects/Contact/{contact['Id']}"
    assert client.call("POST", f"{path}?_HttpMethod=PATCH", json={"Title": "Sir"}).status_code == 204
    assert client.call("GET", path).json()["Title"] == "Sir"
