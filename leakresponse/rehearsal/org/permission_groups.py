"""Groups of permission sets: each has a set of its own, which holds what its members give, less what is muted.

Salesforce computes that set too; assignments of a group show it as their PermissionSetId (object reference,
PermissionSetGroup, PermissionSetAssignment).
"""

from __future__ import annotations

import sqlite3
from typing import Any

from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.schema_permissions import PERMISSIONS
from leakresponse.rehearsal.org.store import all_rows, first_row, put

_ACTS = ("Read", "Create", "Edit", "Delete", "ViewAllRecords", "ModifyAllRecords", "ViewAllFields")
_MEMBERS = "SELECT PermissionSetId FROM PermissionSetGroupComponent WHERE PermissionSetGroupId = ? AND IsDeleted = 0"
_MUTED = "SELECT Id FROM MutingPermissionSet WHERE PermissionSetGroupId = ?"


def set_of_group(db: sqlite3.Connection, group_id: str) -> str:
    """The id of the group's own set, empty for a group that is not there."""
    found = first_row(db, "SELECT Id FROM PermissionSet WHERE PermissionSetGroupId = ? AND Type = 'Group'", group_id)
    return found["Id"] if found else ""


def compute_all(db: sqlite3.Connection, now: str) -> None:
    """Compute the set of every group anew."""
    for group in all_rows(db, "SELECT Id, DeveloperName, MasterLabel FROM PermissionSetGroup WHERE IsDeleted = 0"):
        _compute(db, group, now)


def forget(db: sqlite3.Connection, group_id: str) -> None:
    """A group that is deleted takes its set and its assignments with it."""
    set_id = set_of_group(db, group_id)
    for table, column in (("PermissionSetAssignment", "PermissionSetId"), ("ObjectPermissions", "ParentId"),
                          ("FieldPermissions", "ParentId"), ("PermissionSet", "Id")):  # fmt: skip
        db.execute(" ".join(("DELETE FROM", table, "WHERE", column, "= ?")), (set_id,))


def _compute(db: sqlite3.Connection, group: dict[str, Any], now: str) -> None:
    set_id = set_of_group(db, group["Id"]) or new_id("0PS")
    flags = ", ".join(f'MAX("Permissions{name}") AS "Permissions{name}"' for name in PERMISSIONS)
    given = all_rows(db, f"SELECT {flags} FROM PermissionSet WHERE Id IN ({_MEMBERS})", group["Id"])[0]  # noqa: S608
    muted = all_rows(db, f"SELECT {flags} FROM MutingPermissionSet WHERE Id IN ({_MUTED})", group["Id"])[0]  # noqa: S608
    held = {name: int(bool(value) and not muted[name]) for name, value in given.items()}
    if set_of_group(db, group["Id"]):
        sets = ", ".join(f"{name} = ?" for name in held)
        db.execute(" ".join(("UPDATE PermissionSet SET", sets, "WHERE Id = ?")), (*held.values(), set_id))
    else:
        put(db, "PermissionSet", {
            "Id": set_id, "Name": group["DeveloperName"], "Label": group["MasterLabel"], "Type": "Group",
            "PermissionSetGroupId": group["Id"], "CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now,
            **held,
        })  # fmt: skip
    _objects(db, group["Id"], set_id, now)
    _fields(db, group["Id"], set_id, now)


def _objects(db: sqlite3.Connection, group_id: str, set_id: str, now: str) -> None:
    flags = ", ".join(f"MAX(Permissions{act}) AS Permissions{act}" for act in _ACTS)
    sql = f"SELECT SobjectType, {flags} FROM ObjectPermissions WHERE ParentId IN (%s) GROUP BY SobjectType"  # noqa: S608
    given = all_rows(db, sql % _MEMBERS, group_id)
    muted = {row["SobjectType"]: row for row in all_rows(db, sql % _MUTED, group_id)}
    db.execute("DELETE FROM ObjectPermissions WHERE ParentId = ?", (set_id,))
    for row in given:
        less = muted.get(row["SobjectType"], {})
        acts = {name: int(bool(row[name]) and not less.get(name)) for name in row if name != "SobjectType"}
        if any(acts.values()):
            stamps = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
            head = {"Id": new_id("110"), "ParentId": set_id, "SobjectType": row["SobjectType"]}
            put(db, "ObjectPermissions", {**head, **acts, **stamps})


def _fields(db: sqlite3.Connection, group_id: str, set_id: str, now: str) -> None:
    columns = "SobjectType, Field, MAX(PermissionsRead) AS reads, MAX(PermissionsEdit) AS edits"
    sql = f"SELECT {columns} FROM FieldPermissions WHERE ParentId IN (%s) GROUP BY SobjectType, Field"  # noqa: S608
    given = all_rows(db, sql % _MEMBERS, group_id)
    muted = {row["Field"]: row for row in all_rows(db, sql % _MUTED, group_id)}
    db.execute("DELETE FROM FieldPermissions WHERE ParentId = ?", (set_id,))
    for row in given:
        less = muted.get(row["Field"], {})
        if row["reads"] and not less.get("reads"):
            put(db, "FieldPermissions", {
                "Id": new_id("01k"), "ParentId": set_id, "SobjectType": row["SobjectType"], "Field": row["Field"],
                "PermissionsRead": 1, "PermissionsEdit": int(bool(row["edits"]) and not less.get("edits")),
                "SystemModstamp": now,
            })  # fmt: skip
