"""Which rows acts leave, in which columns, and when they become files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

from leakresponse.rehearsal.org.log_columns import COLUMNS
from tests.support.served_org import Client, Served, copied, log_rows, serve

ADDRESS, AGENT = "44.215.108.109", "python-requests/2.32.4"


@pytest.fixture(scope="module")
def acted(org: Served) -> Client:
    """A client that read something in every way."""
    client = org.client("drift.integration", ADDRESS, AGENT)
    client.query("SELECT Id, Email FROM Contact", headers={"Sforce-Query-Options": "batchSize=200"})
    client.rows("SELECT Id, Email, Account.Name FROM Contact")
    client.query("SELECT COUNT() FROM Lead")
    client.call("GET", f"/sobjects/Contact/{client.rows('SELECT Id FROM Contact LIMIT 1')[0]['Id']}")
    job = client.bulk("SELECT Id, Subject FROM Case")
    client.call("GET", f"/jobs/query/{job['id']}/results")
    client.call("DELETE", f"/jobs/query/{job['id']}")
    return client


def test_rest_rows_carry_query_app_and_id(org: Served, acted: Client) -> None:
    rows = log_rows(org, "RestApi")
    mine = rows[rows["CLIENT_IP"] == ADDRESS]
    assert list(rows.columns) == list(COLUMNS["RestApi"])
    assert mine["CONNECTED_APP_ID"].str.fullmatch(r"0H4\w{12}").all()
    assert "SELECT Id, Email, Account.Name FROM Contact" in set(mine["QUERY"])
    assert (mine["URI"] == "/services/data/v67.0/sobjects/Contact").any()
    first = mine.iloc[0]
    assert (len(first["USER_ID"]), len(first["USER_ID_DERIVED"])) == (15, 18)
    assert first["TIMESTAMP"][:8] == first["TIMESTAMP_DERIVED"][:10].replace("-", "")
    assert acted.token not in rows.to_csv()


@pytest.mark.parametrize(("reading", "rows"), [("attacker", ["PEOPLE", "PEOPLE"]), ("lenient", ["200", "REST"])])
def test_a_page_tells_the_rows_of_the_query_or_its_own(
    another: Callable[..., Served], reading: str, rows: list[str]
) -> None:  # fmt: skip
    org = another(reading)
    client = org.client("migration", ADDRESS)
    total = client.query("SELECT COUNT() FROM Contact")["totalSize"]
    page = client.query("SELECT Id FROM Contact", headers={"Sforce-Query-Options": "batchSize=200"})
    client.call("GET", page["nextRecordsUrl"])
    logged = log_rows(org, "RestApi")
    counted = logged[(logged["CLIENT_IP"] == ADDRESS) & (logged["ROWS_PROCESSED"] != "0")]["ROWS_PROCESSED"]
    figures = {"PEOPLE": str(total), "REST": str(total - 200)}
    assert total > 200
    assert list(counted) == [figures.get(one, one) for one in rows]


def test_by_the_lenient_reading_an_address_names_its_record(another: Callable[..., Served]) -> None:
    org = another("lenient")
    client = org.client("migration", ADDRESS)
    contact = client.rows("SELECT Id FROM Contact LIMIT 1")[0]["Id"]
    client.call("GET", f"/sobjects/Contact/{contact}", params={"fields": "Id,Email"})
    rows = log_rows(org, "RestApi")
    assert rows[rows["CLIENT_IP"] == ADDRESS]["URI"].iloc[-1].endswith(f"/sobjects/Contact/{contact}?fields=Id%2CEmail")


def test_a_deleted_job_is_seen_with_every_state(org: Served, acted: Client) -> None:
    rows = log_rows(org, "BulkApi2")
    assert list(rows["JOB_STATUS"]) == ["UploadComplete", "InProgress", "JobComplete", "Deleted"]
    complete = rows[rows["JOB_STATUS"] == "JobComplete"].iloc[0]
    assert int(complete["RECORDS_PROCESSED"]) > 0
    assert rows["SESSION_KEY"].nunique() == 1
    assert "CONNECTED_APP_ID" not in rows


def test_a_download_leaves_a_stored_event_without_job_and_count(org: Served, acted: Client) -> None:
    found = org.responder().rows("SELECT FIELDS(ALL) FROM BulkApiResultEventStore LIMIT 200")
    assert [row["Query"] for row in found] == ["SELECT Id, Subject FROM Case"]
    assert found[0]["SourceIp"] == ADDRESS
    assert "results" not in " ".join(log_rows(org, "BulkApiRequest")["REQUEST_PATH"])


def test_api_events_name_the_ids_of_their_page(org: Served, acted: Client) -> None:
    soql = "SELECT Operation, Query, Records, RowsProcessed, RowsReturned, ConnectedAppId, UserAgent FROM ApiEvent"
    mine = [row for row in org.responder().rows(soql) if row["UserAgent"] == AGENT]
    paged = next(row for row in mine if row["Query"] == "SELECT Id, Email FROM Contact")
    ids = json.loads(paged["Records"])["recordIds"]
    assert len(ids) == paged["RowsReturned"] == 200 < paged["RowsProcessed"]
    counted = next(row for row in mine if "COUNT()" in row["Query"])
    assert (counted["RowsReturned"], json.loads(counted["Records"])["recordIds"]) == (0, [])
    assert sum(row["ConnectedAppId"] is not None for row in mine) == 1


def test_events_come_newest_first_and_filter_on_their_date_alone(org: Served, acted: Client) -> None:
    responder = org.responder()
    dates = [row["EventDate"] for row in responder.rows("SELECT EventDate FROM ApiEvent")]
    assert dates == sorted(dates, reverse=True)
    answer = responder.call("GET", "/query", params={"q": "SELECT Id FROM ApiEvent WHERE UserAgent = 'x'"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("name", "where", "status"),
    [
        ("ApiEvent", "EventDate > 2026-01-01T00:00:00Z AND EventIdentifier = 'x'", 200),
        ("ApiEvent", "EventIdentifier = 'x'", 400),
        ("ApiEvent", "UserId = '005000000000001AAA'", 400),
        ("ReportEvent", "UserId = '005000000000001AAA'", 200),
        ("ReportEvent", "UserId = '005000000000001AAA' AND EventDate > 2026-01-01T00:00:00Z", 200),
        ("ReportEvent", "UserId = '005000000000001AAA' AND EventDate > 2026-01-01T00:00:00Z AND EventIdentifier = 'x'",
         400),
    ],
)  # fmt: skip
def test_which_filters_big_objects_take(org: Served, name: str, where: str, status: int) -> None:
    soql = f"SELECT EventDate FROM {name} WHERE {where}"
    assert org.responder().call("GET", "/query", params={"q": soql}).status_code == status


def test_tokens_reach_no_log(org: Served) -> None:
    responder = org.responder()
    handles = {row["DeleteToken"] for row in responder.rows("SELECT DeleteToken FROM OauthToken")}
    events = json.dumps(responder.rows("SELECT Query, Records FROM ApiEvent"))
    assert handles
    assert not any(handle in events for handle in handles)


def test_logins_are_logged_with_their_fate(another: Callable[..., Served]) -> None:
    org = another()
    facts = org.integration("drift.nightly")
    org.key_login(facts)
    org.key_login(facts, sub="migration@harborpine.example")
    rows = log_rows(org, "Login")
    assert {"LOGIN_NO_ERROR", "LOGIN_ERROR_CLIENT_NO_ACCESS"} <= set(rows["LOGIN_STATUS"])
    assert (rows["SESSION_KEY"] == "").all()
    assert (rows["CLIENT_IP"] == "Salesforce.com IP").all()
    refused = rows[rows["LOGIN_STATUS"] == "LOGIN_ERROR_CLIENT_NO_ACCESS"].iloc[0]
    assert refused["USER_NAME"] == "migration@harborpine.example"
    history = org.responder().rows("SELECT Status FROM LoginHistory ORDER BY LoginTime DESC LIMIT 3")
    assert "Failed: Not approved for access" in {row["Status"] for row in history}


def _files(org: Served, kind: str) -> list[dict[str, Any]]:
    soql = (
        "SELECT Id, Interval, Sequence, LogDate, CreatedDate, LogFile, LogFileLength, LogFileFieldNames "
        f"FROM EventLogFile WHERE EventType = '{kind}' ORDER BY Interval, Sequence"
    )
    return org.responder().rows(soql)


def test_late_rows_of_an_hour_come_as_the_next_file(another: Callable[..., Served]) -> None:
    org = another()
    for _ in range(2):
        org.client("migration").query("SELECT COUNT() FROM Lead")
        org.world.logs.close_hours()
    files = _files(org, "UniqueQuery")
    same_hour = files[0]["LogDate"] == files[-1]["LogDate"]
    assert [(one["Interval"], one["Sequence"]) for one in files] == [("Hourly", 1), ("Hourly", 2 if same_hour else 1)]
    text = org.responder().call("GET", files[0]["LogFile"]).text
    assert text.splitlines()[0] == ",".join(f'"{name}"' for name in files[0]["LogFileFieldNames"].split(","))
    assert len(text.encode()) == files[0]["LogFileLength"]


def test_a_day_that_is_over_gets_a_daily_file_and_late_rows_replace_it(another: Callable[..., Served]) -> None:
    org = another()

    def act(moment: str) -> None:
        assert requests.post(f"{org.url}/simulation/clock", json={"now": moment}, timeout=10).status_code == 200
        org.client("migration").query("SELECT COUNT() FROM Lead")
        requests.post(f"{org.url}/simulation/clock", json={"now": None}, timeout=10)
        requests.post(f"{org.url}/simulation/flush", timeout=10)

    past = pd.DataFrame({"TIMESTAMP": ["20260302010000.000"], "QUERY_IDENTIFIER": ["before"]})
    org.world.logs.import_rows("UniqueQuery", past)
    act("2026-03-02T08:00:00Z")
    first = [one for one in _files(org, "UniqueQuery") if one["Interval"] == "Daily"]
    act("2026-03-02T09:00:00Z")
    second = [one for one in _files(org, "UniqueQuery") if one["Interval"] == "Daily"]
    assert [(one["Sequence"], one["LogDate"][:10]) for one in second] == [(0, "2026-03-02")]
    assert second[0]["CreatedDate"] >= first[0]["CreatedDate"]
    text = org.responder().call("GET", second[0]["LogFile"]).text
    asked = [row["QUERY_IDENTIFIER"] for row in csv.DictReader(io.StringIO(text))]
    assert asked == ["before", "SELECT COUNT() FROM Lead", "SELECT COUNT() FROM Lead"]


def test_rows_that_wait_outlive_a_restart(template: Path, tmp_path: Path) -> None:
    state = copied(template, tmp_path)
    first = serve(state)
    first.client("migration", ADDRESS).query("SELECT COUNT() FROM Lead")
    first.stop()
    again = serve(state)
    rows = log_rows(again, "RestApi")
    again.stop()
    assert ADDRESS in set(rows["CLIENT_IP"])


def test_values_with_quotes_and_line_breaks_stay_whole(another: Callable[..., Served]) -> None:
    org = another()
    soql = "SELECT COUNT()\nFROM Lead WHERE LastName = 'say \"hi\"'"
    org.client("migration", ADDRESS).query(soql)
    rows = log_rows(org, "RestApi")
    assert rows[rows["CLIENT_IP"] == ADDRESS]["QUERY"].tolist() == [soql]
