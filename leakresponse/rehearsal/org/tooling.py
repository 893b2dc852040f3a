"""The Tooling API (Tooling API guide): queries, objects and records of setup, and sandboxes made through them.

Query, describe and reading work for everything that the Tooling API sees; writing for SandboxInfo and SandboxProcess.
"""

from __future__ import annotations

from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.core.soql.build import equals, select
from leakresponse.rehearsal.org import sandboxes
from leakresponse.rehearsal.org.calls import Answer, Call, nothing
from leakresponse.rehearsal.org.errors import bad_request, no_method, not_found
from leakresponse.rehearsal.org.query import more, prepare, query
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.schema import SObject, describe, describe_global
from leakresponse.rehearsal.org.soql_engine import run
from leakresponse.rehearsal.org.soql_engine_rows import records

#: What `GET /tooling` names (Tooling API guide, "REST Resources").
_RESOURCES = ("query", "queryAll", "sobjects", "search", "completions", "executeAnonymous", "runTestsAsynchronous")


def resources(call: Call) -> Answer:
    """`GET /tooling`."""
    return Answer(body={name: f"{call.root}/tooling/{name}" for name in _RESOURCES})


def ask(call: Call, all_rows: bool = False) -> Answer:
    """`/tooling/query` and `/tooling/queryAll`."""
    return _below_tooling(query(call, all_rows=all_rows, tooling=True))


def ask_more(call: Call) -> Answer:
    """`/tooling/query/{locator}`."""
    return _below_tooling(more(call))


def _below_tooling(answer: Answer) -> Answer:
    """Records of the Tooling API have their addresses below `/tooling`."""
    for record in answer.body.get("records", ()):
        attributes = record.get("attributes", {})
        if "url" in attributes:
            attributes["url"] = attributes["url"].replace("/sobjects/", "/tooling/sobjects/", 1)
    return answer


def list_objects(call: Call) -> Answer:
    """`GET /tooling/sobjects`."""
    body = describe_global(call.world.tooling)
    return Answer(body={**body, "sobjects": [_addressed(call, one) for one in body["sobjects"]]})


def describe_object(call: Call) -> Answer:
    """`GET /tooling/sobjects/X/describe`."""
    obj = _object(call)
    return Answer(body=_addressed(call, describe(obj, call.world.tooling)), entities=(obj.name,))


def object_page(call: Call) -> Answer:
    """`GET /tooling/sobjects/X` tells what the object is, POST makes a record."""
    obj = _object(call)
    if call.method == "POST":
        if obj.name != "SandboxInfo":
            words = f"entity type cannot be inserted: {obj.label}"
            raise bad_request("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", words)
        made = sandboxes.create(call, call.json())
        body = {"id": made, "success": True, "errors": [], "warnings": [], "infos": []}
        return Answer(201, body, rows=1, entities=(obj.name,))
    found = _addressed(call, describe(obj, call.world.tooling))
    for listed in ("fields", "childRelationships", "recordTypeInfos"):
        found.pop(listed, None)
    return Answer(body={"objectDescribe": found, "recentItems": []}, entities=(obj.name,))


def record_page(call: Call) -> Answer:
    """`/tooling/sobjects/X/{id}`: GET for all, PATCH and DELETE for sandboxes."""
    obj = _object(call)
    if call.method in {"GET", "HEAD"}:
        return _read(call, obj)
    record_id = _known_id(call)
    acts = {
        ("PATCH", "SandboxInfo"): sandboxes.refresh, ("PATCH", "SandboxProcess"): sandboxes.act,
    }  # fmt: skip
    if (call.method, obj.name) == ("DELETE", "SandboxInfo"):
        sandboxes.delete(call, record_id)
    elif (call.method, obj.name) in acts:
        acts[call.method, obj.name](call, record_id, call.json())
    elif call.method in {"PATCH", "DELETE"}:
        done = "updated" if call.method == "PATCH" else "deleted"
        raise bad_request("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be {done}: {obj.label}")
    else:
        raise no_method(call.method)
    answer = nothing()
    answer.rows, answer.entities = 1, (obj.name,)
    return answer


def _read(call: Call, obj: SObject) -> Answer:
    names = [one.strip() for one in call.query.get("fields", "").split(",") if one.strip()]
    soql = select(obj.name, names or list(obj.fields), where=equals(obj.key, _known_id(call)))
    compiled = prepare(call, soql, all_rows=False, tooling=True)
    reader = call.world.store.reader
    found = list(records(compiled, run(reader, compiled), reader, call.version))
    if not found:
        raise not_found()
    _below_tooling(Answer(body={"records": found}))
    return Answer(body=found[0], rows=1, fields=len(found[0]) - 1, entities=(obj.name,))


def _object(call: Call) -> SObject:
    """The object of an address. Raises 404 for one that the Tooling API does not have here."""
    found = call.world.tooling.get(call.args["name"])
    if found is None:
        raise not_found()
    return found


def _known_id(call: Call) -> str:
    if not is_record_id(call.args["id"].strip()):
        raise not_found()
    return to18(call.args["id"].strip())


def _addressed(call: Call, described: dict[str, Any]) -> dict[str, Any]:
    """A describe with addresses below `/tooling`."""
    root = f"{call.root}/tooling/sobjects/{described['name']}"
    urls = {"sobject": root, "describe": f"{root}/describe", "rowTemplate": f"{root}/{{ID}}"}
    return {**described, "urls": urls}


ROUTES = (
    Endpoint("/tooling", resources, "the resources of the Tooling API"),
    Endpoint(
        "/tooling/query",
        ask,
        "SOQL over setup objects, the Tooling API's own among them; leaves no ApiEvent",
        "400 `INVALID_TYPE` for business objects",
    ),
    Endpoint("/tooling/queryAll", lambda call: ask(call, all_rows=True), "the same with deleted rows"),
    Endpoint("/tooling/query/{locator}", ask_more, "the next page"),
    Endpoint("/tooling/sobjects", list_objects, "the objects of the Tooling API"),
    Endpoint(
        "/tooling/sobjects/{name}",
        object_page,
        "what an object is; POST of SandboxInfo makes a sandbox",
        "404; 403 without Manage Sandboxes; 400 `DUPLICATE_VALUE`, `FIELD_INTEGRITY_EXCEPTION`, `LIMIT_EXCEEDED`",
    ),
    Endpoint(
        "/tooling/sobjects/{name}/describe", describe_object, "fields", "404, as for SourceMember outside of a sandbox"
    ),
    Endpoint(
        "/tooling/sobjects/{name}/{id}",
        record_page,
        "GET with `fields`; PATCH refreshes a sandbox, activates or discards its copy; DELETE",
        "404; 400 `INVALID_STATUS`",
    ),
    Endpoint(
        "/tooling/sandboxAuth",
        sandboxes.authorise,
        "where and as whom the caller may log in to a finished sandbox",
        "400 `INVALID_STATUS` before it is finished",
    ),
)
