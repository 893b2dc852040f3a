"""Rows as Salesforce answers them: REST records (JSON) and bulk CSV. Everything streams."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from leakresponse.rehearsal.org.schema import SObject
from leakresponse.rehearsal.org.soql_engine import Child, Compiled, run

Row = tuple[Any, ...]
API_VERSION = "67.0"


def records(
    compiled: Compiled, rows: Iterable[Row], connection: sqlite3.Connection, version: str = API_VERSION
) -> Iterator[dict[str, Any]]:
    """REST records. `connection` is used for child sub-queries only."""
    if compiled.kind == "aggregate":
        yield from _aggregates(compiled, rows)
        return
    plan = _plan(compiled, connection, version)
    for row in rows:
        yield plan.record(row)


def answer(compiled: Compiled, connection: sqlite3.Connection, version: str = API_VERSION) -> dict[str, Any]:
    """The whole body of a query answer, for answers that are known to be small."""
    if compiled.kind == "count":
        count = int(connection.execute(compiled.sql, compiled.params).fetchone()[0])
        return {"totalSize": count, "done": True, "records": []}
    found = list(records(compiled, run(connection, compiled), connection, version))
    return {"totalSize": len(found), "done": True, "records": found}


def header(compiled: Compiled) -> list[str]:
    """The CSV header: field names as the schema writes them, parents in front with dots."""
    return [".".join(one.path) for one in compiled.outputs]


def write_csv(out: IO[str], compiled: Compiled, rows: Iterable[Row]) -> int:
    """Bulk 2.0 CSV: every value quoted, LF, empty for null. Returns the number of records."""
    counted = _Counted(rows)
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header(compiled))
    writer.writerows(counted)
    return counted.count


def csv_lines(compiled: Compiled, rows: Iterable[Row]) -> Iterator[str]:
    """The same as lines, header first; a record may hold line breaks, so one item is one record."""
    sink = _Line()
    writer = csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header(compiled))
    yield sink.text
    for row in rows:
        writer.writerow(row)
        yield sink.text


@dataclass(slots=True)
class _Counted:
    rows: Iterable[Row]
    count: int = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            self.count += 1
            yield row


@dataclass(slots=True)
class _Line:
    text: str = ""

    def write(self, text: str) -> None:
        self.text = text


def _moment(value: Any) -> Any:
    return f"{value[:-1]}+0000" if isinstance(value, str) and value.endswith("Z") else value


def _flag(value: Any) -> Any:
    return None if value is None else bool(value)


def _loaded(value: Any) -> Any:
    return None if value is None else json.loads(value)


def _rooted(version: str) -> Callable[[Any], Any]:
    """Puts the API's root in front of the address of a binary field."""
    root = f"/services/data/v{version}"
    return lambda value: f"{root}{value}" if isinstance(value, str) and value.startswith("/sobjects/") else value


_CONVERTERS: dict[str, Callable[[Any], Any]] = {"datetime": _moment, "boolean": _flag, "address": _loaded}


@dataclass(slots=True)
class _Plan:
    """How one object's part of a row becomes a record; parents are plans of their own."""

    object: SObject
    id_index: int
    version: str
    #: name, kind of the step, and what it needs: an index and a converter, a plan, or a child
    steps: dict[str, tuple[int, Callable[[Any], Any] | None] | _Plan | Callable[[Any], Any]] = field(
        default_factory=dict
    )

    def record(self, row: Row) -> dict[str, Any]:
        key = row[self.id_index]
        made: dict[str, Any] = {"attributes": self.attributes(key)}
        for name, step in self.steps.items():
            if isinstance(step, tuple):
                value = row[step[0]]
                made[name] = step[1](value) if step[1] else value
            elif isinstance(step, _Plan):
                made[name] = None if row[step.id_index] is None else step.record(row)
            else:
                made[name] = step(key)
        return made

    def attributes(self, key: Any) -> dict[str, str]:
        path = f"/services/data/v{self.version}/sobjects/{self.object.name}"
        return {"type": self.object.name, "url": f"{path}/{key if self.object.key == 'Id' else '000000000000000AAA'}"}


def _plan(compiled: Compiled, connection: sqlite3.Connection, version: str) -> _Plan:
    root = _Plan(compiled.object, 0, version)
    for place, one in enumerate(compiled.outputs):
        _add_children(root, compiled, place, connection, version)
        plan = root
        for name, (obj, id_index) in zip(one.path, one.owners, strict=False):
            inner = plan.steps.setdefault(name, _Plan(obj, id_index, version))
            assert isinstance(inner, _Plan), "a relationship name is never a field name"
            plan = inner
        convert = _rooted(version) if one.type == "base64" else _CONVERTERS.get(one.type)
        plan.steps[one.path[-1]] = (one.index, convert)
    _add_children(root, compiled, len(compiled.outputs), connection, version)
    return root


def _add_children(root: _Plan, compiled: Compiled, place: int, connection: sqlite3.Connection, version: str) -> None:
    for child in compiled.children:
        if child.after == place:
            root.steps[child.relationship] = _reader(child, connection, version)


def _reader(child: Child, connection: sqlite3.Connection, version: str) -> Callable[[Any], Any]:
    plan = _plan(child.compiled, connection, version)

    def read(parent_id: Any) -> dict[str, Any] | None:
        found = [plan.record(row) for row in run(connection, child.compiled, parent_id)]
        return {"totalSize": len(found), "done": True, "records": found} if found else None

    return read


def _aggregates(compiled: Compiled, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    shape = [(one.path[-1], _CONVERTERS.get(one.type)) for one in compiled.outputs]
    for row in rows:
        values = {name: convert(value) if convert else value for (name, convert), value in zip(shape, row, strict=True)}
        yield {"attributes": {"type": "AggregateResult"}, **values}
