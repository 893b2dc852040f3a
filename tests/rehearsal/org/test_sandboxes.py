"""Sandboxes: ordered over the Tooling API, copied while one looks, served as orgs of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from leakresponse.rehearsal.org import sandbox_work
from tests.support.served_org import Client, Served, copied, log_rows, serve

INFO, PROCESS = "/tooling/sobjects/SandboxInfo", "/tooling/sobjects/SandboxProcess"
#: As the Salesforce CLI asks it.
FIELDS = (
    "Id,Status,SandboxName,SandboxInfoId,LicenseType,CreatedDate,CopyProgress,SandboxOrganization,SourceId,Description,"
    "EndDate,Features"
)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies take no longer than they have to."""
    monkeypatch.setattr(sandbox_work, "PACE_SECONDS", 0.02)


@pytest.fixture(scope="module")
def responder(org: Served) -> Client:
    return org.responder()


def asked(client: Client, soql: str) -> list[dict[str, Any]]:
    """The records of a query of the Tooling API."""
    return list(client.call("GET", "/tooling/query", params={"q": soql}).json()["records"])


def process(client: Client, info_id: str) -> dict[str, Any]:
    """The newest copy of a sandbox."""
    soql = f"SELECT {FIELDS} FROM SandboxProcess WHERE SandboxInfoId='{info_id}' ORDER BY CreatedDate DESC"
    return asked(client, soql)[0]


def ordered(client: Client, name: str, **more: Any) -> str:
    answer = client.call("POST", INFO, json={"SandboxName": name, "LicenseType": "Developer", **more})
    assert answer.status_code == 201
    return str(answer.json()["id"])


def reached(client: Client, info_id: str, status: str) -> dict[str, Any]:
    """The newest copy, when it is so far."""
    deadline = time.monotonic() + 20
    while (found := process(client, info_id))["Status"] != status:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def made(client: Client, name: str, **more: Any) -> str:
    """The id of a finished sandbox."""
    info_id = ordered(client, name, **more)
    reached(client, info_id, "Completed")
    return info_id


def remove(client: Client, info_id: str) -> None:
    """Delete a sandbox and wait for its end."""
    assert client.call("DELETE", f"{INFO}/{info_id}").status_code == 204
    reached(client, info_id, "Deleted")


def inside(org: Served, name: str) -> Served:
    return org.beside(f"production--{name}")


def test_a_copy_goes_through_its_states(org: Served, responder: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_work, "PACE_SECONDS", 0.15)
    info_id = ordered(responder, "states")
    seen: list[tuple[str, int]] = []
    deadline = time.monotonic() + 20
    while not seen or (seen[-1][0] != "Completed" and time.monotonic() < deadline):
        now = process(responder, info_id)
        if (now["Status"], now["CopyProgress"]) not in seen:
            seen.append((now["Status"], now["CopyProgress"]))
            assert (now["EndDate"] is None) == (now["Status"] != "Completed")
    words = list(dict.fromkeys(status for status, _ in seen))
    every = ["Pending", "Processing", "Activating", "Completed"]
    assert words == [one for one in every if one in words]
    assert {"Processing", "Completed"} <= set(words)
    assert list(log_rows(org, "Sandbox")["STATUS"]) == every[1:]
    assert [percent for _, percent in seen] == sorted(percent for _, percent in seen)
    assert process(responder, info_id)["SandboxOrganization"] == inside(org, "states").world.org_id[:15]
    remove(responder, info_id)


def test_the_same_key_logs_in_to_the_sandbox(org: Served, responder: Client) -> None:
    info_id = made(responder, "Keys")
    asked_for = {"sandboxName": "Keys", "clientId": org.facts["consumer_key"], "callbackUrl": "http://localhost:1717/"}
    answer = responder.call("POST", "/tooling/sandboxAuth", json=asked_for).json()
    assert answer["authUserName"] == f"{org.facts['username']}.keys"
    sandbox = inside(org, "keys")
    assert answer["loginUrl"] == answer["instanceUrl"] == sandbox.url
    for audience in ("https://test.salesforce.com", sandbox.url, f"{sandbox.url}/"):
        login = sandbox.key_login({**org.facts, "username": answer["authUserName"]}, aud=audience).json()
        assert f"/id/{sandbox.world.org_id}/" in login["id"]
    assert sandbox.facts["username"] == answer["authUserName"]
    assert sandbox.facts["consumer_key"] == org.facts["consumer_key"]
    assert not any("refresh_token" in one for one in sandbox.facts["integrations"])
    remove(responder, info_id)


