"""Bulk API 2.0 query jobs (Bulk API 2.0 guide, "Query"): create, look, list, abort, delete, fetch results.

A job's rows in the BulkApi2 log tell every state it went through, also when it was aborted or deleted; a download
leaves BulkApiResultEventStore alone (notes on Salesforce's logs). Results stand in a file and go out as byte ranges.
"""

from __future__ import annotations

import base64
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.bulk_files import DELIMITERS, LINE_ENDINGS, ResultFile, Stopped
from leakresponse.rehearsal.org.calls import Answer, Call, nothing
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_access, no_method, not_found
from leakresponse.rehearsal.org.identity import allowed
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.soql_engine import Compiled, compile_text, run
from leakresponse.rehearsal.org.soql_engine_rows import header
from leakresponse.rehearsal.org.store import put
from leakresponse.rehearsal.org.world import World

PAGE_ROWS, LIST_ROWS = 100_000, 1_000
_RUNNING = ("UploadComplete", "InProgress")


class BulkRunner:
    """Runs jobs, two at a time, each with its own view of the store."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._folder = world.state / "bulk"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="bulk")

    def result(self, job_id: str) -> ResultFile:
        """Where a job's result stands."""
        return ResultFile(Path(self._folder, f"{job_id}.csv"))

    def start(self, job: dict[str, Any], compiled: Compiled) -> None:
        """Queue a job."""
        self._pool.submit(self._run, job, compiled)

    def stop(self) -> None:
        """Take no more jobs and wait for those that run."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: dict[str, Any], compiled: Compiled) -> None:
        world, started = self._world, time.monotonic()
        if not self._move(job, "UploadComplete", "InProgress"):
            return
        connection = world.store.connect()
        target = self.result(job["job_id"])
        try:
            rows = target.write(
                header(compiled), run(connection, compiled), DELIMITERS[job["delimiter"]],
                LINE_ENDINGS[job["line_ending"]], lambda: self._is(job["job_id"], "InProgress"),
            )  # fmt: skip
        except Stopped:
            target.remove()
            return
        except sqlite3.Error:
            target.remove()
            self._move(job, "InProgress", "Failed")
            return
        finally:
            connection.close()
        job["milliseconds"] = max(1, round((time.monotonic() - started) * 1000))
        if not self._move(job, "InProgress", "JobComplete", rows):
            target.remove()

    def _is(self, job_id: str, state: str) -> bool:
        row = self._world.store.one("SELECT state FROM sim_job WHERE job_id = ?", job_id)
        return row is not None and row["state"] == state

    def _move(self, job: dict[str, Any], before: str, after: str, rows: int = 0) -> bool:
        """Change a job's state if nobody else has; the log row goes with it."""
        now = self._world.clock.now()
        sql = "UPDATE sim_job SET state = ?, modified = ?, rows = ?, milliseconds = ? WHERE job_id = ? AND state = ?"
        with self._world.store.write() as db:
            values = (after, iso(now), rows, job["milliseconds"], job["job_id"], before)
            if db.execute(sql, values).rowcount == 0:
                return False
            self._world.logs.write(db, [events.job_row(self._world, now, job, after, rows)])
        return True


def jobs(call: Call) -> Answer:
    """`/jobs/query`: POST makes a job, GET lists them."""
    if call.method == "POST":
        return _create(call)
    if call.method == "GET":
        return _list(call)
    raise no_method(call.method)


def job_page(call: Call) -> Answer:
    """`/jobs/query/{id}`: look, abort, delete."""
    job = _job(call)
    if call.method == "GET":
        return Answer(body=_shown(call, job, whole=True), entities=(job["object"],))
    if call.method == "PATCH":
        return _abort(call, job)
    if call.method == "DELETE":
        return _delete(call, job)
    raise no_method(call.method)


