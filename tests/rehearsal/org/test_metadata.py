"""Metadata deploys over REST: certificates, in the shapes that clients send."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import requests

from leakresponse.adapters.keypair import KeyPair, make_key_pair
from tests.support.served_org import Client, Served

PATH = "/metadata/deployRequest"


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    return make_key_pair("drift")


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def _app(certificate: str, key: str = "") -> str:
    return (
        '<?xml version="1.0"?><ConnectedApp xmlns="http://soap.sforce.com/2006/04/metadata"><label>Drift</label>'
        f"<oauthConfig><certificate>{certificate}</certificate><consumerKey>{key}</consumerKey></oauthConfig></ConnectedApp>"
    )


def _deploy(client: Client, files: dict[str, str], names: tuple[str, str] = ("json", "file"), **options: Any) -> str:
    """Start a deploy; the answer is its id."""
    said = (None, json.dumps({"deployOptions": {"singlePackage": True, **options}}), "application/json")
    package = ("package.xml", _zip({"package.xml": "<Package/>", **files}), "application/zip")
    parts = {names[0]: said, names[1]: package} if names[0] == "json" else {names[1]: package, names[0]: said}
    answer = client.call("POST", PATH, files=parts)
    assert answer.status_code == 201
    assert answer.json()["deployResult"]["status"] == "Pending"
    return str(answer.json()["id"])


def _result(client: Client, deploy_id: str) -> dict[str, Any]:
    found = client.call("GET", f"{PATH}/{deploy_id}", params={"includeDetails": "true"}).json()
    return dict(found["deployResult"])


@pytest.mark.parametrize("names", [("json", "file"), ("entity_content", "file")])
def test_a_new_certificate_ends_the_old_key_at_once(
    another: Callable[..., Served], pair: KeyPair, names: tuple[str, str]
) -> None:
    org = another()
    facts = org.integration("drift.nightly")
    responder = org.responder()
    app = _app(pair.certificate_pem, facts["consumer_key"])
    result = _result(responder, _deploy(responder, {"connectedApps/Drift.connectedApp": app}, names))
    assert (result["done"], result["success"], result["status"]) == (True, True, "Succeeded")
    assert result["details"]["componentSuccesses"][0]["componentType"] == "ConnectedApp"
    assert org.key_login(facts).json()["error"] == "invalid_grant"
    assert org.key_login(facts, key=pair.private_pem).status_code == 200


def test_check_only_changes_nothing_until_it_is_deployed_quickly(org: Served, pair: KeyPair) -> None:
    responder, facts = org.responder(), org.integration("order.sync")
    files = {"unpackaged/connectedApps/Order_Sync.connectedApp": _app(pair.certificate_pem)}
    checked = _deploy(responder, files, checkOnly="true")
    assert _result(responder, checked)["success"] is True
    assert org.key_login(facts).status_code == 200
    quick = responder.call("POST", PATH, json={"validatedDeployRequestId": checked})
    assert quick.status_code == 201
    assert _result(responder, quick.json()["id"])["status"] == "Succeeded"
    assert org.key_login(facts).status_code == 400
    assert responder.call("POST", PATH, json={"validatedDeployRequestId": "0Af000000000001AAA"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("connectedApps/Drift.connectedApp", _app("no certificate")),
        ("connectedApps/Drift.connectedApp", _app("", "3MVG9another")),
        ("connectedApps/Drift.connectedApp", "<ConnectedApp>"),
        ("connectedApps/Drift.connectedApp", '<!DOCTYPE x [<!ENTITY a "b">]><ConnectedApp/>'),
        ("connectedApps/Brand_New.connectedApp", _app("")),
        ("flows/Some.flow", "<Flow/>"),
    ],
)
def test_a_bad_component_fails_the_deploy(org: Served, name: str, text: str) -> None:
    responder = org.responder()
    result = _result(responder, _deploy(responder, {name: text}))
    assert (result["success"], result["status"], result["numberComponentErrors"]) == (False, "Failed", 1)
    assert result["details"]["componentFailures"][0]["problemType"] == "Error"


def test_an_integration_cannot_deploy(org: Served) -> None:
    answer = org.client("migration").call("POST", PATH, json={"validatedDeployRequestId": "x"})
    assert answer.status_code == 403


def test_a_wrongly_built_form_is_refused(org: Served) -> None:
    responder = org.responder()
    headers = {"Authorization": f"Bearer {responder.token}", "Content-Type": "multipart/form-data; boundary=x"}
    url = f"{org.url}/services/data/v67.0{PATH}"
    answer = requests.post(url, data=b"not a form", headers=headers, timeout=20)
    assert answer.json()[0]["errorCode"] == "INVALID_MULTIPART_REQUEST"
