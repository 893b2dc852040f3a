"""One record of a bulk load: the checks and acts of a single write, and how the row fared in Salesforce's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.rehearsal.org.access import check_write
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_access
from leakresponse.rehearsal.org.identity import allowed
from leakresponse.rehearsal.org.record_values import ids_by_key, key_field
from leakresponse.rehearsal.org.record_writes import change_record, create_record, delete_record
from leakresponse.rehearsal.org.schema import SObject, quoted

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
#: What DatabaseSave calls each act.
DML = {"insert": "Insert", "update": "Update", "upsert": "Upsert", "delete": "Delete", "hardDelete": "Delete"}


@dataclass(frozen=True, slots=True)
class Load:
    """What a bulk load does: to which object, by which external id."""

    call: Call
    obj: SObject
    operation: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """How one row fared: the record, whether it was made, the error in the words of a result file."""

    record_id: str = ""
    created: bool = False
    error: str = ""
    code: str = ""
    fields: tuple[str, ...] = ()


def check_load(call: Call, obj: SObject, operation: str, key: str) -> None:
    """Raises 400 for a load that cannot be: words from the Bulk API guide where it has them, else not confirmed."""
    if operation not in OPERATIONS:
        raise bad_request("INVALIDJOB", "Unsupported operation type for this endpoint")
    if obj.key != "Id" or not (obj.createable or obj.updateable or obj.deletable):
        raise bad_request("INVALIDENTITY", f"Entity '{obj.name}' is not supported by the Bulk API.")
    if operation == "hardDelete" and not allowed(call.world, call.caller, "BulkApiHardDelete"):
        raise no_access("hardDelete needs the Bulk API Hard Delete permission")
    if operation != "upsert":
        return
    if not key:
        words = f"External ID was blank for {obj.name}. An External ID must be specified for upsert."
        raise bad_request("INVALIDJOB", words)
    if key.lower() != "id" and key_field(obj, key) is None:
        words = (
            f"Field name provided, {key} does not match an External ID, Salesforce Id, or indexed field for {obj.name}"
        )
        raise bad_request("INVALIDJOB", words)


def load_row(load: Load, given: Mapping[str, Any]) -> Fate:
    """Do it; a refusal is the row's own."""
    try:
        return _ACTS[load.operation](load, given)
    except ApiRefused as refused:
        code, words = refused.code, refused.words
        if code == "JSON_PARSER_ERROR":
            code, words = "INVALID_TYPE_ON_FIELD_IN_RECORD", "value not of required type"
        return Fate(_id_text(given), False, words, code, tuple(refused.fields or ()))


def as_text(fate: Fate) -> str:
    """`CODE:words:fields --`, as result files have it."""
    return f"{fate.code}:{fate.error}:{','.join(fate.fields)}{' ' if fate.fields else ''}--"


def _insert(load: Load, given: Mapping[str, Any]) -> Fate:
    return Fate(create_record(load.call, load.obj, given), True)


def _update(load: Load, given: Mapping[str, Any]) -> Fate:
    record_id = _id(given)
    change_record(load.call, load.obj, record_id, _without(given, "id"))
    return Fate(record_id)


def _upsert(load: Load, given: Mapping[str, Any]) -> Fate:
    if load.key.lower() == "id":
        return _update(load, given) if _id_text(given) else _insert(load, given)
    one = key_field(load.obj, load.key)
    value = next((value for name, value in given.items() if name.lower() == load.key.lower()), None)
    if one is None or value in (None, ""):
        raise bad_request("MISSING_ARGUMENT", f"{load.key} not specified", [])
    found = ids_by_key(load.call.world.store.reader, load.obj, one, value)
    if len(found) > 1:
        words = f"{load.key}: more than one record found for external id field: [{', '.join(found)}]"
        raise bad_request("DUPLICATE_EXTERNAL_ID", words, [])
    if not found:
        return _insert(load, given)
    change_record(load.call, load.obj, found[0], _without(given, load.key))
    return Fate(found[0])


def _delete(load: Load, given: Mapping[str, Any]) -> Fate:
    record_id = _id(given)
    delete_record(load.call, load.obj, record_id)
    return Fate(record_id)


def _hard_delete(load: Load, given: Mapping[str, Any]) -> Fate:
    """Gone past the recycle bin, records that lie in it too."""
    record_id = _id(given)
    check_write(load.call, load.obj.name)
    with load.call.world.store.savepoint() as db:
        alive = f"SELECT 1 FROM {quoted(load.obj.name)} WHERE Id = ? AND IsDeleted = 1"  # noqa: S608 - a schema's name
        binned = load.obj.has_deleted_flag and db.execute(alive, (record_id,)).fetchone() is not None
        if not binned:
            delete_record(load.call, load.obj, record_id)
        db.execute(f"DELETE FROM {quoted(load.obj.name)} WHERE Id = ?", (record_id,))  # noqa: S608 - a schema's name
    return Fate(record_id)


_ACTS = {"insert": _insert, "update": _update, "upsert": _upsert, "delete": _delete, "hardDelete": _hard_delete}


def _id_text(given: Mapping[str, Any]) -> str:
    return str(next((value for name, value in given.items() if name.lower() == "id"), None) or "")


def _id(given: Mapping[str, Any]) -> str:
    text = _id_text(given)
    if not text:
        raise bad_request("MISSING_ARGUMENT", "Id not specified in an update call", [])
    if not is_record_id(text):
        raise bad_request("MALFORMED_ID", f"Record ID: id value of incorrect type: {text}", ["Id"])
    return to18(text)


def _without(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key.lower() not in {"id", name.lower()}}