def _create(call: Call) -> Answer:
    given = call.json()
    operation, soql = str(given.get("operation", "")), str(given.get("query", ""))
    if operation not in {"query", "queryAll"}:
        raise bad_request("INVALIDJOB", "Unsupported operation type for this endpoint")
    delimiter, ending = str(given.get("columnDelimiter") or "COMMA"), str(given.get("lineEnding") or "LF")
    if delimiter not in DELIMITERS or ending not in LINE_ENDINGS or given.get("contentType", "CSV") != "CSV":
        raise bad_request("INVALIDJOB", "Unsupported contentType, columnDelimiter or lineEnding")
    compiled = prepare(call, soql, operation == "queryAll", bulk=True)
    if compiled.object.key != "Id":
        raise bad_request("INVALIDENTITY", f"Entity '{compiled.object.name}' is not supported by the Bulk API.")
    now = iso(call.now)
    job: dict[str, Any] = {
        "job_id": new_id("750"), "user_id": call.caller.user_id, "operation": operation,
        "object": compiled.object.name, "soql": soql, "version": call.version, "state": "UploadComplete",
        "created": now, "modified": now, "rows": 0, "milliseconds": 0, "delimiter": delimiter, "line_ending": ending,
        "message": "", "login_key": call.caller.login_key, "session_key": call.caller.session_key,
        "address": call.client.address,
    }  # fmt: skip
    answer = Answer(body=_shown(call, job, whole=False), entities=(job["object"],))
    with call.world.store.write() as db:
        put(db, "sim_job", job)
        first = [events.job_row(call.world, call.now, job, "UploadComplete"), events.unique_query_row(call, soql)]
        call.world.logs.write(db, [*first, events.bulk_request_row(call, answer, job["job_id"], operation)])
    call.world.bulk.start(job, compiled)
    return answer


def _list(call: Call) -> Answer:
    """Own jobs, or everybody's with Manage Data Integrations; 1,000 a page."""
    if call.query.get("jobType", "V2Query") != "V2Query":
        return Answer(body={"done": True, "records": [], "nextRecordsUrl": None})
    start = int(call.query.get("queryLocator") or 0) if call.query.get("queryLocator", "0").isdigit() else 0
    own = "" if allowed(call.world, call.caller, "ManageDataIntegrations") else "WHERE user_id = ?"
    parameters = (call.caller.user_id,) if own else ()
    sql = " ".join(("SELECT * FROM sim_job", own, "ORDER BY created DESC, rowid DESC LIMIT ? OFFSET ?"))
    rows = call.world.store.all(sql, *parameters, LIST_ROWS + 1, start)
    more = len(rows) > LIST_ROWS
    following = f"{call.root}/jobs/query?queryLocator={start + LIST_ROWS}" if more else None
    shown = [_shown(call, row, whole=False) | {"jobType": "V2Query"} for row in rows[:LIST_ROWS]]
    return Answer(body={"done": not more, "records": shown, "nextRecordsUrl": following})


def _job(call: Call) -> dict[str, Any]:
    row = call.world.store.one("SELECT * FROM sim_job WHERE job_id = ? OR SUBSTR(job_id, 1, 15) = ?", *_both(call))
    if row is None:
        raise not_found()
    if row["user_id"] != call.caller.user_id and not allowed(call.world, call.caller, "ManageDataIntegrations"):
        raise no_access()
    return row


def _both(call: Call) -> tuple[str, str]:
    return call.args["id"], call.args["id"]


def _shown(call: Call, job: dict[str, Any], whole: bool) -> dict[str, Any]:
    found = {
        "id": job["job_id"], "operation": job["operation"], "object": job["object"], "createdById": job["user_id"],
        "createdDate": _moment(job["created"]), "systemModstamp": _moment(job["modified"]), "state": job["state"],
        "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(job["version"]),
        "lineEnding": job["line_ending"], "columnDelimiter": job["delimiter"],
    }  # fmt: skip
    if not whole:
        return found
    return {
        **found, "jobType": "V2Query", "numberRecordsProcessed": job["rows"], "retries": 0,
        "totalProcessingTime": job["milliseconds"], "isPkChunkingSupported": True,
    }  # fmt: skip


def _moment(stored: str) -> str:
    return f"{stored[:-1]}+0000"


def _abort(call: Call, job: dict[str, Any]) -> Answer:
    if call.json().get("state") != "Aborted":
        raise bad_request("INVALIDJOBSTATE", "A query job can only be set to Aborted")
    with call.world.store.write() as db:
        sql = "UPDATE sim_job SET state = 'Aborted', modified = ? WHERE job_id = ? AND state IN (?, ?)"
        if db.execute(sql, (iso(call.now), job["job_id"], *_RUNNING)).rowcount == 0:
            word = "Completed" if job["state"] == "JobComplete" else job["state"]
            raise bad_request("INVALIDJOBSTATE", f"Aborting already {word} Job not allowed")
        aborted = {**job, "state": "Aborted", "modified": iso(call.now)}
        answer = Answer(body=_shown(call, aborted, whole=False), entities=(job["object"],))
        rows = [events.job_row(call.world, call.now, _by(call, job), "Aborted")]
        call.world.logs.write(db, [*rows, events.bulk_request_row(call, answer, job["job_id"], job["operation"])])
    return answer


