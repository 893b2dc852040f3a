"""Who calls: access tokens, sessions, users and their permissions.

Every access token has an AuthSession row (SessionType Oauth2), whose app LoginHistory.Application alone names;
deleting the row kills the token (containment facts, "delete an AuthSession row"; for tokens born of JWT nothing was
found, here they die like the others). Disputed facts follow World.reading: by the attacker's one, freezing or
deactivating a user and taking away a grant leave live tokens alone.

A revoke reaches every server of Salesforce only after a while. Where the fault `late_revoke` is ordered, a token that
was revoked answers for that many seconds more: `authenticate` asks `revoked_recently(world, token_hash)`, which tells
the seconds since the revoke, or None. Sessions that ended in another way (`end_session` without `late`) never answer.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leakresponse.rehearsal.org.clock import iso, real_now
from leakresponse.rehearsal.org.errors import ApiRefused, no_access, session_expired
from leakresponse.rehearsal.org.ids import access_token, hashed, log_key, new_id
from leakresponse.rehearsal.org.permissions import held_by
from leakresponse.rehearsal.org.store import all_rows, put
from leakresponse.rehearsal.org.world import World

#: A session lives so long after its last use: the longest that Salesforce's session settings offer, 24 hours.
SESSION_SECONDS = 86_400
#: A session's last use is written again only after so many seconds, to spare the writer.
TOUCH_SECONDS = 60
#: How long a revoked token is remembered, in seconds of real time.
REVOKED_SECONDS = 3600
SCOPE = "api refresh_token id"
_AUTHENTICATE = """
SELECT a.token, a.session_id, a.app_id, a.user_id, a.login_key, a.session_key, a.login_history_id, a.used,
  s.LastModifiedDate AS used_at, s.NumSecondsValid AS valid_for, u.Username AS username, u.IsActive AS is_active,
  l.IsFrozen AS is_frozen, p.name AS app_name
