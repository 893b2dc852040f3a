"""What an org has beyond the objects that every org has: custom objects and fields made later, kept in its store."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from typing import Any

from leakresponse.rehearsal.org.schema_types import Field, Schema, SObject, schema_of

TABLE = """
CREATE TABLE IF NOT EXISTS sim_schema (name TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_hidden (name TEXT PRIMARY KEY);
"""


def kept(db: sqlite3.Connection, base: Schema) -> Schema:
    """The schema of an org: every org's own, with what this one changed."""
    changed = {name: _object(json.loads(content)) for name, content in db.execute("SELECT * FROM sim_schema")}
    hidden = frozenset(name for (name,) in db.execute("SELECT name FROM sim_hidden"))
    more = bool(changed or hidden)
    return schema_of({**base.objects, **changed}.values(), base.hidden | hidden) if more else base


def hide(db: sqlite3.Connection, names: Iterable[str]) -> None:
    """Let these objects, and no others, be hidden."""
    db.execute("DELETE FROM sim_hidden")
    db.executemany("INSERT INTO sim_hidden VALUES (?)", ((name,) for name in names))


def keep(db: sqlite3.Connection, obj: SObject) -> None:
    """Write an object as it now is."""
    content = json.dumps([asdict(one) for one in obj.fields.values()] + [_head(obj)])
    db.execute("INSERT OR REPLACE INTO sim_schema VALUES (?, ?)", (obj.name, content))


def forget(db: sqlite3.Connection, name: str) -> None:
    """A custom object that is no more."""
    db.execute("DELETE FROM sim_schema WHERE name = ?", (name,))


def with_field(obj: SObject, one: Field) -> SObject:
    """The object with a field added or replaced."""
    return _with(obj, {**obj.fields, one.name: one})


def without_field(obj: SObject, name: str) -> SObject:
    """The object without a field."""
    return _with(obj, {key: value for key, value in obj.fields.items() if key != name})


def _with(obj: SObject, fields: dict[str, Field]) -> SObject:
    return replace(obj, fields=fields, _by_lower={name.lower(): one for name, one in fields.items()})


def _head(obj: SObject) -> dict[str, Any]:
    return {one.name: getattr(obj, one.name) for one in fields(obj) if one.name not in {"fields", "_by_lower"}}


def _object(content: list[dict[str, Any]]) -> SObject:
    *listed, head = content
    made = [Field(**{key: _tuple(value) for key, value in one.items()}) for one in listed]
    return _with(SObject(**head, fields={}), {one.name: one for one in made})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
