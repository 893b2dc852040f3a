"""login() of the SOAP API: password and security token, what refuses it, and what a new password does to both."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
import requests

from leakresponse.rehearsal.org import password_logins, soap_login
from leakresponse.rehearsal.org.soap_envelope import SOAP
from tests.support.served_org import Client, Served, log_rows

PASSWORD = "Harbor lights 42"


def log_in(org: Served, username: str, password: str, version: str = "64.0", kind: str = "u") -> requests.Response:
    inside = f"<n1:username>{escape(username)}</n1:username><n1:password>{escape(password)}</n1:password>"
    body = (
        f'<e:Envelope xmlns:e="{SOAP}"><e:Body><n1:login xmlns:n1="urn:partner.soap.sforce.com">{inside}</n1:login>'
        "</e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": "login"}
    address = f"{org.url}/services/Soap/{kind}/{version}"
    return requests.post(address, data=body.encode(), headers=headers, timeout=30)


def text(answer: requests.Response, name: str) -> str:
    found = [one.text or "" for one in ElementTree.fromstring(answer.text).iter() if one.tag.endswith(name)]
    return found[0] if found else ""


def code(answer: requests.Response) -> str:
    return text(answer, "exceptionCode")


def user_id(responder: Client, username: str) -> str:
    return str(responder.rows(f"SELECT Id FROM User WHERE Username = '{username}'")[0]["Id"])


def set_password(org: Served, username: str, password: str) -> None:
    responder = org.responder()
    path = f"/sobjects/User/{user_id(responder, username)}/password"
    assert responder.call("POST", path, json={"NewPassword": password}).status_code == 204


def mailed_token(org: Served, username: str) -> str:
    given = {"username": username}
    return str(requests.post(f"{org.url}/simulation/security-token", json=given, timeout=20).json()["token"])


@pytest.fixture
def ready(another: Callable[..., Served]) -> tuple[Served, str, str]:
    """An org, and a user's name and security token."""
    org = another()
    username = org.integration("order.sync")["username"]
    set_password(org, username, PASSWORD)
    return org, username, mailed_token(org, username)


def test_password_and_token_open_a_session_that_works(ready: tuple[Served, str, str]) -> None:
    org, username, token = ready
    answer = log_in(org, username, PASSWORD + token)
    assert answer.status_code == 200
    assert text(answer, "serverUrl").startswith(f"{org.url}/services/Soap/u/64.0/")
    assert Client(org.url, text(answer, "sessionId")).call("GET", "/limits").status_code == 200
    rows = org.responder().rows(
        f"SELECT SessionType, LoginType FROM AuthSession WHERE UsersId = '{text(answer, 'userId')}'"
    )
    assert {(row["SessionType"], row["LoginType"]) for row in rows} >= {("API", "Other Apex API")}


def test_the_enterprise_api_answers_with_its_own_address(ready: tuple[Served, str, str]) -> None:
    org, username, token = ready
    assert "/services/Soap/c/64.0/" in text(log_in(org, username, PASSWORD + token, kind="c"), "serverUrl")


def test_without_the_token_the_fault_says_that_one_is_needed(ready: tuple[Served, str, str]) -> None:
    org, username, _ = ready
    answer = log_in(org, username, PASSWORD)
    assert (answer.status_code, code(answer)) == (500, "LOGIN_MUST_USE_SECURITY_TOKEN")


@pytest.mark.parametrize("given", ["wrong", PASSWORD + "x" * 24])
def test_a_wrong_password_or_token_is_not_told_apart(ready: tuple[Served, str, str], given: str) -> None:
    org, username, _ = ready
    answer = log_in(org, username, given)
    assert code(answer) == "INVALID_LOGIN"
    assert text(answer, "faultstring") == f"INVALID_LOGIN: {password_logins.WRONG}"


def test_an_unknown_user_is_refused_in_the_same_words(org: Served) -> None:
    assert code(log_in(org, "nobody@nowhere.example", "whatever")) == "INVALID_LOGIN"


def test_from_version_65_there_is_no_login(ready: tuple[Served, str, str]) -> None:
    org, username, token = ready
    answer = log_in(org, username, PASSWORD + token, "65.0")
    assert code(answer) == "INVALID_OPERATION"
    assert "not available in the API version specified (65.0)" in text(answer, "exceptionMessage")


def test_an_org_may_have_it_off_or_ask_for_a_permission(ready: tuple[Served, str, str]) -> None:
    org, username, token = ready
    org.world.store.keep_fact(soap_login.GUARDED, True)
    assert code(log_in(org, username, PASSWORD + token)) == "INSUFFICIENT_ACCESS"
    org.world.store.keep_fact(soap_login.ENABLED, False)
    assert code(log_in(org, username, PASSWORD + token)) == "INVALID_OPERATION"


def test_ten_wrong_logins_lock_the_password_and_a_new_one_unlocks_it(ready: tuple[Served, str, str]) -> None:
    org, username, token = ready
    for _ in range(password_logins.ATTEMPTS):
        log_in(org, username, "wrong password 1")
    assert code(log_in(org, username, PASSWORD + token)) == "INVALID_LOGIN"
    locked = f"SELECT IsPasswordLocked FROM UserLogin WHERE UserId = '{user_id(org.responder(), username)}'"
    assert org.responder().rows(locked)[0]["IsPasswordLocked"] is True
    set_password(org, username, "Another light 43")
    assert log_in(org, username, "Another light 43" + token).status_code == 200


@pytest.mark.parametrize(("reading", "works"), [("attacker", True), ("lenient", False)])
def test_whether_an_administrators_password_keeps_the_token_is_a_matter_of_reading(
    another: Callable[..., Served], reading: str, works: bool
) -> None:
    org = another(reading)
    username = org.integration("order.sync")["username"]
    token = mailed_token(org, username)
    set_password(org, username, PASSWORD)
    assert (log_in(org, username, PASSWORD + token).status_code == 200) is works


def test_a_reset_password_voids_the_token(ready: tuple[Served, str, str]) -> None:
    org, username, token = ready
    responder = org.responder()
    made = responder.call("DELETE", f"/sobjects/User/{user_id(responder, username)}/password").json()["NewPassword"]
    assert code(log_in(org, username, made + token)) == "INVALID_LOGIN"
    assert log_in(org, username, made + mailed_token(org, username)).status_code == 200


def test_a_frozen_user_is_refused(ready: tuple[Served, str, str]) -> None:
    org, username, token = ready
    responder = org.responder()
    found = responder.rows(f"SELECT Id FROM UserLogin WHERE UserId = '{user_id(responder, username)}'")[0]["Id"]
    responder.call("PATCH", f"/sobjects/UserLogin/{found}", json={"IsFrozen": True})
    assert code(log_in(org, username, PASSWORD + token)) == "INVALID_LOGIN"


def test_logins_are_in_the_history_and_in_the_log(ready: tuple[Served, str, str]) -> None:
    org, username, token = ready
    log_in(org, username, PASSWORD + token)
    log_in(org, username, "wrong password 1")
    found = org.responder().rows("SELECT Status, LoginType FROM LoginHistory")
    assert {"Success", "Invalid Password"} <= {row["Status"] for row in found if row["LoginType"] == "Other Apex API"}
    assert set(log_rows(org, "Login")["LOGIN_STATUS"]) >= {"LOGIN_NO_ERROR", "LOGIN_ERROR_INVALID_PASSWORD"}
