"""Bulk loads: states, rows that work and rows that do not, what is left behind."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from typing import Any

import pytest
import requests

from leakresponse.rehearsal.org.ingest import resume
from leakresponse.rehearsal.org.ingest_run import CHUNK
from tests.support.served_org import Client, Served, log_rows

WRONG_ENDS = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"
HEADER = "FirstName,LastName,Email\n"


def _open(client: Client, operation: str = "insert", obj: str = "Contact", **more: str) -> dict[str, Any]:
    answer = client.call("POST", "/jobs/ingest", json={"object": obj, "operation": operation, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _upload(client: Client, job: dict[str, Any], text: str, **headers: str) -> requests.Response:
    content = {"Content-Type": "text/csv", **headers}
    return client.call("PUT", f"/{job['contentUrl']}", data=text.encode(), headers=content)


def _close(client: Client, job: dict[str, Any]) -> requests.Response:
    return client.call("PATCH", f"/jobs/ingest/{job['id']}", json={"state": "UploadComplete"})


def _wait(client: Client, job_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while True:
        job = client.call("GET", f"/jobs/ingest/{job_id}").json()
        if job["state"] in {"JobComplete", "Failed", "Aborted"} or time.monotonic() > deadline:
            return dict(job)
        time.sleep(0.02)


def _load(client: Client, text: str, operation: str = "insert", obj: str = "Contact", **more: str) -> dict[str, Any]:
    job = _open(client, operation, obj, **more)
    assert _upload(client, job, text).status_code == 201
    assert _close(client, job).json()["state"] == "UploadComplete"
    return _wait(client, job["id"])


def _rows(client: Client, job: dict[str, Any], which: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.call("GET", f"/jobs/ingest/{job['id']}/{which}/").text)))


def test_a_new_job_waits_for_its_data(org: Served) -> None:
    job = _open(org.client("migration"))
    assert (job["state"], job["concurrencyMode"], job["contentType"]) == ("Open", "Parallel", "CSV")
    assert job["contentUrl"] == f"services/data/v67.0/jobs/ingest/{job['id']}/batches"


def test_good_rows_are_written_and_bad_ones_told_with_their_reason(org: Served) -> None:
    client = org.client("migration")
    text = f"{HEADER}Ann,Insert1,ann@example.org\nBob,,bob@example.org\nCy,Insert2,nobody\n"
    job = _load(client, text)
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 3, 2)
    (good,) = _rows(client, job, "successfulResults")
    assert (good["sf__Created"], good["LastName"]) == ("true", "Insert1")
    assert client.call("GET", f"/sobjects/Contact/{good['sf__Id']}").json()["Email"] == "ann@example.org"
    missing, wrong = _rows(client, job, "failedResults")
    assert missing["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
    assert wrong["sf__Error"].startswith("INVALID_EMAIL_ADDRESS:") and wrong["FirstName"] == "Cy"
    assert _rows(client, job, "unprocessedrecords") == []


def test_an_update_changes_what_it_names_and_empties_with_na(org: Served) -> None:
    client = org.client("migration")
    made = client.call("POST", "/sobjects/Contact", json={"LastName": "Up", "Phone": "1", "Title": "Boss"}).json()["id"]
    job = _load(client, f"Id,Phone,Title,Email\n{made},2,#N/A,\n003000000000001AAA,3,,\n", "update")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
    found = client.call("GET", f"/sobjects/Contact/{made}").json()
    assert (found["Phone"], found["Title"], found["LastName"]) == ("2", None, "Up")


def test_an_upsert_makes_or_changes_by_its_key(org: Served) -> None:
    client = org.client("migration")
    text = "LastName,Email\nFirst,upsert@example.org\n"
    first = _load(client, text, "upsert", externalIdFieldName="Email")
    second = _load(client, text.replace("First", "Second"), "upsert", externalIdFieldName="Email")
    made, changed = (_rows(client, job, "successfulResults")[0] for job in (first, second))
    assert (made["sf__Created"], changed["sf__Created"]) == ("true", "false")
    assert made["sf__Id"] == changed["sf__Id"]


def test_a_deleted_row_is_in_the_recycle_bin_and_gone_the_second_time(org: Served) -> None:
    client = org.client("migration")
    made = client.call("POST", "/sobjects/Contact", json={"LastName": "Away"}).json()["id"]
    assert _load(client, f"Id\n{made}\n", "delete")["numberRecordsFailed"] == 0
    again = _load(client, f"Id\n{made}\n", "delete")
    assert _rows(client, again, "failedResults")[0]["sf__Error"].startswith("ENTITY_IS_DELETED:")
    soql = f"SELECT COUNT() FROM Contact WHERE Id = '{made}'"
    assert client.call("GET", "/queryAll", params={"q": soql}).json()["totalSize"] == 1


def test_a_hard_delete_needs_its_permission(org: Served) -> None:
    answer = org.client("order.sync").call(
        "POST", "/jobs/ingest", json={"object": "Contact", "operation": "hardDelete"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("LastName,Nope\nx,y\n", "InvalidBatch : Field name not found : Nope"),
        (
            "LastName\r\nx\r\n",
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
        ),
        ("", "InvalidBatch : Unable to find any data to create batch"),
    ],
)
def test_data_that_does_not_fit_fails_the_job_and_touches_nothing(org: Served, text: str, words: str) -> None:
    client = org.client("migration")
    job = _load(client, text)
    assert (job["state"], job["errorMessage"], job["numberRecordsProcessed"]) == ("Failed", words, 0)
    assert len(_rows(client, job, "unprocessedrecords")) == (1 if text else 0)


def test_delimiter_and_line_ending_are_the_jobs(org: Served) -> None:
    client = org.client("migration")
    job = _load(client, 'LastName|Title\r\n"Pipe"|"a ""b"""\r\n', columnDelimiter="PIPE", lineEnding="CRLF")
    answer = client.call("GET", f"/jobs/ingest/{job['id']}/successfulResults")
    assert answer.text.startswith('"sf__Id"|"sf__Created"|"LastName"|"Title"\r\n') and '"a ""b"""' in answer.text


