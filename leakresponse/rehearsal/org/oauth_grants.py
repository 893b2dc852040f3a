"""The grants that need no person: JWT bearer, refresh token, client credentials; and the password grant, refused.

Facts: salesforce_api.md 1.1, containment_facts.md. Client credentials give no refresh token and no OauthToken row, and
run as the user that the app names. Whether that user needs the app's grant is contradicted: by the attacker's reading
not, by the lenient one yes. An org made since Summer '23 refuses the password grant: the client hears of an
authentication failure, LoginHistory says that the flow is disabled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org import assertions
from leakresponse.rehearsal.org.calls import Answer
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.identity import user_by_id
from leakresponse.rehearsal.org.ids import hashed, refresh_token
from leakresponse.rehearsal.org.login_ranges import check_login
from leakresponse.rehearsal.org.oauth_apps import NO_ACCESS, check_app, is_granted
from leakresponse.rehearsal.org.oauth_clients import named_app, proven_app
from leakresponse.rehearsal.org.oauth_logins import (
    CREDENTIALS,
    INVALID_TOKEN,
    KEY,
    REFRESH,
    Visit,
    check_rate,
    logged_in,
    refused_login,
)
from leakresponse.rehearsal.org.oauth_policies import is_over
from leakresponse.rehearsal.org.world import World

_REFRESH = """
SELECT r.delete_token, r.user_id, t.CreatedDate AS approved_at, COALESCE(t.LastUsedDate, t.CreatedDate) AS used_at
FROM sim_refresh r JOIN OauthToken t ON t.DeleteToken = r.delete_token WHERE r.token = ? AND r.app_id = ?
"""
NOT_APPROVED = "user is not admin approved to access this app"


def by_key(world: World, form: Mapping[str, str], visit: Visit) -> Answer:
    """JWT bearer: no refresh token, no OauthToken row."""
    assertion = form.get("assertion", "")
    app: dict[str, Any] = {"name": ""}
    username = ""
    try:
        app = assertions.app_of(world, assertion)
        username = str(assertions.verify(world, app, assertion).get("sub", ""))
        user = assertions.user_of(world, app, username)
        check_login(world, app["app_id"], user["Id"], visit.client.address, "key")
        check_rate(world, user["Id"])
    except OauthRefused as refused:
        refused_login(world, visit.client, app["name"], username, refused)
        raise
    return logged_in(world, app, user, visit, KEY)


def by_refresh_token(world: World, form: Mapping[str, str], visit: Visit) -> Answer:
    """A new access token; the refresh token stays, unless the app rotates them: then a new one takes its place."""
    app = proven_app(world, form, secret_needed=False)
    given = hashed(form.get("refresh_token", ""))
    found = world.store.one(_REFRESH, given, app["app_id"])
    user = user_by_id(world, found["user_id"]) if found else None
    if found is None or user is None:
        raise OauthRefused("invalid_grant", "expired access/refresh token")
    try:
        assertions.check_user(user)
        check_app(world, app, user["Id"])
        if is_over(app["refresh_policy"], found["approved_at"], found["used_at"], world.clock.now()):
            raise OauthRefused("invalid_grant", "expired access/refresh token", INVALID_TOKEN)
        if world.lenient and app["admin_approved"] and not is_granted(world, app["app_id"], user["Id"]):
            raise OauthRefused("invalid_grant", "expired access/refresh token", NO_ACCESS)
        check_login(world, app["app_id"], user["Id"], visit.client.address, "refresh")
        check_rate(world, user["Id"])
    except OauthRefused as refused:
        refused_login(world, visit.client, app["name"], user["Username"], refused)
        raise
    answer = logged_in(world, app, user, visit, REFRESH, found["delete_token"])
    if app["rotates"]:
        answer.body["refresh_token"] = _rotated(world, found["delete_token"])
    return answer


def _rotated(world: World, handle: str) -> str:
    secret = refresh_token()
    with world.store.write() as db:
        db.execute("UPDATE sim_refresh SET token = ? WHERE delete_token = ?", (hashed(secret), handle))
    return secret


def by_credentials(world: World, form: Mapping[str, str], visit: Visit) -> Answer:
    """The app's own login as its run-as user; the words for an app without one are not confirmed."""
    app = proven_app(world, form)
    user = user_by_id(world, app["run_as"]) if app["run_as"] else None
    if user is None:
        raise OauthRefused("invalid_grant", "no client credentials user enabled")
    try:
        assertions.check_user(user)
        check_app(world, app, user["Id"])
        if world.lenient and app["admin_approved"] and not is_granted(world, app["app_id"], user["Id"]):
            raise OauthRefused("invalid_app_access", NOT_APPROVED, NO_ACCESS)
        check_login(world, app["app_id"], user["Id"], visit.client.address, "other")
        check_rate(world, user["Id"])
    except OauthRefused as refused:
        refused_login(world, visit.client, app["name"], user["Username"], refused)
        raise
    return logged_in(world, app, user, visit, CREDENTIALS, scope="api")


def by_password(world: World, form: Mapping[str, str], visit: Visit) -> Answer:
    """Refused, whatever the password."""
    app = named_app(world, form)
    refused = OauthRefused("invalid_grant", "authentication failure", "LOGIN_OAUTH_API_DISABLED")
    refused_login(world, visit.client, app["name"], form.get("username", ""), refused)
    raise refused