FROM sim_access a JOIN AuthSession s ON s.Id = a.session_id JOIN "User" u ON u.Id = a.user_id
JOIN sim_app p ON p.app_id = a.app_id LEFT JOIN UserLogin l ON l.UserId = a.user_id
WHERE a.token = ?
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """The owner of a live access token. `first_use` is true on the token's first call."""

    user_id: str
    username: str
    app_id: str
    app_name: str
    session_id: str
    login_key: str
    session_key: str
    login_history_id: str
    first_use: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened; `token` goes to the client and nowhere else."""

    token: str
    session_id: str
    login_key: str
    login_history_id: str


def authenticate(world: World, token: str) -> Caller:
    """The caller behind a bearer token. Raises 401 where the token or its session is dead."""
    found = world.store.one(_AUTHENTICATE, hashed(token)) if token else None
    if found is None:
        late = _not_yet_revoked(world, hashed(token)) if token else None
        if late is None:
            raise session_expired()
        return late
    now = world.clock.now()
    idle = (now - datetime.fromisoformat(found["used_at"])).total_seconds()
    blocked = world.lenient and (found["is_frozen"] or not found["is_active"])
    if idle > found["valid_for"] or blocked:
        raise session_expired()
    if idle > TOUCH_SECONDS or not found["used"]:
        _touch(world, found["token"], found["session_id"], now)
    return Caller(
        found["user_id"], found["username"], found["app_id"], found["app_name"], found["session_id"],
        found["login_key"], found["session_key"], found["login_history_id"], not found["used"],
    )  # fmt: skip


def revoked_recently(world: World, token_hash: str) -> float | None:
    """Seconds of real time since an access token was revoked; None for one that never was, or long ago."""
    found = world.store.one("SELECT at FROM sim_revoked WHERE token = ?", token_hash)
    return None if found is None else max(0.0, real_now().timestamp() - float(found["at"]))


def _not_yet_revoked(world: World, token_hash: str) -> Caller | None:
    """The caller of a token whose revoke has not reached every server, where that fault is ordered."""
    lasting = world.faults.seconds("late_revoke")
    since = revoked_recently(world, token_hash) if lasting else None
    if since is None or since > lasting:
        return None
    found = world.store.one("SELECT caller FROM sim_revoked WHERE token = ?", token_hash)
    return Caller(**json.loads(found["caller"])) if found else None


def _touch(world: World, token: str, session_id: str, now: datetime) -> None:
    with world.store.write() as db:
        db.execute("UPDATE AuthSession SET LastModifiedDate = ? WHERE Id = ?", (iso(now), session_id))
        db.execute("UPDATE sim_access SET used = 1 WHERE token = ?", (token,))


def permissions(world: World, user_id: str) -> frozenset[str]:
    """Names of the permissions that a user has by profile and by permission sets."""
    return held_by(world, user_id).system


def allowed(world: World, caller: Caller, permission: str) -> bool:
    """Whether the caller has a permission, e.g. `ManageUsers`."""
    return permission in permissions(world, caller.user_id)


def require(world: World, caller: Caller, permission: str) -> None:
    """Raises 403 INSUFFICIENT_ACCESS without the permission."""
    if not allowed(world, caller, permission):
        raise no_access()


def check_api(world: World, caller: Caller) -> None:
    """Raises 403 API_DISABLED_FOR_ORG for a user without API Enabled (words: restforce's issue 219 and others)."""
    if not allowed(world, caller, "ApiEnabled"):
        raise ApiRefused(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.")


@dataclass(frozen=True, slots=True)
class Start:
    """How a session begins. `parent` is the session that it ends with; `delete_token` names its refresh token."""

    user_id: str
    app_id: str
    address: str
    history_id: str
    login_key: str
    session_type: str = "Oauth2"
    login_type: str = "Remote Access 2.0"
    sub_type: str | None = None
    parent: str = ""
    delete_token: str | None = None
    seconds: int = SESSION_SECONDS


def put_session(world: World, db: sqlite3.Connection, start: Start) -> tuple[str, str]:
    """A session with its token, of an app or of a browser; the answer is the token and the session's id."""
    now, token, session_id = world.clock.now(), access_token(world.org_id), new_id("0Ak")
    put(db, "AuthSession", {
        "Id": session_id, "UsersId": start.user_id, "CreatedDate": iso(now), "LastModifiedDate": iso(now),
        "NumSecondsValid": start.seconds, "UserType": "Standard", "SourceIp": start.address,
        "LoginType": start.login_type, "LoginSubType": start.sub_type, "SessionType": start.session_type,
        "SessionSecurityLevel": "STANDARD", "ParentId": start.parent or session_id,
        "LoginHistoryId": start.history_id, "IsCurrent": 0,
    })  # fmt: skip
    put(db, "sim_access", {
        "token": hashed(token), "session_id": session_id, "app_id": start.app_id, "user_id": start.user_id,
        "delete_token": start.delete_token, "login_key": start.login_key, "session_key": log_key(),
        "login_history_id": start.history_id, "issued_at": now.timestamp(),
    })  # fmt: skip
    return token, session_id


def open_session(
    world: World, db: sqlite3.Connection, user: dict[str, Any], app: dict[str, Any], address: str, agent: str,
    delete_token: str | None, sub_type: str | None = None,
) -> Opened:  # fmt: skip
    """A new access token with its session; `delete_token` names the refresh token it belongs to, None for JWT.

    LoginSubType: v67 knows OauthRefreshToken and OauthClientCredentials, and has no value for the JWT bearer flow
    (containment facts); for the code and device flows none was found, here they have none.
    """
    now, key, history_id = iso(world.clock.now()), log_key(), new_id("0Ya")
    put(db, "LoginHistory", _history(history_id, user["Id"], app["name"], address, agent, now, "Success", sub_type))
    seconds = app.get("session_seconds", SESSION_SECONDS)
    start = Start(
        user["Id"], app["app_id"], address, history_id, key, sub_type=sub_type, delete_token=delete_token,
        seconds=seconds,
    )  # fmt: skip
    token, session_id = put_session(world, db, start)
    db.execute('UPDATE "User" SET LastLoginDate = ? WHERE Id = ?', (now, user["Id"]))
    return Opened(token, session_id, key, history_id)


def failed_login(
    db: sqlite3.Connection, user_id: str, app: str, address: str, agent: str, now: str, status: str
) -> str:
    """LoginHistory of a refused login; the answer is its id."""
    history_id = new_id("0Ya")
    put(db, "LoginHistory", _history(history_id, user_id, app, address, agent, now, status, None))
    return history_id


def _history(
    history_id: str, user_id: str, app: str, address: str, agent: str, now: str, status: str, sub_type: str | None
) -> dict[str, Any]:
    return {
        "Id": history_id, "UserId": user_id, "LoginTime": now, "LoginType": "Remote Access 2.0",
        "LoginUrl": "login.salesforce.com", "SourceIp": address, "Status": status, "Application": app,
        "Browser": agent[:64] or "Unknown", "Platform": "Unknown", "ApiType": "N/A", "ApiVersion": "N/A",
        "ClientVersion": "N/A", "CipherSuite": "ECDHE-RSA-AES256-GCM-SHA384", "TlsProtocol": "TLS 1.2",
        "LoginSubType": sub_type, "OptionsIsGet": 0, "OptionsIsPost": 1,
    }  # fmt: skip


def end_session(db: sqlite3.Connection, session_id: str, late: bool = False) -> list[dict[str, Any]]:
    """Delete a session with everything below it; the answer is what was deleted, empty where nothing was.

    `late` says that this is a revoke, which the fault `late_revoke` may keep from the token for a while. Rows of the
    answer have Id, UsersId, and login_key and session_key, which are null for sessions without a token.
    """
    sql = (
        "WITH RECURSIVE below(Id) AS (SELECT Id FROM AuthSession WHERE Id = ? UNION "
        "SELECT s.Id FROM AuthSession s JOIN below b ON s.ParentId = b.Id) "
        "SELECT s.Id, s.UsersId, a.login_key, a.session_key FROM below b JOIN AuthSession s ON s.Id = b.Id "
        "LEFT JOIN sim_access a ON a.session_id = s.Id"
    )
    ended = all_rows(db, sql, session_id)
    for row in ended:
        if late:
            _remember(db, row["Id"])
        db.execute("DELETE FROM sim_access WHERE session_id = ?", (row["Id"],))
        db.execute("DELETE FROM AuthSession WHERE Id = ?", (row["Id"],))
    return ended


def _remember(db: sqlite3.Connection, session_id: str) -> None:
    """Keep whose token a revoked one was, for `revoked_recently`."""
    now = real_now().timestamp()
    sql = (
        "SELECT a.token, a.user_id, u.Username AS username, a.app_id, p.name AS app_name, a.session_id, a.login_key, "
        "a.session_key, a.login_history_id FROM sim_access a JOIN sim_app p ON p.app_id = a.app_id "
        'JOIN "User" u ON u.Id = a.user_id WHERE a.session_id = ?'
    )
    for row in all_rows(db, sql, session_id):
        token = row.pop("token")
        db.execute("INSERT OR REPLACE INTO sim_revoked VALUES (?, ?, ?)", (token, now, json.dumps(row)))
    db.execute("DELETE FROM sim_revoked WHERE at < ?", (now - REVOKED_SECONDS,))


def forget_expired(db: sqlite3.Connection, now: str) -> None:
    """Drop sessions whose time is over: last use plus NumSecondsValid (object reference, AuthSession)."""
    ends = "strftime('%Y-%m-%dT%H:%M:%fZ', LastModifiedDate, '+' || NumSecondsValid || ' seconds')"
    db.execute(" ".join(("DELETE FROM AuthSession WHERE", ends, "< ?")), (now,))
    db.execute("DELETE FROM sim_access WHERE session_id NOT IN (SELECT Id FROM AuthSession)")


def user_by_name(world: World, username: str) -> dict[str, Any] | None:
    """A user with whether frozen, by username in any case."""
    sql = (
        'SELECT u.Id, u.Username, u.IsActive, u.UserType, COALESCE(l.IsFrozen, 0) AS IsFrozen FROM "User" u '
        "LEFT JOIN UserLogin l ON l.UserId = u.Id WHERE u.Username = ?"
    )
    return world.store.one(sql, username)


def user_by_id(world: World, user_id: str) -> dict[str, Any] | None:
    """The same by id."""
    sql = (
        'SELECT u.Id, u.Username, u.IsActive, u.UserType, COALESCE(l.IsFrozen, 0) AS IsFrozen FROM "User" u '
        "LEFT JOIN UserLogin l ON l.UserId = u.Id WHERE u.Id = ?"
    )
    return world.store.one(sql, user_id)


def bearer(header: str) -> str:
    """The token of an Authorization header; Salesforce takes Bearer and OAuth. Raises 401 INVALID_AUTH_HEADER."""
    kind, _, token = header.strip().partition(" ")
    if not header:
        raise session_expired()
    if kind.lower() not in {"bearer", "oauth"} or not token.strip():
        raise ApiRefused(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
    return token.strip()
