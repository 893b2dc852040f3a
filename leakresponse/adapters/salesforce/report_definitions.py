"""Report definitions as the org keeps them now (Reports and Dashboards REST API guide, "Report Describe")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.errors import Refused
from leakresponse.core.exposure_views import ReportDefinition, ReportFilter
from leakresponse.core.soql.build import batches, isin, select
from leakresponse.core.types import ObjectInfo


def read_reports(client: SalesforceClient, report_ids: Iterable[str]) -> dict[str, ReportDefinition]:
    """Definitions by report id; a report that is gone, or that we may not see, is left out.

    One call per report: no resource describes several.
    """
    objects = {name.lower(): name for name in client.object_names()}
    described: dict[str, ObjectInfo] = {}
    found = {}
    for report_id, changed in _changed_at(client, report_ids).items():
        try:
            body = client.call("GET", f"/analytics/reports/{report_id}/describe").json()["reportMetadata"]
        except Refused as refused:
            if refused.code not in {"NOT_FOUND", "INSUFFICIENT_ACCESS", "FORBIDDEN"}:
                raise
            continue
        name = objects.get(str((body.get("reportType") or {}).get("type", "")).lower(), "")
        if name and name not in described:
            described[name] = client.describe(name)
        found[report_id] = _definition(report_id, body, described.get(name) or ObjectInfo(name, ""), changed)
    return found


def _changed_at(client: SalesforceClient, report_ids: Iterable[str]) -> dict[str, datetime]:
    found = {}
    for some in batches(sorted(set(report_ids))):
        for row in client.query(select("Report", ["Id", "LastModifiedDate"], where=isin("Id", some))):
            found[row["Id"]] = datetime.fromisoformat(row["LastModifiedDate"])
    return found


def _definition(report_id: str, body: Mapping[str, Any], info: ObjectInfo, changed: datetime) -> ReportDefinition:
    filters = tuple(_filter(one, info) for one in body.get("reportFilters") or ())
    dates = body.get("standardDateFilter") or {}
    rest = (
        body.get("reportBooleanFilter"), body.get("crossFilters"), body.get("topRows"), dates.get("startDate"),
        dates.get("endDate"), str(body.get("scope") or "organization") != "organization",
    )  # fmt: skip
    columns = tuple(str(one) for one in body.get("detailColumns") or ())
    return ReportDefinition(report_id, info.name, columns, filters, changed, exact=not any(rest))


def _filter(given: Mapping[str, Any], info: ObjectInfo) -> ReportFilter:
    """A filter with its field's type; one on a column that is no field of the object has none."""
    column = str(given.get("column", ""))
    path = column.removeprefix(f"{info.name}.")
    known = info.fields.get(path)
    return ReportFilter(path, str(given.get("operator", "")), str(given.get("value", "")), known.type if known else "")
