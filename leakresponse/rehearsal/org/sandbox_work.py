"""Making a sandbox: what happens after the order, in real time, step by step, as SandboxProcess tells it.

Pending, Processing with its CopyProgress, Activating, Completed; a refresh waits at Pending Activation unless it was
asked to activate by itself (Tooling API, SandboxInfo.AutoActivate). A copy grows in a folder of its own beside the
sandbox that it will replace; an unfinished one is thrown away when the process starts again, and made anew.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.events import common
from leakresponse.rehearsal.org.ids import new_id, request_id
from leakresponse.rehearsal.org.sandbox_copy import Order, copy
from leakresponse.rehearsal.org.store import all_rows, first_row
from leakresponse.rehearsal.org.world import World

if TYPE_CHECKING:
    from leakresponse.rehearsal.org.orgs import Orgs

PENDING, PROCESSING, COMPLETED = "Pending", "Processing", "Completed"
PENDING_ACTIVATION, ACTIVATING, DISCARDING = "Pending Activation", "Activating", "Discarding"
DELETING, DELETED = "Deleting", "Deleted"
#: Where nothing happens by itself.
_RESTING = (COMPLETED, DELETED, PENDING_ACTIVATION, "Stopped")
#: Seconds of real time in each state, so that a client that looks sees them; hours in Salesforce.
PACE_SECONDS = 0.4
#: Ending of a copy's folder until it is put to use.
NEXT = ".next"


def name_of(world: World, sandbox: str) -> str:
    """What a sandbox of this org is called among the orgs of the process."""
    return f"{world.brand.name}--{sandbox.lower()}"


def begin(world: World, process_id: str) -> None:
    """Let the work be done by a thread of its own."""
    made = threading.Thread(target=work, args=(world, process_id), name="sandbox", daemon=True)
    made.start()


def resume(world: World) -> None:
    """Take up what an earlier process left undone."""
    for row in all_rows(world.store.reader, "SELECT Id, Status FROM SandboxProcess"):
        if row["Status"] not in _RESTING:
            begin(world, row["Id"])


def work(world: World, process_id: str, pace: float | None = None) -> None:
    """Move a process from where it stands until it rests; given up where the process is told to stop."""
    orgs = world.orgs
    pace = PACE_SECONDS if pace is None else pace
    if orgs is None:
        return
    while not orgs.stopping.is_set():
        row = row_of(world.store.reader, "SandboxProcess", process_id)
        if row is None or row["Status"] in _RESTING:
            return
        _step(orgs, world, row, pace)


def _step(orgs: Orgs, world: World, row: Mapping[str, Any], pace: float) -> None:
    """What comes next for one process."""
    status = row["Status"]
    orgs.stopping.wait(pace)
    if status == PENDING:
        moved = {"Status": PROCESSING, "StartDate": _now(world), "SandboxOrganization": new_id("00D")[:15]}
        _move(world, row, moved)
    elif status == PROCESSING:
        _copy(orgs, world, row, pace)
    elif status == ACTIVATING:
        _activate(orgs, world, row)
    elif status == DISCARDING:
        shutil.rmtree(_next(orgs, world, row), ignore_errors=True)
        _move(world, row, {"Status": DELETED, "EndDate": _now(world)})
    elif status == DELETING:
        orgs.retire(name_of(world, row["SandboxName"]))
        _move(world, row, {"Status": DELETED})


def _copy(orgs: Orgs, world: World, row: Mapping[str, Any], pace: float) -> None:
    """Everything that the licence promises, into the folder of the next sandbox."""
    folder = _next(orgs, world, row)
    shutil.rmtree(folder, ignore_errors=True)
    source = _source(orgs, world, row)

    def tell(percent: int) -> None:
        _move(world, row, {"CopyProgress": percent})
        orgs.stopping.wait(pace / 4)

    order = Order(row["SandboxName"], row["LicenseType"], row["SandboxOrganization"], world.brand.name)
    copy(source, folder, order, tell, orgs.stopping.is_set)
    if orgs.stopping.is_set():
        return
    waits = _is_refresh(world, row) and not row["AutoActivate"]
    _move(world, row, {"CopyProgress": 100, "Status": PENDING_ACTIVATION if waits else ACTIVATING})


def _activate(orgs: Orgs, world: World, row: Mapping[str, Any]) -> None:
    """The new copy takes the place of the old one, at the old one's ports."""
    from leakresponse.rehearsal.org.build import reopen

    name, folder = name_of(world, row["SandboxName"]), _next(orgs, world, row)
    if folder.exists():
        orgs.replace(name, folder)
    made = orgs.worlds.get(name) or reopen(orgs.folder(name), world.reading, world.tls)
    if made is None:
        _move(world, row, {"Status": PROCESSING, "CopyProgress": 0})
        return
    if not made.urls:
        orgs.launch(made)
    now = _now(world)
    with world.store.write() as db:
        save(db, "SandboxProcess", row["Id"], {"Status": COMPLETED, "EndDate": now, "ActivatedDate": now})
        world.logs.write(db, [_log_row(world, row, COMPLETED)])


def _source(orgs: Orgs, world: World, row: Mapping[str, Any]) -> World:
    """The org that is copied: the sandbox named as the source of a clone, else the org itself."""
    if not row["SourceId"]:
        return world
    info = row_of(world.store.reader, "SandboxInfo", row["SourceId"]) or {"SandboxName": ""}
    return orgs.worlds.get(name_of(world, info["SandboxName"]), world)


def _is_refresh(world: World, row: Mapping[str, Any]) -> bool:
    sql = "SELECT 1 AS yes FROM SandboxProcess WHERE SandboxInfoId = ? AND Id <> ? LIMIT 1"
    return world.store.one(sql, row["SandboxInfoId"], row["Id"]) is not None


def _next(orgs: Orgs, world: World, row: Mapping[str, Any]) -> Path:
    return orgs.folder(name_of(world, row["SandboxName"]) + NEXT)


def _now(world: World) -> str:
    return iso(world.clock.now())


def _move(world: World, row: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Write a step, and its row of the Sandbox log where the status changes."""
    with world.store.write() as db:
        save(db, "SandboxProcess", row["Id"], {**changed, "SystemModstamp": _now(world)})
        if "Status" in changed:
            world.logs.write(db, [_log_row(world, {**row, **changed}, changed["Status"])])


def _log_row(world: World, row: Mapping[str, Any], status: str) -> tuple[str, dict[str, Any]]:
    """Sandbox: one row per status (event type of that name; how real values look is not confirmed)."""
    made = common(world, "Sandbox", world.clock.now(), row["CreatedById"], request_id())
    done = status == COMPLETED
    return "Sandbox", {
        **made, "SANDBOX_ID": row["SandboxInfoId"], "STATUS": status,
        "CURRENT_SANDBOX_ORG_ID": row["SandboxOrganization"] if done else "",
        "PENDING_SANDBOX_ORG_ID": "" if done else row["SandboxOrganization"] or "",
    }  # fmt: skip


def row_of(db: sqlite3.Connection, table: str, record_id: str) -> dict[str, Any] | None:
    """A record of one of the tables of sandboxes."""
    return first_row(db, " ".join(("SELECT * FROM", table, "WHERE Id = ?")), record_id)


def save(db: sqlite3.Connection, table: str, record_id: str, changed: Mapping[str, Any]) -> None:
    """Change a record of one of the tables of sandboxes."""
    sets = ", ".join(f"{name} = ?" for name in changed)
    db.execute(" ".join(("UPDATE", table, "SET", sets, "WHERE Id = ?")), (*changed.values(), record_id))
