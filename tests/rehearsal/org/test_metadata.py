"""Metadata deploys over REST: the shapes that clients send, the life of a deploy, its limits."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import requests

from leakresponse.adapters.keypair import KeyPair, make_key_pair
from leakresponse.rehearsal.org import metadata_package, metadata_runs
from tests.support.metadata_deploys import (
    PATH,
    component,
    deployed,
    manifest,
    package,
    post,
    problems,
    result,
    started,
    zipped,
)
from tests.support.served_org import Served

DRIFT = {"ConnectedApp": ["Drift"]}
SITE = {"RemoteSiteSetting": ["Desk"]}


pytestmark = pytest.mark.usefixtures("deploys_at_once")


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    return make_key_pair("drift")


def _app(certificate: str, key: str = "") -> str:
    config = f"<oauthConfig><certificate>{certificate}</certificate><consumerKey>{key}</consumerKey></oauthConfig>"
    return component("ConnectedApp", f"<label>Drift</label>{config}")


def _site(url: str = "https://desk.example") -> dict[str, str]:
    text = component("RemoteSiteSetting", f"<isActive>true</isActive><url>{url}</url>")
    return {"remoteSiteSettings/Desk.remoteSite": text}


@pytest.mark.parametrize("names", [("json", "file"), ("file", "entity_content")])
def test_a_new_certificate_ends_the_old_key_at_once(
    another: Callable[..., Served], pair: KeyPair, names: tuple[str, str]
) -> None:
    org = another()
    facts = org.integration("drift.nightly")
    responder = org.responder()
    app = _app(pair.certificate_pem, facts["consumer_key"])
    answer = post(responder, package(DRIFT, {"connectedApps/Drift.connectedApp": app}), names)
    found = result(responder, answer.json()["id"])
    assert (found["done"], found["success"], found["status"]) == (True, True, "Succeeded")
    assert found["details"]["componentSuccesses"][0]["componentType"] == "ConnectedApp"
    assert org.key_login(facts).json()["error"] == "invalid_grant"
    assert org.key_login(facts, key=pair.private_pem.reveal()).status_code == 200


@pytest.mark.parametrize("in_path", [True, False])
def test_a_validation_changes_nothing_until_it_is_deployed_quickly(
    org: Served, monkeypatch: pytest.MonkeyPatch, in_path: bool
) -> None:
    responder, url = org.responder(), f"https://desk{in_path}.example"
    checked = started(responder, package(SITE, _site(url)), checkOnly="true")
    found = result(responder, checked)
    assert (found["checkOnly"], found["status"], found["numberComponentsDeployed"]) == (True, "Succeeded", 1)
    assert not org.world.store.one("SELECT 1 AS x FROM RemoteProxy WHERE EndpointUrl = ?", url)
    body = {"validatedDeployRequestId": checked}
    quick = responder.call("POST", f"{PATH}/{checked}" if in_path else PATH, json=body)
    assert (quick.status_code, quick.json()["validatedDeployRequestId"]) == (201, checked)
    assert result(responder, quick.json()["id"])["status"] == "Succeeded"
    assert org.world.store.one("SELECT 1 AS x FROM RemoteProxy WHERE EndpointUrl = ?", url)


@pytest.mark.parametrize(("days", "options"), [(11, {}), (1, {"testLevel": "NoTestRun"}), (1, {"checkOnly": False})])
def test_not_every_deploy_can_be_deployed_quickly(
    another: Callable[..., Served], days: int, options: dict[str, object]
) -> None:
    org = another()
    responder = org.responder()
    checked = started(responder, package(SITE, _site()), **{"checkOnly": True, **options})
    result(responder, checked)
    org.world.store._writer.execute(
        "UPDATE sim_deploy SET completed = strftime('%Y-%m-%dT%H:%M:%fZ', completed, ?)", (f"-{days} days",)
    )
    assert responder.call("POST", PATH, json={"validatedDeployRequestId": checked}).status_code == 404


def test_a_deploy_is_pending_then_at_work_then_done(org: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata_runs, "DEPLOY_SECONDS", 60.0)
    responder = org.responder()
    deploy_id = started(responder, package(SITE, _site()))
    seen = []
    for late in (0, 31, 61):
        org.world.store._writer.execute("UPDATE sim_deploy SET starts = starts - ?, due = due - ?", (late, late))
        answer = responder.call("GET", f"{PATH}/{deploy_id}").json()["deployResult"]
        seen.append((answer["status"], answer["done"], "details" in answer))
    assert seen == [("Pending", False, False), ("InProgress", False, False), ("Succeeded", True, False)]


def test_a_deploy_that_nobody_looks_at_is_carried_out_all_the_same(org: Served) -> None:
    import time

    started(org.responder(), package(SITE, _site("https://unseen.example")))
    deadline = time.monotonic() + 5
    sql = "SELECT 1 AS x FROM RemoteProxy WHERE EndpointUrl = 'https://unseen.example'"
    while not (found := org.world.store.one(sql)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found


def test_a_deploy_is_canceled_before_it_is_done_and_not_after(org: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata_runs, "DEPLOY_SECONDS", 60.0)
    responder = org.responder()
    deploy_id = started(responder, package(SITE, _site("https://never.example")))
    cancel = {"deployResult": {"status": "Canceling"}}
    answer = responder.call("PATCH", f"{PATH}/{deploy_id}", json=cancel)
    assert (answer.status_code, answer.json()["deployResult"]["status"]) == (202, "Canceling")
    found = result(responder, deploy_id)
    assert (found["status"], found["success"], bool(found["canceledBy"])) == ("Canceled", False, True)
    assert responder.call("PATCH", f"{PATH}/{deploy_id}", json=cancel).status_code == 400
    assert not org.world.store.one("SELECT 1 AS x FROM RemoteProxy WHERE EndpointUrl = 'https://never.example'")


def test_the_pace_of_deploys_can_be_ordered(another: Callable[..., Served]) -> None:
    org = another()
    pace = f"{org.url}/simulation/deploys"
    assert requests.post(pace, json={"seconds": 60}, timeout=20).json() == {"seconds": 60}
    responder = org.responder()
    deploy_id = started(responder, package(SITE, _site()))
    assert responder.call("GET", f"{PATH}/{deploy_id}").json()["deployResult"]["status"] == "Pending"
    assert [requests.post(pace, json=bad, timeout=20).status_code for bad in ({"seconds": -1}, [])] == [400, 400]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("connectedApps/Drift.connectedApp", _app("no certificate")),
        ("connectedApps/Drift.connectedApp", _app("", "3MVG9another")),
        ("connectedApps/Drift.connectedApp", "<ConnectedApp>"),
        ("connectedApps/Drift.connectedApp", '<!DOCTYPE x [<!ENTITY a "b">]><ConnectedApp/>'),
        ("connectedApps/Drift.connectedApp", component("Flow", "")),
        ("connectedApps/Brand_New.connectedApp", _app("")),
    ],
)
def test_a_bad_component_fails_the_deploy(org: Served, name: str, text: str) -> None:
    found = deployed(org.responder(), {"ConnectedApp": ["*"]}, {name: text})
    assert (found["success"], found["status"], found["numberComponentErrors"]) == (False, "Failed", 1)
    assert found["details"]["componentFailures"][0]["problemType"] == "Error"


def test_the_manifest_and_the_files_must_agree(org: Served) -> None:
    responder = org.responder()
    named = deployed(responder, {"PermissionSet": ["Nobody"]}, {})
    words = "An object 'Nobody' of type PermissionSet was named in package.xml, but was not found in zipped directory"
    assert problems(named) == [words]
    assert problems(deployed(responder, {}, _site())) == ["Not in package.xml"]
    assert problems(result(responder, started(responder, zipped(_site())))) == ["No package.xml found"]
    unknown = deployed(responder, {"Spell": ["X"]}, {})
    assert problems(unknown) == ["Unknown type name 'Spell' specified in package.xml"]


def test_allow_missing_files_and_auto_update_forgive_that(org: Served) -> None:
    responder = org.responder()
    assert deployed(responder, {"PermissionSet": ["Nobody"]}, {}, allowMissingFiles=True)["success"] is True
    assert deployed(responder, {}, _site(), autoUpdatePackage="true")["success"] is True


def test_an_error_undoes_everything_unless_told_otherwise(org: Served) -> None:
    responder = org.responder()
    files = {**_site("https://half.example"), "remoteSiteSettings/Bad.remoteSite": component("RemoteSiteSetting", "")}
    members = {"RemoteSiteSetting": ["*"]}
    sql = "SELECT 1 AS x FROM RemoteProxy WHERE EndpointUrl = 'https://half.example'"
    assert deployed(responder, members, files)["status"] == "Failed"
    assert org.world.store.one(sql) is None
    partly = deployed(responder, members, files, rollbackOnError=False)
    assert (partly["status"], partly["success"], partly["numberComponentErrors"]) == ("SucceededPartial", True, 1)
    assert org.world.store.one(sql) is not None


def test_destructive_changes_delete_and_warn_of_what_is_not_there(org: Served) -> None:
    responder = org.responder()
    deployed(responder, SITE, _site())
    gone = {"destructiveChangesPost.xml": manifest({"RemoteSiteSetting": ["Desk", "Ghost"]})}
    found = deployed(responder, {}, gone)
    told = {one["fullName"]: (one["deleted"], one["problem"]) for one in found["details"]["componentSuccesses"]}
    assert found["status"] == "Succeeded"
    assert told["Desk"] == (True, None)
    assert told["Ghost"] == (False, "No RemoteSiteSetting named: Ghost found")
    assert not org.world.store.one("SELECT 1 AS x FROM RemoteProxy WHERE SiteName = 'Desk'")


def test_a_package_in_a_folder_is_taken_when_it_is_not_a_single_one(org: Served) -> None:
    files = {f"pkg/{name}": text for name, text in {"package.xml": manifest(SITE), **_site()}.items()}
    found = result(org.responder(), started(org.responder(), zipped(files), singlePackage=False, checkOnly="true"))
    assert found["details"]["componentSuccesses"][0]["fileName"] == "pkg/remoteSiteSettings/Desk.remoteSite"


@pytest.mark.parametrize(
    ("content", "limit", "code"),
    [
        (b"no zip", {}, "INVALID_ZIP_FILE"),
        (zipped({"a": "x" * 50}), {"MAX_ZIP": 20}, "LIMIT_EXCEEDED"),
        (zipped({"a": "x" * 50}), {"MAX_UNPACKED": 20}, "LIMIT_EXCEEDED"),
        (zipped({"a": "x", "b": "y"}), {"MAX_FILES": 1}, "LIMIT_EXCEEDED"),
    ],
)
def test_limits_of_the_zip(
    org: Served, monkeypatch: pytest.MonkeyPatch, content: bytes, limit: dict[str, int], code: str
) -> None:
    for name, value in limit.items():
        monkeypatch.setattr(metadata_package, name, value)
    answer = post(org.responder(), content)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_unknown_ids_and_wrong_options_are_refused(org: Served) -> None:
    responder = org.responder()
    ghost = "0Af000000000001AAA"
    assert responder.call("GET", f"{PATH}/{ghost}").status_code == 404
    assert responder.call("POST", PATH, json={"validatedDeployRequestId": ghost}).status_code == 404
    assert post(responder, package(SITE, _site()), testLevel="SomeTests").status_code == 400


def test_an_integration_cannot_deploy_nor_look(org: Served) -> None:
    client = org.client("migration")
    assert client.call("POST", PATH, json={"validatedDeployRequestId": "x"}).status_code == 403
    assert client.call("GET", f"{PATH}/0Af000000000001AAA").status_code == 403


def test_a_wrongly_built_form_is_refused(org: Served) -> None:
    responder = org.responder()
    headers = {"Authorization": f"Bearer {responder.token}", "Content-Type": "multipart/form-data; boundary=x"}
    url = f"{org.url}/services/data/v67.0{PATH}"
    answer = requests.post(url, data=b"not a form", headers=headers, timeout=20)
    assert answer.json()[0]["errorCode"] == "INVALID_MULTIPART_REQUEST"


def test_what_a_deploy_keeps_of_its_call_holds_no_token(org: Served) -> None:
    responder = org.responder()
    started(responder, package(SITE, _site()))
    kept = json.dumps(org.world.store.all("SELECT call FROM sim_deploy"))
    assert responder.token not in kept
