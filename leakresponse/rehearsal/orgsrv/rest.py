"""Query, describe and records. One refusal shape, one log row per call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from leakresponse.core.events_ids import to18
from leakresponse.rehearsal.org.schema import SCHEMA, SObject, describe, describe_global, quoted
from leakresponse.rehearsal.org.soql_engine import Compiled, compile_text, run, total
from leakresponse.rehearsal.org.soql_engine_rows import records
from leakresponse.rehearsal.orgsrv.clock import iso
from leakresponse.rehearsal.orgsrv.errors import ApiError, not_found
from leakresponse.rehearsal.orgsrv.identity import Caller, end_session, require
from leakresponse.rehearsal.orgsrv.logs import new_request_id
from leakresponse.rehearsal.orgsrv.store import new_key

if TYPE_CHECKING:
    from leakresponse.rehearsal.orgsrv.org import Org

PAGE_ROWS, TOKEN_PAGE, TOKEN_CAP = 2000, 500, 2500
#: What may be read only with a permission (containment facts, "Responder's permissions").
READ_NEEDS = {
    "AuthSession": "ManageUsers", "UserLogin": "ManageUsers", "LoginHistory": "ManageUsers",
    "SetupEntityAccess": "ViewSetup", "EventLogFile": "ViewEventLogFiles", "ApiEvent": "ViewEventLogFiles",
    "BulkApiResultEventStore": "ViewEventLogFiles", "LoginEvent": "ViewEventLogFiles",
}  # fmt: skip
WRITE_NEEDS = {**READ_NEEDS, "SetupEntityAccess": "ManageProfilesPermissionsets"}


def query(org: Org, caller: Caller, request: Request, soql: str, all_rows: bool) -> Response:
    """`GET /query?q=` and `/queryAll?q=`: the first page."""
    request.state.soql = soql
    compiled = compile_text(soql, SCHEMA, org.clock.now(), all_rows=all_rows)
    _may_read(org, caller, compiled)
    size = _page_rows(request, compiled)
    if compiled.kind != "records":
        return _small(org, caller, request, soql, compiled)
    if compiled.object.name == "OauthToken":
        compiled = _own_tokens(org, caller, compiled)
    if compiled.object.name == "AuthSession":
        _mark_current(org, caller)
    count = total(org.store.read, compiled)
    if compiled.object.name == "OauthToken":
        count = min(count, TOKEN_CAP)
    locator = f"01g{new_key(12)}" if count > size else ""
    if locator:
        row = {"locator": locator, "soql": soql, "all_rows": int(all_rows), "total": count, "at": iso(org.clock.now())}
        org.store.insert("_cursor", row)
    return _page(org, caller, request, soql, compiled, count, locator, 0, size, "QueryAll" if all_rows else "Query")


def query_more(org: Org, caller: Caller, request: Request, locator: str) -> Response:
    """`GET /query/<locator>-<offset>`: another page."""
    name, _, place = locator.partition("-")
    row = org.store.one("SELECT * FROM _cursor WHERE locator = ?", name)
    if row is None or not place.isdigit():
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    compiled = compile_text(row["soql"], SCHEMA, org.clock.now(), all_rows=bool(row["all_rows"]))
    _may_read(org, caller, compiled)
    if compiled.object.name == "OauthToken":
        compiled = _own_tokens(org, caller, compiled)
    size = _page_rows(request, compiled)
    return _page(org, caller, request, row["soql"], compiled, row["total"], name, int(place), size, "QueryMore")


def _page(
    org: Org, caller: Caller, request: Request, soql: str, compiled: Compiled, count: int, locator: str, start: int,
    size: int, operation: str,
) -> Response:  # fmt: skip
    size = min(size, max(0, count - start))
    page = compiled.page(start, size)
    rows = list(run(org.store.read, page))
    found = list(records(compiled, rows, org.store.read, _version(request)))
    body: dict[str, Any] = {"totalSize": count, "done": start + len(found) >= count, "records": found}
    if not body["done"]:
        body["nextRecordsUrl"] = f"/services/data/v{_version(request)}/query/{locator}-{start + len(found)}"
    answer = JSONResponse(body)
    ids = [str(row[0]) for row in rows] + [i for record in found for i in _child_ids(record)]
    _log_query(org, caller, request, soql, compiled, count, ids, len(found), operation, len(answer.body))
    return answer


def _child_ids(record: dict[str, Any]) -> list[str]:
    """Ids of the records of child sub-queries, from their addresses."""
    children = [v for v in record.values() if isinstance(v, dict) and "records" in v]
    return [str(r["attributes"]["url"]).rpartition("/")[2] for c in children for r in c["records"]]


def _log_query(
    org: Org, caller: Caller, request: Request, soql: str, compiled: Compiled, count: int, ids: list[str], rows: int,
    operation: str, sent: int,
) -> None:  # fmt: skip
    request_id = new_request_id()
    with org.store.write():
        org.logs.call(
            caller, request, 200, request_id, rows=rows, entity=",".join(compiled.entities), query=soql,
            fields=len(compiled.outputs), sent=sent,
        )  # fmt: skip
        if operation != "QueryMore":
            org.logs.row(
                "UniqueQuery", caller, request_id, QUERY_TYPE="SOQL", QUERY_IDENTIFIER=soql, SQL_ID=new_key(13)
            )
        org.logs.queried(caller, operation, soql, compiled.entities, count, ids, rows)


def _small(org: Org, caller: Caller, request: Request, soql: str, compiled: Compiled) -> Response:
    from leakresponse.rehearsal.org.soql_engine_rows import answer

    body = answer(compiled, org.store.read, _version(request))
    _log_query(org, caller, request, soql, compiled, body["totalSize"], [], len(body["records"]) or 1, "Query", 200)
    return JSONResponse(body)


def _may_read(org: Org, caller: Caller, compiled: Compiled) -> None:
    for entity in compiled.entities:
        if entity in READ_NEEDS:
            require(org, caller, READ_NEEDS[entity])


def _own_tokens(org: Org, caller: Caller, compiled: Compiled) -> Compiled:
    """Without Customize Application a user sees the own tokens alone."""
    from leakresponse.rehearsal.orgsrv.identity import permissions

    if "CustomizeApplication" in permissions(org, caller.user_id):
        return compiled
    raise ApiError(403, "INSUFFICIENT_ACCESS", "insufficient access rights on cross-reference id")


def _mark_current(org: Org, caller: Caller) -> None:
    with org.store.write() as connection:
        connection.execute("UPDATE AuthSession SET IsCurrent = (Id = ?)", (caller.session_id,))


def _page_rows(request: Request, compiled: Compiled) -> int:
    if compiled.object.name == "OauthToken":
        return TOKEN_PAGE
    option = request.headers.get("sforce-query-options", "")
    asked = option.partition("batchSize=")[2].split(",")[0].strip()
    return min(max(int(asked), 200), PAGE_ROWS) if asked.isdigit() else PAGE_ROWS


def _version(request: Request) -> str:
    return str(request.path_params.get("version", "67.0"))


def sobjects(org: Org, caller: Caller, request: Request) -> Response:
    """`GET /sobjects`."""
    org.logs.call(caller, request, 200, new_request_id())
    return JSONResponse(describe_global())


def describe_one(org: Org, caller: Caller, request: Request, name: str) -> Response:
    """`GET /sobjects/X/describe`."""
    obj = _object(name)
    org.logs.call(caller, request, 200, new_request_id(), entity=obj.name)
    return JSONResponse(describe(obj))


def _object(name: str) -> SObject:
    obj = SCHEMA.get(name)
    if obj is None:
        raise not_found()
    return obj


def read_one(org: Org, caller: Caller, request: Request, name: str, record_id: str) -> Response:
    """`GET /sobjects/X/{id}?fields=`."""
    obj = _object(name)
    if obj.name in READ_NEEDS:
        require(org, caller, READ_NEEDS[obj.name])
    asked = [f.strip() for f in request.query_params.get("fields", "").split(",") if f.strip()]
    fields = asked or ["FIELDS(ALL)"]
    key = to18(record_id) if len(record_id) == 15 else record_id
    soql = f"SELECT {', '.join(fields)} FROM {obj.name} WHERE {obj.key} = '{_safe(key)}' LIMIT 1"
    request.state.soql = soql
    compiled = compile_text(soql, SCHEMA, org.clock.now())
    found = list(records(compiled, run(org.store.read, compiled), org.store.read, _version(request)))
    if not found:
        org.logs.call(caller, request, 404, new_request_id(), entity=obj.name)
        raise not_found("Provided external ID field does not exist or is not accessible: " + obj.name)
    org.logs.call(caller, request, 200, new_request_id(), rows=1, entity=obj.name, fields=len(compiled.outputs))
    return JSONResponse(found[0])


def _safe(record_id: str) -> str:
    if not record_id.isalnum():
        raise ApiError(400, "MALFORMED_ID", "malformed id")
    return record_id


def update_one(org: Org, caller: Caller, request: Request, name: str, record_id: str, body: bytes) -> Response:
    """`PATCH /sobjects/X/{id}`."""
    obj = _writable(org, caller, name, "updateable")
    values = _values(obj, body)
    key = to18(record_id) if len(record_id) == 15 else record_id
    if org.store.one(f"SELECT 1 AS yes FROM {quoted(obj.name)} WHERE Id = ?", key) is None:  # noqa: S608
        raise not_found()
    sets = ", ".join(f"{quoted(name)} = ?" for name in values)
    with org.store.write() as connection:
        connection.execute(f"UPDATE {quoted(obj.name)} SET {sets} WHERE Id = ?", (*values.values(), key))  # noqa: S608
        org.logs.call(caller, request, 204, new_request_id(), rows=1, entity=obj.name)
    return Response(status_code=204)


def create_one(org: Org, caller: Caller, request: Request, name: str, body: bytes) -> Response:
    """`POST /sobjects/X`."""
    obj = _writable(org, caller, name, "createable")
    values = _values(obj, body, creating=True)
    now = iso(org.clock.now())
    made = {"Id": org.store.new_id(obj.key_prefix)}
    made |= {n: now for n in ("CreatedDate", "LastModifiedDate", "SystemModstamp") if obj.field(n)}
    if obj.name == "SetupEntityAccess":
        values["SetupEntityType"] = "ConnectedApplication"
        same = org.store.one(
            "SELECT 1 AS yes FROM SetupEntityAccess WHERE ParentId = ? AND SetupEntityId = ?",
            values["ParentId"], values["SetupEntityId"],
        )  # fmt: skip
        if same:
            raise ApiError(
                400, "DUPLICATE_VALUE", "duplicate value found: SetupEntityId duplicates value on record", []
            )
    with org.store.write():
        org.store.insert(obj.name, {**made, **values})
        org.logs.call(caller, request, 201, new_request_id(), rows=1, entity=obj.name)
    return JSONResponse({"id": made["Id"], "success": True, "errors": []}, 201)


def delete_one(org: Org, caller: Caller, request: Request, name: str, record_id: str) -> Response:
    """`DELETE /sobjects/X/{id}`."""
    obj = _writable(org, caller, name, "deletable")
    key = to18(record_id) if len(record_id) == 15 else record_id
    with org.store.write() as connection:
        if obj.name == "AuthSession":
            gone = end_session(org, key)
            org.logs.row("Logout", caller, new_request_id(), USER_ID="", USER_ID_DERIVED="", USER_INITIATED_LOGOUT=0)
        elif obj.has_deleted_flag:
            sql = f"UPDATE {quoted(obj.name)} SET IsDeleted = 1 WHERE Id = ? AND IsDeleted = 0"  # noqa: S608
            gone = connection.execute(sql, (key,)).rowcount > 0
        else:
            gone = connection.execute(f"DELETE FROM {quoted(obj.name)} WHERE Id = ?", (key,)).rowcount > 0  # noqa: S608
        org.logs.call(caller, request, 204 if gone else 404, new_request_id(), rows=int(gone), entity=obj.name)
    if not gone:
        raise ApiError(404, "ENTITY_IS_DELETED", "entity is deleted", [])
    return Response(status_code=204)


def _writable(org: Org, caller: Caller, name: str, what: str) -> SObject:
    obj = _object(name)
    if obj.name in WRITE_NEEDS:
        require(org, caller, WRITE_NEEDS[obj.name])
    if not getattr(obj, what) and obj.name not in {"AuthSession", "UserLogin"}:
        raise ApiError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be changed: {obj.name}", [])
    return obj


def _values(obj: SObject, body: bytes, creating: bool = False) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        raise ApiError(
            400, "JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body"
        ) from None
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name == "attributes":
            continue
        known = obj.field(name)
        if known is None:
            raise ApiError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {obj.name}")
        if not known.updateable and not creating:
            raise ApiError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to create/update fields: {name}", [name])
        values[known.name] = int(value) if isinstance(value, bool) else value
    if not values:
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "Required fields are missing", [])
    return values


def log_file(org: Org, caller: Caller, request: Request, file_id: str) -> Response:
    """`GET /sobjects/EventLogFile/{id}/LogFile`: the CSV, streamed."""
    require(org, caller, "ViewEventLogFiles")
    path = org.logs.file(_safe(file_id))
    if not path.exists():
        raise not_found()
    org.logs.call(caller, request, 200, new_request_id(), entity="EventLogFile")
    return FileResponse(path, media_type="application/octetstream")
