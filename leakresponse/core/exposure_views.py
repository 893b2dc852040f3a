"""Reports and list views: chunks of one run put together, columns as they were shown, filters by their definition.

Facts (log notes): RowsProcessed is equal on all chunks of a run, so the maximum counts; a report names records in its
first 1,000 events only; Report has a row count, ReportExport none, and an export from the result page writes both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pandas as pd

from leakresponse.core.bounds import Bound, exactly
from leakresponse.core.errors import BadInput
from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.core.exposure_groups import Group, groups
from leakresponse.core.exposure_reads import ACTOR, certainty_of, read_of
from leakresponse.core.exposure_types import ALL_FIELDS, LIST, REPORT, Read
from leakresponse.core.soql.build import Scalar, Where, all_of, compare, isin, like, select

_CHANNEL = {"ReportEvent": REPORT, "ListViewEvent": LIST}
_FILES = ("Report", "AsyncReportRun")
#: Operators of report filters (Reports and Dashboards REST API guide, "Filter Operators") that SOQL has too.
_OPERATORS = {
    "equals": "=", "notEqual": "!=", "lessThan": "<", "greaterThan": ">", "lessOrEqual": "<=", "greaterOrEqual": ">=",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """One condition. `path` is the field without its object, `kind` its describe type, "" for no field of the object.

    The value may be a person's.
    """

    path: str
    operator: str
    value: str = field(repr=False)
    kind: str = "string"

    def where(self) -> Where | None:
        """The condition as SOQL; None for one that SOQL does not have: the rows are then bounded from above."""
        if not self.kind:
            return None
        values = [one.strip() for one in self.value.split(",")]
        try:
            if self.operator in {"equals", "notEqual"} and len(values) > 1:
                scalars = [_scalar(one, self.kind) for one in values]
                return isin(self.path, scalars, negated=self.operator == "notEqual")
            if self.operator in _OPERATORS:
                return compare(self.path, _OPERATORS[self.operator], _scalar(self.value, self.kind))
            if self.operator in {"contains", "startsWith"} and len(values) == 1:
                return like(self.path, f"{'%' if self.operator == 'contains' else ''}{self.value}%")
        except BadInput:
            return None
        return None


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """A report as the org keeps it now.

    `exact` is False where it has conditions beside the filters (dates, cross filters, filter logic, a row limit), which
    no query of ours repeats.
    """

    report_id: str
    object: str
    columns: tuple[str, ...]
    filters: tuple[ReportFilter, ...]
    changed_at: datetime
    exact: bool = True


def report_ids(events: pd.DataFrame) -> tuple[str, ...]:
    """The reports that attack and uncertain rows ran or exported: their definitions are worth reading."""
    rows = events[events["label"].isin(("attack", "uncertain"))]
    kinds = rows["event_type"].isin((*_FILES, "ReportEvent"))
    named = [*rows.loc[kinds, "query"], *map(_report_of, rows.loc[rows["event_type"] == "ReportExport", "uri"])]
    return tuple(sorted({to18(one) for one in named if is_record_id(one)}))


def view_reads(rows: pd.DataFrame, reports: Mapping[str, ReportDefinition] | None = None) -> Iterator[Read]:
    """Reports and list views, each told once: by its event, else by its log file, else by its export alone."""
    known = reports or {}
    told: set[tuple[str, str]] = set()
    watched = rows[rows["event_type"].isin(_CHANNEL)]
    for group in groups(watched, (*ACTOR, "event_type", "entity", "query", "detail")):
        told.add((group.first("user_id"), group.first("query")))
        yield _event_read(group, known.get(group.first("query")))
    filed = rows[rows["event_type"].isin(_FILES)]
    for group in groups(filed, (*ACTOR, "entity", "query")):
        report = to18(group.first("query"))
        if (group.first("user_id"), report) not in told:
            yield _run_read(group, report, known.get(report), "Report")
    told |= {(user, to18(one)) for user, one in zip(filed["user_id"], filed["query"], strict=True)}
    exported = rows[rows["event_type"] == "ReportExport"]
    exported = exported.assign(query=[_report_of(uri) for uri in exported["uri"]])
    for group in groups(exported, (*ACTOR, "query")):
        report = group.first("query")
        if (group.first("user_id"), report) not in told:
            yield _run_read(group, report, known.get(report), "ReportExport")


def _event_read(group: Group, definition: ReportDefinition | None) -> Read:
    """Runs with the same columns: their records where chunks name them, else what the definition selects."""
    ids, runs = group.ids(), _rows_by_run(group)
    most = max(runs.values(), default=None)
    complete = most is not None and len(ids) == most
    event = group.first("event_type")
    name = group.entity() or (definition.object if definition else "")
    columns = columns_of(group.first("detail"), name)
    query, exact = ("", False) if complete else _query(definition, group, columns)
    logged = None if most is None else _by_runs(ids, runs, complete, event)
    notes = () if complete else (f"{event} names {len(ids)} records of {most} rows",)
    return _read(
        group, _CHANNEL[event], name, columns or (ALL_FIELDS,), query, logged, most, notes,
        ids=ids if ids or complete else None, complete=complete, exact=exact,
    )  # fmt: skip


def _by_runs(ids: Sequence[str], runs: Mapping[str, int], complete: bool, event: str) -> Bound:
    """One report run again shows mostly the same rows: at least the largest run, at most all of them."""
    if complete:
        return exactly(len(ids), f"record ids of {event}")
    most = max(runs.values())
    low = max(most, len(ids))
    return Bound(low, low, max(low, sum(runs.values())), f"row count of {event}, equal on all chunks of a run")


def _run_read(group: Group, report: str, definition: ReportDefinition | None, log: str) -> Read:
    """A run that the log file alone shows: rows counted, or for an export not even that."""
    figures = group.figures()
    name = group.entity() or (definition.object if definition else "")
    query, exact = _query(definition, group, ())
    fields = _fields(definition, group, name)
    most = max(figures, default=None)
    logged = Bound(most, most, sum(figures), f"row count of {log}") if most is not None else None
    notes = ("the export log has no row count",) if most is None else ()
    return _read(group, REPORT, name, fields, query, logged, most, notes, exact=exact)


def _read(
    group: Group, channel: str, name: str, fields: tuple[str, ...], query: str, logged: Bound | None,
    expected: int | None, notes: tuple[str, ...], *, ids: tuple[str, ...] | None = None, complete: bool = False,
    exact: bool = False,
) -> Read:  # fmt: skip
    sure = complete or bool(ids) or exact
    if not complete and not exact:
        notes = (*notes, "the filters at that time are not known: rows are bounded by the object")
    return read_of(
        group, channel, name, fields, about=(group.first("query"), *fields), query=query, ids=ids, complete=complete,
        expected=expected, certainty=certainty_of(group.first("label")) if sure else "possible", logged=logged,
        notes=notes,
    )  # fmt: skip


def columns_of(headers: str, name: str) -> tuple[str, ...]:
    """The paths behind ColumnHeaders: `[Contact.Email, CASE_NUMBER]` or `Name,Owner.Name`.

    The object in front is left out; report-language names (CASE_NUMBER) stay, for describe to tell.
    """
    named = [one.strip() for one in headers.strip("[] ").split(",") if one.strip()]
    return tuple(dict.fromkeys(one.removeprefix(f"{name}.") for one in named))


def _unchanged(definition: ReportDefinition | None, group: Group) -> bool:
    return definition is not None and definition.changed_at <= group.first_seen


def _fields(definition: ReportDefinition | None, group: Group, name: str) -> tuple[str, ...]:
    """The definition's columns, if it is still the one that ran."""
    if definition is None or not _unchanged(definition, group):
        return (ALL_FIELDS,)
    return columns_of(",".join(definition.columns), name) or (ALL_FIELDS,)


