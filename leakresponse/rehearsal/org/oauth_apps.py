"""Apps: which one a consumer key names, who may use it, and what administrators do to it: block, install, switch off.

Facts: containment_facts.md ("block the app by metadata", "External Client App isEnabled=false", "Uninstalled,
self-authorised apps"). The Block button ends current sessions and refuses new logins (Salesforce's own page, nobody
else); refresh tokens stay and work again once the block is lifted. Switching an External Client App off refuses new
logins; nothing was found on live tokens, so by the attacker's reading they go on.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.identity import end_session, permissions
from leakresponse.rehearsal.org.store import all_rows, first_row
from leakresponse.rehearsal.org.world import World

#: Lets its holder past a block. The label "Use Any API Client" is documented, the name of its field is not confirmed.
PAST_BLOCKS = "UseAnyApiAuth"
ECA, CONNECTED = "eca", "connected"
#: The fact of the store that an org is from before September 2025 where it is false.
RESTRICTED = "uninstalled_apps_restricted"
NO_ACCESS = "LOGIN_ERROR_CLIENT_NO_ACCESS"
_STAGED = """
SELECT a.*, s.consumer_key AS staged_key, s.consumer_secret AS staged_secret FROM sim_staged s
JOIN sim_app a ON a.app_id = s.app_id WHERE s.consumer_key = ? AND s.expires > ?
"""


def app_by_key(world: World, consumer_key: str) -> dict[str, Any] | None:
    """The app of a consumer key; a staged pair of an External Client App counts, before and after it was rotated."""
    found = world.store.one("SELECT * FROM sim_app WHERE consumer_key = ? AND app_id != ''", consumer_key)
    if found is not None:
        return found
    staged = world.store.one(_STAGED, consumer_key, iso(world.clock.now()))
    if staged is None:
        return None
    return {**staged, "consumer_key": staged["staged_key"], "consumer_secret": staged["staged_secret"]}


def is_granted(world: World, app_id: str, user_id: str) -> bool:
    """Whether the profile or a permission set of the user grants the app (object reference, SetupEntityAccess)."""
    sql = (
        "SELECT 1 AS yes FROM SetupEntityAccess g WHERE g.SetupEntityId = ? AND (g.ParentId IN ("
        "SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ? AND IsRevoked = 0 "
        "AND (ExpirationDate IS NULL OR ExpirationDate > ?)) OR g.ParentId IN ("
        'SELECT p.Id FROM PermissionSet p JOIN "User" u ON u.ProfileId = p.ProfileId WHERE u.Id = ?)) LIMIT 1'
    )
    now = iso(world.clock.now())
    return first_row(world.store.reader, sql, app_id, user_id, now, user_id) is not None


def check_app(world: World, app: dict[str, Any], user_id: str) -> None:
    """Raises OauthRefused where nobody, or not this user, may log in with the app just now.

    The words for an External Client App that is switched off were not found: it is answered like one that is gone.
    """
    if app["kind"] == ECA and not (app["installed"] and app["enabled"]):
        words = "External client app is not installed in this org"
        raise OauthRefused("app_not_found", words, "LOGIN_OAUTH_PACKAGE_MISSING")
    if is_blocked(world, app["app_id"]) and PAST_BLOCKS not in permissions(world, user_id):
        raise OauthRefused("app_blocked", "this app is blocked by admin", NO_ACCESS)


def check_consent(world: World, app: dict[str, Any], user_id: str) -> None:
    """Raises OauthRefused where this user cannot let the app in.

    Since September 2025 an app that is not installed needs "Approve Uninstalled Connected Apps" of the user, unless the
    user had let it in before; "Use Any API Client" no longer helps (containment facts).
    """
    check_app(world, app, user_id)
    if app["admin_approved"] and not is_granted(world, app["app_id"], user_id):
        raise OauthRefused("invalid_app_access", "user is not admin approved to access this app", NO_ACCESS)
    if app["installed"] or not restricted(world) or is_approved(world, app["app_id"], user_id):
        return
    if "CanApproveUninstalledApps" not in permissions(world, user_id):
        raise OauthRefused("invalid_client", "app must be installed into org", "LOGIN_OAUTH_PACKAGE_MISSING")


def is_approved(world: World, app_id: str, user_id: str) -> bool:
    """Whether the user has let the app in and not taken it back."""
    sql = "SELECT 1 AS yes FROM sim_refresh WHERE app_id = ? AND user_id = ? LIMIT 1"
    return world.store.one(sql, app_id, user_id) is not None


def restricted(world: World) -> bool:
    """Whether apps that are not installed are held back, as everywhere since September 2025."""
    return bool(world.store.fact(RESTRICTED, True))


def is_blocked(world: World, app_id: str) -> bool:
    """Whether an administrator has blocked the app, under whichever of its keys."""
    sql = (
        "SELECT 1 AS yes FROM sim_block b WHERE b.consumer_key IN (SELECT consumer_key FROM sim_app WHERE app_id = ? "
        "UNION SELECT consumer_key FROM sim_staged WHERE app_id = ?)"
    )
    return first_row(world.store.reader, sql, app_id, app_id) is not None


def block_app(
    db: sqlite3.Connection, consumer_key: str, name: str = "", ends: bool = True
) -> list[dict[str, Any]]:  # fmt: skip
    """Block an app by its consumer key, known or not; its live sessions end where `ends`, its refresh tokens stay.

    The answer is the sessions that ended, as `identity.end_session` gives them, for Logout rows. Holders of "Use Any
    API Client" are not reached: their sessions go on.
    """
    db.execute("INSERT OR REPLACE INTO sim_block VALUES (?, ?)", (consumer_key, name))
    sql = (
        "SELECT a.session_id, a.user_id FROM sim_access a JOIN sim_app p ON p.app_id = a.app_id "
        "LEFT JOIN sim_staged s ON s.app_id = p.app_id WHERE p.consumer_key = ? OR s.consumer_key = ?"
    )
    ended: list[dict[str, Any]] = []
    for row in all_rows(db, sql, consumer_key, consumer_key) if ends else []:
        if not _passes_blocks(db, row["user_id"]):
            ended += end_session(db, row["session_id"], late=True)
    return ended


def unblock_app(db: sqlite3.Connection, consumer_key: str) -> bool:
    """Lift a block; false where there was none."""
    return db.execute("DELETE FROM sim_block WHERE consumer_key = ?", (consumer_key,)).rowcount > 0


def _passes_blocks(db: sqlite3.Connection, user_id: str) -> bool:
    column = f'"Permissions{PAST_BLOCKS}"'
    sql = (
        f"SELECT 1 AS yes FROM PermissionSetAssignment a JOIN PermissionSet p ON p.Id = a.PermissionSetId "  # noqa: S608
        f'WHERE a.AssigneeId = ? AND p.{column} = 1 UNION SELECT 1 FROM "User" u JOIN Profile p ON p.Id = u.ProfileId '
        f"WHERE u.Id = ? AND p.{column} = 1"
    )
    return first_row(db, sql, user_id, user_id) is not None


def set_eca_enabled(db: sqlite3.Connection, app: str, on: bool, lenient: bool = False) -> list[dict[str, Any]] | None:
    """Switch an External Client App on or off (`ExtlClntAppConfigurablePolicies.isEnabled`, `isOauthPluginEnabled`).

    `app` is its developer name or its id (`0xI…`). The answer is the sessions that ended, as `identity.end_session`
    gives them: none by the attacker's reading, all of the app's by the `lenient` one. None where there is no such app.
    """
    sql = "SELECT app_id FROM sim_app WHERE kind = 'eca' AND (developer_name = ? OR app_id = ?)"
    found = first_row(db, sql, app, app)
    if found is None:
        return None
    db.execute("UPDATE sim_app SET enabled = ? WHERE app_id = ?", (int(on), found["app_id"]))
    return end_app_sessions(db, found["app_id"]) if lenient and not on else []


def end_app_sessions(db: sqlite3.Connection, app_id: str, user_id: str = "") -> list[dict[str, Any]]:
    """End every live session of an app, or those of one of its users; the answer is what ended."""
    ended: list[dict[str, Any]] = []
    sql = "SELECT session_id FROM sim_access WHERE app_id = ? AND ? IN ('', user_id)"
    for row in all_rows(db, sql, app_id, user_id):
        ended += end_session(db, row["session_id"], late=True)
    return ended