def _delete(call: Call, job: dict[str, Any]) -> Answer:
    """Job and result are gone for good; the log keeps every state, this one too."""
    with call.world.store.write() as db:
        sql = "DELETE FROM sim_job WHERE job_id = ? AND state != 'InProgress'"
        if db.execute(sql, (job["job_id"],)).rowcount == 0:
            raise bad_request("INVALIDJOBSTATE", "Deleting an InProgress Job not allowed")
        call.world.logs.write(db, [events.job_row(call.world, call.now, _by(call, job), "Deleted", job["rows"])])
    call.world.bulk.result(job["job_id"]).remove()
    answer = nothing()
    answer.entities = (job["object"],)
    return answer


def _by(call: Call, job: dict[str, Any]) -> dict[str, Any]:
    """A job as its log row names whoever acts on it now."""
    caller = call.caller
    keys = {"session_key": caller.session_key, "login_key": caller.login_key, "address": call.client.address}
    return {**job, **keys, "user_id": caller.user_id}


def results(call: Call) -> Answer:
    """`/jobs/query/{id}/results`: a page as CSV; `Sforce-Locator` is the word `null` on the last one."""
    job = _job(call)
    if job["version"] != call.version:
        raise ApiRefused(409, "INVALIDVERSION", "Results must be read with the API version that created the job")
    if job["state"] != "JobComplete":
        raise bad_request("INVALIDJOBSTATE", f"Job is not complete: {job['state']}")
    start, count = _from_locator(call), _wanted(call)
    part = call.world.bulk.result(job["job_id"]).page(start, count, job["rows"])
    end = min(start + count, job["rows"])
    headers = {
        "Sforce-Locator": _locator(end) if end < job["rows"] else "null",
        "Sforce-NumberOfRecords": str(end - start),
    }
    answer = Answer(file=part, media="text/csv", headers=headers, rows=end - start, entities=(job["object"],))
    answer.stored.append(events.bulk_result_event(call, job["soql"]))
    return answer


def _wanted(call: Call) -> int:
    text = call.query.get("maxRecords", "")
    if text and (not text.isdigit() or int(text) == 0):
        raise bad_request("INVALID_PARAMETER", "maxRecords must be a positive number")
    return min(int(text), PAGE_ROWS * 10) if text else PAGE_ROWS


def _locator(row: int) -> str:
    return base64.urlsafe_b64encode(f"row-{row}".encode()).decode().rstrip("=")


def _from_locator(call: Call) -> int:
    """The first row of a page. Raises 400 for a locator that is none of ours."""
    text = call.query.get("locator", "")
    if not text:
        return 0
    try:
        word, _, row = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("-")
        if word == "row":
            return int(row)
    except ValueError:
        pass
    raise bad_request("INVALID_QUERY_LOCATOR", "invalid query locator")


def resume(world: World) -> None:
    """After a restart: jobs that were under way begin anew."""
    with world.store.write() as db:
        db.execute("UPDATE sim_job SET state = 'UploadComplete' WHERE state = 'InProgress'")
    for job in world.store.all("SELECT * FROM sim_job WHERE state = 'UploadComplete'"):
        at = datetime.fromisoformat(job["created"])
        compiled = compile_text(job["soql"], world.store.schema, at, all_rows=job["operation"] == "queryAll", bulk=True)
        world.bulk.start(job, compiled)


def ingest(call: Call) -> Answer:
    """`/jobs/ingest`: nobody loads data into the simulated org by Bulk API; the list is empty."""
    if call.method == "GET":
        return Answer(body={"done": True, "records": [], "nextRecordsUrl": None})
    raise bad_request("FEATURENOTENABLED", "Bulk API 2.0 ingest is not offered by the simulated org")


ROUTES = (
    Endpoint(
        "/jobs/query", jobs, "POST and list of Bulk API 2.0 query jobs", "400 for what Bulk does not run", family="Bulk"
    ),
    Endpoint(
        "/jobs/query/{id}",
        job_page,
        "look, abort, delete",
        "403 for other people's, 400 `INVALIDJOBSTATE`",
        family="Bulk",
    ),
    Endpoint(
        "/jobs/query/{id}/results",
        results,
        "CSV pages by `locator` and `maxRecords`",
        "409 under another version",
        family="Bulk",
    ),
    Endpoint("/jobs/ingest", ingest, "an empty list", "POST", family="Bulk"),
)
