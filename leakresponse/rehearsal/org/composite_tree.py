"""`/composite/tree/X`: records with their children (REST guide, "sObject Tree").

All are made or none: the answer to a failure names the record that caused it alone. The codes for too many records,
types or levels are not confirmed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_method
from leakresponse.rehearsal.org.record_writes import create_record
from leakresponse.rehearsal.org.records import object_of
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.schema import SObject

MAX_RECORDS, MAX_TYPES, MAX_LEVELS = 200, 5, 5


@dataclass(slots=True)
class Node:
    """One record of a tree: where it hangs (the parent's node and the field that points to it) and what it holds."""

    object: SObject
    reference: str
    values: dict[str, Any]
    level: int
    parent: Node | None = None
    link: str = ""
    record_id: str = field(default="")


def tree(call: Call) -> Answer:
    """POST: 201 with an id for each reference, or 400 with the record that failed."""
    if call.method != "POST":
        raise no_method(call.method)
    obj = object_of(call, call.args["name"])
    nodes = list(_nodes(call, call.json(), obj, None, "", 1))
    doubles = _doubles(nodes)
    if doubles:
        return doubles
    _check(nodes)
    failed: list[dict[str, Any]] = []
    try:
        with call.world.store.write():
            for node in sorted(nodes, key=lambda one: one.level):
                _create(call, node, failed)
    except ApiRefused:
        return Answer(400, {"hasErrors": True, "results": failed})
    results = [{"referenceId": node.reference, "id": node.record_id} for node in nodes]
    answer = Answer(201, {"hasErrors": False, "results": results}, rows=len(nodes))
    answer.entities = tuple(dict.fromkeys(node.object.name for node in nodes))
    for name in answer.entities:
        made = [node for node in nodes if node.object.name == name]
        answer.log.append(events.save_row(call, made[0].object.key_prefix, "Insert", [one.record_id for one in made]))
    return answer


def _create(call: Call, node: Node, failed: list[dict[str, Any]]) -> None:
    values = {**node.values, node.link: node.parent.record_id} if node.parent else node.values
    try:
        node.record_id = create_record(call, node.object, values)
    except ApiRefused as refused:
        failed.append(_failure(node.reference, refused.code, refused.words, refused.fields))
        raise


def _failure(reference: str, code: str, words: str, fields: list[str] | None = None) -> dict[str, Any]:
    return {"referenceId": reference, "errors": [{"statusCode": code, "message": words, "fields": fields or []}]}


def _nodes(call: Call, body: Any, obj: SObject, parent: Node | None, link: str, level: int) -> Iterator[Node]:
    """Every record of a collection, parents before their children. Raises 400 for what is none."""
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list):
        raise bad_request("JSON_PARSER_ERROR", "records must be a list of records")
    for given in records:
        attributes = given.get("attributes") if isinstance(given, dict) else None
        if not isinstance(attributes, dict) or not attributes.get("referenceId"):
            raise bad_request("INVALID_INPUT", "Include a reference ID for each record in the request.")
        values = {name: value for name, value in given.items() if name != "attributes" and not _is_tree(value)}
        node = Node(obj, str(attributes["referenceId"]), values, level, parent, link)
        yield node
        if level > MAX_LEVELS:
            return
        for name, value in given.items():
            if name == "attributes" or not _is_tree(value):
                continue
            child = call.world.store.schema.child(obj.name, name)
            if child is None:
                raise bad_request("INVALID_FIELD", f"No such column '{name}' on sobject of type {obj.name}")
            yield from _nodes(call, value, child[0], node, child[1].name, level + 1)


def _is_tree(value: Any) -> bool:
    return isinstance(value, dict) and "records" in value


def _doubles(nodes: list[Node]) -> Answer | None:
    """The answer to references that are used twice: one result for each use."""
    names = [node.reference for node in nodes]
    words = "Duplicate ReferenceId provided in the request."
    found = [_failure(name, "INVALID_INPUT", words) for name in names if names.count(name) > 1]
    return Answer(400, {"hasErrors": True, "results": found}) if found else None


def _check(nodes: list[Node]) -> None:
    """Raises 400 beyond the limits of a tree."""
    if len(nodes) > MAX_RECORDS:
        words = f"record limit reached. cannot submit more than {MAX_RECORDS} records into this call"
        raise bad_request("EXCEEDED_ID_LIMIT", words)
    if len({node.object.name for node in nodes}) > MAX_TYPES:
        raise bad_request("INVALID_INPUT", f"The request can't contain more than {MAX_TYPES} types of records.")
    if any(node.level > MAX_LEVELS for node in nodes):
        raise bad_request("INVALID_INPUT", f"The request can't contain trees deeper than {MAX_LEVELS} levels.")


ROUTES = (
    Endpoint(
        "/composite/tree/{name}", tree, "up to 200 records with their children, five levels deep",
        "400 with the record that failed",
    ),
)  # fmt: skip
