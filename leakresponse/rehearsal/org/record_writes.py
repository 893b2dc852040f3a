"""Create, change and delete single records; each act is a part of a transaction that is undone alone.

What deleting or changing setup rows does to live access is in `setup_acts`. Deleted records go to the recycle bin
(`IsDeleted`, seen by queryAll). An account takes its contacts and opportunities with it, and neither an account nor a
contact with cases can be deleted (Salesforce Help, "Considerations for Deleting Accounts", "... Contacts").
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org import events, faults_orders
from leakresponse.rehearsal.org.access import check_fields, check_record, check_write
from leakresponse.rehearsal.org.calls import Call, LogRow
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, is_deleted, not_found
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.permission_writes import after_permission_delete
from leakresponse.rehearsal.org.record_values import check_unique, complete, values_of
from leakresponse.rehearsal.org.schema import SObject, quoted
from leakresponse.rehearsal.org.setup_acts import after_write, delete_setup
from leakresponse.rehearsal.org.store import first_row, put

#: Children that go with a deleted parent, as object and reference field.
_CASCADES = {"Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"))}
#: Children that keep a parent from being deleted, with the field that names them and what they are called.
_BLOCKS = {
    "Account": ("Case", "AccountId", "CaseNumber", "cases"),
    "Contact": ("Case", "ContactId", "CaseNumber", "cases"),
}


def create_record(call: Call, obj: SObject, given: Mapping[str, Any]) -> str:
    """Make a record; the answer is its id. Raises 400 and 403."""
    check_write(call, obj.name, "Create")
    faults_orders.lock_row(call, obj.name)
    if not obj.createable:
        raise bad_request("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {obj.label}")
    values = values_of(call, obj, given, creating=True)
    check_fields(call, obj, values)
    record_id, now = new_id(obj.key_prefix), iso(call.now)
    audit = {
        "Id": record_id, "CreatedDate": now, "CreatedById": call.caller.user_id, "LastModifiedDate": now,
        "LastModifiedById": call.caller.user_id, "SystemModstamp": now, "IsDeleted": 0,
        "OwnerId": values.get("OwnerId") or call.caller.user_id,
    }  # fmt: skip
    row = {**values, **{name: value for name, value in audit.items() if name in obj.fields}}
    with call.world.store.savepoint() as db:
        check_unique(db, obj, record_id, values)
        put(db, obj.name, row)
        after_write(call, db, obj, record_id, row, created=True)
        complete(db, obj, record_id, row, creating=True)
    return record_id


def change_record(call: Call, obj: SObject, record_id: str, given: Mapping[str, Any]) -> None:
    """Change fields of a record that is alive. Raises 400, 403 and 404."""
    check_write(call, obj.name)
    check_record(call, obj, record_id, "Edit")
    faults_orders.lock_row(call, obj.name)
    if not obj.updateable:
        raise bad_request("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be updated: {obj.label}")
    values = values_of(call, obj, given, creating=False)
    check_fields(call, obj, values)
    stamps = {
        "LastModifiedDate": iso(call.now), "LastModifiedById": call.caller.user_id, "SystemModstamp": iso(call.now),
    }  # fmt: skip
    row = {**values, **{name: value for name, value in stamps.items() if name in obj.fields}}
    alive = f" AND {quoted('IsDeleted')} = 0" if obj.has_deleted_flag else ""
    sets = ", ".join(f"{quoted(name)} = ?" for name in row) or "Id = Id"
    sql = " ".join(("UPDATE", quoted(obj.name), "SET", sets, "WHERE Id = ?", alive))
    with call.world.store.savepoint() as db:
        check_unique(db, obj, record_id, values)
        if db.execute(sql, (*row.values(), record_id)).rowcount == 0:
            raise gone(call, obj, record_id)
        after_write(call, db, obj, record_id, row, created=False)
        complete(db, obj, record_id, row, creating=False)


def delete_record(call: Call, obj: SObject, record_id: str) -> list[LogRow]:
    """Delete a record; the answer is the log rows of it. Raises 404 ENTITY_IS_DELETED the second time."""
    check_write(call, obj.name, "Delete")
    check_record(call, obj, record_id, "Delete")
    faults_orders.lock_row(call, obj.name)
    if not obj.deletable:
        raise bad_request("CANNOT_DELETE_ENTITY", f"entity type cannot be deleted: {obj.label}")
    with call.world.store.savepoint() as db:
        rows = delete_setup(call, obj, record_id)
        if rows is not None:
            return rows
        _check_children(db, obj, record_id)
        if not _bin(db, call, obj, "Id", record_id):
            known = first_row(db, " ".join(("SELECT Id FROM", quoted(obj.name), "WHERE Id = ?")), record_id)
            raise is_deleted() if known or record_id[:3] == obj.key_prefix else not_found()
        for child, field in _CASCADES.get(obj.name, ()):
            _bin(db, call, call.world.store.schema[child], field, record_id)
        after_permission_delete(call, db, obj)
    return [events.save_row(call, obj.key_prefix, "Delete", [record_id])]


def gone(call: Call, obj: SObject, record_id: str) -> ApiRefused:
    """Why a record is not there: deleted, or never made."""
    if obj.has_deleted_flag:
        sql = " ".join(("SELECT Id FROM", quoted(obj.name), "WHERE Id = ? AND IsDeleted = 1"))
        if call.world.store.one(sql, record_id):
            return is_deleted()
    return not_found()


def _bin(db: sqlite3.Connection, call: Call, obj: SObject, field: str, value: str) -> int:
    """Put the rows with that value into the recycle bin, or away where the object has none; how many there were."""
    where = f"WHERE {quoted(field)} = ?"
    if not obj.has_deleted_flag:
        return db.execute(" ".join(("DELETE FROM", quoted(obj.name), where)), (value,)).rowcount
    sets = "SET IsDeleted = 1, SystemModstamp = ?, LastModifiedDate = ?"
    sql = " ".join(("UPDATE", quoted(obj.name), sets, where, "AND IsDeleted = 0"))
    return db.execute(sql, (iso(call.now), iso(call.now), value)).rowcount


def _check_children(db: sqlite3.Connection, obj: SObject, record_id: str) -> None:
    """Raises 400 DELETE_FAILED where cases hang on the record."""
    if obj.name not in _BLOCKS:
        return
    child, field, name, words = _BLOCKS[obj.name]
    sql = ("SELECT", quoted(name), "FROM", quoted(child), "WHERE", quoted(field), "= ? AND IsDeleted = 0 LIMIT 5")
    found = [str(row[0]) for row in db.execute(" ".join(sql), (record_id,))]
    if found:
        own = first_row(db, " ".join(("SELECT Name FROM", quoted(obj.name), "WHERE Id = ?")), record_id)
        said = f"Your attempt to delete {own['Name'] if own else record_id} could not be completed because it is "
        raise bad_request("DELETE_FAILED", f"{said}associated with the following {words}.: {', '.join(found)}\n", [])
