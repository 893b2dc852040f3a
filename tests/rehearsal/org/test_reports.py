"""Reports over REST and in the browser, and the rows that a run and an export leave."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.rehearsal.org.test_pages import page, sign_on
from tests.support.served_org import Client, Served, log_rows

COLUMNS = ["Contact.FirstName", "Contact.LastName", "Contact.Email"]


def made(client: Client, **more: Any) -> dict[str, Any]:
    """A report on contacts."""
    metadata = {"name": "All contacts", "reportType": {"type": "Contact"}, "detailColumns": COLUMNS, **more}
    answer = client.call("POST", "/analytics/reports", json={"reportMetadata": metadata})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["reportMetadata"])


@pytest.fixture(scope="module")
def report(org: Served) -> dict[str, Any]:
    return made(org.responder())


def test_a_run_gives_the_records_of_its_query(org: Served, report: dict[str, Any]) -> None:
    responder = org.responder()
    found = responder.call("GET", f"/analytics/reports/{report['id']}").json()
    rows = [tuple(cell["value"] for cell in row["dataCells"]) for row in found["factMap"]["T!T"]["rows"]]
    wanted = [
        (one["FirstName"], one["LastName"], one["Email"])
        for one in responder.rows("SELECT FirstName, LastName, Email FROM Contact")
    ]
    assert found["allData"] is True
    assert sorted(map(str, rows)) == sorted(map(str, wanted))


def test_a_run_leaves_its_row_count_and_the_ids_that_it_showed(org: Served, report: dict[str, Any]) -> None:
    responder = org.responder()
    responder.call("GET", f"/analytics/reports/{report['id']}")
    ids = {one["Id"] for one in responder.rows("SELECT Id FROM Contact")}
    row = log_rows(org, "Report").iloc[-1]
    assert (row["REPORT_ID_DERIVED"], row["ENTITY_NAME"], int(row["ROW_COUNT"])) == (report["id"], "Contact", len(ids))
    events = responder.rows(
        "SELECT ReportId, Operation, Records, RowsProcessed FROM ReportEvent WHERE EventDate > 2020-01-01T00:00:00Z"
    )
    told = [one for one in events if one["ReportId"] == report["id"]]
    shown = {cell for one in told for row in json.loads(one["Records"])["rows"] for cell in row["datacells"]}
    assert shown == ids
    assert {one["RowsProcessed"] for one in told} == {float(len(ids))}


def test_a_filter_on_the_fly_changes_the_run_and_not_the_report(org: Served, report: dict[str, Any]) -> None:
    responder = org.responder()
    name = responder.rows("SELECT LastName FROM Contact LIMIT 1")[0]["LastName"]
    filters = [{"column": "Contact.LastName", "operator": "equals", "value": name}]
    asked = {"reportMetadata": {"reportFilters": filters}}
    found = responder.call("POST", f"/analytics/reports/{report['id']}", json=asked).json()
    assert {row["dataCells"][1]["value"] for row in found["factMap"]["T!T"]["rows"]} == {name}
    kept = responder.call("GET", f"/analytics/reports/{report['id']}/describe").json()
    assert kept["reportMetadata"]["reportFilters"] == []


def test_a_clone_with_more_columns_is_a_report_of_its_own(org: Served, report: dict[str, Any]) -> None:
    responder = org.responder()
    asked = {"reportMetadata": {"name": "Copy", "detailColumns": [*COLUMNS, "Contact.Phone"]}}
    copy = responder.call("POST", f"/analytics/reports?cloneId={report['id']}", json=asked).json()["reportMetadata"]
    assert copy["id"] != report["id"] and copy["reportType"]["type"] == "Contact"
    assert responder.rows(f"SELECT Name FROM Report WHERE Id = '{copy['id']}'")[0]["Name"] == "Copy"


@pytest.mark.parametrize("column", ["Contact.Nothing", "Contact.Id'; DROP", "Contact."])
def test_a_column_that_does_not_exist_is_refused(org: Served, column: str) -> None:
    metadata = {"name": "Bad", "reportType": {"type": "Contact"}, "detailColumns": [column]}
    answer = org.responder().call("POST", "/analytics/reports", json={"reportMetadata": metadata})
    assert answer.status_code == 400


def test_a_run_for_later_is_kept_for_a_day(org: Served, report: dict[str, Any]) -> None:
    responder = org.responder()
    run = responder.call("POST", f"/analytics/reports/{report['id']}/instances").json()
    assert responder.call("GET", run["url"]).json()["factMap"]["T!T"]["rows"]
    assert responder.call("DELETE", run["url"]).status_code == 204
    assert responder.call("GET", run["url"]).status_code == 404
    assert len(log_rows(org, "AsyncReportRun")) == 1


def test_an_export_holds_every_row_and_leaves_both_rows(org: Served, report: dict[str, Any]) -> None:
    sid = sign_on(org, org.facts["username"])
    answer = page(org, sid, f"/{report['id']}?export=1&enc=UTF-8&xf=csv")
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == len(org.responder().rows("SELECT Id FROM Contact"))
    exports = log_rows(org, "ReportExport")
    assert set(exports["REPORT_DESCRIPTION"]) == {"All contacts"}
    runs = log_rows(org, "Report")
    assert set(exports["REQUEST_ID"]) <= set(runs["REQUEST_ID"])


def test_an_unknown_report_is_not_found(org: Served) -> None:
    assert org.responder().call("GET", "/analytics/reports/00O000000000000AAA").status_code == 404
