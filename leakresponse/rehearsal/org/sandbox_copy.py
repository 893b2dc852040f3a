"""Copying an org into a sandbox: setup always, business data by licence, nothing of what happened in the org.

Usernames get the sandbox's name, addresses `.invalid` (salesforce_api.md section 9; Salesforce Help, "Create a
Sandbox"). Connected apps keep their keys, secrets and certificates; whether authorisations are copied is not confirmed:
here they are not.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from leakresponse.core.events_ids import to18
from leakresponse.rehearsal.org.certs import write_private
from leakresponse.rehearsal.org.retention import EVENT_OBJECTS
from leakresponse.rehearsal.org.schema import quoted
from leakresponse.rehearsal.org.schema_crm import crm_objects
from leakresponse.rehearsal.org.world import World

#: Rows of each business object that a Partial Copy takes (Salesforce Help, "Sandbox Licenses and Storage").
PARTIAL_ROWS = 10_000
_METADATA_OF_CRM = {"User", "Report", "Dashboard", "ListView"}
_BUSINESS = {one.name for one in crm_objects()} - _METADATA_OF_CRM
#: What happened in an org, who is logged in to it, and its own sandboxes.
_HISTORY = EVENT_OBJECTS | {
    "OauthToken", "AuthSession", "LoginHistory", "VerificationHistory", "SetupAuditTrail", "EventLogFile",
    "SandboxInfo", "SandboxProcess", "SourceMember", "TenantSecret",
    "sim_access", "sim_refresh", "sim_code", "sim_device", "sim_revoked", "sim_staged", "sim_cursor", "sim_job",
    "sim_ingest_row", "sim_batch", "sim_log", "sim_log_file", "sim_log_hidden", "sim_report_run", "sim_deploy",
    "sim_retrieve", "sim_subscription", "sim_volume", "sim_fact",
}  # fmt: skip
#: Facts that belong to one org alone.
_OWN_FACTS = ("deploy_seconds", "org", "ports", "acting", "acted")


@dataclass(frozen=True, slots=True)
class Order:
    """A sandbox to be made; `org_id` has 15 characters."""

    name: str
    licence: str
    org_id: str
    brand: str


def copy(
    source: World, folder: Path, order: Order, tell: Callable[[int], None], stopped: Callable[[], bool]
) -> None:  # fmt: skip
    """Write the sandbox's folder; `tell` hears percents. Left half-done where `stopped` says so."""
    from leakresponse.rehearsal.org.build import SECRETS, STORE

    folder.mkdir(parents=True, mode=0o700)
    db = sqlite3.connect(folder / STORE, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("ATTACH ? AS source", (str(source.state / STORE),))
        if not _copy_tables(db, order.licence, tell, stopped):
            return
        _rename(db, source, order)
        _keep_facts(db, source, order)
    finally:
        db.close()
    _copy_keys(source.state / "keys", folder / "keys")
    write_private(folder / SECRETS, json.dumps({}).encode())


def _copy_tables(
    db: sqlite3.Connection, licence: str, tell: Callable[[int], None], stopped: Callable[[], bool]
) -> bool:  # fmt: skip
    """Tables as they are in the source, filled by licence; indexes and the like after them. False where stopped."""
    made = list(_definitions(db))
    tables = [name for kind, name, _ in made if kind == "table"]
    db.execute("BEGIN")
    for kind, _, sql in made:
        if kind == "table":
            db.execute(sql)
    for number, name in enumerate(tables, 1):
        limit = _rows_of(name, licence)
        if limit:
            _fill(db, name, limit)
        if number * 4 // len(tables) > (number - 1) * 4 // len(tables):
            tell(number * 100 // len(tables))
        if stopped():
            db.execute("ROLLBACK")
            return False
    for kind, _, sql in made:
        if kind != "table":
            db.execute(sql)
    db.execute("COMMIT")
    return True


def _definitions(db: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    sql = "SELECT type, name, sql FROM source.sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
    yield from db.execute(sql).fetchall()


def _rows_of(table: str, licence: str) -> int:
    """How many rows of a table come along; -1 for all."""
    if table in _HISTORY:
        return 0
    if table not in _BUSINESS and not table.endswith("__c"):
        return -1
    return {"FULL": -1, "PARTIAL": PARTIAL_ROWS}.get(licence, 0)


def _fill(db: sqlite3.Connection, table: str, limit: int) -> None:
    name = quoted(table)
    db.execute(" ".join(("INSERT INTO main.", name, "SELECT * FROM source.", name, "LIMIT ?")), (limit,))


def _rename(db: sqlite3.Connection, source: World, order: Order) -> None:
    """The sandbox's own id, usernames and addresses; a clone's users lose the name of their first sandbox."""
    before = f".{source.sandbox.lower()}" if source.sandbox else ""
    db.execute("UPDATE Organization SET Id = ?, IsSandbox = 1", (to18(order.org_id),))
    ending = f".{order.name.lower()}"
    cut = "CASE WHEN ?1 <> '' AND Username LIKE '%' || ?1 THEN substr(Username, 1, length(Username) - length(?1)) "
    db.execute(" ".join(('UPDATE "User" SET Username =', cut, "ELSE Username END || ?2")), (before, ending))
    db.execute("UPDATE \"User\" SET Email = Email || '.invalid' WHERE Email NOT LIKE '%.invalid'")


def _keep_facts(db: sqlite3.Connection, source: World, order: Order) -> None:
    """Who the sandbox is, and what its source knows about itself; a Developer sandbox tracks its sources."""
    from leakresponse.rehearsal.org.build import IDENTITY, TRACKED, Identity

    facts = {name: json.loads(value) for name, value in db.execute("SELECT name, value FROM source.sim_fact")}
    kept = {name: value for name, value in facts.items() if name not in _OWN_FACTS}
    before = f".{source.sandbox.lower()}" if source.sandbox else ""
    for one in kept.get("integrations", []):
        one["username"] = f"{str(one['username']).removesuffix(before)}.{order.name.lower()}"
    identity = Identity(order.brand, order.name.lower(), to18(order.org_id), True, source.system_user)
    kept |= {IDENTITY: astuple(identity), TRACKED: order.licence.startswith("DEVELOPER")}
    rows = [(name, json.dumps(value)) for name, value in kept.items()]
    db.executemany("INSERT INTO main.sim_fact VALUES (?, ?)", rows)


def _copy_keys(source: Path, target: Path) -> None:
    """The apps' private keys, which their vendors hold for the sandbox as well."""
    target.mkdir(mode=0o700, exist_ok=True)
    for key in source.glob("*.pem"):
        shutil.copy2(key, target / key.name)
