"""Logins and revokes: who gets in, in which words the others are refused, and what a revoke reaches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests

from leakresponse.adapters.keypair import make_key_pair
from tests.support.served_org import JWT_BEARER, Client, Served

NIGHTLY = "drift.nightly"


@pytest.fixture(scope="module")
def stranger() -> str:
    """A private key that the org has never seen."""
    return make_key_pair("stranger").private_pem.reveal()


@pytest.mark.parametrize("audience", ["https://login.salesforce.com", "https://test.salesforce.com", "own", "own/"])
def test_audiences_that_clients_send_are_taken(org: Served, audience: str) -> None:
    wanted = audience.replace("own", org.facts["instance_url"])
    assert org.key_login(org.integration(NIGHTLY), aud=wanted).status_code == 200


@pytest.mark.parametrize("expiry", [lambda: int(time.time() * 1000) + 300, lambda: str(int(time.time()) + 180)])
def test_expiries_in_milliseconds_and_as_text_are_taken(org: Served, expiry: Callable[[], Any]) -> None:
    assert org.key_login(org.integration(NIGHTLY), exp=expiry()).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"iss": "3MVG9unknown"}, "invalid_client_id", "client identifier invalid"),
        ({"aud": "https://elsewhere.example"}, "invalid_grant", "audience is invalid"),
        ({"exp": 1_700_000_000}, "invalid_grant", "expired assertion"),
        ({"exp": None}, "invalid_grant", "invalid assertion"),
        ({"sub": "nobody@harborpine.example"}, "invalid_grant", "user hasn't approved this consumer"),
        (
            {"sub": "migration@harborpine.example"},
            "invalid_app_access",
            "user is not admin approved to access this app",
        ),
        ({"key": "secret" * 8, "alg": "HS256"}, "invalid_grant", "invalid assertion"),
    ],
)
def test_refused_assertions(org: Served, changed: dict[str, Any], error: str, words: str) -> None:
    facts = org.integration(NIGHTLY)
    answer = org.key_login(facts, **changed)
    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": words}


def test_an_unsigned_assertion_is_refused(org: Served) -> None:
    unsigned = jwt.encode({"iss": org.integration(NIGHTLY)["consumer_key"]}, None, algorithm="none")
    answer = org.form("token", grant_type=JWT_BEARER, assertion=unsigned)
    assert answer.json() == {"error": "invalid_grant", "error_description": "invalid assertion"}


def test_a_foreign_key_is_refused(org: Served, stranger: str) -> None:
    answer = org.key_login(org.integration(NIGHTLY), key=stranger)
    assert answer.json()["error_description"] == "invalid assertion"


def test_a_key_login_gives_no_refresh_token_and_no_token_row(org: Served) -> None:
    responder = org.responder()
    before = responder.query("SELECT COUNT() FROM OauthToken")["totalSize"]
    answer = org.key_login(org.integration(NIGHTLY)).json()
    assert "refresh_token" not in answer
    assert responder.query("SELECT COUNT() FROM OauthToken")["totalSize"] == before


def test_the_identity_of_a_login(org: Served) -> None:
    answer = org.key_login(org.integration(NIGHTLY)).json()
    assert answer["id"].split("/")[-2] == org.facts["org_id"]
    client = Client(org.url, answer["access_token"])
    claims = client.call("GET", "/services/oauth2/userinfo").json()
    assert claims["preferred_username"] == org.integration(NIGHTLY)["username"]
    dead = Client(org.url, "00Dxx!dead").call("GET", "/services/oauth2/userinfo")
    assert (dead.status_code, dead.text) == (403, "Bad_OAuth_Token")


def test_a_wrong_secret_is_refused(org: Served) -> None:
    answer = org.refresh_login(org.integration("migration"), client_secret="ünknown")
    assert answer.json() == {"error": "invalid_client", "error_description": "invalid client credentials"}


def test_a_refresh_token_of_another_app_is_refused(org: Served) -> None:
    other = org.integration("drift.integration")["refresh_token"]
    answer = org.refresh_login(org.integration("migration"), refresh_token=other)
    assert answer.json() == {"error": "invalid_grant", "error_description": "expired access/refresh token"}


def test_introspection_is_for_the_app_itself(org: Served) -> None:
    facts = org.integration("migration")
    own = {"client_id": facts["consumer_key"], "client_secret": facts["consumer_secret"]}
    token = org.refresh_login(facts).json()["access_token"]
    assert org.form("introspect", token=token, **own).json()["active"] is True
    foreign = org.key_login(org.integration(NIGHTLY)).json()["access_token"]
    assert org.form("introspect", token=foreign, **own).json() == {"active": False}


def test_revoking_an_access_token_kills_that_one_only(org: Served) -> None:
    first, second = org.client("migration"), org.client("migration")
    assert org.form("revoke", token=first.token).status_code == 200
    assert first.call("GET", "/limits").status_code == 401
    assert second.call("GET", "").status_code == 200
    assert org.form("revoke", token=first.token).json()["error"] == "invalid_token"


def test_a_dead_token_is_answered_as_salesforce_does(org: Served) -> None:
    answer = Client(org.url, "00Dxx!dead").call("GET", "/limits")
    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_revoking_by_delete_token_takes_access_tokens_along(another: Callable[..., Served]) -> None:
    org = another()
    live = [org.client("drift.integration") for _ in range(2)]
    keyed = org.client(NIGHTLY)
    handle = org.responder().rows(
        "SELECT DeleteToken FROM OauthToken WHERE AppName = 'Drift' AND User.Username = "
        "'drift.integration@harborpine.example'"
    )[0]["DeleteToken"]
    assert org.form("revoke", token=handle).status_code == 200
    assert [one.call("GET", "").status_code for one in live] == [401, 401]
    assert org.refresh_login(org.integration("drift.integration")).json()["error"] == "invalid_grant"
    assert org.form("revoke", token=handle).status_code == 400
    assert keyed.call("GET", "").status_code == 200


def _freeze(org: Served, user: str) -> None:
    responder = org.responder()
    owner = responder.rows(f"SELECT Id FROM User WHERE Username = '{user}@harborpine.example'")[0]["Id"]
    row = responder.rows(f"SELECT Id FROM UserLogin WHERE UserId = '{owner}'")[0]
    assert responder.call("PATCH", f"/sobjects/UserLogin/{row['Id']}", json={"IsFrozen": True}).status_code == 204


def test_freezing_stops_new_logins_and_leaves_live_tokens(another: Callable[..., Served]) -> None:
    org = another()
    live = org.client(NIGHTLY)
    _freeze(org, NIGHTLY)
    assert org.key_login(org.integration(NIGHTLY)).json()["error_description"] == "inactive user"
    assert live.call("GET", "").status_code == 200


def test_by_the_lenient_reading_freezing_ends_live_tokens(another: Callable[..., Served]) -> None:
    org = another("lenient")
    live = org.client(NIGHTLY)
    _freeze(org, NIGHTLY)
    assert live.call("GET", "").status_code == 401


def test_taking_the_grant_away_refuses_keys_and_leaves_live_and_refresh_tokens(another: Callable[..., Served]) -> None:
    org = another()
    responder, live = org.responder(), org.client(NIGHTLY)
    soql = "SELECT Id, ParentId, SetupEntityId FROM SetupEntityAccess WHERE Parent.Label = 'Drift Access'"
    grants = responder.rows(soql)
    path = f"/sobjects/SetupEntityAccess/{grants[0]['Id']}"
    assert responder.call("DELETE", path).status_code == 204
    again = responder.call("DELETE", path)
    assert (again.status_code, again.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    assert org.key_login(org.integration(NIGHTLY)).json()["error"] == "invalid_app_access"
    assert live.call("GET", "").status_code == 200
    assert org.refresh_login(org.integration("drift.integration")).status_code == 200
    back = {name: grants[0][name] for name in ("ParentId", "SetupEntityId")}
    assert responder.call("POST", "/sobjects/SetupEntityAccess", json=back).status_code == 201
    assert responder.call("POST", "/sobjects/SetupEntityAccess", json=back).json()[0]["errorCode"] == "DUPLICATE_VALUE"
    assert org.key_login(org.integration(NIGHTLY)).status_code == 200


def test_deleting_a_session_kills_its_token_and_not_the_refresh_token(org: Served) -> None:
    live, responder = org.client("migration"), org.responder()
    sessions = responder.rows(
        "SELECT Id, LoginHistoryId, IsCurrent FROM AuthSession WHERE Users.Username = 'migration@harborpine.example' "
        "ORDER BY CreatedDate DESC"
    )
    history = responder.rows(f"SELECT Application FROM LoginHistory WHERE Id = '{sessions[0]['LoginHistoryId']}'")
    assert history[0]["Application"] == "Data Migrator"
    for one in sessions:
        assert responder.call("DELETE", f"/sobjects/AuthSession/{one['Id']}").status_code == 204
    assert live.call("GET", "").status_code == 401
    assert org.refresh_login(org.integration("migration")).status_code == 200
    assert responder.call("DELETE", f"/sobjects/AuthSession/{sessions[0]['Id']}").status_code == 404


def test_a_session_ends_by_itself_a_day_after_its_last_use(another: Callable[..., Served]) -> None:
    org = another()
    live = org.client("migration")
    tomorrow = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 90_000))
    assert requests.post(f"{org.url}/simulation/clock", json={"now": tomorrow}, timeout=10).status_code == 200
    assert live.call("GET", "").status_code == 401
