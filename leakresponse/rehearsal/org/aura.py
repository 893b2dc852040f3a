"""The Aura endpoint, which browsers and guests of the public site talk to.

Actions and answers: public write-ups of guest access (Mandiant, "Auditing Salesforce Aura", January 2026, and the tools
that it names). One request may carry up to 250 actions, a list gives up to 1,000 rows a page and 2,000 in all for one
order; a guest sees what the guest user's profile and sharing let through, and an object out of reach is an ERROR.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from leakresponse.core.errors import BadInput
from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.core.soql.build import equals, select
from leakresponse.rehearsal.org import events_pages
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request
from leakresponse.rehearsal.org.graphql_api import execute
from leakresponse.rehearsal.org.guests import guest_of
from leakresponse.rehearsal.org.pages import Page
from leakresponse.rehearsal.org.permissions import held_by
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.schema import SObject
from leakresponse.rehearsal.org.soql_engine import run, total
from leakresponse.rehearsal.org.soql_engine_errors import QueryRefused
from leakresponse.rehearsal.org.soql_engine_rows import records

MAX_ACTIONS, MAX_PAGE, MAX_ROWS = 250, 1000, 2000
Action = Callable[[Call, Mapping[str, Any]], Any]


def aura(call: Call) -> Answer:
    """`POST .../aura`: a form with `message`, `aura.context` and `aura.token`; each action has its own outcome."""
    form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        asked = json.loads(form["message"])["actions"]
        json.loads(form["aura.context"])
    except (KeyError, TypeError, ValueError):
        return _out_of_sync()
    if len(asked) > MAX_ACTIONS:
        raise bad_request("LIMIT_EXCEEDED", f"Boxcar limit exceeded: at most {MAX_ACTIONS} actions")
    done = [_one(call, action) for action in asked]
    body = {"actions": done, "context": {"mode": "PROD", "fwuid": "simulation"}, "perfSummary": {}}
    answer = Answer(body=body, rows=0)
    names = [str(one.get("descriptor", "")) for one in asked]
    events_pages.aura_request(call, answer, names)
    for name, action, outcome in zip(names, asked, done, strict=True):
        if name.endswith("ACTION$executeGraphQL"):
            given = dict((action.get("params") or {}).get("queryInput") or {})
            events_pages.graphql_query(call, answer, given, outcome["state"] != "SUCCESS")
    return answer


def _out_of_sync() -> Answer:
    """What Aura says to a request without a proper context."""
    event = {"descriptor": "markup://aura:clientOutOfSync", "eventDef": {"descriptor": "markup://aura:clientOutOfSync"}}
    return Answer(200, media="application/json;charset=UTF-8", content=f"*/{json.dumps({'event': event})}/*".encode())


def _one(call: Call, action: Mapping[str, Any]) -> dict[str, Any]:
    name = str(action.get("descriptor", "")).partition("://")[2]
    act = ACTIONS.get(name)
    head: dict[str, Any] = {"id": action.get("id"), "components": []}
    try:
        if act is None:
            raise BadInput("No such action")
        return {**head, "state": "SUCCESS", "returnValue": act(call, action.get("params") or {}), "error": []}
    except (ApiRefused, QueryRefused, BadInput) as refused:
        words = {"message": "You do not have the level of access necessary to perform the operation you requested."}
        error = [{"exceptionType": "system.NoAccessException", **words, "code": getattr(refused, "code", "")}]
        return {**head, "state": "ERROR", "returnValue": None, "error": error}


def _object(call: Call, text: Any) -> SObject:
    found = call.world.store.schema.get(str(text))
    if found is None or not held_by(call.world, call.caller.user_id).may("Read", found):
        raise BadInput("No such object")
    return found


def config_data(call: Call, _params: Mapping[str, Any]) -> dict[str, Any]:
    """HostConfigController: every object that the caller can reach, with its key prefix."""
    held = held_by(call.world, call.caller.user_id)
    reach = {one.name: one.key_prefix for one in call.world.store.schema if one.key_prefix and held.may("Read", one)}
    return {"apiNamesToKeyPrefixes": dict(sorted(reach.items()))}


def object_info(call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
    """RecordUiController.getObjectInfo: an object and its fields."""
    obj = _object(call, params.get("objectApiName"))
    fields = {name: {"apiName": name, "dataType": one.type, "label": one.label} for name, one in obj.fields.items()}
    return {"apiName": obj.name, "label": obj.label, "keyPrefix": obj.key_prefix, "fields": fields}


def list_items(call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
    """SelectableListDataProviderController.getItems: one page of an object's records, with all their fields."""
    obj = _object(call, params.get("entityNameOrId"))
    size = max(1, min(MAX_PAGE, _number(params.get("pageSize"), 50)))
    start = _number(params.get("currentPage"), 0) * size
    order = [str(params["sortBy"])] if params.get("sortBy") else []
    names = [one.name for one in obj.stored]
    compiled = prepare(call, select(obj.name, _visible(call, obj, names), order_by=order), all_rows=False)
    reader = call.world.store.reader
    page = compiled.page(start, max(0, min(size, MAX_ROWS - start)))
    found = [{"record": _plain(one)} for one in records(page, run(reader, page), reader)]
    counted = {"totalCount": total(reader, compiled)} if params.get("getCount") else {}
    return {"result": found, **counted, "entityApiName": obj.name, "offset": start}