def _query(definition: ReportDefinition | None, group: Group, columns: Sequence[str]) -> tuple[str, bool]:
    """SOQL with the report's filters, and whether it gives the report's rows; "" where the filters are not known.

    Filter logic may join filters by OR, so a report with conditions beside the filters is not asked by them at all.
    """
    if definition is None or not definition.exact or not _unchanged(definition, group):
        return "", False
    paths = dict.fromkeys(("Id", *(one for one in columns if not one.isupper())))
    conditions = [one.where() for one in definition.filters]
    known = [one for one in conditions if one is not None]
    try:
        query = select(definition.object, list(paths), where=all_of(*known) if known else None)
    except BadInput:
        return "", False
    return query, len(known) == len(conditions)


def _scalar(text: str, kind: str) -> Scalar:
    """A filter's value as its field's type. Raises BadInput for text that does not fit."""
    try:
        match kind:
            case "boolean":
                return text.lower() in {"true", "1"}
            case "date":
                return date.fromisoformat(text[:10])
            case "datetime":
                moment = datetime.fromisoformat(text)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            case "int" | "long":
                return int(text)
            case "double" | "currency" | "percent":
                return float(text)
    except ValueError:
        raise BadInput("a report filter does not fit its field") from None
    return text


def _rows_by_run(group: Group) -> dict[str, int]:
    found: dict[str, int] = {}
    for run, count in zip(group.each("request_id"), group.each("rows"), strict=True):
        if count is not None:
            found[run] = max(found.get(run, 0), count)
    return found


def _report_of(uri: str) -> str:
    """The report of an export's address: `/00O...`."""
    found = next((part for part in re.split(r"[/?&=]", uri) if part.startswith("00O") and is_record_id(part)), "")
    return to18(found) if found else ""
