"""Reports as the org keeps them: one object, its columns, a filter; and their rows, by the SOQL that they stand for.

Salesforce stores reports in a language of its own; here a column is `Object.Field` or `Object.Parent.Field`, as custom
report types name theirs, and a filter is one condition on a column. A run is the run of one query as the caller.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from leakresponse.core.errors import BadInput
from leakresponse.core.soql.build import Scalar, Where, all_of, compare, select
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import bad_request, not_found
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.schema_types import NUMBERS
from leakresponse.rehearsal.org.soql_engine import Compiled, run
from leakresponse.rehearsal.org.store import put
from leakresponse.rehearsal.org.world import World

#: Operators of report filters (Reports and Dashboards REST API guide, "Filter Operators").
_OPERATORS: Mapping[str, str] = {
    "equals": "=", "notEqual": "!=", "lessThan": "<", "greaterThan": ">", "lessOrEqual": "<=", "greaterOrEqual": ">=",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: `column` is `Object.Field`; dates and numbers are given as text, as reports hold them."""

    column: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report. `object` is its report type; `columns` are shown in their order."""

    report_id: str
    name: str
    object: str
    columns: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    folder: str = "Public Reports"
    owner_id: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns as SOQL names them: without the object in front."""
        return tuple(name.partition(".")[2] for name in self.columns)


def load(world: World, report_id: str) -> Report:
    """A report by id. Raises 404 where there is none."""
    row = world.store.one("SELECT definition FROM sim_report WHERE report_id = ?", report_id)
    if row is None:
        raise not_found()
    return from_json(json.loads(row["definition"]))


def every(world: World) -> Iterator[Report]:
    """The org's reports, newest first."""
    for row in world.store.all("SELECT definition FROM sim_report ORDER BY rowid DESC"):
        yield from_json(json.loads(row["definition"]))


def from_json(kept: Mapping[str, Any]) -> Report:
    """A report out of what `save` wrote."""
    filters = tuple(Filter(**one) for one in kept.get("filters", ()))
    return Report(**{**kept, "columns": tuple(kept["columns"]), "filters": filters})


def save(world: World, db: sqlite3.Connection, report: Report, by: str) -> Report:
    """Write a report; one without an id is new. The Report row is what queries see."""
    now = iso(world.clock.now())
    kept = report if report.report_id else replace(report, report_id=new_id("00O"), owner_id=report.owner_id or by)
    db.execute(
        "INSERT OR REPLACE INTO sim_report (report_id, definition) VALUES (?, ?)",
        (kept.report_id, json.dumps(asdict(kept))),
    )
    changed = {"Name": kept.name, "LastModifiedDate": now, "LastModifiedById": by, "SystemModstamp": now}
    if report.report_id:
        sets = ", ".join(f"{name} = ?" for name in changed)
        db.execute(f"UPDATE Report SET {sets} WHERE Id = ?", (*changed.values(), kept.report_id))  # noqa: S608 - names above
        return kept
    row = {
        "Id": kept.report_id, **changed, "DeveloperName": _developer_name(kept.name), "OwnerId": kept.owner_id,
        "FolderName": kept.folder, "Format": "Tabular", "CreatedDate": now, "CreatedById": by, "IsDeleted": 0,
    }  # fmt: skip
    known = world.store.schema["Report"].fields
    put(db, "Report", {name: value for name, value in row.items() if name in known})
    return kept


def _developer_name(name: str) -> str:
    return "".join(one if one.isalnum() else "_" for one in name)[:80]


def compiled(call: Call, report: Report) -> Compiled:
    """The report's query, as this caller may run it; the record's id comes first in each row.

    Raises 400 for a column or filter that is not valid, or that the caller may not see.
    """
    try:
        soql = select(report.object, report.fields, where=_where(call, report))
    except BadInput:
        raise bad_request("BAD_REQUEST", "The report has a column or a filter that is not valid") from None
    return prepare(call, soql, all_rows=False)


def _where(call: Call, report: Report) -> Where | None:
    parts = [
        compare(one.column.partition(".")[2], _operator(one.operator), _scalar(call, report.object, one))
        for one in report.filters
    ]
    return all_of(*parts) if parts else None


def _operator(name: str) -> str:
    found = _OPERATORS.get(name)
    if found is None:
        raise bad_request("BAD_REQUEST", "The filter operator is not valid")
    return found


def _scalar(call: Call, name: str, one: Filter) -> Scalar:
    """The filter's text as the type of its column."""
    obj = call.world.store.schema.get(name)
    found = obj.field(one.column.partition(".")[2]) if obj else None
    kind = found.type if found else "string"
    try:
        if kind == "boolean":
            return one.value.lower() in {"true", "1"}
        if kind == "date":
            return date.fromisoformat(one.value[:10])
        if kind == "datetime":
            moment = datetime.fromisoformat(one.value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return float(one.value) if kind in NUMBERS else one.value
    except ValueError:
        raise bad_request("BAD_REQUEST", "The filter value does not fit its column") from None


def rows(call: Call, report: Report, most: int | None = None) -> Iterator[tuple[Any, ...]]:
    """The report's rows: the record's id, then the values of the columns."""
    ready = compiled(call, report)
    places = [one.index for one in ready.outputs]
    for number, row in enumerate(run(call.world.store.reader, ready)):
        if most is not None and number >= most:
            return
        yield (row[0], *(row[place] for place in places))
