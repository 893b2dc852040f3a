"""The OAuth endpoints: token (JWT bearer, refresh token), revoke, introspect, userinfo, identity.

Reach of a revoke (containment facts, marked C): a refresh token, or the DeleteToken of its OauthToken row, takes its
access tokens along; an access token dies alone. A JWT login never makes a refresh token nor an OauthToken row.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org import assertions
from leakresponse.rehearsal.org.calls import Answer, Client
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, OauthRefused, not_found
from leakresponse.rehearsal.org.events import login_event, login_row, logout_row
from leakresponse.rehearsal.org.identity import (
    SCOPE,
    SESSION_SECONDS,
    authenticate,
    end_session,
    failed_login,
    open_session,
    user_by_id,
    user_by_name,
)
from leakresponse.rehearsal.org.ids import delete_token, hashed, refresh_token
from leakresponse.rehearsal.org.oauth_apps import app_by_key, is_granted
from leakresponse.rehearsal.org.routes import Address
from leakresponse.rehearsal.org.store import all_rows, first_row, put
from leakresponse.rehearsal.org.world import World

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: How LoginHistory puts a LOGIN_STATUS of the event log. The statuses are documented; which one goes with a refused
#: app is not, nor are the words.
_WORDS = {
    "LOGIN_ERROR_USER_FROZEN": "User is Frozen", "LOGIN_ERROR_USER_INACTIVE": "User is Inactive",
    "LOGIN_ERROR_CLIENT_NO_ACCESS": "Failed: Not approved for access",
}  # fmt: skip


def token(world: World, form: Mapping[str, str], client: Client, base_url: str) -> Answer:
    """`POST /services/oauth2/token`. Raises OauthRefused, after writing the refused login to the logs."""
    kind = form.get("grant_type", "")
    if kind == JWT_BEARER:
        return _jwt_login(world, form.get("assertion", ""), client, base_url)
    if kind == "refresh_token":
        return _refresh_login(world, form, client, base_url)
    raise OauthRefused("unsupported_grant_type", "grant type not supported")


def _jwt_login(world: World, assertion: str, client: Client, base_url: str) -> Answer:
    app: dict[str, Any] = {"name": ""}
    username = ""
    try:
        app = assertions.app_of(world, assertion)
        username = str(assertions.verify(world, app, assertion).get("sub", ""))
        user = assertions.user_of(world, app, username)
    except OauthRefused as refused:
        _refused(world, client, app["name"], username, refused)
        raise
    return _logged_in(world, app, user, client, base_url, None)


def _refresh_login(world: World, form: Mapping[str, str], client: Client, base_url: str) -> Answer:
    app = app_by_key(world, form.get("client_id", ""))
    if app is None:
        raise OauthRefused("invalid_client_id", "client identifier invalid")
    if not _same(form.get("client_secret", ""), app["consumer_secret"]):
        raise OauthRefused("invalid_client", "invalid client credentials")
    given = hashed(form.get("refresh_token", ""))
    found = world.store.one("SELECT * FROM sim_refresh WHERE token = ? AND app_id = ?", given, app["app_id"])
    user = user_by_id(world, found["user_id"]) if found else None
    if found is None or user is None:
        raise OauthRefused("invalid_grant", "expired access/refresh token")
    try:
        assertions.check_user(user)
        if world.lenient and app["admin_approved"] and not is_granted(world, app["app_id"], user["Id"]):
            raise OauthRefused("invalid_grant", "expired access/refresh token", "LOGIN_ERROR_CLIENT_NO_ACCESS")
    except OauthRefused as refused:
        _refused(world, client, app["name"], user["Username"], refused)
        raise
    return _logged_in(world, app, user, client, base_url, found["delete_token"])


def _logged_in(
    world: World, app: dict[str, Any], user: dict[str, Any], client: Client, base_url: str, from_token: str | None
) -> Answer:
    """Open the session and say so in every log. Whether a refresh makes a new LOGIN_KEY is not known: here it does."""
    now = world.clock.now()
    who = (user["Id"], user["Username"])
    with world.store.write() as db:
        if from_token and not _still_there(db, from_token):
            raise OauthRefused("invalid_grant", "expired access/refresh token")
        sub_type = "OauthRefreshToken" if from_token else None
        opened = open_session(world, db, user, app, client.address, client.agent, from_token, sub_type)
        if from_token:
            db.execute(
                "UPDATE OauthToken SET LastUsedDate = ?, UseCount = UseCount + 1 WHERE DeleteToken = ?",
                (iso(now), from_token),
            )
        row = login_row(world, client, now, who, opened.login_key, "LOGIN_NO_ERROR", (sub_type or "").lower())
        world.logs.write(db, [row])
        key, history = opened.login_key, opened.login_history_id
        put(db, *login_event(world, client, now, who, key, history, app["name"], "Success"))
    body = {
        "access_token": opened.token, "scope": SCOPE, "instance_url": base_url, "token_type": "Bearer",
        "id": f"{base_url}/id/{world.org_id}/{user['Id']}", "issued_at": str(int(now.timestamp() * 1000)),
    }  # fmt: skip
    return Answer(body=body)


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode(), wanted.encode())


def _still_there(db: sqlite3.Connection, wanted: str) -> bool:
    return first_row(db, "SELECT 1 AS yes FROM sim_refresh WHERE delete_token = ?", wanted) is not None


def _refused(world: World, client: Client, app: str, username: str, refused: OauthRefused) -> None:
    """A refused login in LoginHistory, the Login log and LoginEvent, where the user is known."""
    user = user_by_name(world, username) if username else None
    if user is None or not refused.status:
        return
    now = world.clock.now()
    words = _WORDS.get(refused.status, "Failed: OAuth")
    who = (user["Id"], user["Username"])
    with world.store.write() as db:
        history = failed_login(db, user["Id"], app, client.address, client.agent, iso(now), words)
        world.logs.write(db, [login_row(world, client, now, who, "", refused.status, "")])
        put(db, *login_event(world, client, now, who, "", history, app, words))


def revoke(world: World, given: str) -> Answer:
    """`POST /services/oauth2/revoke`: the token is the only authorisation; a dead one is 400 invalid_token."""
    now = world.clock.now()
    with world.store.write() as db:
        sql = "SELECT delete_token FROM sim_refresh WHERE delete_token = ? OR token = ?"
        whole = first_row(db, sql, given, hashed(given))
        if whole is not None:
            ended = _end_refresh(db, whole["delete_token"])
        else:
            one = first_row(db, "SELECT session_id FROM sim_access WHERE token = ?", hashed(given))
            if one is None:
                raise OauthRefused("invalid_token", "the token is invalid")
            ended = end_session(db, one["session_id"], late=True)
        keyed = [row for row in ended if row["session_key"]]
        world.logs.write(
            db, [logout_row(world, now, row["UsersId"], row["session_key"], row["login_key"]) for row in keyed]
        )
    return Answer(200)


def _end_refresh(db: sqlite3.Connection, wanted: str) -> list[dict[str, Any]]:
    ended: list[dict[str, Any]] = []
    for row in all_rows(db, "SELECT session_id FROM sim_access WHERE delete_token = ?", wanted):
        ended += end_session(db, row["session_id"], late=True)
    db.execute("DELETE FROM OauthToken WHERE DeleteToken = ?", (wanted,))
    db.execute("DELETE FROM sim_refresh WHERE delete_token = ?", (wanted,))
    return ended


def approve(world: World, app: dict[str, Any], user_id: str, db: sqlite3.Connection, at: str, uses: int = 0) -> str:
    """An authorisation as a browser consent would make it: an OauthToken row; the answer is the refresh token."""
    secret, handle = refresh_token(), delete_token()
    put(db, "sim_refresh", {
        "token": hashed(secret), "delete_token": handle, "app_id": app["app_id"], "user_id": user_id,
    })  # fmt: skip
    put(db, "OauthToken", {
        "Id": None, "AppMenuItemId": app["menu_item_id"], "AppName": app["name"], "CreatedDate": at,
        "DeleteToken": handle, "LastUsedDate": at, "UseCount": uses, "UserId": user_id,
    })  # fmt: skip
    return secret


def introspect(world: World, form: Mapping[str, str]) -> Answer:
    """`POST /services/oauth2/introspect`: an app sees its own tokens."""
    app = app_by_key(world, form.get("client_id", ""))
    if app is None or not _same(form.get("client_secret", ""), app["consumer_secret"]):
        raise OauthRefused("invalid_client", "invalid client credentials")
    given = hashed(form.get("token", ""))
    own = (given, app["app_id"])
    live = world.store.one("SELECT user_id, issued_at FROM sim_access WHERE token = ? AND app_id = ?", *own)
    kept = world.store.one("SELECT user_id FROM sim_refresh WHERE token = ? AND app_id = ?", *own)
    found = live or kept
    if found is None:
        return Answer(body={"active": False})
    user = user_by_id(world, found["user_id"]) or {"Username": ""}
    subject = f"{assertions.LOGIN_HOSTS[0]}/id/{world.org_id}/{found['user_id']}"
    body = {
        "active": True, "scope": SCOPE, "client_id": app["consumer_key"], "username": user["Username"],
        "sub": subject, "token_type": "access_token" if live else "refresh_token",
    }  # fmt: skip
    if live:
        issued = int(live["issued_at"])
        body |= {"iat": issued, "nbf": issued, "exp": issued + SESSION_SECONDS}
    return Answer(body=body)


def userinfo(world: World, given: str, base_url: str) -> Answer:
    """`GET /services/oauth2/userinfo`; a dead token gets 403 Bad_OAuth_Token (not confirmed)."""
    try:
        caller = authenticate(world, given)
    except ApiRefused:
        return Answer(403, media="text/plain", content=b"Bad_OAuth_Token")
    return Answer(body=_claims(world, caller.user_id, base_url))


def identity(world: World, given: str, org_id: str, user_id: str, base_url: str) -> Answer:
    """`GET /id/<org>/<user>`, the identity address that a token answer names."""
    authenticate(world, given)
    if org_id[:15] != world.org_id[:15] or user_by_id(world, user_id) is None:
        raise not_found()
    claims = _claims(world, user_id, base_url)
    return Answer(body={**claims, "id": claims["sub"], "username": claims["preferred_username"]})


def _claims(world: World, user_id: str, base_url: str) -> dict[str, Any]:
    sql = 'SELECT Username, Email, Name, IsActive FROM "User" WHERE Id = ?'
    user = world.store.one(sql, user_id) or {"Username": "", "Email": "", "Name": "", "IsActive": 0}
    data = f"{base_url}/services/data/v{{version}}/"
    return {
        "sub": f"{base_url}/id/{world.org_id}/{user_id}", "user_id": user_id, "organization_id": world.org_id,
        "preferred_username": user["Username"], "email": user["Email"], "name": user["Name"],
        "active": bool(user["IsActive"]), "user_type": "STANDARD",
        "urls": {"rest": data, "query": f"{data}query/", "sobjects": f"{data}sobjects/", "recent": f"{data}recent/"},
    }  # fmt: skip


ADDRESSES = (
    Address(
        "/services/oauth2/token", "JWT bearer (RS256 against the app's certificate), refresh token",
        "400 with `invalid_grant`, `invalid_client`, `invalid_client_id`, `invalid_app_access`, "
        "`unsupported_grant_type`",
    ),
    Address(
        "/services/oauth2/revoke", "access token: itself; refresh token or DeleteToken: it and its access tokens",
        "400 `invalid_token` the second time",
    ),
    Address("/services/oauth2/introspect", "an app's own tokens", "400 `invalid_client`"),
    Address("/services/oauth2/userinfo", "OpenID claims", "403 `Bad_OAuth_Token`"),
    Address("/id/{org}/{user}", "the identity address of a login", "401"),
)  # fmt: skip
