"""What becomes of tokens: an approval makes a refresh token, a revoke ends it, introspection tells of it.

Reach of a revoke (containment facts, marked C): a refresh token, or the DeleteToken of its OauthToken row, takes its
access tokens along; an access token dies alone; the user's browser session lives on. A sixth approval of one app by one
user ends the oldest (help.merge.dev on Salesforce's limit of five).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leakresponse.rehearsal.org.assertions import LOGIN_HOSTS
from leakresponse.rehearsal.org.calls import Answer
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.events import logout_row
from leakresponse.rehearsal.org.identity import SCOPE, end_session, user_by_id
from leakresponse.rehearsal.org.ids import delete_token, hashed, refresh_token
from leakresponse.rehearsal.org.oauth_clients import proven_app
from leakresponse.rehearsal.org.store import all_rows, first_row, put
from leakresponse.rehearsal.org.world import World

APPROVALS = 5
_LIVE = """
SELECT a.user_id, a.app_id, a.issued_at, s.LastModifiedDate AS used_at, s.NumSecondsValid AS valid_for
FROM sim_access a JOIN AuthSession s ON s.Id = a.session_id WHERE a.token = ?
"""


def approve(world: World, app: dict[str, Any], user_id: str, db: sqlite3.Connection, at: str, uses: int = 0) -> str:
    """An authorisation as a browser consent makes it: an OauthToken row; the answer is the refresh token.

    `AppMenuItemId` is null while the app is not installed.
    """
    secret, handle = refresh_token(), delete_token()
    put(db, "sim_refresh", {
        "token": hashed(secret), "delete_token": handle, "app_id": app["app_id"], "user_id": user_id,
    })  # fmt: skip
    put(db, "OauthToken", {
        "Id": None, "AppMenuItemId": app["menu_item_id"], "AppName": app["name"], "CreatedDate": at,
        "DeleteToken": handle, "LastUsedDate": at, "UseCount": uses, "UserId": user_id,
    })  # fmt: skip
    return secret


def end_oldest(db: sqlite3.Connection, app_id: str, user_id: str) -> None:
    """End a user's approvals of an app that are beyond the newest five."""
    sql = (
        "SELECT r.delete_token FROM sim_refresh r JOIN OauthToken t ON t.DeleteToken = r.delete_token "
        "WHERE r.app_id = ? AND r.user_id = ? ORDER BY t.CreatedDate DESC, r.rowid DESC LIMIT -1 OFFSET ?"
    )
    for row in all_rows(db, sql, app_id, user_id, APPROVALS):
        end_refresh(db, row["delete_token"])


def revoke(world: World, given: str) -> Answer:
    """`/services/oauth2/revoke`: the token is the only authorisation; a dead one is 400 invalid_token."""
    now = world.clock.now()
    with world.store.write() as db:
        sql = "SELECT delete_token FROM sim_refresh WHERE delete_token = ? OR token = ?"
        whole = first_row(db, sql, given, hashed(given))
        ended = end_refresh(db, whole["delete_token"]) if whole else _end_access(db, given)
        world.logs.write(db, logouts(world, now, ended))
    return Answer(200)


def _end_access(db: sqlite3.Connection, given: str) -> list[dict[str, Any]]:
    one = first_row(db, "SELECT session_id, app_id FROM sim_access WHERE token = ?", hashed(given))
    if one is None:
        raise OauthRefused("invalid_token", "the token is invalid")
    if not one["app_id"]:
        raise OauthRefused("unsupported_token_type", "this token type is not supported")
    return end_session(db, one["session_id"], late=True)


def end_refresh(db: sqlite3.Connection, handle: str) -> list[dict[str, Any]]:
    """End a refresh token with its access tokens; the answer is the sessions that ended."""
    ended: list[dict[str, Any]] = []
    for row in all_rows(db, "SELECT session_id FROM sim_access WHERE delete_token = ?", handle):
        ended += end_session(db, row["session_id"], late=True)
    db.execute("DELETE FROM OauthToken WHERE DeleteToken = ?", (handle,))
    db.execute("DELETE FROM sim_refresh WHERE delete_token = ?", (handle,))
    return ended


def logouts(world: World, at: datetime, ended: list[dict[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Logout rows of sessions that somebody else ended; several at once leave a single row that names no user.

    Object reference, Logout event type: sessions that are revoked in a batch.
    """
    keyed = [row for row in ended if row["session_key"]]
    if len(keyed) > 1:
        return [logout_row(world, at, "", "", "")]
    return [logout_row(world, at, row["UsersId"], row["session_key"], row["login_key"]) for row in keyed]


def introspect(world: World, form: Mapping[str, str]) -> Answer:
    """`POST /services/oauth2/introspect`: an app sees its own tokens, with "introspect all tokens" everybody's."""
    app = proven_app(world, form)
    given = hashed(form.get("token", ""))
    live = world.store.one(_LIVE, given)
    kept = world.store.one("SELECT user_id, app_id FROM sim_refresh WHERE token = ?", given)
    found = live or kept
    if found is None or (found["app_id"] != app["app_id"] and not app["sees_all_tokens"]):
        return Answer(body={"active": False})
    until = _until(live) if live else 0
    if live and until < world.clock.now().timestamp():
        return Answer(body={"active": False})
    body = _introspected(world, app, found, "access_token" if live else "refresh_token")
    if live:
        issued = int(live["issued_at"])
        body |= {"iat": issued, "nbf": issued, "exp": until}
    return Answer(body=body)


def _until(live: Mapping[str, Any]) -> int:
    """When the session ends, in seconds: its last use plus its length."""
    return int(datetime.fromisoformat(live["used_at"]).timestamp()) + int(live["valid_for"])


def _introspected(world: World, app: dict[str, Any], found: Mapping[str, Any], kind: str) -> dict[str, Any]:
    owner = world.store.one("SELECT consumer_key FROM sim_app WHERE app_id = ?", found["app_id"]) or app
    user = user_by_id(world, found["user_id"]) or {"Username": ""}
    return {
        "active": True, "scope": SCOPE, "client_id": owner["consumer_key"], "username": user["Username"],
        "sub": f"{LOGIN_HOSTS[0]}/id/{world.org_id}/{found['user_id']}", "token_type": kind,
    }  # fmt: skip
