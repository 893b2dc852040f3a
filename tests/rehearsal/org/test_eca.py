"""External Client Apps: their usage over Connect REST, staged credentials, the switch that turns one off."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

from leakresponse.rehearsal.org.oauth_apps import set_eca_enabled
from tests.support.served_org import Client, Served

PORTAL = "returns.portal"
USAGE, CREDENTIALS = "/apps/oauth/usage", "/apps/oauth/credentials"


def credentials_login(org: Served, key: str, secret: str) -> requests.Response:
    return org.form("token", grant_type="client_credentials", client_id=key, client_secret=secret)


def eca_id(client: Client) -> str:
    return str(client.call("GET", USAGE).json()["apps"][0]["identifier"])


def connected_id(client: Client) -> str:
    return str(client.rows("SELECT Id FROM ConnectedApplication WHERE Name = 'Data Migrator'")[0]["Id"])


def staged_at(client: Client) -> str:
    consumer = client.call("GET", f"{CREDENTIALS}/{eca_id(client)}").json()["consumers"][0]
    return str(consumer["stagedCredentialsUrl"])


def test_usage_lists_external_client_apps_alone_and_always_names_a_next_page(org: Served) -> None:
    responder = org.responder()
    page = responder.call("GET", USAGE).json()
    assert [one["developerName"] for one in page["apps"]] == ["Returns_Portal"]
    assert page["apps"][0]["identifier"].startswith("0xI")
    assert responder.call("GET", page["nextPageUrl"]).json()["apps"] == []


def test_usage_needs_its_permission_and_version(org: Served) -> None:
    assert org.client(PORTAL).call("GET", USAGE).json()[0]["errorCode"] == "INSUFFICIENT_ACCESS"
    responder = org.responder()
    responder.version = "58.0"
    assert responder.call("GET", USAGE).status_code == 404


def test_usage_names_users_and_their_tokens(org: Served) -> None:
    responder = org.responder()
    app = eca_id(responder)
    users = responder.call("GET", f"{USAGE}/{app}/users").json()["users"]
    assert [one["username"] for one in users] == [org.integration(PORTAL)["username"]]
    tokens = responder.call("GET", users[0]["revocationUrl"]).json()["tokens"]
    assert tokens[0]["appDeveloperName"] == "Returns_Portal"


def test_for_connected_apps_usage_is_empty_and_its_deletes_do_nothing(org: Served) -> None:
    responder = org.responder()
    app = connected_id(responder)
    assert responder.call("GET", f"{USAGE}/{app}/users").json()["users"] == []
    assert responder.call("DELETE", f"{USAGE}/{app}/tokens").status_code == 204
    assert org.refresh_login(org.integration("migration")).status_code == 200


def test_one_delete_ends_every_refresh_token_of_an_app_and_not_its_own_login(another: Callable[..., Served]) -> None:
    org = another()
    facts, responder, live = org.integration(PORTAL), org.responder(), org.client(PORTAL)
    key = (facts["consumer_key"], facts["consumer_secret"])
    own = Client(org.url, credentials_login(org, *key).json()["access_token"])
    assert responder.call("DELETE", f"{USAGE}/{eca_id(responder)}/tokens").status_code == 204
    assert live.call("GET", "").status_code == 401
    assert org.refresh_login(facts).json()["error"] == "invalid_grant"
    assert own.call("GET", "").status_code == 200
    assert responder.rows("SELECT AppName FROM OauthToken WHERE AppName = 'Returns Portal'") == []


def test_by_the_lenient_reading_one_delete_ends_the_apps_own_login_too(another: Callable[..., Served]) -> None:
    org = another("lenient")
    facts, responder = org.integration(PORTAL), org.responder()
    login = credentials_login(org, facts["consumer_key"], facts["consumer_secret"])
    own = Client(org.url, login.json()["access_token"])
    assert responder.call("DELETE", f"{USAGE}/{eca_id(responder)}/tokens").status_code == 204
    assert own.call("GET", "").status_code == 401


def test_one_token_can_be_revoked_once(another: Callable[..., Served]) -> None:
    org = another()
    responder = org.responder()
    user = responder.call("GET", f"{USAGE}/{eca_id(responder)}/users").json()["users"][0]
    token = responder.call("GET", user["revocationUrl"]).json()["tokens"][0]
    assert responder.call("DELETE", token["revocationUrl"]).status_code == 204
    assert responder.call("DELETE", token["revocationUrl"]).status_code == 404
    assert org.refresh_login(org.integration(PORTAL)).status_code == 400


def test_staged_credentials_log_in_before_and_after_rotation_until_deleted(another: Callable[..., Served]) -> None:
    org = another()
    facts, responder = org.integration(PORTAL), org.responder()
    old = (facts["consumer_key"], facts["consumer_secret"])
    here = staged_at(responder)
    made = responder.call("POST", here)
    new = (made.json()["key"], made.json()["secret"])
    assert (made.status_code, made.json()["state"]) == (201, "Active")
    assert [credentials_login(org, *pair).status_code for pair in (old, new)] == [200, 200]
    assert responder.call("POST", here).status_code == 400
    rotated = responder.call("PATCH", made.json()["url"], json={"command": "rotate"}).json()
    assert (rotated["state"], rotated["key"]) == ("Rotated", old[0])
    assert [credentials_login(org, *pair).status_code for pair in (old, new)] == [200, 200]
    assert org.refresh_login(facts, client_id=new[0], client_secret=new[1]).status_code == 200
    assert responder.call("DELETE", rotated["url"]).status_code == 204
    assert credentials_login(org, *old).json()["error"] == "invalid_client_id"
    assert credentials_login(org, *new).status_code == 200
    trail = responder.rows("SELECT Action FROM SetupAuditTrail WHERE Action = 'rotatedExtlClntAppCredentials'")
    assert len(trail) == 1


def test_rotated_credentials_die_after_thirty_days(another: Callable[..., Served]) -> None:
    org = another()
    facts, responder = org.integration(PORTAL), org.responder()
    made = responder.call("POST", staged_at(responder)).json()
    responder.call("PATCH", made["url"], json={"command": "rotate"})
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 31 * 86_400))
    requests.post(f"{org.url}/simulation/clock", json={"now": later}, timeout=10)
    assert credentials_login(org, facts["consumer_key"], facts["consumer_secret"]).status_code == 400
    assert credentials_login(org, made["key"], made["secret"]).status_code == 200


def test_credentials_need_both_permissions_and_an_external_client_app(org: Served) -> None:
    responder = org.responder()
    assert responder.call("GET", f"{CREDENTIALS}/{connected_id(responder)}").status_code == 404
    app = eca_id(responder)
    assert org.client(PORTAL).call("GET", f"{CREDENTIALS}/{app}").status_code == 403
    consumer = responder.call("GET", f"{CREDENTIALS}/{app}").json()["consumers"][0]
    shown = responder.call("GET", f"{CREDENTIALS}/{app}/{consumer['id']}", params={"part": "secret"}).json()
    assert shown["secret"] == org.integration(PORTAL)["consumer_secret"]
    assert "key" not in shown


def switched_off(org: Served) -> Any:
    live = org.client(PORTAL)
    with org.world.store.write() as db:
        assert set_eca_enabled(db, "Returns_Portal", on=False, lenient=org.world.lenient) is not None
    return live.call("GET", "").status_code


def test_a_switched_off_app_logs_nobody_in_and_live_tokens_go_on(another: Callable[..., Served]) -> None:
    org = another()
    assert switched_off(org) == 200
    refused = {"error": "app_not_found", "error_description": "External client app is not installed in this org"}
    assert org.refresh_login(org.integration(PORTAL)).json() == refused
    with org.world.store.write() as db:
        set_eca_enabled(db, "Returns_Portal", on=True)
    assert org.refresh_login(org.integration(PORTAL)).status_code == 200


def test_by_the_lenient_reading_switching_off_ends_live_tokens(another: Callable[..., Served]) -> None:
    assert switched_off(another("lenient")) == 401


def test_a_permission_set_can_grant_an_external_client_app(org: Served) -> None:
    responder = org.responder()
    parent = responder.rows("SELECT Id FROM PermissionSet WHERE Label = 'Drift Access'")[0]["Id"]
    grant = {"ParentId": parent, "SetupEntityId": eca_id(responder)}
    made = responder.call("POST", "/sobjects/SetupEntityAccess", json=grant)
    assert made.status_code == 201
    soql = f"SELECT SetupEntityType FROM SetupEntityAccess WHERE Id = '{made.json()['id']}'"
    assert responder.rows(soql)[0]["SetupEntityType"] == "ExternalClientApplication"
