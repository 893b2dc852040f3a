"""The buttons of Setup that have no API: install, block and unblock an app; and apps that come from somewhere else.

Salesforce has Block, Unblock and Install on Setup, "Connected Apps OAuth Usage" (salesforce_api.md 3.6); here they are
`POST /simulation/app`. After an install the app has a row of ConnectedApplication and the AppMenuItemId of its
OauthToken rows is filled (containment facts, "Uninstalled, self-authorised apps").
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Client
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.eca_credentials import new_key, new_secret
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.identity import user_by_name
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.oauth_apps import ECA, RESTRICTED, block_app, unblock_app
from leakresponse.rehearsal.org.oauth_tokens import end_refresh, logouts
from leakresponse.rehearsal.org.setup_trail import entry
from leakresponse.rehearsal.org.store import all_rows, first_row, put
from leakresponse.rehearsal.org.world import World

_SECTION = "Connected Apps"


def press(world: World, body: bytes, _client: Client) -> Answer:
    """`POST /simulation/app` {"act", "app", "username"?}: a button of Setup, pressed by an administrator.

    Acts: `register` (with `callback`, `device_flow`; answers the app's keys), `install`, `block`, `unblock`,
    `rotate_consumer` (Manage Consumer Details: generate, then apply; answers the new pair) and `restrict` with `on`
    false for an org from before September 2025. Raises OauthRefused for what is not known.
    """
    try:
        given = dict(json.loads(body or b"{}"))
    except (ValueError, TypeError):
        raise OauthRefused("invalid_request", "send a JSON object") from None
    act = _ACTS.get(str(given.get("act", "")))
    if act is None:
        raise OauthRefused("invalid_request", f"act is one of {', '.join(_ACTS)}")
    return Answer(body=act(world, given))


def _restrict(world: World, given: dict[str, Any]) -> dict[str, Any]:
    world.store.keep_fact(RESTRICTED, bool(given.get("on", True)))
    return {"restricted": bool(given.get("on", True))}


def _register(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """An app that some other company has made; this org knows of it once somebody lets it in."""
    name = str(given.get("app") or "Foreign App")
    row = {
        "app_id": new_id("888"), "name": name, "developer_name": name.replace(" ", "_"),
        "consumer_key": new_key(), "consumer_secret": new_secret(),
        "certificate": "", "admin_approved": 0, "menu_item_id": None, "installed": 0,
        "device_flow": int(bool(given.get("device_flow"))), "secret_optional": 1,
        "callback": str(given.get("callback") or "https://foreign.example/callback"),
    }  # fmt: skip
    with world.store.write() as db:
        put(db, "sim_app", row)
    return {name: row[name] for name in ("consumer_key", "consumer_secret", "callback")}


def _install(world: World, given: dict[str, Any]) -> dict[str, Any]:
    app, by = _app(world, given), _admin(world, given)
    with world.store.write() as db:
        install_app(db, app["app_id"], by, iso(world.clock.now()))
        entry(db, by, world.clock.now(), "installConnectedApplication", _SECTION, f"Installed app {app['name']}")
    return {"installed": app["name"]}


def install_app(db: sqlite3.Connection, app_id: str, by: str, at: str) -> None:
    """Install a connected app: its own rows appear, its tokens' rows name it. Nothing where it is installed already."""
    app = first_row(db, "SELECT * FROM sim_app WHERE app_id = ? AND installed = 0 AND kind != ?", app_id, ECA)
    if app is None:
        return
    made, menu = new_id("0H4"), new_id("0DS")
    audit = {
        "CreatedDate": at, "CreatedById": by, "LastModifiedDate": at, "LastModifiedById": by, "SystemModstamp": at,
    }  # fmt: skip
    put(db, "ConnectedApplication", {"Id": made, "Name": app["name"], **audit})
    put(db, "AppMenuItem", {
        "Id": menu, "Name": app["developer_name"], "Label": app["name"], "ApplicationId": made,
        "Type": "ConnectedApplication", **audit,
    })  # fmt: skip
    own = "(SELECT delete_token FROM sim_refresh WHERE app_id = ?)"
    sql = " ".join(("UPDATE OauthToken SET AppMenuItemId = ? WHERE DeleteToken IN", own))
    db.execute(sql, (menu, app_id))
    for table in ("sim_refresh", "sim_access", "sim_code", "sim_device"):
        db.execute(" ".join(("UPDATE", table, "SET app_id = ? WHERE app_id = ?")), (made, app_id))
    sql = "UPDATE sim_app SET app_id = ?, menu_item_id = ?, installed = 1 WHERE app_id = ?"
    db.execute(sql, (made, menu, app_id))


def _block(world: World, given: dict[str, Any]) -> dict[str, Any]:
    app, by, now = _app(world, given), _admin(world, given), world.clock.now()
    with world.store.write() as db:
        world.logs.write(db, logouts(world, now, block_app(db, app["consumer_key"], app["name"])))
        entry(db, by, now, "blockedConnectedApplication", _SECTION, f"Blocked app {app['name']}")
    return {"blocked": app["name"]}


def _unblock(world: World, given: dict[str, Any]) -> dict[str, Any]:
    app, by, now = _app(world, given), _admin(world, given), world.clock.now()
    with world.store.write() as db:
        unblock_app(db, app["consumer_key"])
        entry(db, by, now, "unblockedConnectedApplication", _SECTION, f"Unblocked app {app['name']}")
    return {"unblocked": app["name"]}


def _rotate_consumer(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """New consumer details; the old pair is dead at once. One source says that all tokens die: the lenient reading."""
    app, by, now = _app(world, given), _admin(world, given), world.clock.now()
    pair = {"consumer_key": new_key(), "consumer_secret": new_secret()}
    with world.store.write() as db:
        sql = "UPDATE sim_app SET consumer_key = ?, consumer_secret = ? WHERE app_id = ?"
        db.execute(sql, (*pair.values(), app["app_id"]))
        tokens = all_rows(db, "SELECT delete_token FROM sim_refresh WHERE app_id = ?", app["app_id"])
        for row in tokens if world.lenient else ():
            world.logs.write(db, logouts(world, now, end_refresh(db, row["delete_token"])))
        entry(db, by, now, "rotatedConnectedAppConsumer", _SECTION, f"Rotated consumer details of {app['name']}")
    return pair


def _app(world: World, given: dict[str, Any]) -> dict[str, Any]:
    sql = "SELECT * FROM sim_app WHERE (name = ? OR consumer_key = ?) AND app_id != ''"
    found = world.store.one(sql, given.get("app"), given.get("app"))
    if found is None:
        raise OauthRefused("invalid_request", "no such app")
    return found


def _admin(world: World, given: dict[str, Any]) -> str:
    """Who presses the button: `username`, by default the system."""
    if not given.get("username"):
        return world.system_user
    user = user_by_name(world, str(given["username"]))
    if user is None:
        raise OauthRefused("invalid_request", "no such user")
    return str(user["Id"])


_ACTS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "register": _register, "install": _install, "block": _block, "unblock": _unblock, "restrict": _restrict,
    "rotate_consumer": _rotate_consumer,
}  # fmt: skip
