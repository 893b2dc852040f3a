"""Many of a kind in one org: authorisations of a popular app on its bad day, and apps with key pairs of their own."""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.build import reopen
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.identity import open_session
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.oauth_tokens import approve
from leakresponse.rehearsal.org.store import put


def authorise_many(state: Path, app_name: str, tokens: int, sessions: int) -> None:
    """Add refresh tokens of an app, spread over the org's users, and live access tokens born of the first of them.

    The org must not be running. Raises BadInput where it has no such app.
    """
    world = reopen(state, "attacker", state / "tls")
    if world is None:
        raise BadInput("no finished org in this folder")
    try:
        app = world.store.one("SELECT * FROM sim_app WHERE name = ?", app_name)
        if app is None:
            raise BadInput(f"the org has no app {app_name!r}")
        sql = "SELECT * FROM \"User\" WHERE IsActive = 1 AND UserType = 'Standard' AND Username NOT LIKE '%responder%'"
        users = world.store.all(sql)
        now = iso(world.clock.now())
        with world.store.write() as db:
            for number in range(tokens):
                approve(world, app, users[number % len(users)]["Id"], db, now)
            found = db.execute("SELECT delete_token FROM sim_refresh WHERE app_id = ?", (app["app_id"],))
            handles = [row[0] for row in found]
            for number in range(sessions):
                user = users[number % len(users)]
                open_session(world, db, user, app, "198.51.100.7", "app/1.0", handles[number % len(handles)])
    finally:
        world.bulk.stop()
        world.store.close()


def add_key_apps(state: Path, tls: Path, names: list[str], certificate_pem: str, like: str) -> dict[str, str]:
    """Add connected apps with this certificate to a stopped org; the answer is their consumer keys by name.

    `tls` is the folder of the certificate authority, `like` the app whose users may use them too. Raises BadInput where
    the folder has no finished org.
    """
    world = reopen(state, "attacker", tls)
    if world is None:
        raise BadInput("no finished org in this folder")
    try:
        with world.store.write() as db:
            return {name: add_key_app(db, name, certificate_pem, like) for name in names}
    finally:
        world.bulk.stop()
        world.store.close()


def add_key_app(db: sqlite3.Connection, name: str, certificate_pem: str, like: str) -> str:
    """A connected app for pre-authorised users, granted to whoever may use the app `like`; its consumer key."""
    app_id, item_id, key = new_id("0H4"), new_id("0DS"), f"3MVG9{secrets.token_urlsafe(60)}"
    developer_name, at = name.replace(" ", "_"), "2026-01-01T00:00:00.000Z"
    put(db, "sim_app", {
        "app_id": app_id, "name": name, "developer_name": developer_name, "consumer_key": key, "consumer_secret": "",
        "certificate": certificate_pem, "admin_approved": 1, "menu_item_id": item_id,
    })  # fmt: skip
    by = {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
    put(db, "ConnectedApplication", {"Id": app_id, "Name": name, "OptionsAllowAdminApprovedUsersOnly": 1, **by})
    put(db, "AppMenuItem", {
        "Id": item_id, "Name": developer_name, "Label": name, "ApplicationId": app_id, "Type": "ConnectedApplication",
        "IsUsingAdminAuthorization": 1, **by,
    })  # fmt: skip
    sql = "SELECT g.ParentId FROM SetupEntityAccess g JOIN sim_app a ON a.app_id = g.SetupEntityId WHERE a.name = ?"
    for (parent,) in db.execute(sql, (like,)).fetchall():
        put(db, "SetupEntityAccess", {
            "Id": new_id("0J0"), "ParentId": parent, "SetupEntityId": app_id,
            "SetupEntityType": "ConnectedApplication", "SystemModstamp": at,
        })  # fmt: skip
    return key
