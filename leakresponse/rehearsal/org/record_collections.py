"""Many records in one call: `/composite/sobjects` (REST guide, "sObject Collections").

HTTP 200 with one result per record, whatever each one's fate. With `allOrNone` everything is undone where one record
fails; the others then say ALL_OR_NONE_OPERATION_ROLLED_BACK. The words for too many records are those of
Chrome-Salesforce-inspector issue 134, those for too many chunks and for mixed setup records are Apex's; with which code
REST says the former is not confirmed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.calls import Answer, Call, LogRow
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_method
from leakresponse.rehearsal.org.record_values import ids_by_key, key_field
from leakresponse.rehearsal.org.record_writes import change_record, create_record, delete_record
from leakresponse.rehearsal.org.records import fetch, field_names, known_id, object_of
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.schema import Field, SObject

#: Records that one call writes, ids that one call reads, runs of records of one type.
MAX_COLLECTION, MAX_RETRIEVE, MAX_CHUNKS = 200, 2000, 10
_ROLLED_BACK = "Record rolled back because not all records were valid and the request was using AllOrNone header"
#: Objects of setup, which may not share a call with others (REST guide; MIXED_DML_OPERATION).
_SETUP = frozenset({
    "User", "UserLogin", "PermissionSet", "PermissionSetAssignment", "SetupEntityAccess", "Profile",
    "ObjectPermissions", "FieldPermissions", "PermissionSetGroup", "MutingPermissionSet",
})  # fmt: skip

Item = dict[str, Any]
#: Writes one record; the answer is its id, and whether it was made.
Act = Callable[[Item, SObject], tuple[str, bool]]


class RolledBack(Exception):
    """Leaves the transaction of a call of which one record failed."""


def collection(call: Call) -> Answer:
    """`/composite/sobjects`: POST, PATCH, DELETE by `ids`."""
    ended: list[LogRow] = []
    acts: dict[str, Act] = {
        "POST": lambda item, obj: (create_record(call, obj, _fields(item)), True),
        "PATCH": lambda item, obj: (_changed(call, item, obj), False),
        "DELETE": lambda item, obj: (_deleted(call, item, obj, ended), False),
    }
    if call.method not in acts:
        raise no_method(call.method)
    answer = _answer(call, acts[call.method], upsert=False)
    if any(one["success"] for one in answer.body):
        answer.log += _ended(call, ended)
    return answer


def upsert(call: Call) -> Answer:
    """`PATCH /composite/sobjects/X/{field}`: each record is found by its external id, or made."""
    if call.method != "PATCH":
        raise no_method(call.method)
    obj = object_of(call, call.args["name"])
    one = key_field(obj, call.args["field"])
    if one is None:
        words = f"Provided external ID field does not exist or is not accessible: {call.args['field']}"
        raise ApiRefused(404, "NOT_FOUND", words)
    return _answer(call, lambda item, _: _upserted(call, obj, one, item), upsert=True)


def retrieve(call: Call) -> Answer:
    """`/composite/sobjects/X`: GET with `ids` and `fields`, POST with both in the body; null for what is not there."""
    obj = object_of(call, call.args["name"])
    if call.method == "POST":
        body = call.json()
        ids, fields = list(body.get("ids") or []), ",".join(body.get("fields") or [])
    elif call.method == "GET":
        ids = [one for one in call.query.get("ids", "").split(",") if one.strip()]
        fields = call.query.get("fields", "")
    else:
        raise no_method(call.method)
    if not ids or not fields:
        raise bad_request("MALFORMED_QUERY", "ids and fields are required")
    _check_number(ids, MAX_RETRIEVE)
    known = [to18(str(one).strip()) if is_record_id(str(one).strip()) else "" for one in ids]
    wanted = list(dict.fromkeys(one for one in known if one))
    names = ["Id", *(name for name in field_names(obj, fields) if name.lower() != "id")]
    found = fetch(call, obj, names, wanted) if wanted else []
    rows = {row["Id"]: row for row in found}
    return Answer(body=[rows.get(one) for one in known], rows=len(rows), entities=(obj.name,))


def _answer(call: Call, act: Act, upsert: bool) -> Answer:
    items, whole = _asked(call)
    objects = [_object_of(call, item) for item in items]
    runs = [next(group) for _, group in itertools.groupby(objects, lambda obj: obj.name if obj else "")]
    if len(runs) > MAX_CHUNKS:
        words = "Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking."
        raise bad_request("LIMIT_EXCEEDED", words)
    results: list[Item] = []
    try:
        with call.world.store.write():
            results = [_result(item, obj, act, _mixed(objects, obj)) for item, obj in zip(items, objects, strict=True)]
            if whole and not all(one["success"] for one in results):
                raise RolledBack
    except RolledBack:
        results = [_undone(one) for one in results]
    if not upsert:
        for one in results:
            one.pop("created", None)
    names = tuple(dict.fromkeys(obj.name for obj in objects if obj))
    answer = Answer(body=results, rows=sum(one["success"] for one in results), entities=names)
    answer.log += _log(call, objects, results)
    return answer


def _asked(call: Call) -> tuple[list[Item], bool]:
    """The records, and whether all must succeed."""
    if call.method == "DELETE":
        items = [{"id": one.strip()} for one in call.query.get("ids", "").split(",") if one.strip()]
        whole = call.query.get("allOrNone", "").lower() == "true"
    else:
        body = call.json()
        items, whole = list(body.get("records") or []), str(body.get("allOrNone")).lower() == "true"
    _check_number(items, MAX_COLLECTION)
    if not all(isinstance(item, dict) for item in items):
        raise bad_request("JSON_PARSER_ERROR", "A record of the collection is no JSON object")
    return items, whole


def _check_number(items: Sequence[Any], most: int) -> None:
    if len(items) > most:
        words = f"record limit reached. cannot submit more than {most} records into this call"
        raise bad_request("EXCEEDED_ID_LIMIT", words)


def _object_of(call: Call, item: Item) -> SObject | None:
    """The object that a record names, or that its id belongs to."""
    schema = call.world.store.schema
    name = str((item.get("attributes") or {}).get("type") or call.args.get("name") or "")
    return schema.get(name) if name else schema.by_prefix(_id_of(item))


def _id_of(item: Item) -> str:
    return str(item.get("id") or item.get("Id") or item.get("ID") or "").strip()


def _fields(item: Item) -> Item:
    if _id_of(item):
        raise bad_request("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
    return {name: value for name, value in item.items() if name.lower() not in {"attributes", "id"}}


def _changed(call: Call, item: Item, obj: SObject) -> str:
    text = _id_of(item)
    if not text:
        raise bad_request("MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
    if not is_record_id(text) or not text.startswith(obj.key_prefix):
        raise bad_request("MALFORMED_ID", f"{obj.label} ID: id value of incorrect type: {text}", ["Id"])
    record_id = known_id(text)
    change_record(call, obj, record_id, {name: value for name, value in item.items() if name.lower() != "id"})
    return record_id


def _deleted(call: Call, item: Item, obj: SObject, ended: list[LogRow]) -> str:
    record_id = known_id(_id_of(item))
    ended += [row for row in delete_record(call, obj, record_id) if row[0] == "Logout"]
    return record_id


def _ended(call: Call, rows: list[LogRow]) -> list[LogRow]:
    """Sessions that are ended in a batch leave one row without a user (object reference, Logout event type)."""
    return rows if len(rows) < 2 else [events.logout_row(call.world, call.now, "", "", "")]


def _upserted(call: Call, obj: SObject, one: Field, item: Item) -> tuple[str, bool]:
    given = _fields(item)
    value = next((text for name, text in given.items() if name.lower() == one.name.lower()), None)
    if value in (None, ""):
        raise bad_request("MISSING_ARGUMENT", f"{one.name} not specified", [])
    found = ids_by_key(call.world.store.reader, obj, one, value)
    if len(found) > 1:
        words = f"{one.name}: more than one record found for external id field: [{', '.join(found)}]"
        raise bad_request("DUPLICATE_EXTERNAL_ID", words, [])
    if not found:
        return create_record(call, obj, given), True
    rest = {name: text for name, text in given.items() if name.lower() != one.name.lower()}
    change_record(call, obj, found[0], rest)
    return found[0], False


def _mixed(objects: Sequence[SObject | None], own: SObject | None) -> str:
    """Why a record may not be written beside the call's first one, empty where it may."""
    first = next((obj for obj in objects if obj), None)
    if own is None or first is None or (own.name == first.name or not {own.name, first.name} & _SETUP):
        return ""
    return (
        "DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): "
        f"{own.name}, original object: {first.name}"
    )