def record(call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
    """DetailController.getRecord and RecordUiController.getRecordWithFields: one record."""
    given = str(params.get("recordId", ""))
    obj = call.world.store.schema.by_prefix(given)
    if obj is None or not is_record_id(given):
        raise BadInput("No such record")
    names = _visible(call, _object(call, obj.name), [one.name for one in obj.stored])
    compiled = prepare(call, select(obj.name, names, where=equals("Id", to18(given))), all_rows=False)
    reader = call.world.store.reader
    found = next(iter(records(compiled, run(reader, compiled), reader)), None)
    if found is None:
        raise BadInput("No such record")
    return {"record": _plain(found), "apiName": obj.name}


def graphql(call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
    """RecordUiController.executeGraphQL: pages without the 2,000 of lists, and for guests without API Enabled.

    `queryInput` is `{operationName, query, variables}` (Mandiant, "Auditing Salesforce Aura").
    """
    given = params.get("queryInput")
    if not isinstance(given, Mapping):
        raise BadInput("No query")
    body, _rows, _objects = execute(call, given)
    if body["errors"]:
        raise BadInput("Out of reach")
    return body


def list_views(call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListViewPickerDataProviderController.getInitialListViews: whether the object has a list component."""
    obj = _object(call, params.get("scope"))
    return {"listViews": [{"apiName": f"All_{obj.name}", "label": f"All {obj.label_plural}"}]}


def _visible(call: Call, obj: SObject, names: list[str]) -> list[str]:
    shown = held_by(call.world, call.caller.user_id).readable(obj)
    return [name for name in names if name in shown]


def _plain(found: Mapping[str, Any]) -> dict[str, Any]:
    kind = found["attributes"]["type"]
    return {**{name: value for name, value in found.items() if name != "attributes"}, "sobjectType": kind}


def _number(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise


_LISTS = "ui.force.components.controllers.lists"
ACTIONS: Mapping[str, Action] = {
    "ui.force.components.controllers.hostConfig.HostConfigController/ACTION$getConfigData": config_data,
    f"{_LISTS}.selectableListDataProvider.SelectableListDataProviderController/ACTION$getItems": list_items,
    f"{_LISTS}.listViewPickerDataProvider.ListViewPickerDataProviderController/ACTION$getInitialListViews": list_views,
    "ui.force.components.controllers.detail.DetailController/ACTION$getRecord": record,
    "RecordUiController/ACTION$executeGraphQL": graphql,
    "RecordUiController/ACTION$getObjectInfo": object_info,
    "RecordUiController/ACTION$getRecordWithFields": record,
}


_SAYS = (
    "up to 250 actions, as the guest user or with a session: `getConfigData`, `getItems`, `getRecord`, "
    "`executeGraphQL`, ..."
)
PAGES = (
    Page("/aura", aura, "the same with a session", methods=("POST",)),
    Page("/s/sfsites/aura", aura, _SAYS, "an action out of reach is an ERROR", ("POST",), guest_of),
    Page("/s/aura", aura, "the same", "", ("POST",), guest_of),
)
