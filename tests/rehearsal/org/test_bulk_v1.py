"""The older bulk API: jobs, batches, results in XML, JSON and CSV."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from simple_salesforce.bulk import SFBulkHandler

from leakresponse.rehearsal.org import bulk_v1_run
from tests.support.served_org import Client, Served, log_rows

ROOT = "/services/async/60.0/job"
SPACE = "{http://www.force.com/2009/06/asyncapi/dataload}"
JSON = {"Content-Type": "application/json"}
XML = {"Content-Type": "application/xml"}
ACCOUNTS = "SELECT Id, Name FROM Account"


def _call(client: Client, method: str, path: str, **options: Any) -> requests.Response:
    headers = {"X-SFDC-Session": client.token, **options.pop("headers", {})}
    return requests.request(method, client.url + path, headers=headers, timeout=20, **options)


def _job(client: Client, operation: str = "query", content: str = "CSV", obj: str = "Account") -> str:
    body = {"operation": operation, "object": obj, "contentType": content}
    answer = _call(client, "POST", ROOT, json=body, headers=JSON)
    assert answer.status_code == 201, answer.text
    return f"{ROOT}/{answer.json()['id']}"


def _batch(client: Client, job: str, text: str, media: str = "text/csv") -> str:
    headers = {"Content-Type": media, "Accept": "application/json"}
    answer = _call(client, "POST", f"{job}/batch", data=text.encode(), headers=headers)
    assert answer.status_code == 201, answer.text
    return f"{job}/batch/{answer.json()['id']}"


def _done(client: Client, batch: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while True:
        found = _call(client, "GET", batch, headers=JSON).json()
        if found["state"] not in {"Queued", "InProgress"} or time.monotonic() > deadline:
            return dict(found)
        time.sleep(0.02)


def _result(client: Client, batch: str) -> requests.Response:
    (found,) = _call(client, "GET", f"{batch}/result", headers=JSON).json()
    return _call(client, "GET", f"{batch}/result/{found}")


def test_a_query_in_xml_from_job_to_result(org: Served) -> None:
    client = org.client("migration")
    body = (
        f'<?xml version="1.0"?><jobInfo xmlns="{SPACE[1:-1]}"><operation>query</operation><object>Account</object>'
        "<concurrencyMode>Parallel</concurrencyMode><contentType>CSV</contentType></jobInfo>"
    )
    made = ElementTree.fromstring(_call(client, "POST", ROOT, data=body, headers=XML).content)
    assert (made.tag, made.findtext(f"{SPACE}state")) == (f"{SPACE}jobInfo", "Open")
    job = f"{ROOT}/{made.findtext(f'{SPACE}id')}"
    sent = _call(client, "POST", f"{job}/batch", data=ACCOUNTS, headers={"Content-Type": "text/csv"})
    batch = f"{job}/batch/{ElementTree.fromstring(sent.content).findtext(f'{SPACE}id')}"
    rows = _done(client, batch)["numberRecordsProcessed"]
    listed = ElementTree.fromstring(_call(client, "GET", f"{batch}/result").content)
    answer = _call(client, "GET", f"{batch}/result/{listed.findtext(f'{SPACE}result')}")
    assert len(list(csv.DictReader(io.StringIO(answer.text)))) == rows > 0


@pytest.mark.parametrize(
    ("content", "mark"), [("JSON", '"attributes":{"type":"Account"'), ("XML", "<type>Account</type>")]
)
def test_results_come_in_the_jobs_form(org: Served, content: str, mark: str) -> None:
    client = org.client("migration")
    batch = _batch(client, _job(client, content=content), f"{ACCOUNTS} LIMIT 2")
    assert _done(client, batch)["state"] == "Completed"
    assert _result(client, batch).text.count(mark) == 2


def test_simple_salesforce_queries_and_loads_with_it(org: Served) -> None:
    client = org.client("migration")
    bulk = SFBulkHandler(client.token, f"{client.url}/services/async/59.0/")
    assert {"Id", "Name", "attributes"} == set(bulk.Account.query(ACCOUNTS)[0])
    good, bad = bulk.Contact.insert([{"LastName": "Older"}, {"FirstName": "Nameless"}])
    assert (good["success"], good["created"], bad["success"]) == (True, True, False)
    assert bad["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"


def test_a_csv_load_tells_how_each_record_fared(org: Served) -> None:
    client = org.client("migration")
    batch = _batch(client, _job(client, "insert", obj="Contact"), "LastName,Email\nCsv,\n,x@example.org\n")
    done = _done(client, batch)
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (2, 1)
    rows = list(csv.DictReader(io.StringIO(_call(client, "GET", f"{batch}/result").text)))
    assert [row["Success"] for row in rows] == ["true", "false"]


def test_a_query_that_cannot_run_fails_its_batch(org: Served) -> None:
    client = org.client("migration")
    done = _done(client, _batch(client, _job(client), "SELECT Nope FROM Account"))
    assert (done["state"], done["stateMessage"]) == ("Failed", "InvalidBatch : Failed to process query: INVALID_FIELD")


def test_a_dead_session_is_400_in_the_words_of_this_api(org: Served) -> None:
    client = Client(org.url, "00Dnothing")
    answer = _call(client, "POST", ROOT, data="<jobInfo/>", headers=XML)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (400, "application/xml")
    assert "<exceptionCode>InvalidSessionId</exceptionCode>" in answer.text


def test_a_closed_job_takes_no_batches(org: Served) -> None:
    client = org.client("migration")
    job = _job(client)
    assert _call(client, "POST", job, json={"state": "Closed"}, headers=JSON).json()["state"] == "Closed"
    answer = _call(client, "POST", f"{job}/batch", data=ACCOUNTS, headers=JSON)
    assert (answer.status_code, answer.json()["exceptionCode"]) == (400, "InvalidJobState")


def test_an_abort_takes_back_what_waits_and_lets_run_what_runs(org: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    client = org.client("migration")
    held: list[Callable[[], None]] = []
    monkeypatch.setattr(org.world.bulk, "submit", held.append)
    job = _job(client)
    running, waiting = _batch(client, job, ACCOUNTS), _batch(client, job, ACCOUNTS)
    write = bulk_v1_run._write

    def aborted_meanwhile(*given: Any) -> int:
        assert _call(client, "POST", job, json={"state": "Aborted"}, headers=JSON).json()["state"] == "Aborted"
        return write(*given)

    monkeypatch.setattr(bulk_v1_run, "_write", aborted_meanwhile)
    for work in held:
        work()
    assert [_done(client, one)["state"] for one in (running, waiting)] == ["Completed", "NotProcessed"]
    assert _result(client, running).status_code == 200


def test_its_jobs_are_listed_as_classic(org: Served) -> None:
    client = org.client("migration")
    job = _job(client).rpartition("/")[2]
    for path in ("/jobs/query", "/jobs/ingest", "/jobs/query?jobType=Classic"):
        listed = {one["id"]: one["jobType"] for one in client.call("GET", path).json()["records"]}
        assert listed[job] == "Classic"
    assert client.call("GET", "/jobs/query?jobType=Classic&isPkChunkingEnabled=true").json()["records"] == []


def test_other_peoples_jobs_stay_shut(org: Served) -> None:
    job = _job(org.client("migration"))
    assert _call(org.client("order.sync"), "GET", job).status_code == 403
    assert _call(org.responder(), "GET", job).status_code == 200


def test_a_query_leaves_its_rows(org: Served) -> None:
    client = org.client("migration")
    batch = _batch(client, _job(client), ACCOUNTS)
    rows = _done(client, batch)["numberRecordsProcessed"]
    _result(client, batch)
    logged = log_rows(org, "BulkApi")
    mine = logged[batch.rpartition("/")[2][:15] == logged.BATCH_ID]
    assert list(zip(mine.ENTITY_TYPE, mine.ROWS_PROCESSED, strict=True)) == [("Account", str(rows))]
    events = org.responder().rows("SELECT Query FROM BulkApiResultEventStore")
    assert ACCOUNTS in {one["Query"] for one in events}
