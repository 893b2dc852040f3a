"""Browser sessions, record and list pages, and log-in-as: what they show, what they leave."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests

from tests.support.served_org import Served, log_rows

ADDRESS = "198.51.100.77"


def sign_on(org: Served, user: str, **more: str) -> str:
    """The cookie of a sign-on through the identity provider."""
    answer = requests.post(
        f"{org.url}/simulation/login", json={"username": user, **more}, headers={"X-Forwarded-For": ADDRESS}, timeout=20
    )
    assert answer.status_code == 200
    return str(answer.json()["sid"])


def page(org: Served, sid: str, path: str, **options: Any) -> requests.Response:
    headers = {"X-Forwarded-For": ADDRESS, "User-Agent": "Mozilla/5.0"}
    return requests.get(
        org.url + path, cookies={"sid": sid}, headers=headers, allow_redirects=False, timeout=20, **options
    )


@pytest.fixture(scope="module")
def admin(org: Served) -> str:
    """The responder in a browser: an administrator."""
    return sign_on(org, org.facts["username"])


def test_a_sign_on_leaves_a_session_and_a_login_with_its_address(org: Served, admin: str) -> None:
    soql = "SELECT SessionType, SourceIp FROM AuthSession WHERE SessionType = 'UI' AND SourceIp = '198.51.100.77'"
    assert org.responder().rows(soql)
    logins = log_rows(org, "Login")
    assert "9" in set(logins[logins["SOURCE_IP"] == ADDRESS]["LOGIN_TYPE"])


def test_an_unknown_user_cannot_sign_on(org: Served) -> None:
    answer = requests.post(f"{org.url}/simulation/login", json={"username": "nobody@x.example"}, timeout=20)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_page_without_a_session_goes_to_the_login(org: Served) -> None:
    answer = page(org, "dead", "/lightning/o/Contact/list")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/?ec=302")


def test_the_front_door_makes_a_session_that_ends_with_its_token(org: Served) -> None:
    responder = org.responder()
    opened = requests.get(
        f"{org.url}/secur/frontdoor.jsp", params={"sid": responder.token, "retURL": "https://evil.example/"},
        allow_redirects=False, timeout=20,
    )  # fmt: skip
    assert opened.headers["Location"] == "/lightning/page/home"
    sid = opened.cookies["sid"]
    assert page(org, sid, "/lightning/o/Contact/list").status_code == 200
    assert org.form("revoke", token=responder.token).status_code == 200
    assert page(org, sid, "/lightning/o/Contact/list").status_code == 302


def test_a_records_page_shows_it_and_says_who_looked(org: Served, admin: str) -> None:
    contact = org.responder().rows("SELECT Id, LastName FROM Contact LIMIT 1")[0]
    shown = page(org, admin, f"/lightning/r/Contact/{contact['Id']}/view")
    assert shown.status_code == 200 and contact["LastName"] in shown.text
    views = log_rows(org, "LightningPageView")
    assert contact["Id"] in set(views["PAGE_ENTITY_ID"])
    soql = "SELECT RecordId, Operation FROM LightningUriEvent WHERE EventDate > 2020-01-01T00:00:00Z"
    assert (contact["Id"], "Read") in {(one["RecordId"], one["Operation"]) for one in org.responder().rows(soql)}


def test_a_classic_page_leaves_a_uri_event_and_no_lightning_one(org: Served, admin: str) -> None:
    contact = org.responder().rows("SELECT Id FROM Contact ORDER BY Id DESC LIMIT 1")[0]["Id"]
    assert page(org, admin, f"/{contact[:15]}").status_code == 200
    soql = "SELECT RecordId FROM {} WHERE EventDate > 2020-01-01T00:00:00Z"
    assert contact in {one["RecordId"] for one in org.responder().rows(soql.format("UriEvent"))}
    assert contact not in {one["RecordId"] for one in org.responder().rows(soql.format("LightningUriEvent"))}


def test_a_list_pages_and_names_exactly_the_records_that_it_showed(org: Served, admin: str) -> None:
    first, second = (page(org, admin, f"/lightning/o/Contact/list?page={number}").text for number in (1, 2))
    ids = re.findall(r'data-record-id="(\w{18})"', first)
    assert len(ids) == 50 and not set(ids) & set(re.findall(r'data-record-id="(\w{18})"', second))
    soql = "SELECT Records, RowsProcessed FROM ListViewEvent WHERE EventDate > 2020-01-01T00:00:00Z"
    told = [json.loads(one["Records"]) for one in org.responder().rows(soql)]
    assert ids in [[row["datacells"][0] for row in one["rows"]] for one in told]


def test_logging_in_as_somebody_names_both(org: Served, admin: str) -> None:
    user = org.responder().rows("SELECT Id, Username FROM User WHERE Username LIKE 'support.lead@%'")[0]
    taken = page(org, admin, f"/servlet/servlet.su?suorgadminid={user['Id']}")
    if taken.status_code == 403:
        pytest.fail("the administrator may log in as others")
    assert page(org, taken.cookies["sid"], "/lightning/o/Case/list").status_code == 200
    rows = log_rows(org, "LoginAs")
    assert set(rows["USER_ID_DERIVED"]) == {user["Id"]}
    assert set(rows["DELEGATED_USER_NAME"]) == {org.facts["username"]}


def test_logging_out_ends_the_session_by_its_own_user(org: Served) -> None:
    sid = sign_on(org, org.facts["username"])
    assert page(org, sid, "/secur/logout.jsp").status_code == 302
    assert page(org, sid, "/lightning/o/Contact/list").status_code == 302
    rows = log_rows(org, "Logout")
    assert "1" in set(rows["USER_INITIATED_LOGOUT"])
