"""Ways in that need no key: client credentials, consents in the browser, devices; and how each is refused."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from leakresponse.rehearsal.org import oauth_logins
from tests.support.served_org import JWT_BEARER, Client, Served, log_rows

PORTAL, MIGRATION = "returns.portal", "migration"
VERIFIER = "a-verifier-of-more-than-forty-three-characters-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
STAFF = "support.lead@harborpine.example"


def own(facts: dict[str, Any]) -> dict[str, str]:
    return {"client_id": facts["consumer_key"], "client_secret": facts["consumer_secret"]}


def press(org: Served, **given: Any) -> requests.Response:
    return requests.post(f"{org.url}/simulation/app", json=given, timeout=20)


def authorize(org: Served, app: dict[str, Any], user: str, **more: str) -> dict[str, str]:
    """What the redirect after a person's answer says."""
    fields = {
        "response_type": "code", "client_id": app["consumer_key"], "redirect_uri": app["callback"], "state": "s1",
        "simulated_user": user, **more,
    }  # fmt: skip
    answer = requests.post(f"{org.url}/services/oauth2/authorize", data=fields, timeout=20, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def swap(org: Served, app: dict[str, Any], code: str, **more: str) -> requests.Response:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": app["callback"], **own(app), **more}
    return org.form("token", **fields)


def portal(org: Served) -> dict[str, Any]:
    return {**org.integration(PORTAL), "callback": "https://returnsportal.example/callback"}


def foreign(org: Served, **more: Any) -> dict[str, Any]:
    return dict(press(org, act="register", app=more.pop("app", "Ticket Helper"), **more).json())


def test_client_credentials_run_as_the_user_of_the_app(org: Served) -> None:
    facts, responder = org.integration(PORTAL), org.responder()
    before = responder.query("SELECT COUNT() FROM OauthToken")["totalSize"]
    answer = org.form("token", grant_type="client_credentials", **own(facts)).json()
    assert "refresh_token" not in answer
    claims = Client(org.url, answer["access_token"]).call("GET", "/services/oauth2/userinfo").json()
    assert claims["preferred_username"] == facts["username"]
    assert responder.query("SELECT COUNT() FROM OauthToken")["totalSize"] == before
    sql = "SELECT LoginSubType FROM AuthSession WHERE Users.Username = '%s' ORDER BY CreatedDate DESC"
    assert responder.rows(sql % facts["username"])[0]["LoginSubType"] == "OauthClientCredentials"


def test_client_credentials_are_for_apps_with_a_user(org: Served) -> None:
    answer = org.form("token", grant_type="client_credentials", **own(org.integration(MIGRATION)))
    assert answer.json() == {"error": "invalid_grant", "error_description": "no client credentials user enabled"}


def test_a_client_may_name_itself_in_the_header(org: Served) -> None:
    facts = org.integration(PORTAL)
    answer = requests.post(
        f"{org.url}/services/oauth2/token", data={"grant_type": "client_credentials"},
        auth=(facts["consumer_key"], facts["consumer_secret"]), timeout=20,
    )  # fmt: skip
    assert answer.status_code == 200


def test_a_body_in_chunks_is_read(org: Served) -> None:
    facts = org.integration(PORTAL)
    body = (part.encode() for part in ("grant_type=client_credentials", f"&client_id={facts['consumer_key']}",
                                       f"&client_secret={facts['consumer_secret']}"))  # fmt: skip
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert requests.post(f"{org.url}/services/oauth2/token", data=body, headers=headers, timeout=20).status_code == 200


def test_the_password_grant_is_refused_and_says_so_in_the_history(org: Served) -> None:
    facts = org.integration(MIGRATION)
    answer = org.form("token", grant_type="password", username=facts["username"], password="p4ssword", **own(facts))
    assert answer.json() == {"error": "invalid_grant", "error_description": "authentication failure"}
    rows = org.responder().rows("SELECT Status FROM LoginHistory ORDER BY LoginTime DESC LIMIT 5")
    assert "Username-Password Flow Disabled" in [row["Status"] for row in rows]


def test_an_unknown_grant_is_refused(org: Served) -> None:
    assert org.form("token", grant_type="telepathy").json()["error"] == "unsupported_grant_type"


def test_a_consent_makes_tokens_and_a_row(org: Served) -> None:
    app = portal(org)
    said = authorize(org, app, STAFF, code_challenge=CHALLENGE, code_challenge_method="S256")
    assert said["state"] == "s1"
    tokens = swap(org, app, said["code"], code_verifier=VERIFIER).json()
    assert org.refresh_login(app, refresh_token=tokens["refresh_token"]).status_code == 200
    soql = (
        f"SELECT AppMenuItem.ApplicationId FROM OauthToken WHERE User.Username = '{STAFF}' AND AppName = '{app['app']}'"
    )
    assert org.responder().rows(soql)[0]["AppMenuItem"]["ApplicationId"].startswith("0xI")
    again = swap(org, app, said["code"], code_verifier=VERIFIER)
    assert again.json() == {"error": "invalid_grant", "error_description": "invalid authorization code"}


def test_a_consent_without_offline_access_makes_no_refresh_token(org: Served) -> None:
    app = portal(org)
    said = authorize(org, app, STAFF, code_challenge=CHALLENGE, scope="api")
    tokens = swap(org, app, said["code"], code_verifier=VERIFIER).json()
    assert tokens["scope"] == "api"
    assert "refresh_token" not in tokens


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({}, "invalid_request"),
        ({"code_challenge": CHALLENGE, "deny": "1"}, "access_denied"),
        ({"code_challenge": CHALLENGE, "response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_consents_that_come_to_nothing(org: Served, more: dict[str, str], error: str) -> None:
    assert authorize(org, portal(org), STAFF, **more)["error"] == error


def test_a_foreign_address_gets_no_redirect(org: Served) -> None:
    app = portal(org)
    fields = {"response_type": "code", "client_id": app["consumer_key"], "redirect_uri": "https://evil.example/"}
    answer = requests.get(f"{org.url}/services/oauth2/authorize", params=fields, timeout=20, allow_redirects=False)
    assert (answer.status_code, answer.json()["error"]) == (400, "redirect_uri_mismatch")


def test_a_wrong_verifier_is_refused(org: Served) -> None:
    app = portal(org)
    said = authorize(org, app, STAFF, code_challenge=CHALLENGE)
    assert (
        swap(org, app, said["code"], code_verifier="wrong" * 10).json()["error_description"] == "invalid code verifier"
    )


def test_the_question_shows_the_app_and_no_script(org: Served) -> None:
    app = portal(org)
    fields = {
        "response_type": "code", "client_id": app["consumer_key"], "redirect_uri": app["callback"],
        "code_challenge": CHALLENGE, "state": '"><script>',
    }  # fmt: skip
    page = requests.get(f"{org.url}/services/oauth2/authorize", params=fields, timeout=20)
    assert "Returns Portal" in page.text
    assert "<script>" not in page.text


def test_who_is_not_granted_an_admin_approved_app_is_denied(org: Served) -> None:
    app = {**org.integration("drift.integration"), "callback": "https://drift.example/callback"}
    said = authorize(org, app, STAFF)
    assert (said["error"], said["error_description"]) == (
        "OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app",
    )  # fmt: skip


def test_a_sixth_consent_ends_the_first(org: Served) -> None:
    app = portal(org)
    user = "support.second@harborpine.example"
    tokens = [
        swap(org, app, authorize(org, app, user, code_challenge=CHALLENGE)["code"], code_verifier=VERIFIER).json()
        for _ in range(6)
    ]
    assert org.refresh_login(app, refresh_token=tokens[0]["refresh_token"]).json()["error"] == "invalid_grant"
    assert org.refresh_login(app, refresh_token=tokens[1]["refresh_token"]).status_code == 200


def test_uninstalled_apps_need_a_permission_and_have_no_rows_until_installed(org: Served) -> None:
    app, responder = foreign(org), org.responder()
    assert authorize(org, app, STAFF)["error_description"] == "app must be installed into org"
    press(org, act="restrict", on=False)
    tokens = swap(org, app, authorize(org, app, STAFF)["code"]).json()
    press(org, act="restrict", on=True)
    assert org.form("token", grant_type="refresh_token", refresh_token=tokens["refresh_token"], **own(app)).ok
    token_row = "SELECT AppMenuItemId FROM OauthToken WHERE AppName = 'Ticket Helper'"
    app_row = "SELECT Id FROM ConnectedApplication WHERE Name = 'Ticket Helper'"
    assert responder.rows(token_row)[0]["AppMenuItemId"] is None
    assert responder.rows(app_row) == []
    assert press(org, act="install", app="Ticket Helper").ok
    assert responder.rows(token_row)[0]["AppMenuItemId"] is not None
    assert responder.rows(app_row)[0]["Id"].startswith("0H4")
    assert authorize(org, app, STAFF)["code"]


def test_a_device_waits_until_somebody_types_its_code(org: Served) -> None:
    key = {"client_id": org.integration(MIGRATION)["consumer_key"]}
    begun = org.form("token", response_type="device_code", scope="api refresh_token", **key).json()
    poll = {"grant_type": "device", "code": begun["device_code"], **key}
    assert org.form("token", **poll).json()["error"] == "authorization_pending"
    assert org.form("token", **poll).json()["error"] == "slow_down"
    typed = {"user_code": begun["user_code"], "simulated_user": STAFF}
    assert requests.post(begun["verification_uri"], data=typed, timeout=20).ok
    tokens = org.form("token", **poll).json()
    claims = Client(org.url, tokens["access_token"]).call("GET", "/services/oauth2/userinfo").json()
    assert claims["preferred_username"] == STAFF
    assert tokens["refresh_token"]
    assert org.form("token", **poll).json()["error"] == "invalid_grant"


def test_devices_of_apps_that_are_not_installed_are_refused(org: Served) -> None:
    app = foreign(org, app="Clone Loader", device_flow=True)
    answer = org.form("token", response_type="device_code", client_id=app["consumer_key"])
    assert answer.json() == {"error": "invalid_client", "error_description": "app must be installed into org"}


def test_a_denied_device_hears_of_it(org: Served) -> None:
    key = {"client_id": org.integration(MIGRATION)["consumer_key"]}
    begun = org.form("token", response_type="device_code", **key).json()
    requests.post(begun["verification_uri"], data={"user_code": begun["user_code"], "deny": "1"}, timeout=20)
    assert org.form("token", grant_type="device", code=begun["device_code"], **key).json()["error"] == "access_denied"


def test_a_block_ends_sessions_and_refuses_every_way_in_until_it_is_lifted(another: Callable[..., Served]) -> None:
    org = another()
    live, browser = org.client(MIGRATION), org.client("order.sync")
    assert press(org, act="block", app="Data Migrator").ok
    assert live.call("GET", "").status_code == 401
    assert browser.call("GET", "").status_code == 200
    refused = org.refresh_login(org.integration(MIGRATION)).json()
    assert refused == {"error": "app_blocked", "error_description": "this app is blocked by admin"}
    app = {**org.integration(MIGRATION), "callback": "https://datamigrator.example/callback"}
    assert authorize(org, app, STAFF)["error"] == "OAUTH_APP_BLOCKED"
    press(org, act="block", app="Drift")
    assert org.key_login(org.integration("drift.nightly")).json()["error"] == "app_blocked"
    soql = "SELECT DeleteToken FROM OauthToken WHERE AppName = 'Data Migrator'"
    assert org.responder().rows(soql)
    press(org, act="unblock", app="Data Migrator")
    assert org.refresh_login(org.integration(MIGRATION)).status_code == 200
    assert len(log_rows(org, "Logout")) == 1


def test_use_any_api_client_passes_blocks(another: Callable[..., Served]) -> None:
    org = another()
    live = org.client("drift.nightly")
    sql = "UPDATE PermissionSet SET PermissionsUseAnyApiAuth = 1 WHERE Label = 'Drift Access'"
    with org.world.store.write() as db:
        db.execute(sql)
    press(org, act="block", app="Drift")
    assert live.call("GET", "").status_code == 200
    assert org.key_login(org.integration("drift.nightly")).status_code == 200


def test_sessions_ended_in_a_batch_leave_one_row_without_a_user(another: Callable[..., Served]) -> None:
    org = another()
    for _ in range(2):
        org.client(MIGRATION)
    press(org, act="block", app="Data Migrator")
    rows = log_rows(org, "Logout")
    assert list(rows["USER_ID"]) == [""]


def test_logins_are_limited_per_user_and_hour(another: Callable[..., Served], monkeypatch: pytest.MonkeyPatch) -> None:
    org = another()
    monkeypatch.setattr(oauth_logins, "LOGINS_PER_HOUR", 2)
    facts = org.integration("drift.nightly")
    assert [org.key_login(facts).status_code for _ in range(3)] == [200, 200, 400]
    assert org.key_login(facts).json() == {"error": "invalid_grant", "error_description": "login rate exceeded"}
    assert org.refresh_login(org.integration(MIGRATION)).status_code == 200


def test_revoking_works_by_address_too(org: Served) -> None:
    live = org.client(MIGRATION)
    assert requests.get(f"{org.url}/services/oauth2/revoke", params={"token": live.token}, timeout=20).ok
    assert live.call("GET", "").status_code == 401


def test_a_session_of_a_browser_is_not_for_the_revoke_endpoint(org: Served) -> None:
    body = {"username": STAFF}
    sid = requests.post(f"{org.url}/simulation/login", json=body, timeout=20).json()["sid"]
    assert org.form("revoke", token=sid).json()["error"] == "unsupported_token_type"


def test_introspection_takes_a_signed_assertion(org: Served) -> None:
    facts = org.integration("drift.nightly")
    token = org.key_login(facts).json()["access_token"]
    key = Path(facts["private_key_file"]).read_text(encoding="utf-8")
    claims = {
        "iss": facts["consumer_key"], "sub": facts["consumer_key"], "exp": int(time.time()) + 60,
        "aud": f"{org.facts['instance_url']}/services/oauth2/token",
    }  # fmt: skip
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    signed = jwt.encode(claims, key, algorithm="RS256")
    answer = org.form("introspect", token=token, client_assertion=signed, client_assertion_type=kind).json()
    assert answer["active"] is True
    assert answer["client_id"] == facts["consumer_key"]
    assert org.form("introspect", token=token, client_id=facts["consumer_key"]).json()["error"] == "invalid_client"


def test_the_identity_address_as_clients_call_it(org: Served) -> None:
    answer = org.key_login(org.integration("drift.nightly")).json()
    asked = {"format": "json", "oauth_token": answer["access_token"], "version": "latest"}
    who = requests.get(answer["id"].replace(org.facts["instance_url"], org.url), params=asked, timeout=20).json()
    assert who["username"] == org.integration("drift.nightly")["username"]
    assert who["urls"]["rest"].endswith("/services/data/v67.0/")
    dead = requests.get(f"{org.url}/id/{who['organization_id']}/{who['user_id']}", timeout=20)
    assert (dead.status_code, dead.text) == (403, "Missing_OAuth_Token")


def test_the_sub_type_of_client_credentials_in_the_log(another: Callable[..., Served]) -> None:
    org = another()
    org.form("token", grant_type="client_credentials", **own(org.integration(PORTAL)))
    assert "oauthclientcredentials" in set(log_rows(org, "Login")["LOGIN_SUB_TYPE"])


def test_a_missing_assertion_is_refused(org: Served) -> None:
    assert org.form("token", grant_type=JWT_BEARER).json()["error_description"] == "invalid assertion"


def test_the_token_endpoint_takes_post_alone(org: Served) -> None:
    answer = requests.get(f"{org.url}/services/oauth2/token", params={"grant_type": "client_credentials"}, timeout=20)
    assert answer.json() == {"error": "invalid_request", "error_description": "must use HTTP POST"}


def test_who_is_signed_on_in_the_browser_consents_by_cookie(org: Served) -> None:
    app = portal(org)
    sid = requests.post(f"{org.url}/simulation/login", json={"username": STAFF}, timeout=20).json()["sid"]
    fields = {
        "response_type": "code", "client_id": app["consumer_key"], "redirect_uri": app["callback"],
        "code_challenge": CHALLENGE,
    }  # fmt: skip
    page = f"{org.url}/services/oauth2/authorize"
    answer = requests.post(page, data=fields, cookies={"sid": sid}, timeout=20, allow_redirects=False)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    assert swap(org, app, code, code_verifier=VERIFIER).status_code == 200


def test_rotating_apps_get_a_new_refresh_token_each_time(another: Callable[..., Served]) -> None:
    org = another()
    with org.world.store.write() as db:
        db.execute("UPDATE sim_app SET rotates = 1 WHERE name = 'Data Migrator'")
    facts = org.integration(MIGRATION)
    new = org.refresh_login(facts).json()["refresh_token"]
    assert org.refresh_login(facts).json()["error_description"] == "expired access/refresh token"
    assert org.refresh_login(facts, refresh_token=new).status_code == 200


def test_an_app_that_needs_no_secret_may_still_not_send_a_wrong_one(another: Callable[..., Served]) -> None:
    org = another()
    facts = org.integration(MIGRATION)
    assert org.refresh_login(facts, client_secret="").json()["error"] == "invalid_client"
    with org.world.store.write() as db:
        db.execute("UPDATE sim_app SET secret_optional = 1 WHERE name = 'Data Migrator'")
    assert org.refresh_login(facts, client_secret="").status_code == 200
    assert org.refresh_login(facts, client_secret="wrong").json()["error"] == "invalid_client"


def test_a_key_login_of_an_app_that_is_not_installed_is_refused(another: Callable[..., Served]) -> None:
    org = another()
    with org.world.store.write() as db:
        db.execute("UPDATE sim_app SET installed = 0 WHERE name = 'Order Sync'")
    answer = org.key_login(org.integration("order.sync")).json()
    assert answer == {"error": "invalid_client", "error_description": "app must be installed into org"}
