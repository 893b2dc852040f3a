"""Objects and single records over REST: what they are, read, create, change, upsert, delete.

Shapes and codes: REST guide, "sObject Basic Information", "sObject Rows", "sObject Rows by External ID", "sObject
Relationships" and "sObject Describe".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.core.soql.build import equals, isin, select
from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.access import check_read, readable_fields
from leakresponse.rehearsal.org.access_describe import described, described_global
from leakresponse.rehearsal.org.calls import Answer, Call, nothing
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_method, not_found
from leakresponse.rehearsal.org.permissions import held_by
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.record_blobs import blob
from leakresponse.rehearsal.org.record_conditions import unmet
from leakresponse.rehearsal.org.record_values import ids_by_key, key_field
from leakresponse.rehearsal.org.record_writes import change_record, create_record, delete_record, gone
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.schema import Field, SObject
from leakresponse.rehearsal.org.soql_engine import run
from leakresponse.rehearsal.org.soql_engine_rows import records


def object_of(call: Call, name: str) -> SObject:
    """The object of an address. Raises 404 for one that the org does not have, or not for this caller."""
    found = call.world.store.schema.get(name)
    if found is None or not held_by(call.world, call.caller.user_id).may("Read", found):
        raise not_found()
    return found


def list_objects(call: Call) -> Answer:
    """`GET /sobjects`."""
    return Answer(body=described_global(call))


def describe_object(call: Call) -> Answer:
    """`GET /sobjects/X/describe`."""
    found = object_of(call, call.args["name"])
    return Answer(body=described(call, found), entities=(found.name,))


def object_page(call: Call) -> Answer:
    """`GET /sobjects/X` tells what the object is, `POST` makes a record."""
    if call.method == "POST":
        return create(call)
    found = described(call, object_of(call, call.args["name"]))
    for listed in ("fields", "childRelationships", "recordTypeInfos"):
        found.pop(listed, None)
    return Answer(body={"objectDescribe": found, "recentItems": []}, entities=(found["name"],))


def record_page(call: Call) -> Answer:
    """`/sobjects/X/{id}` by method."""
    if call.method == "POST" and call.args["id"].lower() == "id":
        return create(call)
    obj = object_of(call, call.args["name"])
    return _by_method(call, obj, known_id(call.args["id"]))


def _by_method(call: Call, obj: SObject, record_id: str) -> Answer:
    """GET, HEAD, PATCH and DELETE of one record."""
    acts: dict[str, Callable[[Call, SObject, str], Answer]] = {
        "GET": read, "HEAD": read, "PATCH": change, "DELETE": delete,
    }  # fmt: skip
    act = acts.get(call.method)
    if act is None:
        raise no_method(call.method)
    return unmet(call, obj, record_id) or act(call, obj, record_id)


def read(call: Call, obj: SObject, record_id: str) -> Answer:
    """One record: the fields of `?fields=`, or all of them."""
    found = fetch(call, obj, field_names(obj, call.query.get("fields", ""), readable_fields(call, obj)), [record_id])
    if not found:
        raise gone(call, obj, record_id)
    return Answer(body=found[0], rows=1, fields=len(found[0]) - 1, entities=(obj.name,))


def field_names(obj: SObject, asked: str, shown: Collection[str] | None = None) -> list[str]:
    """The names in `?fields=`, each once; every field (of those that are `shown`) where none is named."""
    names = [name.strip() for name in asked.split(",") if name.strip()]
    return list(dict.fromkeys(names)) or [name for name in obj.fields if shown is None or name in shown]


def fetch(call: Call, obj: SObject, names: Sequence[str], ids: Sequence[str]) -> list[dict[str, Any]]:
    """Records by id, as a query would bring them. Raises 400 for fields that do not exist, 403 and 404."""
    check_read(call, (obj.name,))
    if not obj.queryable or obj.key != "Id":
        raise not_found()
    where = equals("Id", ids[0]) if len(ids) == 1 else isin("Id", ids)
    compiled = prepare(call, select(obj.name, list(dict.fromkeys(names)), where=where), all_rows=False)
    reader = call.world.store.reader
    return list(records(compiled, run(reader, compiled), reader, call.version))


def known_id(text: str) -> str:
    """An id in its long form. Raises 404 for what is none."""
    if not is_record_id(text.strip()):
        raise not_found()
    return to18(text.strip())


def create(call: Call) -> Answer:
    """`POST /sobjects/X`: 201 with the id and its address."""
    obj = object_of(call, call.args["name"])
    return _made(call, obj, create_record(call, obj, call.json()), {})


def _made(call: Call, obj: SObject, record_id: str, more: dict[str, Any]) -> Answer:
    answer = Answer(201, {"id": record_id, "success": True, "errors": [], **more}, rows=1, entities=(obj.name,))
    answer.headers["Location"] = f"{call.root}/sobjects/{obj.name}/{record_id}"
    answer.log.append(events.save_row(call, obj.key_prefix, "Insert", [record_id]))
    return answer


def change(call: Call, obj: SObject, record_id: str) -> Answer:
    """`PATCH /sobjects/X/{id}`: 204."""
    change_record(call, obj, record_id, call.json())
    answer = nothing()
    answer.rows, answer.entities = 1, (obj.name,)
    answer.log.append(events.save_row(call, obj.key_prefix, "Update", [record_id]))
    return answer


def delete(call: Call, obj: SObject, record_id: str) -> Answer:
    """`DELETE /sobjects/X/{id}`: 204, and 404 ENTITY_IS_DELETED the second time."""
    answer = nothing()
    answer.rows, answer.entities = 1, (obj.name,)
    answer.log += delete_record(call, obj, record_id)
    return answer


def keyed_page(call: Call) -> Answer:
    """`/sobjects/X/{field}/{value}` by an external id, or `/sobjects/X/{id}/` with a relationship or a binary field."""
    obj = object_of(call, call.args["name"])
    one = key_field(obj, call.args["id"])
    if one is not None:
        return _by_key(call, obj, one, call.args["value"])
    if is_record_id(call.args["id"]):
        return _related(call, obj, known_id(call.args["id"]), call.args["value"])
    words = f"Provided external ID field does not exist or is not accessible: {call.args['id']}"
    raise ApiRefused(404, "NOT_FOUND", words)


def _by_key(call: Call, obj: SObject, one: Field, value: str) -> Answer:
    """One record found by an external id: 300 with every address where several have it; PATCH makes a missing one."""
    check_read(call, (obj.name,))
    found = ids_by_key(call.world.store.reader, obj, one, value)
    if len(found) > 1:
        addresses = [f"{call.root}/sobjects/{obj.name}/{record_id}" for record_id in found]
        return Answer(300, addresses, entities=(obj.name,))
    if call.method == "PATCH":
        return _upsert(call, obj, one, value, found)
    if not found:
        raise not_found()
    return _by_method(call, obj, found[0])


def _upsert(call: Call, obj: SObject, one: Field, value: str, found: list[str]) -> Answer:
    given = call.json()
    if any(name.lower() == one.name.lower() for name in given):
        raise bad_request("INVALID_FIELD", f"The {one.name} field should not be specified in the sobject data.")
    if not found:
        if call.query.get("updateOnly", "").lower() == "true":
            raise not_found()
        return _made(call, obj, create_record(call, obj, {**given, one.name: value}), {"created": True})
    answer = change(call, obj, found[0])
    answer.status, answer.body = 200, {"id": found[0], "success": True, "errors": [], "created": False}
    return answer


def _related(call: Call, obj: SObject, record_id: str, relationship: str) -> Answer:
    """What a relationship leads to: the parent record, or the page of the children; the content of a binary field."""
    one = obj.field(relationship)
    if one is not None and one.type == "base64":
        held = fetch(call, obj, ["Id", one.name], [record_id])
        return blob(call, obj, record_id, one, held and held[0][one.name])
    link = obj.reference(relationship)
    if link is not None and link.reference_to:
        own = fetch(call, obj, ["Id", link.name], [record_id])
        target = own[0][link.name] if own else None
        if not target:
            raise not_found()
        parent = call.world.store.schema.by_prefix(target) or object_of(call, link.reference_to[0])
        return _by_method(call, parent, target)
    child = call.world.store.schema.child(obj.name, relationship)
    if child is None:
        raise not_found()
    if call.method != "GET":
        raise no_method(call.method)
    target_obj, field = child
    names = field_names(target_obj, call.query.get("fields", ""), readable_fields(call, target_obj))
    compiled = prepare(call, select(target_obj.name, names, where=equals(field.name, record_id)), all_rows=False)
    reader = call.world.store.reader
    found = list(records(compiled, run(reader, compiled), reader, call.version))
    body = {"totalSize": len(found), "done": True, "records": found}
    return Answer(body=body, rows=len(found), entities=(target_obj.name,))


ROUTES = (
    Endpoint("/sobjects", list_objects, "every object", ""),
    Endpoint(
        "/sobjects/{name}", object_page, "what an object is; POST makes a record", "404, 400 `REQUIRED_FIELD_MISSING`"
    ),
    Endpoint("/sobjects/{name}/describe", describe_object, "fields and child relationships", "404"),
    Endpoint(
        "/sobjects/{name}/{id}", record_page, "GET with `fields`, PATCH, DELETE", "404 `NOT_FOUND`, `ENTITY_IS_DELETED`"
    ),
    Endpoint(
        "/sobjects/{name}/{id}/{value:path}", keyed_page,
        "by external id: GET, upsert by PATCH, DELETE; or a relationship or a binary field of a record",
        "300 with several, 404",
    ),
)  # fmt: skip
