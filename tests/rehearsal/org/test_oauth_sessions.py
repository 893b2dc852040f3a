"""Sessions and passwords: what ends with what, how long things live, how late a revoke may come."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from leakresponse.rehearsal.org.faults_model import rules_of
from leakresponse.rehearsal.org.identity import revoked_recently
from leakresponse.rehearsal.org.ids import hashed
from tests.support.served_org import Client, Served

MIGRATION = "migration"


def user_id(client: Client, user: str) -> str:
    soql = f"SELECT Id FROM User WHERE Username = '{user}@harborpine.example'"
    return str(client.rows(soql)[0]["Id"])


def newest_session(client: Client, user: str, **more: str) -> dict[str, Any]:
    soql = f"SELECT Id, ParentId, SessionType FROM AuthSession WHERE UsersId = '{user_id(client, user)}'"
    return next(one for one in client.rows(f"{soql} ORDER BY CreatedDate DESC") if more.items() <= one.items())


def browser_below(org: Served, token: str) -> str:
    """The cookie of a browser session that a token opened at the front door."""
    asked = {"sid": token, "retURL": "/lightning/page/home"}
    answer = requests.get(f"{org.url}/secur/frontdoor.jsp", params=asked, timeout=20, allow_redirects=False)
    return answer.cookies["sid"]


def test_a_child_goes_with_its_parent_and_deleting_it_again_is_404(org: Served) -> None:
    live, responder = org.client(MIGRATION), org.responder()
    parent = newest_session(responder, MIGRATION, SessionType="Oauth2")
    sid = browser_below(org, live.token)
    child = next(one for one in responder.rows(f"SELECT Id FROM AuthSession WHERE ParentId = '{parent['Id']}'")
                 if one["Id"] != parent["Id"])  # fmt: skip
    assert responder.call("DELETE", f"/sobjects/AuthSession/{parent['Id']}").status_code == 204
    assert Client(org.url, sid).call("GET", "").status_code == 401
    assert responder.call("DELETE", f"/sobjects/AuthSession/{child['Id']}").status_code == 404


def test_revoking_a_refresh_token_leaves_the_browser_of_its_user(another: Callable[..., Served]) -> None:
    org = another()
    facts = org.integration(MIGRATION)
    body = {"username": facts["username"]}
    sid = requests.post(f"{org.url}/simulation/login", json=body, timeout=20).json()["sid"]
    assert org.form("revoke", token=facts["refresh_token"]).status_code == 200
    assert org.refresh_login(facts).status_code == 400
    assert Client(org.url, sid).call("GET", "").status_code == 200


def test_an_introspected_token_is_dead_when_its_session_has_timed_out(another: Callable[..., Served]) -> None:
    org = another()
    facts = org.integration(MIGRATION)
    own = {"client_id": facts["consumer_key"], "client_secret": facts["consumer_secret"]}
    token = org.refresh_login(facts).json()["access_token"]
    told = org.form("introspect", token=token, **own).json()
    assert 86_000 < told["exp"] - told["iat"] <= 86_400
    tomorrow = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 90_000))
    requests.post(f"{org.url}/simulation/clock", json={"now": tomorrow}, timeout=10)
    assert org.form("introspect", token=token, **own).json() == {"active": False}


def test_an_apps_own_session_length_counts(another: Callable[..., Served]) -> None:
    org = another()
    with org.world.store.write() as db:
        db.execute("UPDATE sim_app SET session_seconds = 900 WHERE name = 'Data Migrator'")
    live = org.client(MIGRATION)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1000))
    requests.post(f"{org.url}/simulation/clock", json={"now": soon}, timeout=10)
    assert live.call("GET", "").status_code == 401


def test_without_the_fault_a_revoke_counts_at_once_and_is_remembered(org: Served) -> None:
    live = org.client(MIGRATION)
    assert revoked_recently(org.world, hashed(live.token)) is None
    org.form("revoke", token=live.token)
    assert live.call("GET", "").status_code == 401
    since = revoked_recently(org.world, hashed(live.token))
    assert since is not None
    assert since < 10


def test_where_the_fault_is_ordered_a_revoked_token_answers_for_a_while(another: Callable[..., Served]) -> None:
    org = another()
    live = org.client(MIGRATION)
    org.world.faults.order(rules_of([{"fault": {"kind": "late_revoke", "seconds": 1.0}}]))
    org.world.faults.start()
    org.form("revoke", token=live.token)
    assert live.call("GET", "").status_code == 200
    time.sleep(1.1)
    assert live.call("GET", "").status_code == 401


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("sh0rt", "Your password must be at least 8 characters long."),
        ("onlyletters", "Your password must have a mix of letters and numbers."),
    ],
)
def test_passwords_against_the_policy(org: Served, given: str, words: str) -> None:
    responder = org.responder()
    path = f"/sobjects/User/{user_id(responder, MIGRATION)}/password"
    answer = responder.call("POST", path, json={"NewPassword": given})
    assert answer.json()[0] == {"message": words, "errorCode": "INVALID_NEW_PASSWORD"}


def test_a_repeated_password_is_refused_and_each_change_leaves_a_trail(org: Served) -> None:
    responder = org.responder()
    path = f"/sobjects/User/{user_id(responder, 'order.sync')}/password"
    body = {"NewPassword": "correct horse 1"}
    assert responder.call("POST", path, json=body).status_code == 204
    assert responder.call("POST", path, json=body).json()[0]["message"] == "invalid repeated password"
    reset = responder.call("DELETE", path)
    assert (reset.status_code, len(reset.json()["NewPassword"]) >= 8) == (200, True)
    rows = responder.rows(
        "SELECT Action, Display FROM SetupAuditTrail WHERE Action IN ('resetpassword', 'changedpassword')"
    )
    mine = [row["Action"] for row in rows if "order.sync" in row["Display"]]
    assert sorted(mine) == ["changedpassword", "resetpassword"]


def test_a_reset_ends_nothing_of_oauth(org: Served) -> None:
    responder, live = org.responder(), org.client(MIGRATION)
    assert responder.call("DELETE", f"/sobjects/User/{user_id(responder, MIGRATION)}/password").status_code == 200
    assert live.call("GET", "").status_code == 200
    assert org.refresh_login(org.integration(MIGRATION)).status_code == 200


def test_other_peoples_passwords_need_a_permission(org: Served) -> None:
    responder, client = org.responder(), org.client(MIGRATION)
    path = f"/sobjects/User/{user_id(responder, 'order.sync')}/password"
    for method in ("GET", "DELETE"):
        answer = client.call(method, path)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS")
    own = f"/sobjects/User/{user_id(responder, MIGRATION)}/password"
    assert client.call("GET", own).json() == {"isExpired": False}


@pytest.mark.parametrize(
    ("policy", "days", "status"),
    [
        ("zero", 0, 400),
        ("specific_inactivity:7:DAYS", 8, 400),
        ("specific_inactivity:7:DAYS", 1, 200),
        ("specific_lifetime:1:HOURS", 0, 400),
        ("infinite", 300, 200),
    ],
)
def test_a_refresh_token_lives_as_long_as_the_app_says(
    another: Callable[..., Served], policy: str, days: int, status: int
) -> None:
    org = another()
    with org.world.store.write() as db:
        db.execute("UPDATE sim_app SET refresh_policy = ? WHERE name = 'Data Migrator'", (policy,))
        db.execute("UPDATE OauthToken SET CreatedDate = '2026-01-01T00:00:00.000Z' WHERE AppName = 'Data Migrator'")
    live = org.client("order.sync")
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86_400))
    requests.post(f"{org.url}/simulation/clock", json={"now": later}, timeout=10)
    assert org.refresh_login(org.integration(MIGRATION)).status_code == status
    assert days or live.call("GET", "").status_code == 200


def test_taking_api_enabled_away_ends_the_use_of_live_tokens(another: Callable[..., Served]) -> None:
    org = another()
    live = org.client(MIGRATION)
    with org.world.store.write() as db:
        db.execute("UPDATE Profile SET PermissionsApiEnabled = 0 WHERE Name = 'Integration User'")
        db.execute("UPDATE PermissionSet SET PermissionsApiEnabled = 0 WHERE ProfileId IN "
                   "(SELECT Id FROM Profile WHERE Name = 'Integration User')")  # fmt: skip
    answer = live.call("GET", "/sobjects")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "API_DISABLED_FOR_ORG")
    assert org.client("drift.integration").call("GET", "/sobjects").status_code == 200
    body = (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><SessionHeader><sessionId>{live.token}'
        "</sessionId></SessionHeader></e:Header><e:Body><getUserInfo/></e:Body></e:Envelope>"
    )
    fault = requests.post(f"{org.url}/services/Soap/u/67.0", data=body, timeout=20)
    assert fault.status_code == 500 and "sf:API_DISABLED_FOR_ORG" in fault.text
