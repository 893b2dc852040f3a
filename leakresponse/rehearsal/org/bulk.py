"""Bulk API 2.0 query jobs (Bulk API 2.0 guide, "Query"): create, look, list, abort, delete, fetch results.

A job's rows in the BulkApi2 log tell every state it went through, also when it was aborted or deleted; a download
leaves BulkApiResultEventStore alone (notes on Salesforce's logs). Results stand in a file and go out as byte ranges.
"""

from __future__ import annotations

import base64
from typing import Any

from leakresponse.rehearsal.org import bulk_runner, bulk_v1_run, events, ingest
from leakresponse.rehearsal.org.bulk_files import DELIMITERS, LINE_ENDINGS
from leakresponse.rehearsal.org.bulk_jobs import (
    Job,
    abort_job,
    delete_job,
    find_job,
    keep_job,
    list_jobs,
    new_job,
    shown_job,
)
from leakresponse.rehearsal.org.bulk_runner import BulkRunner
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_method
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.world import World

__all__ = ["ROUTES", "BulkRunner", "resume"]

PAGE_ROWS = 100_000
_ADDRESSES = 5


def jobs(call: Call) -> Answer:
    """`/jobs/query`: POST makes a job, GET lists them, those of the older bulk API too."""
    if call.method == "POST":
        return _create(call)
    if call.method == "GET":
        return list_jobs(call, ("V2Query", "Classic"))
    raise no_method(call.method)


def job_page(call: Call) -> Answer:
    """`/jobs/query/{id}`: look, abort, delete."""
    job = find_job(call, "V2Query", call.args["id"])
    if call.method == "GET":
        return Answer(body=_whole(job), entities=(job["object"],))
    if call.method == "PATCH":
        if call.json().get("state") != "Aborted":
            raise bad_request("INVALIDJOBSTATE", "A query job can only be set to Aborted")
        return Answer(body=shown_job(abort_job(call, job)), entities=(job["object"],))
    if call.method == "DELETE":
        return delete_job(call, job)
    raise no_method(call.method)


def _create(call: Call) -> Answer:
    given = call.json()
    operation, soql = str(given.get("operation", "")), str(given.get("query", ""))
    if operation not in {"query", "queryAll"}:
        raise bad_request("INVALIDJOB", "Unsupported operation type for this endpoint")
    delimiter, ending = str(given.get("columnDelimiter") or "COMMA"), str(given.get("lineEnding") or "LF")
    if delimiter not in DELIMITERS or ending not in LINE_ENDINGS or (given.get("contentType") or "CSV") != "CSV":
        raise bad_request("INVALIDJOB", "Unsupported contentType, columnDelimiter or lineEnding")
    compiled = prepare(call, soql, operation == "queryAll", bulk=True)
    if compiled.object.key != "Id":
        raise bad_request("INVALIDENTITY", f"Entity '{compiled.object.name}' is not supported by the Bulk API.")
    job = new_job(call, "V2Query", operation, compiled.object.name, "UploadComplete")
    job |= {"soql": soql, "delimiter": delimiter, "line_ending": ending}
    answer = Answer(body=shown_job(job), entities=(job["object"],))
    answer.log.append(events.unique_query_row(call, soql))
    keep_job(call, job, answer)
    call.world.bulk.start(job, compiled)
    return answer


def _whole(job: Job) -> dict[str, Any]:
    """A job with how far it got; the guide has `errorMessage` for jobs that failed."""
    error = {"errorMessage": job["message"]} if job["message"] else {}
    return {
        **shown_job(job), "jobType": "V2Query", "numberRecordsProcessed": job["rows"], "retries": 0,
        "totalProcessingTime": job["milliseconds"], "isPkChunkingSupported": True, **error,
    }  # fmt: skip


def results(call: Call) -> Answer:
    """`/jobs/query/{id}/results`: a page as CSV; `Sforce-Locator` is the word `null` on the last one.

    Packed where gzip is the one coding that the client takes (guide, "Use Compression"); a client that names several
    gets clear text, which is as fast as the disk.
    """
    job = find_job(call, "V2Query", call.args["id"])
    if call.method != "GET":
        raise no_method(call.method)
    if job["version"] != call.version:
        raise ApiRefused(409, "INVALIDVERSION", "Results must be read with the API version that created the job")
    if job["state"] != "JobComplete":
        raise bad_request("INVALIDJOBSTATE", f"Job is not complete: {job['state']}")
    start, count = _from_locator(call), _wanted(call)
    part = call.world.bulk.result(job["job_id"]).page(start, count, job["rows"])
    end = min(start + count, job["rows"])
    headers = {
        "Sforce-Locator": _locator(end) if end < job["rows"] else "null",
        "Sforce-NumberOfRecords": str(max(0, end - start)),
    }
    if call.headers.get("accept-encoding", "").strip().lower() == "gzip":
        headers["Content-Encoding"] = "gzip"
    answer = Answer(file=part, media="text/csv", headers=headers, rows=max(0, end - start), entities=(job["object"],))
    answer.stored.append(events.bulk_result_event(call, job["soql"]))
    return answer


def result_pages(call: Call) -> Answer:
    """`/jobs/query/{id}/resultPages`: up to five addresses of pages at a time, to be fetched side by side.

    The guide's table says `nextRecordUrl`, its own sample `nextRecordsUrl`: both are given.
    """
    job = find_job(call, "V2Query", call.args["id"])
    if call.method != "GET":
        raise no_method(call.method)
    if job["state"] != "JobComplete":
        raise bad_request("INVALIDJOBSTATE", f"Job is not complete: {job['state']}")
    start = _from_locator(call)
    firsts = range(start, max(job["rows"], 1), PAGE_ROWS)
    base = f"/services/data/v{call.version}/jobs/query/{job['job_id']}"
    listed = [{"resultUrl": f"{base}/results?locator={_locator(row)}"} for row in firsts[:_ADDRESSES]]
    body: dict[str, Any] = {"resultPages": listed, "done": len(firsts) <= _ADDRESSES}
    if not body["done"]:
        body["nextRecordsUrl"] = body["nextRecordUrl"] = f"{base}/resultPages?locator={_locator(firsts[_ADDRESSES])}"
    return Answer(body=body, entities=(job["object"],))


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
    """After a restart: jobs that were under way go on."""
    bulk_runner.resume_queries(world)
    ingest.resume(world)
    bulk_v1_run.resume(world)


ROUTES = (
    Endpoint(
        "/jobs/query", jobs, "POST and list of Bulk API 2.0 query jobs", "400 for what Bulk does not run", family="Bulk"
    ),
    Endpoint(
        "/jobs/query/{id}", job_page, "look, abort, delete; 404 after seven days",
        "403 for other people's, 400 `INVALIDJOBSTATE`", family="Bulk",
    ),
    Endpoint(
        "/jobs/query/{id}/results", results, "CSV pages by `locator` and `maxRecords`, gzip",
        "409 under another version, 400 `INVALIDJOBSTATE` for a job that is not complete", family="Bulk",
    ),
    Endpoint(
        "/jobs/query/{id}/resultPages", result_pages, "addresses of the result pages, five at a time",
        "400 `INVALIDJOBSTATE` for a job that is not complete", family="Bulk",
    ),
    *ingest.ROUTES,
)  # fmt: skip