def _result(item: Item, obj: SObject | None, act: Act, mixed: str) -> Item:
    record_id = _id_of(item)
    try:
        if obj is None:
            if record_id and not item.get("attributes"):
                raise bad_request("MALFORMED_ID", f"malformed id {record_id}")
            raise bad_request("INVALID_TYPE", "sObject type is not supported")
        if mixed:
            raise bad_request("MIXED_DML_OPERATION", mixed)
        made_id, created = act(item, obj)
    except ApiRefused as refused:
        error = {"statusCode": refused.code, "message": refused.words, "fields": refused.fields or []}
        known = {"id": to18(record_id)} if is_record_id(record_id) else {}
        return {**known, "success": False, "errors": [error]}
    return {"id": made_id, "success": True, "errors": [], "created": created}


def _undone(result: Item) -> Item:
    """What a record says that was written and then undone; one that was never there has no id."""
    if not result["success"]:
        return result
    known = {} if result["created"] else {"id": result["id"]}
    error = {"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": _ROLLED_BACK, "fields": []}
    return {**known, "success": False, "errors": [error]}


def _log(call: Call, objects: Sequence[SObject | None], results: Sequence[Item]) -> list[LogRow]:
    """One row of DatabaseSave for each run of records of one type that were written; sessions leave none."""
    dml = {"POST": "Insert", "PATCH": "Update", "DELETE": "Delete"}[call.method]
    pairs = [(obj, one) for obj, one in zip(objects, results, strict=True) if obj and one["success"]]
    pairs = [pair for pair in pairs if pair[0].name != "AuthSession"]
    return [
        events.save_row(call, prefix, dml, [one["id"] for _, one in group])
        for prefix, group in itertools.groupby(pairs, lambda pair: pair[0].key_prefix)
    ]


ROUTES = (
    Endpoint(
        "/composite/sobjects", collection, "up to 200 records, one result each; `allOrNone`",
        "400 `EXCEEDED_ID_LIMIT`; per record its code, or `ALL_OR_NONE_OPERATION_ROLLED_BACK`",
    ),
    Endpoint(
        "/composite/sobjects/{name}", retrieve, "up to 2,000 records by id, GET or POST; null for what is not there",
        "400 for unknown fields",
    ),
    Endpoint(
        "/composite/sobjects/{name}/{field}", upsert, "upsert of up to 200 records by an external id",
        "404 for a field that is none",
    ),
)  # fmt: skip
