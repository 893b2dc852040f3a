"""Bulk query jobs: states, pages, refusals."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from leakresponse.rehearsal.org import bulk_jobs, faults_orders
from leakresponse.rehearsal.org.bulk import resume
from leakresponse.rehearsal.org.faults_model import rules_of
from tests.support.served_org import Client, Served

SOQL = "SELECT Id, LastName, Description, HasOptedOutOfEmail FROM Contact"


def _pages(client: Client, job_id: str, size: int) -> list[tuple[str, int]]:
    """(text, number of records) of each page until the locator says null."""
    found, locator = [], ""
    while locator != "null":
        params = {"maxRecords": str(size)} | ({"locator": locator} if locator else {})
        answer = client.call("GET", f"/jobs/query/{job_id}/results", params=params)
        locator = answer.headers["Sforce-Locator"]
        found.append((answer.text, int(answer.headers["Sforce-NumberOfRecords"])))
    return found


def test_pages_hold_every_record_once_and_line_breaks_stay_whole(org: Served) -> None:
    client = org.client("migration")
    odd = {"LastName": 'Say "hi"', "Description": "one\ntwo"}
    made = client.call("POST", "/sobjects/Contact", json=odd).json()["id"]
    job = client.bulk(SOQL)
    assert job["state"] == "JobComplete"
    rows = []
    for text, number in _pages(client, job["id"], 97):
        page = list(csv.DictReader(io.StringIO(text)))
        assert len(page) == number
        rows += page
    assert len(rows) == job["numberRecordsProcessed"] == len({row["Id"] for row in rows})
    mine = next(row for row in rows if row["Id"] == made)
    assert (mine["LastName"], mine["Description"], mine["HasOptedOutOfEmail"]) == ('Say "hi"', "one\ntwo", "false")


def test_an_empty_result_is_a_header_alone(org: Served) -> None:
    client = org.client("migration")
    job = client.bulk("SELECT Id, Name FROM Account WHERE Name = 'nobody'")
    assert _pages(client, job["id"], 10) == [('"Id","Name"\n', 0)]


def test_delimiter_and_line_ending_are_kept(org: Served) -> None:
    client = org.client("migration")
    job = client.bulk("SELECT Id, Name FROM Account LIMIT 1", columnDelimiter="PIPE", lineEnding="CRLF")
    answer = client.call("GET", f"/jobs/query/{job['id']}/results")
    assert answer.content.startswith(b'"Id"|"Name"\r\n"001')


def test_a_deleted_job_is_gone(org: Served) -> None:
    client = org.client("migration")
    job = client.bulk("SELECT Id FROM Account")
    assert client.call("DELETE", f"/jobs/query/{job['id']}").status_code == 204
    assert client.call("GET", f"/jobs/query/{job['id']}").status_code == 404
    assert client.call("GET", f"/jobs/query/{job['id']}/results").status_code == 404


def test_a_finished_job_cannot_be_aborted(org: Served) -> None:
    client = org.client("migration")
    job = client.bulk("SELECT Id FROM Account")
    answer = client.call("PATCH", f"/jobs/query/{job['id']}", json={"state": "Aborted"})
    assert answer.status_code == 400
    assert answer.json() == [{"message": "Aborting already Completed Job not allowed", "errorCode": "INVALIDJOBSTATE"}]


def test_an_aborted_job_gives_nothing(org: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    client = org.client("migration")
    monkeypatch.setattr(org.world.bulk, "start", lambda *_: None)
    body = {"operation": "query", "query": "SELECT Id FROM Account"}
    path = f"/jobs/query/{client.call('POST', '/jobs/query', json=body).json()['id']}"
    assert client.call("PATCH", path, json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert client.call("GET", f"{path}/results").json()[0]["errorCode"] == "INVALIDJOBSTATE"


def test_results_want_the_version_that_made_the_job(org: Served) -> None:
    client = org.client("migration")
    job = client.bulk("SELECT Id FROM Account")
    client.version = "60.0"
    assert client.call("GET", f"/jobs/query/{job['id']}/results").status_code == 409


def test_other_peoples_jobs_need_manage_data_integrations(org: Served) -> None:
    job = org.client("migration").bulk("SELECT Id FROM Account")
    stranger, responder = org.client("order.sync"), org.responder()
    assert stranger.call("GET", f"/jobs/query/{job['id']}").status_code == 403
    assert job["id"] not in {one["id"] for one in stranger.call("GET", "/jobs/query").json()["records"]}
    assert job["id"] in {one["id"] for one in responder.call("GET", "/jobs/query").json()["records"]}


def test_what_bulk_refuses(org: Served) -> None:
    client = org.client("migration")

    def refused(soql: str) -> str:
        answer = client.call("POST", "/jobs/query", json={"operation": "query", "query": soql})
        assert answer.status_code == 400
        return str(answer.json()[0]["errorCode"])

    assert refused("SELECT COUNT(Id) FROM Contact") == "FEATURENOTENABLED"
    assert refused("SELECT Nope FROM Contact") == "INVALID_FIELD"
    assert refused("SELECT AppName FROM OauthToken") == "INVALIDENTITY"


def test_query_all_finds_what_was_deleted(org: Served) -> None:
    client = org.client("migration")
    made = client.call("POST", "/sobjects/Account", json={"Name": "Binned"}).json()["id"]
    client.call("DELETE", f"/sobjects/Account/{made}")
    soql = "SELECT Id FROM Account WHERE Name = 'Binned'"
    assert client.bulk(soql)["numberRecordsProcessed"] == 0
    assert client.bulk(soql, operation="queryAll")["numberRecordsProcessed"] == 1


def test_results_are_packed_where_gzip_alone_is_taken(org: Served) -> None:
    client = org.client("migration")
    job = client.bulk(SOQL)
    path = f"/jobs/query/{job['id']}/results"
    packed = client.call("GET", path, headers={"Accept-Encoding": "gzip"})
    plain = client.call("GET", path, headers={"Accept-Encoding": "identity"})
    assert (packed.headers["Content-Encoding"], plain.headers.get("Content-Encoding")) == ("gzip", None)
    assert packed.text == plain.text


def test_a_job_is_forgotten_after_seven_days(another: Callable[..., Served]) -> None:
    org = another()
    client = org.client("migration")
    job = client.bulk("SELECT Id FROM Account")
    now = org.world.clock.now()
    org.world.clock.move(now + timedelta(days=6, hours=23))
    later = org.client("migration")
    assert later.call("GET", f"/jobs/query/{job['id']}/results").status_code == 200
    org.world.clock.move(now + timedelta(days=7, minutes=1))
    later = org.client("migration")
    assert later.call("GET", f"/jobs/query/{job['id']}").status_code == 404
    assert not org.world.bulk.result(job["id"]).path.exists()


def test_a_job_fails_once_on_order_and_the_next_works(org: Served) -> None:
    client = org.client("migration")
    faults_orders.begin(org.world, rules_of([{"fault": "bulk_fail_once"}]))
    try:
        jobs = [client.bulk("SELECT Id FROM Account") for _ in range(2)]
    finally:
        faults_orders.begin(org.world, [])
    assert [job["state"] for job in jobs] == ["Failed", "JobComplete"]
    assert jobs[0]["errorMessage"].startswith("InternalServerError")


def test_the_list_goes_on_where_a_page_ends(org: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    client = org.client("order.sync")
    made = {client.bulk("SELECT Id FROM Account")["id"] for _ in range(3)}
    monkeypatch.setattr(bulk_jobs, "LIST_ROWS", 2)
    page = client.call("GET", "/jobs/query?jobType=V2Query").json()
    found = {one["id"] for one in page["records"]}
    while not page["done"]:
        page = client.call("GET", page["nextRecordsUrl"]).json()
        found |= {one["id"] for one in page["records"]}
    assert made <= found


def test_a_job_goes_on_after_a_restart_for_what_its_maker_may_see(org: Served) -> None:
    client = org.client("order.sync")
    job = client.bulk("SELECT Id FROM LoginHistory")
    assert job["numberRecordsProcessed"] > 0
    with org.world.store.write() as db:
        db.execute("UPDATE sim_job SET state = 'InProgress', rows = 0 WHERE job_id = ?", (job["id"],))
    resume(org.world)
    deadline = time.monotonic() + 10
    while (now := client.call("GET", f"/jobs/query/{job['id']}").json())["state"] != "JobComplete":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    everybody = org.responder().query("SELECT COUNT() FROM LoginHistory")["totalSize"]
    assert now["numberRecordsProcessed"] == client.query("SELECT COUNT() FROM LoginHistory")["totalSize"] < everybody


def test_a_job_under_way_begins_anew_after_a_restart(org: Served) -> None:
    client = org.client("migration")
    job = client.bulk("SELECT Id FROM Account")
    org.world.bulk.result(job["id"]).remove()
    with org.world.store.write() as db:
        db.execute("UPDATE sim_job SET state = 'InProgress' WHERE job_id = ?", (job["id"],))
    resume(org.world)
    deadline = time.monotonic() + 10
    while client.call("GET", f"/jobs/query/{job['id']}").json()["state"] != "JobComplete":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert len(_pages(client, job["id"], 10_000)) == 1
