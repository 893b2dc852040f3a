"""Bulk API 2.0 ingest jobs (Bulk API 2.0 guide, "Ingest"): create, upload, close, look, list, abort, delete, results.

Rows are checked and written by the same functions as single records, in the name of whoever made the job.
"""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

from leakresponse.rehearsal.org import events, multipart
from leakresponse.rehearsal.org.bulk_files import DELIMITERS, LINE_ENDINGS
from leakresponse.rehearsal.org.bulk_jobs import (
    ENDED,
    RUNNING,
    Job,
    abort_job,
    acted_by,
    delete_job,
    find_job,
    keep_job,
    list_jobs,
    new_job,
    over,
    shown_job,
)
from leakresponse.rehearsal.org.calls import Answer, Call, FilePart
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_method
from leakresponse.rehearsal.org.ingest_rows import check_load
from leakresponse.rehearsal.org.ingest_run import UPLOAD, result_file, run_job
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.world import World

#: Most bytes of one upload (guide, "Limits"), and characters of a job made in one multipart call.
MAX_UPLOAD, MAX_MULTIPART = 150_000_000, 100_000


def jobs(call: Call) -> Answer:
    """`/jobs/ingest`: POST makes a job, GET lists them, those of the older bulk API too."""
    if call.method == "GET":
        return list_jobs(call, ("V2Ingest", "Classic"))
    if call.method == "POST":
        return _create(call)
    raise no_method(call.method)


def _create(call: Call) -> Answer:
    given, content = _asked(call)
    job = _new(call, given, "Open" if content is None else "UploadComplete")
    if content is not None:
        _keep_upload(call.world, job["job_id"], content)
    answer = Answer(body=shown_job(job), entities=(job["object"],))
    keep_job(call, job, answer)
    if content is not None:
        _start(call.world, job)
    return answer


def _asked(call: Call) -> tuple[dict[str, Any], bytes | None]:
    """The wanted job, and its data where both come in one form: parts `job` and `content`."""
    kind = call.headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return call.json(), None
    if len(call.body) > MAX_MULTIPART:
        raise bad_request("INVALIDJOB", f"A multipart request takes at most {MAX_MULTIPART} characters")
    parts = multipart.parts_of(call.body, kind)
    try:
        given = json.loads(parts["job"])
    except (KeyError, ValueError):
        raise multipart.refusal() from None
    if not isinstance(given, dict) or "content" not in parts:
        raise multipart.refusal()
    return given, parts["content"]


def _new(call: Call, given: dict[str, Any], state: str) -> Job:
    operation, name = str(given.get("operation", "")), str(given.get("object", ""))
    key = str(given.get("externalIdFieldName") or "")
    delimiter, ending = str(given.get("columnDelimiter") or "COMMA"), str(given.get("lineEnding") or "LF")
    if delimiter not in DELIMITERS or ending not in LINE_ENDINGS or (given.get("contentType") or "CSV") != "CSV":
        raise bad_request("INVALIDJOB", "Unsupported contentType, columnDelimiter or lineEnding")
    obj = call.world.store.schema.get(name)
    if obj is None:
        raise bad_request("INVALIDENTITY", f"Unable to find object: {name}")
    check_load(call, obj, operation, key)
    rule = given.get("assignmentRuleId")
    job = new_job(call, "V2Ingest", operation, obj.name, state, externalIdFieldName=key, assignmentRuleId=rule)
    return {**job, "delimiter": delimiter, "line_ending": ending}


def job_page(call: Call) -> Answer:
    """`/jobs/ingest/{id}`: look, close, abort, delete."""
    job = find_job(call, "V2Ingest", call.args["id"])
    if call.method == "GET":
        return Answer(body=_whole(job), entities=(job["object"],))
    if call.method == "PATCH":
        return _change(call, job)
    if call.method == "DELETE":
        return delete_job(call, job)
    raise no_method(call.method)


def _whole(job: Job) -> dict[str, Any]:
    """A job with its figures; `errorMessage` where it failed."""
    error = {"errorMessage": job["message"]} if job["message"] else {}
    return {
        **shown_job(job), "jobType": "V2Ingest", "numberRecordsProcessed": job["rows"],
        "numberRecordsFailed": job["failed"], "retries": 0, "totalProcessingTime": job["milliseconds"],
        "apiActiveProcessingTime": job["milliseconds"], "apexProcessingTime": 0, **error,
    }  # fmt: skip


