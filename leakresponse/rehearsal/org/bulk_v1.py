"""The older bulk API, `/services/async/XX.0/job` (Bulk API guide): jobs with batches, in XML, JSON or CSV.

The session comes in `X-SFDC-Session`; a dead one is 400 InvalidSessionId. Its jobs stand in the lists of Bulk API 2.0
as `Classic`. Logs: BulkApi for every batch that ended, BulkApiRequest for what was made or changed, ApiTotalUsage,
UniqueQuery for the text of a query, BulkApiResultEventStore for a download.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.bulk_jobs import Job, facts_of, find_job, keep_job, new_job, over
from leakresponse.rehearsal.org.bulk_v1_forms import CSV, JSON, MEDIA, asked, refusal, shown, wants_json
from leakresponse.rehearsal.org.bulk_v1_run import QUERIES, Batch, queue, request_file, result_path
from leakresponse.rehearsal.org.calls import Answer, Call, FilePart
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.discovery import checked_version
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_method
from leakresponse.rehearsal.org.identity import authenticate
from leakresponse.rehearsal.org.ids import new_id, request_id
from leakresponse.rehearsal.org.ingest_rows import check_load
from leakresponse.rehearsal.org.routes import Address
from leakresponse.rehearsal.org.serving import act, base_url, client_of, keep, respond
from leakresponse.rehearsal.org.store import put
from leakresponse.rehearsal.org.world import World

ROOT = "/services/async/{version}/job"


def jobs(call: Call) -> Answer:
    """`POST /job`: 201 with the jobInfo."""
    if call.method != "POST":
        raise no_method(call.method)
    given = asked(call.body)
    operation, content = given.get("operation", ""), given.get("contentType", "XML").upper()
    obj = call.world.store.schema.get(given.get("object", ""))
    if obj is None:
        raise bad_request("InvalidJob", f"Unable to find object: {given.get('object', '')}")
    if content not in MEDIA:
        raise bad_request("InvalidJob", f"Unsupported content type: {content}")
    if operation not in QUERIES:
        check_load(call, obj, operation, given.get("externalIdFieldName", ""))
    job = new_job(
        call, "Classic", operation, obj.name, "Open", content=content,
        concurrency=given.get("concurrencyMode", "Parallel"), externalIdFieldName=given.get("externalIdFieldName", ""),
        pk_chunking=call.headers.get("sforce-enable-pkchunking", "").strip().lower() not in {"", "false"},
    )  # fmt: skip
    answer = _job_shown(call, job, 201)
    keep_job(call, job, answer)
    return answer


def job_page(call: Call) -> Answer:
    """`/job/{id}`: GET looks, POST closes or aborts."""
    job = find_job(call, "Classic", call.args["id"])
    if call.method == "GET":
        return _job_shown(call, job)
    if call.method != "POST":
        raise no_method(call.method)
    wanted = asked(call.body).get("state", "")
    if wanted not in {"Closed", "Aborted"}:
        raise bad_request("InvalidJobState", f"A job cannot be set to {wanted}")
    return _job_shown(call, _set(call, job, wanted))


def _set(call: Call, job: Job, wanted: str) -> Job:
    """Close or abort. Batches that wait go with an aborted job, those that run do not."""
    word = "Aborting" if wanted == "Aborted" else "Closing"
    before = ("Open", "Closed") if wanted == "Aborted" else ("Open", "Open")
    with call.world.store.write() as db:
        sql = "UPDATE sim_job SET state = ?, modified = ? WHERE job_id = ? AND state IN (?, ?)"
        if db.execute(sql, (wanted, iso(call.now), job["job_id"], *before)).rowcount == 0:
            raise over(call, word, job["job_id"])
        if wanted == "Aborted":
            sql = "UPDATE sim_batch SET state = 'NotProcessed', modified = ? WHERE job_id = ? AND state = 'Queued'"
            db.execute(sql, (iso(call.now), job["job_id"]))
        row = events.bulk_request_row(call, Answer(), job["job_id"], job["operation"])
        call.world.logs.write(db, [row])
    return {**job, "state": wanted, "modified": iso(call.now)}


def batches(call: Call) -> Answer:
    """`/job/{id}/batch`: POST adds one, GET lists them."""
    job = find_job(call, "Classic", call.args["id"])
    if call.method == "POST":
        return _add(call, job)
    if call.method != "GET":
        raise no_method(call.method)
    found = [_batch_facts(one) for one in _batches(call, job)]
    return shown("batchInfoList", {"batchInfo": found}, _json(call, job))


def _add(call: Call, job: Job) -> Answer:
    if job["state"] != "Open":
        words = f"Failed to create batch, since the Job is not Open. Current job state is '{job['state']}'"
        raise bad_request("InvalidJobState", words)
    if not call.body.strip():
        raise bad_request("ClientInputError", "Unable to find any data to create batch")
    now = iso(call.now)
    batch: Batch = {
        "batch_id": new_id("751"), "job_id": job["job_id"], "state": "Queued", "created": now, "modified": now,
        "rows": 0, "failed": 0, "milliseconds": 0, "message": "",
    }  # fmt: skip
    request_file(call.world, batch).write_bytes(call.body)
    answer = shown("batchInfo", _batch_facts(batch), _json(call, job), 201)
    rows = [events.bulk_request_row(call, answer, job["job_id"], job["operation"], batch["batch_id"])]
    if job["operation"] in QUERIES:
        rows.append(events.unique_query_row(call, call.body.decode("utf-8", "replace").strip()))
    with call.world.store.write() as db:
        put(db, "sim_batch", batch)
        call.world.logs.write(db, rows)
    queue(call.world, job, batch)
    return answer


def batch_page(call: Call) -> Answer:
    """`/job/{id}/batch/{batch}`: how far it got."""
    job, batch = _batch(call)
    return shown("batchInfo", _batch_facts(batch), _json(call, job))


def batch_request(call: Call) -> Answer:
    """`…/request`: what was sent."""
    job, batch = _batch(call)
    path = request_file(call.world, batch)
    return Answer(file=FilePart(path, 0, path.stat().st_size), media=MEDIA[facts_of(job)["content"]])


def batch_result(call: Call) -> Answer:
    """`…/result`: the list of results of a query, or how each record of a load fared."""
    job, batch = _batch(call)
    if batch["state"] != "Completed":
        raise bad_request("InvalidBatch", "Batch not completed")
    if job["operation"] not in QUERIES:
        return _fates(call, job, batch)
    result = _result_id(batch)
    if _json(call, job):
        return Answer(content=json.dumps([result]).encode(), media=JSON)
    return shown("result-list", {"result": result}, as_json=False)


def query_result(call: Call) -> Answer:
    """`…/result/{result}`: the records."""
    job, batch = _batch(call)
    if batch["state"] != "Completed" or call.args["result"] != _result_id(batch) or job["operation"] not in QUERIES:
        raise bad_request("InvalidBatch", "Unable to find the result of the batch")
    path = result_path(call.world, batch)
    part = FilePart(path, 0, path.stat().st_size)
    soql = request_file(call.world, batch).read_text(encoding="utf-8", errors="replace").strip()
    answer = Answer(file=part, media=MEDIA[facts_of(job)["content"]], rows=batch["rows"], entities=(job["object"],))
    answer.stored.append(events.bulk_result_event(call, soql))
    return answer


def _fates(call: Call, job: Job, batch: Batch) -> Answer:
    sql = "SELECT record_id, created, error FROM sim_ingest_row WHERE job_id = ? ORDER BY number"
    rows = call.world.store.all(sql, batch["batch_id"])
    content = facts_of(job)["content"]
    if content == "CSV":
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(("Id", "Success", "Created", "Error"))
        for row in rows:
            writer.writerow((row["record_id"], _word(not row["error"]), _word(row["created"]), row["error"]))
        return Answer(content=out.getvalue().encode(), media=CSV)
    found = [_fate(row) for row in rows]
    if content == "JSON":
        return Answer(content=json.dumps(found).encode(), media=JSON)
    return shown("results", {"result": found}, as_json=False)


def _fate(row: dict[str, Any]) -> dict[str, Any]:
    code, _, words = row["error"].partition(":")
    errors = [{"statusCode": code, "message": words.rpartition(":")[0], "fields": []}] if code else []
    return {"success": not code, "created": bool(row["created"]), "id": row["record_id"] or None, "errors": errors}


def _word(value: object) -> str:
    return "true" if value else "false"


def _result_id(batch: Batch) -> str:
    return f"752{batch['batch_id'][3:]}"


def _batch(call: Call) -> tuple[Job, Batch]:
    if call.method != "GET":
        raise no_method(call.method)
    job, wanted = find_job(call, "Classic", call.args["id"]), call.args["batch"]
    found = next((one for one in _batches(call, job) if wanted in {one["batch_id"], one["batch_id"][:15]}), None)
    if found is None:
        raise bad_request("InvalidBatch", f"Unable to find batch: {wanted}")
    return job, found


def _batches(call: Call, job: Job) -> list[Batch]:
    return call.world.store.all("SELECT * FROM sim_batch WHERE job_id = ? ORDER BY rowid", job["job_id"])


def _json(call: Call, job: Job) -> bool:
    return wants_json(call.headers) or facts_of(job)["content"] == "JSON"


def _batch_facts(batch: Batch) -> dict[str, Any]:
    message = {"stateMessage": batch["message"]} if batch["message"] else {}
    return {
        "id": batch["batch_id"], "jobId": batch["job_id"], "state": batch["state"], **message,
        "createdDate": batch["created"], "systemModstamp": batch["modified"], "numberRecordsProcessed": batch["rows"],
        "numberRecordsFailed": batch["failed"], "totalProcessingTime": batch["milliseconds"],
        "apiActiveProcessingTime": batch["milliseconds"], "apexProcessingTime": 0,
    }  # fmt: skip


def _job_shown(call: Call, job: Job, status: int = 200) -> Answer:
    facts = facts_of(job)
    states = [one["state"] for one in _batches(call, job)]
    key = {"externalIdFieldName": facts["externalIdFieldName"]} if facts.get("externalIdFieldName") else {}
    return shown("jobInfo", {
        "id": job["job_id"], "operation": job["operation"], "object": job["object"], "createdById": job["user_id"],
        "createdDate": job["created"], "systemModstamp": job["modified"], "state": job["state"], **key,
        "concurrencyMode": facts["concurrency"], "contentType": facts["content"],
        "numberBatchesQueued": states.count("Queued"), "numberBatchesInProgress": states.count("InProgress"),
        "numberBatchesCompleted": states.count("Completed"), "numberBatchesFailed": states.count("Failed"),
        "numberBatchesTotal": len(states), "numberRecordsProcessed": job["rows"], "numberRetries": 0,
        "apiVersion": float(job["version"]), "numberRecordsFailed": job["failed"],
        "totalProcessingTime": job["milliseconds"], "apiActiveProcessingTime": job["milliseconds"],
        "apexProcessingTime": 0,
    }, _json(call, job), status)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    handler: Callable[[Call], Answer]
    answers: str
    refuses: str = "400 with exceptionCode"


_PLACES = (
    _Place(ROOT, jobs, "POST: a job of the older bulk API, XML or JSON", "400 `InvalidJob`, `InvalidSessionId`"),
    _Place(f"{ROOT}/{{id}}", job_page, "look, close, abort", "400 `InvalidJobState`"),
    _Place(f"{ROOT}/{{id}}/batch", batches, "add a batch, list them", "400 `InvalidJobState`, `ClientInputError`"),
    _Place(f"{ROOT}/{{id}}/batch/{{batch}}", batch_page, "how far a batch got", "400 `InvalidBatch`"),
    _Place(f"{ROOT}/{{id}}/batch/{{batch}}/request", batch_request, "what was sent", "400 `InvalidBatch`"),
    _Place(f"{ROOT}/{{id}}/batch/{{batch}}/result", batch_result, "result ids, or fates of a load"),
    _Place(f"{ROOT}/{{id}}/batch/{{batch}}/result/{{result}}", query_result, "records as CSV, JSON or XML"),
)
ADDRESSES: tuple[Address, ...] = tuple(Address(one.path, one.answers, one.refuses) for one in _PLACES)


def routes(world: World) -> list[Route]:
    """The addresses of this API."""
    return [_route(world, one) for one in _PLACES]


def _route(world: World, place: _Place) -> Route:
    async def answer(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(_serve, world, place, request, body)

    return Route(place.path, answer, methods=["GET", "POST"])


def _serve(world: World, place: _Place, request: Request, body: bytes) -> Response:
    """Authenticate, act, log, answer, as for the REST API, in the words of this one."""
    world.calls += 1
    as_json = wants_json(request.headers)
    try:
        call = _call(world, request, body)
    except ApiRefused as refused:
        return respond(refusal(refused, as_json), {})
    answer, code = act(call, place.handler)
    rows = [] if code else list(answer.log)
    if code:
        first = answer.body[0]
        answer = refusal(ApiRefused(answer.status, first["errorCode"], first["message"]), as_json)
    keep(call, [*rows, events.usage_row(call, answer, "Bulk")], answer)
    return respond(answer, {})


def _call(world: World, request: Request, body: bytes) -> Call:
    version = checked_version(request.path_params["version"])
    token = request.headers.get("x-sfdc-session", "")
    if not token:
        raise bad_request("InvalidSessionId", "Unable to find session id")
    try:
        caller = authenticate(world, token)
    except ApiRefused:
        raise bad_request("InvalidSessionId", "Invalid session id") from None
    path = request.url.path
    return Call(
        world=world, caller=caller, client=client_of(request), method=request.method, path=path, version=version,
        base_url=base_url(request), query=dict(request.query_params), headers=request.headers, body=body,
        args=request.path_params, now=world.clock.now(), request_id=request_id(), uri=path,
    )  # fmt: skip
