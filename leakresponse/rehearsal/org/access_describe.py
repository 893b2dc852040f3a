"""Describe as its caller sees it: no object, field or relationship that is hidden, no act that is not allowed."""

from __future__ import annotations

from typing import Any

from leakresponse.rehearsal.org.access import readable_objects
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.permissions import Held, held_by
from leakresponse.rehearsal.org.schema import SObject, describe, describe_global

_ACTS = {"createable": "Create", "updateable": "Edit", "deletable": "Delete", "undeletable": "Delete"}


def described(call: Call, obj: SObject) -> dict[str, Any]:
    """The body of `GET /sobjects/X/describe` for this caller."""
    held, schema = held_by(call.world, call.caller.user_id), call.world.store.schema
    found, shown = describe(obj, schema), held.readable(obj)
    fields = [_field(held, obj, one) for one in found["fields"] if one["name"] in shown]
    children = [one for one in found["childRelationships"] if held.may("Read", schema[one["childSObject"]])]
    return {**_head(held, obj, found), "fields": fields, "childRelationships": children}


def described_global(call: Call) -> dict[str, Any]:
    """The body of `GET /sobjects` for this caller."""
    held, schema = held_by(call.world, call.caller.user_id), call.world.store.schema
    found, reach = describe_global(schema), readable_objects(call)
    heads = [_head(held, schema[one["name"]], one) for one in found["sobjects"] if one["name"] in reach]
    return {**found, "sobjects": heads}


def _head(held: Held, obj: SObject, found: dict[str, Any]) -> dict[str, Any]:
    return {**found, **{name: found[name] and held.may(act, obj) for name, act in _ACTS.items()}}


def _field(held: Held, obj: SObject, found: dict[str, Any]) -> dict[str, Any]:
    writes = held.writes(obj, obj.fields[found["name"]])
    creates, edits = held.may("Create", obj) and writes, held.may("Edit", obj) and writes
    return {**found, "createable": found["createable"] and creates, "updateable": found["updateable"] and edits}