@pytest.mark.parametrize(("licence", "copies"), [("Developer", False), ("DEVELOPER_PRO", False), ("Full", True)])
def test_data_comes_along_by_licence(org: Served, responder: Client, licence: str, copies: bool) -> None:
    info_id = made(responder, "data", LicenseType=licence)
    theirs = inside(org, "data").responder()
    soql = "SELECT COUNT() FROM Contact"
    expected = responder.query(soql)["totalSize"] if copies else 0
    assert theirs.query(soql)["totalSize"] == expected
    assert theirs.query("SELECT COUNT() FROM PermissionSet") == responder.query("SELECT COUNT() FROM PermissionSet")
    assert theirs.query("SELECT COUNT() FROM EventLogFile")["totalSize"] == 0
    assert theirs.rows("SELECT IsSandbox FROM Organization")[0]["IsSandbox"] is True
    remove(responder, info_id)


def test_a_partial_copy_takes_a_sample(org: Served, responder: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leakresponse.rehearsal.org.sandbox_copy.PARTIAL_ROWS", 7)
    info_id = made(responder, "sample", LicenseType="Partial")
    assert inside(org, "sample").responder().query("SELECT COUNT() FROM Contact")["totalSize"] == 7
    remove(responder, info_id)


def test_users_get_the_name_of_the_sandbox_and_dead_addresses(org: Served, responder: Client) -> None:
    info_id = made(responder, "users")
    soql = "SELECT Id, Username, Email FROM User WHERE Email != null"
    ours = {row["Id"]: row for row in responder.rows(soql)}
    theirs = {row["Id"]: row for row in inside(org, "users").responder().rows(soql)}
    assert set(ours) == set(theirs)
    assert all(theirs[one]["Username"] == f"{ours[one]['Username']}.users" for one in ours)
    assert all(row["Email"].endswith(".invalid") for row in theirs.values())
    remove(responder, info_id)


def test_custom_objects_are_copied_without_their_rows(org: Served, responder: Client) -> None:
    from leakresponse.rehearsal.org.schema_types import id_field, sobject, text

    org.world.store.change_object(sobject("Warranty__c", "a9W", "Warranty", id_field(), text("Code__c", "Code")))
    with org.world.store.write() as db:
        db.execute("INSERT INTO Warranty__c (Id, Code__c) VALUES ('a9WS00000000001AAA', 'x')")
    info_id = made(responder, "custom")
    schema = inside(org, "custom").world.store.schema
    assert schema["Warranty__c"].field("Code__c") is not None
    assert inside(org, "custom").world.store.one("SELECT COUNT(*) AS n FROM Warranty__c") == {"n": 0}
    remove(responder, info_id)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"SandboxName": "toolongname", "LicenseType": "Developer"}, "STRING_TOO_LONG"),
        ({"SandboxName": "a-b", "LicenseType": "Developer"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"LicenseType": "Developer"}, "REQUIRED_FIELD_MISSING"),
        ({"SandboxName": "huge", "LicenseType": "Huge"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"SandboxName": "none"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"SandboxName": "odd", "LicenseType": "Developer", "Colour": "red"}, "INVALID_FIELD"),
        ({"SandboxName": "days", "LicenseType": "Full", "HistoryDays": 11}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_wrong_orders_are_refused(responder: Client, wanted: dict[str, Any], code: str) -> None:
    answer = responder.call("POST", INFO, json=wanted)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_a_name_is_taken_while_its_sandbox_lives(responder: Client) -> None:
    info_id = made(responder, "twice")
    again = {"SandboxName": "TWICE", "LicenseType": "Developer"}
    assert responder.call("POST", INFO, json=again).json()[0]["errorCode"] == "DUPLICATE_VALUE"
    remove(responder, info_id)
    remove(responder, made(responder, "twice"))


def test_licences_run_out(responder: Client) -> None:
    info_id = made(responder, "one", LicenseType="Full")
    answer = responder.call("POST", INFO, json={"SandboxName": "other", "LicenseType": "Full"})
    assert answer.json()[0]["errorCode"] == "LIMIT_EXCEEDED"
    remove(responder, info_id)


def test_ordering_needs_its_permission(org: Served) -> None:
    client = org.client("drift.integration")
    for method, path in (("POST", INFO), ("DELETE", f"{INFO}/0GQS00000000001AAA")):
        answer = client.call(method, path, json={"SandboxName": "sly", "LicenseType": "Developer"})
        assert answer.status_code in {403, 404}


def test_a_refresh_waits_to_be_activated(org: Served, responder: Client) -> None:
    info_id = made(responder, "again")
    before = inside(org, "again").facts
    patched = responder.call("PATCH", f"{INFO}/{info_id}", json={"AutoActivate": False, "Description": "anew"})
    assert patched.status_code == 204
    waiting = reached(responder, info_id, "Pending Activation")
    assert inside(org, "again").world.org_id == before["org_id"]
    acted = responder.call("PATCH", f"{PROCESS}/{waiting['Id']}", json={"RefreshAction": "ACTIVATE"})
    assert acted.status_code == 204
    done = reached(responder, info_id, "Completed")
    after = inside(org, "again").facts
    assert after["org_id"][:15] == done["SandboxOrganization"] != before["org_id"][:15]
    assert after["instance_url"] == before["instance_url"]
    assert len(asked(responder, f"SELECT Id FROM SandboxProcess WHERE SandboxInfoId = '{info_id}'")) == 2
    remove(responder, info_id)


def test_a_refresh_can_be_discarded(org: Served, responder: Client) -> None:
    info_id = made(responder, "keep")
    before = inside(org, "keep").world.org_id
    responder.call("PATCH", f"{INFO}/{info_id}", json={"AutoActivate": False})
    waiting = reached(responder, info_id, "Pending Activation")
    responder.call("PATCH", f"{PROCESS}/{waiting['Id']}", json={"RefreshAction": "DISCARD"})
    reached(responder, info_id, "Deleted")
    assert inside(org, "keep").world.org_id == before
    late = responder.call("PATCH", f"{PROCESS}/{waiting['Id']}", json={"RefreshAction": "ACTIVATE"})
    assert late.json()[0]["errorCode"] == "INVALID_STATUS"
    remove(responder, info_id)


def test_a_refresh_activates_itself_where_asked(org: Served, responder: Client) -> None:
    info_id = made(responder, "auto")
    before = inside(org, "auto").world.org_id
    responder.call("PATCH", f"{INFO}/{info_id}", json={"SandboxName": "auto", "AutoActivate": True})
    deadline = time.monotonic() + 20
    while process(responder, info_id)["Status"] != "Completed" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert inside(org, "auto").world.org_id != before
    remove(responder, info_id)


def test_a_clone_has_the_users_of_its_source(org: Served, responder: Client) -> None:
    source = made(responder, "src")
    clone = made(responder, "cln", SourceId=source, LicenseType=None)
    names = {row["Username"] for row in inside(org, "cln").responder().rows("SELECT Username FROM User")}
    assert all(name.endswith(".cln") and ".src" not in name for name in names)
    remove(responder, clone)
    remove(responder, source)


def test_a_deleted_sandbox_answers_no_more(org: Served, responder: Client) -> None:
    info_id = made(responder, "gone")
    sandbox = inside(org, "gone")
    folder = sandbox.state
    remove(responder, info_id)
    assert not folder.exists()
    assert asked(responder, "SELECT Id FROM SandboxInfo WHERE SandboxName = 'gone'") == []
    assert responder.call("GET", f"{INFO}/{info_id}").status_code == 404
    assert responder.call("DELETE", f"{INFO}/{info_id}").status_code == 404


def test_login_is_refused_before_the_copy_is_finished(
    responder: Client, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(sandbox_work, "PACE_SECONDS", 0.3)
    info_id = ordered(responder, "early")
    wanted = {"sandboxName": "early", "clientId": "3MVG9x", "callbackUrl": "http://localhost:1717/"}
    answer = responder.call("POST", "/tooling/sandboxAuth", json=wanted)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_STATUS")
    assert responder.call("DELETE", f"{INFO}/{info_id}").json()[0]["errorCode"] == "INVALID_STATUS"
    reached(responder, info_id, "Completed")
    unknown = responder.call("POST", "/tooling/sandboxAuth", json={**wanted, "sandboxName": "never"})
    assert unknown.status_code == 404
    remove(responder, info_id)


@pytest.mark.parametrize(
    ("condition", "found"),
    [("Status = '1'", True), ("Status != 'D'", True), ("Status NOT IN ('D', 'E')", True), ("Status = '0'", False)],
)
def test_queries_compare_the_code_of_a_status(responder: Client, condition: str, found: bool) -> None:
    soql = f"SELECT Status FROM SandboxProcess WHERE SandboxName = 'codes' AND {condition}"
    if not asked(responder, "SELECT Id FROM SandboxInfo WHERE SandboxName = 'codes'"):
        made(responder, "codes")
    assert [row["Status"] for row in asked(responder, soql)] == (["Completed"] if found else [])


def test_a_sandbox_is_found_by_its_org_id(org: Served, responder: Client) -> None:
    info_id = made(responder, "found")
    short = inside(org, "found").world.org_id[:15]
    soql = f"SELECT SandboxInfoId FROM SandboxProcess WHERE SandboxOrganization ='{short}' AND Status NOT IN ('D', 'E')"
    assert [row["SandboxInfoId"] for row in asked(responder, soql)] == [info_id]
    remove(responder, info_id)


def test_a_copy_that_was_cut_off_is_made_after_a_restart(
    another: Callable[..., Served], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(sandbox_work, "PACE_SECONDS", 0.3)
    first = another()
    info_id = ordered(first.responder(), "cut")
    reached(first.responder(), info_id, "Processing")
    first.stop()
    again = serve(copied(first.state, tmp_path_factory.mktemp("again")))
    try:
        done = reached(again.responder(), info_id, "Completed")
        assert inside(again, "cut").world.org_id[:15] == done["SandboxOrganization"]
    finally:
        again.stop()
