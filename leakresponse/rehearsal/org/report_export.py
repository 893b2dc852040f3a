"""The browser's report pages: the run page in Lightning, and the export of details as CSV, which has no row limit."""

from __future__ import annotations

import csv
import io
from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.rehearsal.org import events_pages, report_definitions
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import no_access, not_found
from leakresponse.rehearsal.org.identity import permissions
from leakresponse.rehearsal.org.pages import HTML, Page
from leakresponse.rehearsal.org.views import table_page

#: A run page shows so many rows (Salesforce Help, "Report limits": 2,000 in the browser).
SHOWN = 2000


def run_page(call: Call) -> Answer:
    """`/lightning/r/Report/{id}/view`: run and look; leaves Report, ReportEvent and a page view."""
    report = report_definitions.load(call.world, _report_id(call))
    rows = list(report_definitions.rows(call, report, SHOWN))
    answer = Answer(media=HTML, content=table_page(report.name, report.columns, rows), rows=len(rows))
    events_pages.report_run(call, answer, report, rows, "Report", "ReportRunFromLightning")
    events_pages.page_view(call, answer, "Report", report.report_id)
    return answer


def export(call: Call) -> Answer:
    """`/{report}?export=1&enc=UTF-8&xf=csv`: every row as CSV. Raises 403 without Export Reports."""
    if "ExportReport" not in permissions(call.world, call.caller.user_id):
        raise no_access("You do not have the permission to export reports")
    report = report_definitions.load(call.world, _report_id(call))
    rows = list(report_definitions.rows(call, report))
    answer = Answer(media="text/csv;charset=UTF-8", content=as_csv(report.columns, rows), rows=len(rows))
    answer.headers["Content-Disposition"] = 'attachment; filename="report.csv"'
    events_pages.report_run(call, answer, report, rows, "Report", "ReportExported", exported=True)
    return answer


def _report_id(call: Call) -> str:
    """The report of the address, in Lightning and in Classic. Raises 404 for what is no id."""
    given = call.args.get("id") or call.args.get("classic", "")
    if not is_record_id(given):
        raise not_found()
    return to18(given)


def as_csv(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> bytes:
    """The rows of a report under its columns; the record's id, which comes first in each row, is not shown."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(row[1:] for row in rows)
    return out.getvalue().encode()


PAGES = (Page("/lightning/r/Report/{id}/view", run_page, "runs a report in the browser"),)
