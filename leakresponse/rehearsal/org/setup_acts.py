"""What changing setup rows does, and what it leaves alone: sessions, grants, freezes (containment facts)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org import events, factors
from leakresponse.rehearsal.org.calls import Call, LogRow
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import bad_request, is_deleted
from leakresponse.rehearsal.org.identity import end_session
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.permission_writes import after_permission_write, before_permission_delete, note_write
from leakresponse.rehearsal.org.schema import SObject
from leakresponse.rehearsal.org.store import first_row, put

_ENTITY_TYPES = {"0H4": "ConnectedApplication", "0xI": "ExternalClientApplication"}


def after_write(
    call: Call, db: sqlite3.Connection, obj: SObject, record_id: str, row: Mapping[str, Any], created: bool
) -> None:
    """Checks and completes a setup row inside the transaction that wrote it. Raises 400, which undoes the write."""
    if obj.name == "UserLogin" and row.get("IsPasswordLocked"):
        raise bad_request("INVALID_FIELD_FOR_INSERT_UPDATE", "IsPasswordLocked can only be set to false")
    if obj.name == "SetupEntityAccess" and created:
        _complete_grant(db, record_id, row)
    if obj.name == "PermissionSetAssignment" and created:
        _refuse_twin(db, obj, record_id, {name: row.get(name) for name in ("AssigneeId", "PermissionSetId")})
    if obj.name == "User" and created:
        put(db, "UserLogin", {"Id": new_id("0Yw"), "UserId": record_id, "LastModifiedDate": iso(call.now)})
    if obj.name == "User" and row.get("IsActive") == 0 and call.world.lenient:
        _end_all(db, record_id)
    if obj.name == "UserLogin" and row.get("IsFrozen") and call.world.lenient:
        owner = first_row(db, "SELECT UserId FROM UserLogin WHERE Id = ?", record_id)
        _end_all(db, owner["UserId"] if owner else "")
    after_permission_write(call, db, obj, record_id, created)
    note_write(call, db, obj, record_id, row)


def delete_setup(call: Call, obj: SObject, record_id: str) -> list[LogRow] | None:
    """Delete a row that controls access; None for every other object. Raises 404 where it is already gone."""
    if obj.name == "AuthSession":
        return _delete_session(call, record_id)
    with call.world.store.write() as db:
        before_permission_delete(call, db, obj, record_id)
        if obj.name == factors.NAME:
            factors.after_removal(call, db, record_id)
    if obj.name == "SetupEntityAccess" and call.world.lenient:
        with call.world.store.write() as db:
            grant = first_row(db, "SELECT SetupEntityId FROM SetupEntityAccess WHERE Id = ?", record_id)
            db.execute("DELETE FROM SetupEntityAccess WHERE Id = ?", (record_id,))
            if grant is None:
                raise is_deleted()
            end_ungranted(db, grant["SetupEntityId"])
        return []
    return None


def _delete_session(call: Call, session_id: str) -> list[LogRow]:
    """End a session with its children; the API token behind it is dead at once, a refresh token lives on."""
    with call.world.store.write() as db:
        ended = end_session(db, session_id, late=True)
    if not ended:
        raise is_deleted()
    keyed = [row for row in ended if row["session_key"]]
    return [
        events.logout_row(call.world, call.now, row["UsersId"], row["session_key"], row["login_key"]) for row in keyed
    ]


def _complete_grant(db: sqlite3.Connection, record_id: str, row: Mapping[str, Any]) -> None:
    target = str(row.get("SetupEntityId") or "")
    kind = _ENTITY_TYPES.get(target[:3])
    parent = first_row(db, "SELECT Id FROM PermissionSet WHERE Id = ?", row.get("ParentId"))
    app = first_row(db, "SELECT app_id FROM sim_app WHERE app_id = ? AND installed = 1", target)
    if kind is None or parent is None or app is None:
        raise bad_request("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    sql = "SELECT Id FROM SetupEntityAccess WHERE ParentId = ? AND SetupEntityId = ? AND Id != ?"
    if first_row(db, sql, row.get("ParentId"), target, record_id):
        raise bad_request("DUPLICATE_VALUE", "duplicate value found: SetupEntityId duplicates value on record")
    db.execute("UPDATE SetupEntityAccess SET SetupEntityType = ? WHERE Id = ?", (kind, record_id))


def _refuse_twin(db: sqlite3.Connection, obj: SObject, record_id: str, same: Mapping[str, Any]) -> None:
    sql = "SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = ? AND PermissionSetId = ? AND Id != ?"
    if first_row(db, sql, *same.values(), record_id):
        raise bad_request("DUPLICATE_VALUE", f"Duplicate {obj.name}. Assignee has the permission set already")


def _end_all(db: sqlite3.Connection, user_id: str) -> None:
    for (session_id,) in db.execute("SELECT Id FROM AuthSession WHERE UsersId = ?", (user_id,)).fetchall():
        end_session(db, session_id)


def end_ungranted(db: sqlite3.Connection, app_id: str) -> None:
    """The lenient reading: live tokens of an admin-approved app die with the user's last grant."""
    sql = (
        "SELECT a.session_id FROM sim_access a JOIN sim_app p ON p.app_id = a.app_id WHERE a.app_id = ? "
        "AND p.admin_approved = 1 AND NOT EXISTS (SELECT 1 FROM SetupEntityAccess g JOIN PermissionSetAssignment s "
        "ON s.PermissionSetId = g.ParentId WHERE g.SetupEntityId = a.app_id AND s.AssigneeId = a.user_id)"
    )
    for (session_id,) in db.execute(sql, (app_id,)).fetchall():
        end_session(db, session_id)
