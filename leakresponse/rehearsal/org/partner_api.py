"""The SOAP API, partner and enterprise: what Data Loader and old integrations speak (SOAP API guide).

Queries and writes are those of REST, answered as XML. Each call leaves an API row (METHOD_NAME query, query_all,
query_more ...) and ApiTotalUsage, queries also ApiEvent with the SOAP type. ROWS_PROCESSED of a page is the page's own:
whether Salesforce counts the page or the whole query there is not proven (log notes).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leakresponse.rehearsal.org import events, events_soap, query
from leakresponse.rehearsal.org.access_describe import described_global
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import bad_request
from leakresponse.rehearsal.org.identity import end_session
from leakresponse.rehearsal.org.partner_records import described, record_xml, records_of, save_results
from leakresponse.rehearsal.org.records import fetch, field_names, known_id
from leakresponse.rehearsal.org.soap_calls import Operation, SoapApi
from leakresponse.rehearsal.org.soap_envelope import SoapRequest, text_of, texts_of, xml
from leakresponse.rehearsal.org.soap_login import log_in

PARTNER, ENTERPRISE = "urn:partner.soap.sforce.com", "urn:enterprise.soap.sforce.com"
FAULTS = "urn:fault.partner.soap.sforce.com"
_SOBJECT = ' xmlns:sf="urn:sobject.partner.soap.sforce.com"'
_LOCATOR = re.compile(r"/query/([\w-]+)$")
_NO_SESSION = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found"


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
#: By the letter of the address: partner and enterprise.
APIS: Mapping[str, SoapApi] = {
    kind: SoapApi(kind, namespace, FAULTS, OPERATIONS, _NO_SESSION, _SOBJECT, {"login": log_in})
    for kind, namespace in (("u", PARTNER), ("c", ENTERPRISE))
}
