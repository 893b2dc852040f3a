"""The SOAP API, partner and enterprise: what Data Loader and old integrations speak (SOAP API guide).

Queries and writes are those of REST, answered as XML. Each call leaves an API row (METHOD_NAME query, query_all,
query_more ...) and ApiTotalUsage, queries also ApiEvent with the SOAP type. ROWS_PROCESSED of a page is the page's own:
whether Salesforce counts the page or the whole query there is not proven (log notes).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org import events, events_soap, query
from leakresponse.rehearsal.org.access_describe import described_global
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request
from leakresponse.rehearsal.org.identity import authenticate, end_session
from leakresponse.rehearsal.org.ids import request_id
from leakresponse.rehearsal.org.login_ranges import check_request
from leakresponse.rehearsal.org.partner_records import described, record_xml, records_of, save_results
from leakresponse.rehearsal.org.records import fetch, field_names, known_id
from leakresponse.rehearsal.org.serving import act, base_url, client_of, keep, respond
from leakresponse.rehearsal.org.soap_envelope import MEDIA, SoapRequest, answer, fault, read, text_of, texts_of, xml
from leakresponse.rehearsal.org.world import World

PARTNER, ENTERPRISE = "urn:partner.soap.sforce.com", "urn:enterprise.soap.sforce.com"
FAULTS = "urn:fault.partner.soap.sforce.com"
_SOBJECT = ' xmlns:sf="urn:sobject.partner.soap.sforce.com"'
_LOCATOR = re.compile(r"/query/([\w-]+)$")
Operation = Callable[[Call, SoapRequest], tuple[str, Answer]]


def serve_soap(world: World, request: Request, body: bytes, kind: str) -> Response:
    """One call; `kind` is u (partner) or c (enterprise)."""
    started = time.perf_counter()
    try:
        asked = read(body)
        call = _call(world, request, asked, body)
    except BadInput as wrong:
        return _fault("UNKNOWN_EXCEPTION", str(wrong))
    except ApiRefused as refused:
        words = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found"
        return _fault(refused.code, words if refused.code == "INVALID_SESSION_ID" else refused.words)
    operation = OPERATIONS.get(asked.operation)
    if operation is None:
        return _fault("UNKNOWN_EXCEPTION", f"No operation available for request {asked.operation}")
    inside = ""

    def run(one: Call) -> Answer:
        nonlocal inside
        inside, found = operation(one, asked)
        return found

    found, refusal = act(call, run)
    if refusal:
        content = fault(FAULTS, refusal, str(found.body[0].get("message", "")) if found.body else "")
    else:
        content = answer(PARTNER if kind == "u" else ENTERPRISE, asked.operation, inside, _SOBJECT)
    _log(call, asked, found, kind, refusal, len(content), time.perf_counter() - started)
    return respond(Answer(500 if refusal else 200, media=MEDIA, content=content), {})


def _call(world: World, request: Request, asked: SoapRequest, body: bytes) -> Call:
    caller = authenticate(world, asked.session_id)
    check_request(world, caller, client_of(request).address)
    client = client_of(request)
    named = asked.headers.get("CallOptions")
    if named is not None:
        client = replace(client, name=text_of(named, "client"))
    options = asked.headers.get("QueryOptions")
    batch = text_of(options, "batchSize") if options is not None else ""
    return Call(
        world=world, caller=caller, client=client, method="POST", path=request.url.path,
        version=request.path_params["version"], base_url=base_url(request), query={},
        headers={"sforce-query-options": f"batchSize={batch}"} if batch.isdigit() else {}, body=body, args={},
        now=world.clock.now(), request_id=request_id(), uri="Api",
    )  # fmt: skip


def _fault(code: str, words: str) -> Response:
    return respond(Answer(500, media=MEDIA, content=fault(FAULTS, code, words)), {})


def _log(call: Call, asked: SoapRequest, found: Answer, kind: str, refusal: str, size: int, seconds: float) -> None:
    rows = list(found.log) if not refusal else []
    rows.append(events_soap.api_row(call, asked.operation, found, kind, refusal, size, seconds))
    rows.append(events.usage_row(call, found, "SOAP"))
    keep(call, rows, found)


def run_query(call: Call, asked: SoapRequest) -> tuple[str, Answer]:
    """query and queryAll."""
    soql = text_of(asked.element, "queryString")
    found = query.query(replace(call, query={"q": soql}), all_rows=asked.operation == "queryAll")
    return _query_result(found), found


def query_more(call: Call, asked: SoapRequest) -> tuple[str, Answer]:
    """The next page; the locator is what `query` gave."""
    found = query.more(replace(call, args={"locator": text_of(asked.element, "queryLocator")}))
    return _query_result(found), found


def _query_result(found: Answer) -> str:
    """QueryResult; the stored ApiEvent is one of the SOAP API."""
    found.stored = [(table, events_soap.as_soap(table, row)) for table, row in found.stored]
    body: Mapping[str, Any] = found.body
    following = _LOCATOR.search(body.get("nextRecordsUrl", ""))
    rows = "".join(record_xml("records", one) for one in body["records"])
    head = xml("done", body["done"]) + xml("queryLocator", following[1] if following else None)
    return f'<result xsi:type="QueryResult">{head}{rows}{xml("size", body["totalSize"])}</result>'


def retrieve(call: Call, asked: SoapRequest) -> tuple[str, Answer]:
    """Records by id, in the order asked; nil where one is not there."""
    name = text_of(asked.element, "sObjectType")
    obj = call.world.store.schema.get(name)
    if obj is None:
        raise bad_request("INVALID_TYPE", f"sObject type '{name[:80]}' is not supported.")
    ids = [known_id(one) for one in texts_of(asked.element, "ids")]
    names = field_names(obj, text_of(asked.element, "fieldList"))
    found = {one["Id"]: one for one in fetch(call, obj, ["Id", *names], ids)} if ids else {}
    inside = "".join(record_xml("result", found[one]) if one in found else xml("result", None) for one in ids)
    return inside, Answer(rows=len(found), entities=(obj.name,))


def write(call: Call, asked: SoapRequest) -> tuple[str, Answer]:
    """create, update and delete: up to 200 records, each with its own outcome."""
    return save_results(call, asked.operation, records_of(asked.element), texts_of(asked.element, "ids"))


def describe_objects(call: Call, asked: SoapRequest) -> tuple[str, Answer]:
    """describeSObject and describeSObjects."""
    names = texts_of(asked.element, "sObjectType")
    return "".join(xml("result", described(call, name)) for name in names), Answer(entities=tuple(names))


def describe_all(call: Call, _asked: SoapRequest) -> tuple[str, Answer]:
    """describeGlobal: what the caller sees."""
    found = described_global(call)
    plain = [{key: value for key, value in one.items() if isinstance(value, str | bool)} for one in found["sobjects"]]
    return xml("result", {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": plain}), Answer()


def user_info(call: Call, _asked: SoapRequest) -> tuple[str, Answer]:
    """getUserInfo."""
    sql = 'SELECT Id, Username, Email, Name, ProfileId FROM "User" WHERE Id = ?'
    user = call.world.store.one(sql, call.caller.user_id) or {}
    facts = {
        "organizationId": call.world.org_id, "organizationName": call.world.org_name,
        "profileId": user.get("ProfileId"),
        "sessionSecondsValid": 7200, "userEmail": user.get("Email"), "userFullName": user.get("Name"),
        "userId": call.caller.user_id, "userLanguage": "en_US", "userLocale": "en_US",
        "userName": user.get("Username"), "userTimeZone": "America/Los_Angeles", "userType": "Standard",
    }  # fmt: skip
    return xml("result", facts), Answer()


def server_time(call: Call, _asked: SoapRequest) -> tuple[str, Answer]:
    """getServerTimestamp."""
    return xml("result", {"timestamp": iso(call.now)}), Answer()


def log_out(call: Call, _asked: SoapRequest) -> tuple[str, Answer]:
    """logout: the session ends."""
    with call.world.store.write() as db:
        ended = end_session(db, call.caller.session_id)
    found = Answer()
    found.log += [
        events.logout_row(call.world, call.now, row["UsersId"], row["session_key"], row["login_key"])
        for row in ended
        if row["session_key"]
    ]
    return "", found


OPERATIONS: Mapping[str, Operation] = {
    "query": run_query, "queryAll": run_query, "queryMore": query_more, "retrieve": retrieve, "create": write,
    "update": write, "delete": write, "describeSObject": describe_objects, "describeSObjects": describe_objects,
    "describeGlobal": describe_all, "getUserInfo": user_info, "getServerTimestamp": server_time, "logout": log_out,
}  # fmt: skip
