"""`POST /graphql`, and the Aura action that runs GraphQL: pages of records without the list's limit of 2,000.

Leaves a GraphQL row with the text and the variables, and no count (log notes, GraphQL Query event type).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org import events_pages
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import ApiRefused, no_method
from leakresponse.rehearsal.org.graphql_query import Asked, read
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.soql_engine import run, total
from leakresponse.rehearsal.org.soql_engine_errors import QueryRefused
from leakresponse.rehearsal.org.soql_engine_rows import records


def graphql(call: Call) -> Answer:
    """HTTP 200 with `data` and `errors`, as GraphQL answers."""
    if call.method != "POST":
        raise no_method(call.method)
    given = call.json()
    body, rows, objects = execute(call, given)
    answer = Answer(body=body, rows=rows, entities=objects)
    events_pages.graphql_query(call, answer, given, bool(body["errors"]))
    return answer


def execute(call: Call, given: Mapping[str, Any]) -> tuple[dict[str, Any], int, tuple[str, ...]]:
    """The answer to one document, how many rows it holds, and the objects it read."""
    found: dict[str, Any] = {}
    rows, objects = 0, []
    try:
        name = str(given.get("operationName") or "")
        for asked in read(str(given.get("query", "")), given.get("variables") or {}, name):
            found[asked.alias] = _page(call, asked)
            rows += len(found[asked.alias]["edges"])
            objects.append(asked.object)
    except (BadInput, ApiRefused, QueryRefused) as refused:
        words = (
            str(refused) if isinstance(refused, BadInput) else "ValidationError: the field or object is out of reach"
        )
        error = {"message": words, "locations": [], "paths": [], "extensions": {"ErrorType": "ValidationError"}}
        return {"data": None, "errors": [error]}, 0, tuple(objects)
    return {"data": {"uiapi": {"query": found}}, "errors": []}, rows, tuple(objects)


def _page(call: Call, asked: Asked) -> dict[str, Any]:
    compiled = prepare(call, asked.soql, all_rows=False)
    reader = call.world.store.reader
    page = compiled.page(asked.offset, asked.first + 1)
    listed = list(records(page, run(reader, page), reader))
    more = len(listed) > asked.first
    edges = [
        {"node": _node(one, asked.node), "cursor": f"row:{asked.offset + number}"}
        for number, one in enumerate(listed[: asked.first], 1)
    ]
    end = edges[-1]["cursor"] if edges else None
    counted = {"totalCount": total(reader, compiled)} if asked.wants_total else {}
    return {"edges": edges, "pageInfo": {"hasNextPage": more, "endCursor": end}, **counted}


def _node(found: Mapping[str, Any] | None, shape: Mapping[str, Any]) -> dict[str, Any] | None:
    """A record in the answer's shape: Id as it is, every other field as `{"value": ...}`."""
    if found is None:
        return None
    node: dict[str, Any] = {}
    for name, below in shape.items():
        value = next((value for key, value in found.items() if key.lower() == name.lower()), None)
        node[name] = _node(value, below) if below else value if name == "Id" else {"value": value}
    return node


ROUTES = (Endpoint("/graphql", graphql, "`uiapi.query`: objects, parents, filters, pages of up to 2,000", "`errors`"),)
