"""A login that succeeded or was refused, in every log that Salesforce keeps of it.

Statuses: object reference, "Login Event Type - LOGIN_STATUS Values"; which one goes with which refusal of an app is not
confirmed. Logins are limited to 3,600 per user and hour (containment facts; the answer's words from n8n's issue 31948).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Client
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.events import login_event, login_row
from leakresponse.rehearsal.org.identity import SCOPE, failed_login, open_session, user_by_name
from leakresponse.rehearsal.org.store import first_row, put
from leakresponse.rehearsal.org.world import World

LOGINS_PER_HOUR = 3600
INVALID_TOKEN = "LOGIN_OAUTH_INVALID_TOKEN"
_RATE = "LOGIN_ERROR_RATE_EXCEEDED"
#: What LoginHistory says for a LOGIN_STATUS of the event log; the words of the first four are the page's own.
_WORDS = {
    "LOGIN_ERROR_USER_FROZEN": "User is Frozen", "LOGIN_ERROR_USER_INACTIVE": "User is Inactive",
    _RATE: "Login Rate Exceeded", "LOGIN_ERROR_INVALID_PASSWORD": "Invalid Password",
    "LOGIN_ERROR_CLIENT_NO_ACCESS": "Failed: Not approved for access",
    "LOGIN_ERROR_RESTRICTED_DOMAIN": "Restricted IP",
    "LOGIN_OAUTH_API_DISABLED": "Username-Password Flow Disabled",
    "LOGIN_OAUTH_PACKAGE_MISSING": "Failed: OAuth App Not Installed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A kind of login: LoginSubType of LoginHistory and AuthSession, and LOGIN_SUB_TYPE of the Login log.

    The log's value for client credentials is that of a live file; the docs have `oauthclientcredential`.
    """

    sub_type: str | None = None
    logged: str = ""


KEY, CODE = Way(), Way()
REFRESH = Way("OauthRefreshToken", "oauthrefreshtoken")
CREDENTIALS = Way("OauthClientCredentials", "oauthclientcredentials")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to the token endpoint: from where, and under which address the org was called."""

    client: Client
    base_url: str


def logged_in(
    world: World, app: dict[str, Any], user: dict[str, Any], visit: Visit, way: Way, handle: str | None = None,
    scope: str = SCOPE,
) -> Answer:  # fmt: skip
    """Open the session and say so in every log; `handle` is the DeleteToken of the refresh token that it hangs on.

    Whether a refresh makes a new LOGIN_KEY is not known: here it does. Raises OauthRefused where the refresh token died
    meanwhile.
    """
    now = world.clock.now()
    with world.store.write() as db:
        if handle:
            _use(db, handle, now, way)
        opened = open_session(world, db, user, app, visit.client.address, visit.client.agent, handle, way.sub_type)
        _log(
            world,
            db,
            visit.client,
            (user["Id"], user["Username"]),
            way,
            (opened.login_key, opened.login_history_id),
            app,
        )
    body = _body(world, user, visit.base_url, opened.token, scope, now)
    if way is not KEY:
        body["signature"] = _signature(app, body)
    return Answer(body=body)


def _use(db: sqlite3.Connection, handle: str, now: datetime, way: Way) -> None:
    if first_row(db, "SELECT 1 AS yes FROM sim_refresh WHERE delete_token = ?", handle) is None:
        raise OauthRefused("invalid_grant", "expired access/refresh token")
    if way is REFRESH:
        sql = "UPDATE OauthToken SET LastUsedDate = ?, UseCount = UseCount + 1 WHERE DeleteToken = ?"
        db.execute(sql, (iso(now), handle))


def _log(
    world: World, db: sqlite3.Connection, client: Client, who: tuple[str, str], way: Way, keys: tuple[str, str],
    app: dict[str, Any],
) -> None:  # fmt: skip
    """`keys` are LoginKey and LoginHistoryId."""
    now, (key, history) = world.clock.now(), keys
    world.logs.write(db, [login_row(world, client, now, who, key, "LOGIN_NO_ERROR", way.logged)])
    table, row = login_event(world, client, now, who, key, history, app["name"], "Success")
    put(db, table, {**row, "LoginSubType": way.sub_type})


def _body(world: World, user: dict[str, Any], base_url: str, token: str, scope: str, now: datetime) -> dict[str, Any]:
    return {
        "access_token": token, "scope": scope, "instance_url": base_url, "token_type": "Bearer",
        "id": f"{base_url}/id/{world.org_id}/{user['Id']}", "issued_at": str(int(now.timestamp() * 1000)),
    }  # fmt: skip


def _signature(app: dict[str, Any], body: dict[str, Any]) -> str:
    """HMAC-SHA256 of id and issued_at under the consumer secret (Salesforce Help, "OAuth 2.0 Web Server Flow")."""
    signed = f"{body['id']}{body['issued_at']}".encode()
    return base64.b64encode(hmac.new(app["consumer_secret"].encode(), signed, hashlib.sha256).digest()).decode()


def check_rate(world: World, user_id: str) -> None:
    """Raises OauthRefused above 3,600 logins of a user in the last hour."""
    since = iso(world.clock.now() - timedelta(hours=1))
    sql = "SELECT COUNT(*) AS logins FROM LoginHistory WHERE UserId = ? AND LoginTime > ? AND Status = 'Success'"
    found = world.store.one(sql, user_id, since)
    if found is not None and found["logins"] >= LOGINS_PER_HOUR:
        raise OauthRefused("invalid_grant", "login rate exceeded", _RATE)


def refused_login(world: World, client: Client, app: str, username: str, refused: OauthRefused) -> None:
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