def _change(call: Call, job: Job) -> Answer:
    wanted = call.json().get("state")
    if wanted == "Aborted":
        return Answer(body=shown_job(abort_job(call, job, ("Open", *RUNNING))), entities=(job["object"],))
    if wanted != "UploadComplete":
        raise bad_request("INVALIDJOBSTATE", "An ingest job can only be set to UploadComplete or Aborted")
    closed = {**job, "state": "UploadComplete", "modified": iso(call.now)}
    answer = Answer(body=shown_job(closed), entities=(job["object"],))
    with call.world.store.write() as db:
        sql = "UPDATE sim_job SET state = 'UploadComplete', modified = ? WHERE job_id = ? AND state = 'Open'"
        if db.execute(sql, (closed["modified"], job["job_id"])).rowcount == 0:
            raise over(call, "Closing", job["job_id"])
        row = events.bulk_request_row(call, answer, job["job_id"], job["operation"])
        state = events.job_row(call.world, call.now, acted_by(call, job), "UploadComplete")
        call.world.logs.write(db, [state, row])
    _start(call.world, closed)
    return answer


def _start(world: World, job: Job) -> None:
    world.bulk.submit(lambda: run_job(world, job))


def batches(call: Call) -> Answer:
    """`PUT /jobs/ingest/{id}/batches`: the data, once; 201 without a body."""
    if call.method != "PUT":
        raise no_method(call.method)
    job = find_job(call, "V2Ingest", call.args["id"])
    if job["state"] != "Open":
        raise bad_request("INVALIDJOBSTATE", f"Job is not open: current state is {job['state']}")
    if call.world.bulk.file(job["job_id"], UPLOAD).exists():
        words = (
            f"Found multiple contents for job: <{job['job_id']}>, please 'Close' / 'Abort' / 'Delete' the current Job "
            "then create a new Job and make sure you only do 'PUT' once on a given Job."
        )
        raise bad_request("INVALIDJOBSTATE", words)
    _keep_upload(call.world, job["job_id"], _clear(call))
    answer = Answer(201, entities=(job["object"],))
    answer.log.append(events.bulk_request_row(call, answer, job["job_id"], job["operation"]))
    return answer


def _clear(call: Call) -> bytes:
    """The body unpacked. Raises 413 above 150 MB, 400 for packing that cannot be read."""
    try:
        packed = call.headers.get("content-encoding", "").strip().lower() == "gzip"
        content = gzip.decompress(call.body) if packed else call.body
    except (OSError, EOFError, zlib.error):
        raise bad_request("INVALID_REQUEST_BODY", "The body cannot be unpacked") from None
    if len(content) > MAX_UPLOAD:
        raise ApiRefused(413, "REQUEST_ENTITY_TOO_LARGE", f"An upload takes at most {MAX_UPLOAD} bytes")
    return content


def _keep_upload(world: World, job_id: str, content: bytes) -> None:
    fresh = world.bulk.file(job_id, f"{UPLOAD}-new")
    fresh.write_bytes(content)
    fresh.replace(world.bulk.file(job_id, UPLOAD))


def _results(call: Call, which: str) -> Answer:
    if call.method != "GET":
        raise no_method(call.method)
    job = find_job(call, "V2Ingest", call.args["id"])
    if job["state"] not in ENDED:
        raise bad_request("INVALIDJOBSTATE", f"Job is not complete: {job['state']}")
    path = result_file(call.world, job, which)
    return Answer(file=FilePart(path, 0, path.stat().st_size), media="text/csv", entities=(job["object"],))


def resume(world: World) -> None:
    """After a restart: jobs that were under way go on after the last row that was kept."""
    for job in world.store.all("SELECT * FROM sim_job WHERE kind = 'V2Ingest' AND state IN (?, ?)", *RUNNING):
        _start(world, job)


def _endpoint(path: str, which: str) -> Endpoint:
    return Endpoint(
        path, lambda call: _results(call, which), f"CSV of the {which} rows", "400 `INVALIDJOBSTATE`", family="Bulk"
    )


ROUTES = (
    Endpoint(
        "/jobs/ingest", jobs, "POST (JSON, or a form with the data) and list of Bulk API 2.0 ingest jobs",
        "400 `INVALIDJOB`, `INVALIDENTITY`", family="Bulk",
    ),
    Endpoint(
        "/jobs/ingest/{id}", job_page, "look, close, abort, delete", "403 for other people's, 400 `INVALIDJOBSTATE`",
        family="Bulk",
    ),
    Endpoint(
        "/jobs/ingest/{id}/batches", batches, "PUT of the CSV", "400 the second time, 413 above 150 MB", family="Bulk"
    ),
    _endpoint("/jobs/ingest/{id}/successfulResults", "successful"),
    _endpoint("/jobs/ingest/{id}/failedResults", "failed"),
    _endpoint("/jobs/ingest/{id}/unprocessedrecords", "unprocessed"),
)  # fmt: skip
