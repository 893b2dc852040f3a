"""Single records: describe, read, create, change, delete; and the collections of `/composite/sobjects`.

Shapes and codes: REST guide, "sObject Rows" and "sObject Collections". What deleting or changing setup rows does to
live access is in `setup_acts`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.core.soql.build import equals, isin, select
from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.access import check_read, check_write
from leakresponse.rehearsal.org.calls import Answer, Call, nothing
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, is_deleted, no_access, no_method, not_found
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.schema import Field, SObject, describe, describe_global, quoted
from leakresponse.rehearsal.org.setup_acts import after_write, delete_setup
from leakresponse.rehearsal.org.soql_engine import run
from leakresponse.rehearsal.org.soql_engine_rows import records
from leakresponse.rehearsal.org.store import first_row, put

#: `/composite/sobjects` takes so many records, a GET of ids so many.
MAX_COLLECTION, MAX_RETRIEVE = 200, 2000


def object_of(call: Call, name: str) -> SObject:
    """The object of an address. Raises 404 for one that the org does not have."""
    found = call.world.store.schema.get(name)
    if found is None:
        raise not_found()
    return found


def list_objects(call: Call) -> Answer:
    """`GET /sobjects`."""
    return Answer(body=describe_global(call.world.store.schema))


def describe_object(call: Call) -> Answer:
    """`GET /sobjects/X/describe`."""
    found = object_of(call, call.args["name"])
    return Answer(body=describe(found, call.world.store.schema), entities=(found.name,))


def object_page(call: Call) -> Answer:
    """`GET /sobjects/X` tells what the object is, `POST` makes a record."""
    if call.method == "POST":
        return create(call)
    found = describe(object_of(call, call.args["name"]), call.world.store.schema)
    for listed in ("fields", "childRelationships", "recordTypeInfos"):
        found.pop(listed, None)
    return Answer(body={"objectDescribe": found, "recentItems": []}, entities=(found["name"],))


def record_page(call: Call) -> Answer:
    """`/sobjects/X/{id}` by method."""
    acts: dict[str, Callable[[Call], Answer]] = {"GET": read, "HEAD": read, "PATCH": change, "DELETE": delete}
    act = acts.get(call.method)
    if act is None:
        raise no_method(call.method)
    return act(call)


def read(call: Call) -> Answer:
    """One record: the fields of `?fields=`, or all of them."""
    obj = object_of(call, call.args["name"])
    record_id = _known_id(call.args["id"])
    found = _fetch(call, obj, _field_names(obj, call.query.get("fields", "")), [record_id])
    if not found:
        raise _gone(call, obj, record_id)
    return Answer(body=found[0], rows=1, fields=len(found[0]) - 1, entities=(obj.name,))


def read_many(call: Call) -> Answer:
    """`GET /composite/sobjects/X?ids=…&fields=…`; null where a record is not there."""
    obj = object_of(call, call.args["name"])
    ids = [_known_id(one) for one in call.query.get("ids", "").split(",") if one.strip()]
    if not ids or len(ids) > MAX_RETRIEVE or not call.query.get("fields"):
        raise bad_request("MALFORMED_QUERY", "ids and fields are required")
    found = {one["Id"]: one for one in _fetch(call, obj, ["Id", *_field_names(obj, call.query["fields"])], ids)}
    body = [found.get(one) for one in ids]
    return Answer(body=body, rows=len(found), entities=(obj.name,))


def _field_names(obj: SObject, asked: str) -> list[str]:
    names = [name.strip() for name in asked.split(",") if name.strip()]
    return list(dict.fromkeys(names)) or list(obj.fields)


def _fetch(call: Call, obj: SObject, names: Sequence[str], ids: Sequence[str]) -> list[dict[str, Any]]:
    check_read(call, (obj.name,))
    if not obj.queryable or obj.key != "Id":
        raise not_found()
    where = equals("Id", ids[0]) if len(ids) == 1 else isin("Id", ids)
    compiled = prepare(call, select(obj.name, list(dict.fromkeys(names)), where=where), all_rows=False)
    reader = call.world.store.reader
    return list(records(compiled, run(reader, compiled), reader, call.version))


def _known_id(text: str) -> str:
    if not is_record_id(text.strip()):
        raise not_found()
    return to18(text.strip())


def _gone(call: Call, obj: SObject, record_id: str) -> ApiRefused:
    if obj.has_deleted_flag:
        sql = " ".join(("SELECT IsDeleted FROM", quoted(obj.name), "WHERE Id = ?"))
        if call.world.store.one(sql, record_id):
            return is_deleted()
    return not_found()


def create(call: Call) -> Answer:
    """`POST /sobjects/X`: 201 with the id."""
    obj = object_of(call, call.args["name"])
    record_id = _create(call, obj, call.json())
    answer = Answer(201, {"id": record_id, "success": True, "errors": []}, rows=1, entities=(obj.name,))
    answer.log.append(events.save_row(call, obj.key_prefix, "Insert", [record_id]))
    return answer


def _create(call: Call, obj: SObject, given: Mapping[str, Any]) -> str:
    check_write(call, obj.name)
    if not obj.createable:
        raise bad_request("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {obj.label}")
    values = _values(obj, given, creating=True)
    record_id, now = new_id(obj.key_prefix), iso(call.now)
    audit = {
        "Id": record_id, "CreatedDate": now, "CreatedById": call.caller.user_id, "LastModifiedDate": now,
        "LastModifiedById": call.caller.user_id, "SystemModstamp": now, "IsDeleted": 0,
        "OwnerId": values.get("OwnerId", call.caller.user_id),
    }  # fmt: skip
    row = {**values, **{name: value for name, value in audit.items() if name in obj.fields}}
    with call.world.store.write() as db:
        put(db, obj.name, row)
        after_write(call, db, obj, record_id, row, created=True)
        _rename(db, obj, record_id)
    return record_id


def change(call: Call) -> Answer:
    """`PATCH /sobjects/X/{id}`: 204."""
    obj = object_of(call, call.args["name"])
    record_id = _known_id(call.args["id"])
    _change(call, obj, record_id, call.json())
    answer = nothing()
    answer.rows, answer.entities = 1, (obj.name,)
    answer.log.append(events.save_row(call, obj.key_prefix, "Update", [record_id]))
    return answer


def _change(call: Call, obj: SObject, record_id: str, given: Mapping[str, Any]) -> None:
    check_write(call, obj.name)
    if not obj.updateable:
        raise bad_request("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be updated: {obj.label}")
    values = _values(obj, given, creating=False)
    stamps = {
        "LastModifiedDate": iso(call.now), "LastModifiedById": call.caller.user_id, "SystemModstamp": iso(call.now),
    }  # fmt: skip
    row = {**values, **{name: value for name, value in stamps.items() if name in obj.fields}}
    alive = f" AND {quoted('IsDeleted')} = 0" if obj.has_deleted_flag else ""
    sets = ", ".join(f"{quoted(name)} = ?" for name in row)
    sql = " ".join(("UPDATE", quoted(obj.name), "SET", sets, "WHERE Id = ?", alive))
    with call.world.store.write() as db:
        if db.execute(sql, (*row.values(), record_id)).rowcount == 0:
            raise _gone(call, obj, record_id)
        after_write(call, db, obj, record_id, row, created=False)
        _rename(db, obj, record_id)


def _values(obj: SObject, given: Mapping[str, Any], creating: bool) -> dict[str, Any]:
    """Values ready for the store. Raises 400 for fields that do not exist, or are missing or not writable."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name == "attributes":
            continue
        one = obj.field(name)
        if one is None:
            words = f"No such column '{name}' on sobject of type {obj.name}"
            raise bad_request("INVALID_FIELD", words)
        writable = one.updateable or (creating and one.type in {"reference", "picklist"})
        if not writable or one.type == "id" or one.components:
            words = f"Unable to create/update fields: {one.name}. Please check the security settings of this field"
            raise bad_request("INVALID_FIELD_FOR_INSERT_UPDATE", words, [one.name])
        found[one.name] = _stored(one, value)
    if creating:
        computed = {"Name"} if "LastName" in obj.fields else set()
        needed = [
            one.name for one in obj.fields.values()
            if not one.nillable and one.updateable and one.type not in {"boolean", "id"} and one.name != "OwnerId"
        ]  # fmt: skip
        missing = [name for name in needed if found.get(name) in (None, "") and name not in computed]
        if missing:
            raise bad_request("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
    return found


def _stored(one: Field, value: Any) -> Any:
    """The stored form of a JSON value; empty text is null, as in Salesforce."""
    if value is None or value == "":
        return 0 if one.type == "boolean" else None
    if one.type == "boolean":
        return int(value is True or str(value).lower() == "true")
    if one.type == "reference":
        return to18(str(value))
    if isinstance(value, str) and one.length and len(value) > one.length:
        words = f"{one.label}: data value too large (max length={one.length})"
        raise bad_request("STRING_TOO_LONG", words, [one.name])
    if one.type == "datetime" and isinstance(value, str):
        return value.replace("+0000", "Z")
    return value


def _rename(db: sqlite3.Connection, obj: SObject, record_id: str) -> None:
    """Name of a person is first and last name together."""
    if "LastName" in obj.fields and "FirstName" in obj.fields:
        whole = "TRIM(COALESCE(FirstName || ' ', '') || COALESCE(LastName, ''))"
        db.execute(" ".join(("UPDATE", quoted(obj.name), "SET Name =", whole, "WHERE Id = ?")), (record_id,))


def delete(call: Call) -> Answer:
    """`DELETE /sobjects/X/{id}`: 204, and 404 ENTITY_IS_DELETED the second time."""
    obj = object_of(call, call.args["name"])
    record_id = _known_id(call.args["id"])
    answer = nothing()
    answer.rows, answer.entities = 1, (obj.name,)
    answer.log += _delete(call, obj, record_id)
    return answer


def _delete(call: Call, obj: SObject, record_id: str) -> list[Any]:
    check_write(call, obj.name)
    if not obj.deletable:
        raise bad_request("CANNOT_DELETE_ENTITY", f"entity type cannot be deleted: {obj.label}")
    rows = delete_setup(call, obj, record_id)
    if rows is not None:
        return rows
    with call.world.store.write() as db:
        if obj.has_deleted_flag:
            binned = "SET IsDeleted = 1, SystemModstamp = ? WHERE Id = ? AND IsDeleted = 0"
            sql = " ".join(("UPDATE", quoted(obj.name), binned))
            done = db.execute(sql, (iso(call.now), record_id)).rowcount
        else:
            done = db.execute(" ".join(("DELETE FROM", quoted(obj.name), "WHERE Id = ?")), (record_id,)).rowcount
        if not done:
            known = first_row(db, " ".join(("SELECT Id FROM", quoted(obj.name), "WHERE Id = ?")), record_id)
            raise is_deleted() if known or record_id[:3] == obj.key_prefix else not_found()
    return [events.save_row(call, obj.key_prefix, "Delete", [record_id])]


def collection(call: Call) -> Answer:
    """`/composite/sobjects`: HTTP 200 with one result per record, whatever each one's fate."""
    if call.method == "DELETE":
        ids = [one for one in call.query.get("ids", "").split(",") if one.strip()]
        whole, items = call.query.get("allOrNone", "").lower() == "true", [{"id": one.strip()} for one in ids]
    else:
        body = call.json()
        whole, items = bool(body.get("allOrNone")), list(body.get("records") or [])
    if call.method not in {"POST", "PATCH", "DELETE"}:
        raise no_method(call.method)
    if len(items) > MAX_COLLECTION:
        raise bad_request("EXCEEDED_ID_LIMIT", f"record limit reached: at most {MAX_COLLECTION} records")
    if whole:
        raise bad_request("FUNCTIONALITY_NOT_ENABLED", "allOrNone is not supported by the simulated org")
    results = [_one_of_many(call, item) for item in items]
    return Answer(body=results, rows=sum(one["success"] for one in results))


def _one_of_many(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    name = str((item.get("attributes") or {}).get("type", ""))
    given = {key: value for key, value in item.items() if key.lower() not in {"attributes", "id"}}
    record_id = str(item.get("id") or item.get("Id") or "")
    try:
        schema = call.world.store.schema
        obj = schema.get(name) if name else schema.by_prefix(record_id)
        if obj is None:
            raise bad_request("INVALID_TYPE", "sObject type is not supported")
        if call.method == "POST":
            record_id = _create(call, obj, given)
        elif call.method == "PATCH":
            _change(call, obj, _known_id(record_id), given)
        else:
            _delete(call, obj, _known_id(record_id))
    except ApiRefused as refused:
        error = {"statusCode": refused.code, "message": refused.words, "fields": refused.fields or []}
        return {**({"id": record_id} if record_id else {}), "success": False, "errors": [error]}
    return {"id": record_id, "success": True, "errors": []}


def password(call: Call) -> Answer:
    """`/sobjects/User/{id}/password`: whether expired, set a new one, or have one made (REST guide)."""
    user_id = _known_id(call.args["id"])
    if call.world.store.one('SELECT Id FROM "User" WHERE Id = ?', user_id) is None:
        raise not_found()
    if call.method == "GET":
        return Answer(body={"isExpired": False}, entities=("User",))
    if user_id != call.caller.user_id:
        _may_reset(call)
    if call.method == "POST":
        if len(str(call.json().get("NewPassword", ""))) < 8:
            raise bad_request("INVALID_NEW_PASSWORD", "Your password must be at least 8 characters long")
        return nothing()
    if call.method == "DELETE":
        return Answer(body={"NewPassword": new_id("pw0")[:12]}, entities=("User",))
    raise no_method(call.method)


def _may_reset(call: Call) -> None:
    from leakresponse.rehearsal.org.identity import permissions

    if not permissions(call.world, call.caller.user_id) & {"ResetPasswords", "ManageUsers"}:
        raise no_access()


def log_file(call: Call) -> Answer:
    """`GET /sobjects/EventLogFile/{id}/LogFile`: the CSV itself, streamed."""
    from leakresponse.rehearsal.org.calls import FilePart

    check_read(call, ("EventLogFile",))
    path = call.world.logs.path_of(_known_id(call.args["id"]))
    if path is None:
        raise not_found()
    part = FilePart(path, 0, path.stat().st_size)
    return Answer(file=part, media="application/octetstream", rows=1, entities=("EventLogFile",))


ROUTES = (
    Endpoint("/sobjects", list_objects, "every object", ""),
    Endpoint(
        "/sobjects/{name}", object_page, "what an object is; POST makes a record", "404, 400 `REQUIRED_FIELD_MISSING`"
    ),
    Endpoint("/sobjects/{name}/describe", describe_object, "fields and child relationships", "404"),
    Endpoint("/sobjects/User/{id}/password", password, "GET, POST, DELETE", "403, 400 `INVALID_NEW_PASSWORD`"),
    Endpoint("/sobjects/EventLogFile/{id}/LogFile", log_file, "the CSV, streamed", "403 without View Event Log Files"),
    Endpoint(
        "/sobjects/{name}/{id}", record_page, "GET with `fields`, PATCH, DELETE", "404 `NOT_FOUND`, `ENTITY_IS_DELETED`"
    ),
    Endpoint("/composite/sobjects", collection, "up to 200 records, one result each", "`allOrNone`, upserts"),
    Endpoint("/composite/sobjects/{name}", read_many, "GET of up to 2,000 ids", "POST retrieve"),
)
