"""Many integrations in several orgs, each with a connected app and a key pair of its own in the vault."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence

from leakresponse.adapters.keypair import make_key_pair
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.redact import HiddenDict
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.store import put
from leakresponse.rotation.types import SecretEntry
from tests.support.served_org import Served

USER = "order.sync"


def stock_crowd(vault: SecretsManager, orgs: Sequence[Served], many: int) -> list[SecretEntry]:
    """So many secrets, spread over the orgs in turns. They begin with one key pair in common, for speed."""
    pair = make_key_pair("before")
    entries = []
    for number in range(many):
        org = orgs[number % len(orgs)]
        app, username = f"Job {number:03d}", org.integration(USER)["username"]
        with org.world.store.write() as db:
            key = _app(db, org, app, pair.certificate_pem)
        value = {"app": app, "consumer_key": key, "username": username, "private_key_pem": pair.private_pem.reveal()}
        tags = {"org": org.world.org_id, "kind": "jwt_key_pair", "app": app, "username": username}
        name = f"crowd/{number:03d}"
        vault.create(name, HiddenDict(value), {f"leak-response:{part}": text for part, text in tags.items()})
        entries.append(SecretEntry(name, "jwt_key_pair", org.world.org_id, app, username))
    return entries


def _app(db: sqlite3.Connection, org: Served, name: str, certificate: str) -> str:
    """A connected app for admin approved users, granted to whoever may use the one of USER."""
    app_id, item_id, key = new_id("0H4"), new_id("0DS"), f"3MVG9{secrets.token_urlsafe(60)}"
    like = org.integration(USER)["app"]
    put(db, "sim_app", {
        "app_id": app_id, "name": name, "developer_name": name.replace(" ", "_"), "consumer_key": key,
        "consumer_secret": "", "certificate": certificate, "admin_approved": 1, "menu_item_id": item_id,
    })  # fmt: skip
    at = "2026-01-01T00:00:00.000Z"
    by = {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
    put(db, "ConnectedApplication", {"Id": app_id, "Name": name, "OptionsAllowAdminApprovedUsersOnly": 1, **by})
    put(db, "AppMenuItem", {
        "Id": item_id, "Name": name.replace(" ", "_"), "Label": name, "ApplicationId": app_id,
        "Type": "ConnectedApplication", "IsUsingAdminAuthorization": 1, **by,
    })  # fmt: skip
    sql = "SELECT g.ParentId FROM SetupEntityAccess g JOIN sim_app a ON a.app_id = g.SetupEntityId WHERE a.name = ?"
    for (parent,) in db.execute(sql, (like,)).fetchall():
        put(db, "SetupEntityAccess", {
            "Id": new_id("0J0"), "ParentId": parent, "SetupEntityId": app_id,
            "SetupEntityType": "ConnectedApplication", "SystemModstamp": at,
        })  # fmt: skip
    return key
