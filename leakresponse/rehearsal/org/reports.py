"""Reports over REST (Reports and Dashboards REST API guide): list, describe, run, run later, clone, change, delete.

A synchronous run shows at most 2,000 detail rows; instances of asynchronous runs stay for 24 hours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

from leakresponse.rehearsal.org import events_pages, report_definitions
from leakresponse.rehearsal.org.calls import Answer, Call, nothing
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import bad_request, no_method, not_found
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.report_definitions import Filter, Report
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.store import put

MAX_ROWS, MAX_LISTED = 2000, 200
KEPT_FOR = timedelta(hours=24)


def reports(call: Call) -> Answer:
    """`GET` lists the reports, `POST` makes one, or with `?cloneId=` a copy of one."""
    if call.method == "GET":
        listed = [_listed(call, one) for one in islice(report_definitions.every(call.world), MAX_LISTED)]
        return Answer(body=listed, entities=("Report",))
    if call.method != "POST":
        raise no_method(call.method)
    given = _metadata(call)
    model = report_definitions.load(call.world, call.query["cloneId"]) if "cloneId" in call.query else None
    made = _changed(model or Report("", "", "", ()), given)
    return _kept(call, replace(made, report_id="", owner_id=call.caller.user_id))


def report_types(call: Call) -> Answer:
    """`GET /analytics/reportTypes`: every object that can be queried is a type."""
    types = [{"type": one.name, "label": one.label} for one in call.world.store.schema if one.queryable]
    return Answer(body=[{"label": "Other Reports", "reportTypes": types}])


def query_report(call: Call) -> Answer:
    """`POST /analytics/reports/query`: run a report that nobody keeps."""
    if call.method != "POST":
        raise no_method(call.method)
    return _run(call, _changed(Report("", "Report", "", ()), _metadata(call)), details=True)


def report_page(call: Call) -> Answer:
    """`/analytics/reports/{id}`: run (GET; POST with other columns or filters), PATCH, DELETE."""
    report = report_definitions.load(call.world, call.args["id"])
    if call.method in {"GET", "POST"}:
        changed = _changed(report, _metadata(call)) if call.method == "POST" and call.body else report
        return _run(call, changed, details=call.query.get("includeDetails", "true").lower() != "false")
    if call.method == "PATCH":
        return _kept(call, _changed(report, _metadata(call)))
    if call.method != "DELETE":
        raise no_method(call.method)
    with call.world.store.write() as db:
        db.execute("DELETE FROM sim_report WHERE report_id = ?", (report.report_id,))
        db.execute("UPDATE Report SET IsDeleted = 1 WHERE Id = ?", (report.report_id,))
    return nothing()


def describe_report(call: Call) -> Answer:
    """`GET /analytics/reports/{id}/describe`."""
    report = report_definitions.load(call.world, call.args["id"])
    return Answer(body={"reportMetadata": _described(report)}, entities=("Report",))


def instances(call: Call) -> Answer:
    """`POST` runs the report for later, `GET` lists the runs of the last 24 hours."""
    report = report_definitions.load(call.world, call.args["id"])
    if call.method == "GET":
        sql = "SELECT instance_id, created, owner_id FROM sim_report_run WHERE report_id = ? AND created > ?"
        kept = call.world.store.all(sql, report.report_id, iso(call.now - KEPT_FOR))
        return Answer(body=[_instance(call, report.report_id, one) for one in kept])
    if call.method != "POST":
        raise no_method(call.method)
    changed = _changed(report, _metadata(call)) if call.body else report
    answer = _run(call, changed, details=True, later=True)
    row = {
        "instance_id": new_id("0LG"), "report_id": report.report_id, "owner_id": call.caller.user_id,
        "created": iso(call.now), "result": json.dumps(answer.body),
    }  # fmt: skip
    with call.world.store.write() as db:
        put(db, "sim_report_run", row)
    answer.body = _instance(call, report.report_id, row)
    return answer


def instance_page(call: Call) -> Answer:
    """`/analytics/reports/{id}/instances/{run}`: the result, or DELETE. Raises 404 after 24 hours."""
    sql = "SELECT * FROM sim_report_run WHERE instance_id = ? AND report_id = ? AND created > ?"
    found = call.world.store.one(sql, call.args["run"], call.args["id"], iso(call.now - KEPT_FOR))
    if found is None:
        raise not_found()
    if call.method == "DELETE":
        with call.world.store.write() as db:
            db.execute("DELETE FROM sim_report_run WHERE instance_id = ?", (found["instance_id"],))
        return nothing()
    return Answer(body={**json.loads(found["result"]), "attributes": _instance(call, found["report_id"], found)})


def _run(call: Call, report: Report, details: bool, later: bool = False) -> Answer:
    found = list(report_definitions.rows(call, report, MAX_ROWS + 1))
    shown, whole = found[:MAX_ROWS], len(found) <= MAX_ROWS
    cells = [{"dataCells": [{"label": _label(value), "value": value} for value in row[1:]]} for row in shown]
    facts = {"rows": cells if details else [], "aggregates": [{"label": str(len(shown)), "value": len(shown)}]}
    body = {
        "attributes": {"reportId": report.report_id, "reportName": report.name, "type": "Report"},
        "allData": whole, "factMap": {"T!T": facts}, "hasDetailRows": details, "reportMetadata": _described(report),
        "groupingsDown": {"groupings": []}, "groupingsAcross": {"groupings": []},
        "reportExtendedMetadata": {"detailColumnInfo": {name: {"label": name} for name in report.columns}},
    }  # fmt: skip
    answer = Answer(body=body, rows=len(shown), fields=len(report.columns), entities=(report.object,))
    events_pages.report_run(call, answer, report, shown, "AsyncReportRun" if later else "Report", "ReportRunUsingApi")
    return answer


def _label(value: Any) -> str:
    return "-" if value is None else str(value)


def _metadata(call: Call) -> Mapping[str, Any]:
    found = call.json().get("reportMetadata")
    if not isinstance(found, dict):
        raise bad_request("JSON_PARSER_ERROR", "reportMetadata is missing")
    return found


def _changed(report: Report, given: Mapping[str, Any]) -> Report:
    """The report with what the caller gives of it. Raises 400 where its type or columns are missing."""
    kind = given.get("reportType")
    name = kind.get("type") if isinstance(kind, dict) else kind
    filters = report.filters
    if "reportFilters" in given:
        filters = tuple(_filter(one) for one in given["reportFilters"] or ())
    made = replace(
        report, name=str(given.get("name") or report.name), object=str(name or report.object),
        columns=tuple(str(one) for one in given.get("detailColumns") or report.columns), filters=filters,
    )  # fmt: skip
    if not made.object or not made.columns:
        raise bad_request("BAD_REQUEST", "A report needs a report type and at least one detail column")
    return made


def _filter(one: Any) -> Filter:
    if not isinstance(one, dict):
        raise bad_request("JSON_PARSER_ERROR", "A report filter is an object")
    return Filter(str(one.get("column", "")), str(one.get("operator", "")), str(one.get("value", "")))


def _kept(call: Call, report: Report) -> Answer:
    """Write the report, whose columns must exist for its writer."""
    report_definitions.compiled(call, report)
    with call.world.store.write() as db:
        kept = report_definitions.save(call.world, db, report, call.caller.user_id)
    return Answer(body={"reportMetadata": _described(kept)}, rows=1, entities=("Report",))


def _described(report: Report) -> dict[str, Any]:
    return {
        "id": report.report_id, "name": report.name, "reportFormat": "TABULAR", "detailColumns": list(report.columns),
        "reportType": {"type": report.object, "label": report.object}, "hasDetailRows": True,
        "aggregates": ["RowCount"],
        "reportFilters": [
            {"column": one.column, "operator": one.operator, "value": one.value} for one in report.filters
        ],
        "folderId": None, "scope": "organization", "sortBy": [], "groupingsDown": [], "groupingsAcross": [],
    }  # fmt: skip


def _listed(call: Call, report: Report) -> dict[str, str]:
    root = f"{call.root}/analytics/reports/{report.report_id}"
    return {
        "id": report.report_id, "name": report.name, "url": root, "describeUrl": f"{root}/describe",
        "instancesUrl": f"{root}/instances",
    }  # fmt: skip


def _instance(call: Call, report_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["instance_id"], "ownerId": row["owner_id"], "requestDate": row["created"], "status": "Success",
        "completionDate": row["created"], "queryable": True, "hasDetailRows": True,
        "url": f"{call.root}/analytics/reports/{report_id}/instances/{row['instance_id']}",
    }  # fmt: skip


ROUTES = (
    Endpoint("/analytics/reports", reports, "the reports; POST makes or clones one", "400 `BAD_REQUEST`"),
    Endpoint("/analytics/reportTypes", report_types, "every object as a report type"),
    Endpoint("/analytics/reports/query", query_report, "POST runs a report that is not kept", "400"),
    Endpoint("/analytics/reports/{id}", report_page, "runs it: at most 2,000 rows; PATCH, DELETE", "404"),
    Endpoint("/analytics/reports/{id}/describe", describe_report, "its columns and filters", "404"),
    Endpoint("/analytics/reports/{id}/instances", instances, "runs for later, kept for 24 hours", "404"),
    Endpoint("/analytics/reports/{id}/instances/{run}", instance_page, "the result; DELETE", "404"),
)
