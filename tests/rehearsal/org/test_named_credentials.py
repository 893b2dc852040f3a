"""Credentials of external credential principals: made once, replaced whole, changed in part, never given back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.support.served_org import Client, Served

PATH = "/named-credentials/credential"
WHO = {"externalCredential": "Harborpay", "principalName": "Harborpay_Service", "principalType": "NamedPrincipal"}
SENDER = {"externalCredential": "Brightmail", "principalName": "Brightmail_Sender", "principalType": "NamedPrincipal"}


@pytest.fixture
def responder(another: Callable[..., Served]) -> Client:
    return another().responder()


def body(value: str = "gateway-key-0001", name: str = "ApiKey", **changed: Any) -> dict[str, Any]:
    return {
        **WHO,
        "authenticationProtocol": "Custom",
        "credentials": {name: {"value": value, "encrypted": True}},
    } | changed


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


def test_a_credential_is_made_and_its_value_never_comes_back(responder: Client) -> None:
    assert code(responder.call("GET", PATH, params=WHO)) == (404, "NOT_FOUND")
    made = responder.call("POST", PATH, json=body())
    assert made.status_code == 201
    shown = responder.call("GET", PATH, params=WHO)
    assert shown.json()["credentials"] == {"ApiKey": {"encrypted": True}}
    assert "gateway-key-0001" not in made.text + shown.text


def test_a_second_one_is_a_conflict_that_names_the_way_out(responder: Client) -> None:
    responder.call("POST", PATH, json=body())
    answer = responder.call("POST", PATH, json=body("gateway-key-0002"))
    assert code(answer) == (409, "CONFLICT")
    assert "Use the PUT method" in answer.json()[0]["message"]


def test_put_replaces_all_and_patch_what_it_names(responder: Client) -> None:
    responder.call("POST", PATH, json=body())
    responder.call("PATCH", PATH, json=body("second-secret", "ApiSecret"))
    names = responder.call("GET", PATH, params=WHO).json()["credentials"]
    assert set(names) == {"ApiKey", "ApiSecret"}
    assert set(responder.call("PUT", PATH, json=body("gateway-key-0003")).json()["credentials"]) == {"ApiKey"}


def test_patch_is_for_the_custom_protocol_alone(responder: Client) -> None:
    values = {"clientId": {"value": "id", "encrypted": False}, "clientSecret": {"value": "s3", "encrypted": True}}
    given = {**SENDER, "authenticationProtocol": "OAuth", "credentials": values}
    assert responder.call("POST", PATH, json=given).json()["authenticationStatus"] == "Configured"
    assert code(responder.call("PATCH", PATH, json=given)) == (400, "INVALID_API_INPUT")


def test_the_client_id_of_oauth_cannot_be_encrypted(responder: Client) -> None:
    values = {"clientId": {"value": "id", "encrypted": True}}
    given = {**SENDER, "authenticationProtocol": "OAuth", "credentials": values}
    assert code(responder.call("POST", PATH, json=given)) == (400, "INVALID_API_INPUT")


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"externalCredential": "Nobody"}, (404, "NOT_FOUND")),
        ({"principalName": "Nobody"}, (404, "NOT_FOUND")),
        ({"principalType": "Everybody"}, (400, "INVALID_API_INPUT")),
        ({"authenticationProtocol": "OAuth"}, (400, "INVALID_API_INPUT")),
        ({"credentials": {}}, (400, "INVALID_API_INPUT")),
    ],
)
def test_what_is_refused(responder: Client, changed: dict[str, Any], answer: tuple[int, str]) -> None:
    assert code(responder.call("POST", PATH, json=body(**changed))) == answer


def test_it_needs_a_permission(another: Callable[..., Served]) -> None:
    org = another()
    assert code(org.client("order.sync").call("GET", PATH, params=WHO)) == (403, "INSUFFICIENT_ACCESS")


def test_the_external_credential_tells_which_principals_are_configured(responder: Client) -> None:
    path = "/named-credentials/external-credentials/Harborpay"
    before = responder.call("GET", path).json()["principals"]
    responder.call("POST", PATH, json=body())
    after = responder.call("GET", path).json()["principals"]
    assert [one["authenticationStatus"] for one in before + after] == ["NotConfigured", "Unknown"]


def test_a_callout_takes_the_new_secret_along(another: Callable[..., Served]) -> None:
    org = another()
    responder = org.responder()
    responder.call("POST", PATH, json=body())
    responder.call("PUT", PATH, json=body("gateway-key-0002"))
    given = {
        "named_credential": "Payment_Gateway", "username": org.integration("order.sync")["username"],
        "external_credential": "Harborpay", "principal": "Harborpay_Service",
    }  # fmt: skip
    sent = requests.post(f"{org.url}/simulation/callout", json=given, timeout=20).json()["sent"]
    assert sent == {"ApiKey": hashlib.sha256(b"gateway-key-0002").hexdigest()}


def test_deleted_credentials_are_gone(responder: Client) -> None:
    responder.call("POST", PATH, json=body())
    assert responder.call("DELETE", PATH, params=WHO).status_code == 204
    assert code(responder.call("DELETE", PATH, params=WHO)) == (404, "NOT_FOUND")
