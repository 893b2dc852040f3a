"""Writing permissions: Salesforce's rules, and what follows at once.

A permission depends on others ("Permission Edit Contact depends on permission(s): Read Contact"); a row without any
permission is refused, it has to be deleted (object reference, ObjectPermissions; wordings as published from real orgs).
Guests never get more than Read and Create (Salesforce Help, "Guest User Security Policies"). What Modify All Data gives
has rows whose ids begin with 000 and that nobody changes; when it is taken they become ordinary rows. Nothing here
waits: the next call already counts with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from leakresponse.rehearsal.org.build_access import assign_owned
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.permission_groups import compute_all, forget, set_of_group
from leakresponse.rehearsal.org.permission_trail import Change, assigned, changed
from leakresponse.rehearsal.org.permissions_scope import governor, permission_fields
from leakresponse.rehearsal.org.schema_permissions import PERMISSIONS
from leakresponse.rehearsal.org.schema_types import SObject
from leakresponse.rehearsal.org.setup_trail import audit
from leakresponse.rehearsal.org.store import first_row, put

Row = Mapping[str, Any]
_OBJECT_DEPENDS: Mapping[str, tuple[str, ...]] = {
    "Create": ("Read",), "Edit": ("Read",), "Delete": ("Read", "Edit"), "ViewAllRecords": ("Read",),
    "ModifyAllRecords": ("Read", "Edit", "Delete", "ViewAllRecords"), "ViewAllFields": ("Read",),
}  # fmt: skip
_SPOKEN = {"ViewAllRecords": "Read All", "ModifyAllRecords": "Modify All", "ViewAllFields": "View All Fields"}
_USER_DEPENDS: Mapping[str, tuple[str, ...]] = {
    "ModifyAllData": ("ViewAllData",), "CustomizeApplication": ("ViewSetup",), "ManageUsers": ("ViewSetup",),
    "ManageProfilesPermissionsets": ("ViewSetup",),
}  # fmt: skip
_NEVER_GUESTS = ("Edit", "Delete", "ViewAllRecords", "ModifyAllRecords")


def after_permission_write(call: Call, db: sqlite3.Connection, obj: SObject, record_id: str, created: bool) -> None:
    """Check and complete a row about permissions that was just written; other objects pass. Raises 400, 403."""
    act = _WRITTEN.get(obj.name)
    if act is None:
        return
    row = first_row(db, " ".join(("SELECT * FROM", f'"{obj.name}"', "WHERE Id = ?")), record_id) or {}
    act(call, db, row, created)
    if obj.name in _COUNTED:
        compute_all(db, iso(call.now))


def before_permission_delete(call: Call, db: sqlite3.Connection, obj: SObject, record_id: str) -> None:
    """Check a row about permissions that is about to go, and write down that it goes. Raises 400, 403."""
    act = _DELETED.get(obj.name)
    row = first_row(db, " ".join(("SELECT * FROM", f'"{obj.name}"', "WHERE Id = ?")), record_id) if act else None
    if act is not None and row is not None:
        act(call, db, row)


def after_permission_delete(call: Call, db: sqlite3.Connection, obj: SObject) -> None:
    """What follows from a row that is gone."""
    if obj.name in _COUNTED:
        compute_all(db, iso(call.now))


def _object_row(call: Call, db: sqlite3.Connection, row: Row, created: bool) -> None:
    name = str(row["SobjectType"] or "")
    obj = call.world.store.schema.get(name)
    if obj is None or governor(obj) != obj.name:
        raise bad_request("INVALID_FIELD_FOR_INSERT_UPDATE", f"SObject type is not valid: {name[:80]}", ["SobjectType"])
    _refuse_generated(row)
    _check_parent(db, row)
    _check_twin(db, "ObjectPermissions", "SobjectType", row)
    acts = {one.removeprefix("Permissions"): bool(value) for one, value in row.items() if one.startswith("Permissions")}
    if not any(acts.values()):
        raise _broken("You must select at least one permission. To remove all permissions, delete the record.")
    for act, needed in _OBJECT_DEPENDS.items():
        missing = [one for one in needed if not acts.get(one)]
        if acts.get(act) and missing:
            listed = ", ".join(f"{_SPOKEN.get(one, one)} {name}" for one in missing)
            raise _broken(f"Permission {_SPOKEN.get(act, act)} {name} depends on permission(s): {listed}")
    if _is_guests(db, row) and any(acts.get(one) for one in _NEVER_GUESTS):
        raise _broken(f"Guest users can have only Read and Create on {name}")
    held = [Change("EntityObject", f"{name} {act}", value) for act, value in acts.items() if value or not created]
    changed(call, db, row["ParentId"], held)


def _field_row(call: Call, db: sqlite3.Connection, row: Row, created: bool) -> None:
    name, _, field = str(row["Field"] or "").partition(".")
    obj = call.world.store.schema.get(name)
    if obj is None or name != row["SobjectType"] or field not in permission_fields(obj):
        words = f"Field Name: bad value for restricted picklist field: {row['Field']}"
        raise bad_request("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, ["Field"])
    _check_parent(db, row)
    _check_twin(db, "FieldPermissions", "Field", row)
    if not row["PermissionsRead"]:
        if row["PermissionsEdit"]:
            raise _broken(f"Permission Edit {row['Field']} depends on permission(s): Read {row['Field']}")
        raise _broken("You must select at least one permission. To remove all permissions, delete the record.")
    acts = (("Read", row["PermissionsRead"]), ("Edit", row["PermissionsEdit"]))
    held = [Change("EntityField", f"{row['Field']} {act}", bool(value)) for act, value in acts if value or not created]
    changed(call, db, row["ParentId"], held)


def _set_row(call: Call, db: sqlite3.Connection, row: Row, created: bool) -> None:
    """User permissions of a set; a profile and its hidden set have the same."""
    _check_user_permissions(row)
    if row["ProfileId"]:
        _copy(db, "Profile", row["ProfileId"], row)
    _generated(call, db, row["Id"], bool(row["PermissionsModifyAllData"]))
    if created:
        audit(call, db, "PermSetCreate", "Manage Users", f"Created permission set {row['Label']}")


def _profile_row(call: Call, db: sqlite3.Connection, row: Row, _created: bool) -> None:
    _check_user_permissions(row)
    owned = first_row(db, "SELECT Id FROM PermissionSet WHERE ProfileId = ?", row["Id"])
    if owned:
        _copy(db, "PermissionSet", owned["Id"], row)
        _generated(call, db, owned["Id"], bool(row["PermissionsModifyAllData"]))


def note_write(call: Call, db: sqlite3.Connection, obj: SObject, record_id: str, given: Row) -> None:
    """Write down what a write of a profile, a permission set or a user named."""
    if obj.name == "User" and given.get("IsActive") == 0:
        user = first_row(db, 'SELECT Username FROM "User" WHERE Id = ?', record_id) or {"Username": record_id}
        audit(call, db, "deactivateduser", "Manage Users", f"Deactivated user {user['Username']}")
    names = [one.removeprefix("Permissions") for one in given if one.startswith("Permissions")]
    if obj.name not in {"PermissionSet", "Profile"} or not names:
        return
    owned = first_row(db, "SELECT Id FROM PermissionSet WHERE ProfileId = ?", record_id)
    set_id = owned["Id"] if owned and obj.name == "Profile" else record_id
    changes = [Change("UserPerm", one, bool(given[f"Permissions{one}"])) for one in names if one in PERMISSIONS]
    changed(call, db, set_id, changes)


def _assignment_row(call: Call, db: sqlite3.Connection, row: Row, _created: bool) -> None:
    """An assignment of a group shows the group's own set."""
    set_id = row["PermissionSetId"]
    if row["PermissionSetGroupId"]:
        set_id = set_of_group(db, row["PermissionSetGroupId"])
        sql = "UPDATE PermissionSetAssignment SET PermissionSetId = ? WHERE Id = ?"
        db.execute(sql, (set_id, row["Id"]))
    parent = first_row(db, "SELECT IsOwnedByProfile FROM PermissionSet WHERE Id = ?", set_id)
    if parent is None:
        raise bad_request("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if parent["IsOwnedByProfile"]:
        raise bad_request("INVALID_CROSS_REFERENCE_KEY", "Permission sets that profiles own cannot be assigned")
    db.execute("UPDATE PermissionSetAssignment SET IsActive = 1 WHERE Id = ?", (row["Id"],))
    assigned(call, db, set_id, row["AssigneeId"], True)


def _user_row(call: Call, db: sqlite3.Connection, row: Row, created: bool) -> None:
    """A user's hidden set follows the profile."""
    sql = (
        "SELECT p.Id FROM PermissionSet p LEFT JOIN PermissionSetAssignment a ON a.PermissionSetId = p.Id "
        "AND a.AssigneeId = ? WHERE p.ProfileId = ? AND a.Id IS NULL"
    )
    if first_row(db, sql, row["Id"], row["ProfileId"]):
        assign_owned(db, iso(call.now), row["Id"])
    if created:
        audit(call, db, "createduser", "Manage Users", f"Created new user {row['Username']}")


def _group_row(_call: Call, db: sqlite3.Connection, row: Row, created: bool) -> None:
    if created:
        db.execute("UPDATE PermissionSetGroup SET Status = 'Updated' WHERE Id = ?", (row["Id"],))


def _nothing(_call: Call, _db: sqlite3.Connection, _row: Row, _created: bool) -> None:
    """Such a row needs no check of its own."""


def _member_row(call: Call, db: sqlite3.Connection, row: Row, _created: bool) -> None:
    _member(call, db, row, "Added member to")


def _object_gone(call: Call, db: sqlite3.Connection, row: Row) -> None:
    _refuse_generated(row)
    acts = [one for one, value in row.items() if one.startswith("Permissions") and value]
    named = [f"{row['SobjectType']} {one.removeprefix('Permissions')}" for one in acts]
    changed(call, db, row["ParentId"], [Change("EntityObject", one, False) for one in named])


def _field_gone(call: Call, db: sqlite3.Connection, row: Row) -> None:
    changed(call, db, row["ParentId"], [Change("EntityField", f"{row['Field']} Read", False)])


def _assignment_gone(call: Call, db: sqlite3.Connection, row: Row) -> None:
    parent = first_row(db, "SELECT IsOwnedByProfile FROM PermissionSet WHERE Id = ?", row["PermissionSetId"])
    if parent and parent["IsOwnedByProfile"]:
        raise _fixed("The permission set of a profile cannot be unassigned: change the profile of the user")
    assigned(call, db, row["PermissionSetId"], row["AssigneeId"], False)


def _set_gone(call: Call, db: sqlite3.Connection, row: Row) -> None:
    """A set that somebody holds stays (Salesforce Help, "Delete Permission Sets")."""
    if row["IsOwnedByProfile"] or row["Type"] == "Group":
        raise _fixed("insufficient access rights on object id")
    if first_row(db, "SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = ?", row["Id"]):
        raise bad_request("DELETE_FAILED", "The permission set is assigned to users and cannot be deleted")
    for table in ("ObjectPermissions", "FieldPermissions", "SetupEntityAccess"):
        db.execute(" ".join(("DELETE FROM", table, "WHERE ParentId = ?")), (row["Id"],))
    audit(call, db, "PermSetDelete", "Manage Users", f"Deleted permission set {row['Label']}")


def _group_gone(_call: Call, db: sqlite3.Connection, row: Row) -> None:
    forget(db, row["Id"])


def _member_gone(call: Call, db: sqlite3.Connection, row: Row) -> None:
    _member(call, db, row, "Removed member from")


def _member(call: Call, db: sqlite3.Connection, row: Row, did: str) -> None:
    group = first_row(db, 'SELECT Name FROM "Group" WHERE Id = ?', row["GroupId"])
    if group is None:
        raise bad_request("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    audit(call, db, "groupMembership", "Manage Users", f"{did} group {group['Name']}: {row['UserOrGroupId']}")


_WRITTEN: Mapping[str, Callable[[Call, sqlite3.Connection, Row, bool], None]] = {
    "ObjectPermissions": _object_row, "FieldPermissions": _field_row, "PermissionSet": _set_row,
    "Profile": _profile_row, "PermissionSetAssignment": _assignment_row, "User": _user_row,
    "PermissionSetGroup": _group_row, "GroupMember": _member_row, "PermissionSetGroupComponent": _nothing,
    "MutingPermissionSet": _nothing,
}  # fmt: skip
_DELETED: Mapping[str, Callable[[Call, sqlite3.Connection, Row], None]] = {
    "ObjectPermissions": _object_gone, "FieldPermissions": _field_gone, "PermissionSetAssignment": _assignment_gone,
    "PermissionSet": _set_gone, "PermissionSetGroup": _group_gone, "GroupMember": _member_gone,
}  # fmt: skip
#: What the sets of groups are computed from.
_COUNTED = frozenset({
    "ObjectPermissions", "FieldPermissions", "PermissionSet", "PermissionSetGroup", "PermissionSetGroupComponent",
    "MutingPermissionSet",
})  # fmt: skip


def _refuse_generated(row: Row) -> None:
    if str(row["Id"]).startswith("000"):
        raise _fixed("insufficient access rights on object id: Modify All Data gives this permission")


def _check_parent(db: sqlite3.Connection, row: Row) -> None:
    found = first_row(db, "SELECT Id FROM PermissionSet WHERE Id = ?", row["ParentId"])
    if found is None and first_row(db, "SELECT Id FROM MutingPermissionSet WHERE Id = ?", row["ParentId"]) is None:
        raise bad_request("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def _check_twin(db: sqlite3.Connection, table: str, column: str, row: Row) -> None:
    where = f"WHERE ParentId = ? AND {column} = ? AND Id != ?"
    if first_row(db, " ".join(("SELECT Id FROM", table, where)), row["ParentId"], row[column], row["Id"]):
        raise bad_request("DUPLICATE_VALUE", f"duplicate value found: {column} duplicates value on record")


def _check_user_permissions(row: Row) -> None:
    for name, needed in _USER_DEPENDS.items():
        missing = [one for one in needed if not row[f"Permissions{one}"]]
        if row[f"Permissions{name}"] and missing:
            raise _broken(f"Permission {name} depends on permission(s): {', '.join(missing)}")


def _is_guests(db: sqlite3.Connection, row: Row) -> bool:
    sql = "SELECT p.UserType FROM PermissionSet s JOIN Profile p ON p.Id = s.ProfileId WHERE s.Id = ?"
    found = first_row(db, sql, row["ParentId"])
    return found is not None and found["UserType"] == "Guest"


def _copy(db: sqlite3.Connection, table: str, record_id: str, row: Row) -> None:
    flags = {f"Permissions{name}": row[f"Permissions{name}"] for name in PERMISSIONS}
    sets = ", ".join(f"{name} = ?" for name in flags)
    db.execute(" ".join(("UPDATE", table, "SET", sets, "WHERE Id = ?")), (*flags.values(), record_id))


def _generated(call: Call, db: sqlite3.Connection, set_id: str, everything: bool) -> None:
    """Rows of what Modify All Data gives: made when it is given, ordinary ones when it is taken."""
    sql = "SELECT Id, SobjectType FROM ObjectPermissions WHERE ParentId = ?"
    there = {name: row_id for row_id, name in db.execute(sql, (set_id,))}
    if not everything:
        for row_id in there.values():
            if row_id.startswith("000"):
                db.execute("UPDATE ObjectPermissions SET Id = ? WHERE Id = ?", (new_id("110"), row_id))
        return
    now = iso(call.now)
    acts = dict.fromkeys((f"Permissions{one}" for one in ("Read", *_OBJECT_DEPENDS) if one != "ViewAllFields"), 1)
    for obj in call.world.store.schema.objects.values():
        if governor(obj) == obj.name and obj.name not in there:
            put(db, "ObjectPermissions", {
                "Id": new_id("000"), "ParentId": set_id, "SobjectType": obj.name, **acts, "CreatedDate": now,
                "LastModifiedDate": now, "SystemModstamp": now,
            })  # fmt: skip


def _broken(words: str) -> ApiRefused:
    return bad_request("FIELD_INTEGRITY_EXCEPTION", words)


def _fixed(words: str) -> ApiRefused:
    return ApiRefused(403, "INSUFFICIENT_ACCESS_OR_READONLY", words)