def test_data_come_once_and_packed_if_wanted(org: Served) -> None:
    client = org.client("migration")
    job = _open(client)
    packed = gzip.compress(f"{HEADER}Zip,Zap,\n".encode())
    headers = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
    assert client.call("PUT", f"/{job['contentUrl']}", data=packed, headers=headers).status_code == 201
    assert "PUT" in _upload(client, job, HEADER).json()[0]["message"]
    _close(client, job)
    assert _wait(client, job["id"])["numberRecordsProcessed"] == 1
    assert _upload(client, job, HEADER).json()[0]["errorCode"] == "INVALIDJOBSTATE"


def test_a_form_holds_job_and_data(org: Served) -> None:
    client = org.client("migration")
    body = json.dumps({"object": "Contact", "operation": "insert"})
    parts = {
        "job": (None, body, "application/json"),
        "content": ("content", f"{HEADER}Fo,Rm,\n", "text/csv"),
    }
    job = client.call("POST", "/jobs/ingest", files=parts).json()
    assert job["state"] == "UploadComplete"
    assert _wait(client, job["id"])["numberRecordsProcessed"] == 1


def test_an_open_job_can_be_aborted_but_neither_closed_then_nor_deleted_before(org: Served) -> None:
    client = org.client("migration")
    job = _open(client)
    path = f"/jobs/ingest/{job['id']}"
    assert client.call("DELETE", path).json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert client.call("PATCH", path, json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert _close(client, job).json()[0]["message"] == "Closing already Aborted Job not allowed"
    assert client.call("DELETE", path).status_code == 204
    assert client.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"object": "Nope", "operation": "insert"}, "INVALIDENTITY"),
        ({"object": "Contact", "operation": "merge"}, "INVALIDJOB"),
        ({"object": "Contact", "operation": "upsert"}, "INVALIDJOB"),
        ({"object": "Contact", "operation": "upsert", "externalIdFieldName": "Title"}, "INVALIDJOB"),
        ({"object": "OauthToken", "operation": "delete"}, "INVALIDENTITY"),
        ({"object": "Contact", "operation": "insert", "columnDelimiter": "SPACE"}, "INVALIDJOB"),
    ],
)
def test_what_cannot_be_loaded_is_refused(org: Served, body: dict[str, str], code: str) -> None:
    answer = org.client("migration").call("POST", "/jobs/ingest", json=body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_lists_keep_the_kinds_apart(org: Served) -> None:
    client = org.client("migration")
    loaded, asked = _open(client)["id"], client.bulk("SELECT Id FROM Account")["id"]

    def listed(path: str) -> set[str]:
        return {one["id"] for one in client.call("GET", path).json()["records"]}

    assert loaded in listed("/jobs/ingest") and asked not in listed("/jobs/ingest")
    assert asked in listed("/jobs/query") and loaded not in listed("/jobs/query")
    assert loaded in listed("/jobs/query?jobType=V2Ingest")


def test_a_load_leaves_its_states_and_saves(org: Served) -> None:
    client = org.client("migration")
    job = _load(client, f"{HEADER}L,Og,\n,,\n")
    rows = log_rows(org, "BulkApi2")
    mine = rows[job["id"][:15] == rows.JOB_ID]
    assert list(mine.JOB_STATUS) == ["Open", "UploadComplete", "InProgress", "JobComplete"]
    last = mine.iloc[-1]
    assert (last.OPERATION_TYPE, last.RECORDS_PROCESSED, last.RECORDS_FAILED) == ("insert", "2", "1")
    saved = log_rows(org, "DatabaseSave")
    assert ("Insert", "1") in set(zip(saved.DML_TYPE, saved.NUM_ROWS, strict=True))


def test_a_load_that_was_interrupted_goes_on_and_writes_nothing_twice(
    org: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = org.client("migration")
    text = HEADER + "".join(f"Once,Only,once{n}@example.org\n" for n in range(2 * CHUNK + 10))
    job = _open(client)
    _upload(client, job, text)
    monkeypatch.setattr(org.world.bulk, "submit", lambda _work: None)
    _close(client, job)
    monkeypatch.undo()
    with org.world.store.write() as db:
        db.execute("UPDATE sim_job SET state = 'InProgress' WHERE job_id = ?", (job["id"],))
        for number in range(CHUNK):
            db.execute("INSERT INTO sim_ingest_row VALUES (?, ?, '003', 1, '')", (job["id"], number))
    resume(org.world)
    assert _wait(client, job["id"])["numberRecordsProcessed"] == 2 * CHUNK + 10
    soql = "SELECT COUNT() FROM Contact WHERE FirstName = 'Once' AND LastName = 'Only'"
    assert client.query(soql)["totalSize"] == CHUNK + 10
