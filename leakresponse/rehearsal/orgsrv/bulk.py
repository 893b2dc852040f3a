"""Bulk API 2.0 query jobs. Results are written once to a file and served as byte ranges.

Facts: Bulk API 2.0 guide (query jobs): states, `Sforce-Locator` with the literal `null` at the end, results under the
version of the job, abort and delete by the creator or with Manage Data Integrations.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from leakresponse.rehearsal.org.schema import SCHEMA
from leakresponse.rehearsal.org.soql_engine import compile_text, run
from leakresponse.rehearsal.org.soql_engine_errors import QueryRefused
from leakresponse.rehearsal.org.soql_engine_rows import csv_lines
from leakresponse.rehearsal.orgsrv.clock import iso
from leakresponse.rehearsal.orgsrv.errors import ApiError, not_found
from leakresponse.rehearsal.orgsrv.identity import Caller, permissions
from leakresponse.rehearsal.orgsrv.logs import new_request_id
from leakresponse.rehearsal.orgsrv.rest import READ_NEEDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakresponse.rehearsal.orgsrv.org import Org

#: Rows between two entries of the offset index; a page is a whole number of these.
STEP = 1000
DEFAULT_ROWS = 50_000
CHUNK = 1 << 18
_FINISHED = frozenset({"JobComplete", "Aborted", "Failed"})


def create(org: Org, caller: Caller, request: Request, body: bytes) -> Response:
    """`POST /jobs/query`."""
    try:
        asked = json.loads(body)
    except ValueError:
        raise ApiError(400, "JSON_PARSER_ERROR", "invalid JSON") from None
    soql, operation = str(asked.get("query", "")), asked.get("operation", "query")
    if operation not in {"query", "queryAll"}:
        raise ApiError(400, "INVALIDJOB", "operation must be query or queryAll")
    request.state.soql = soql
    compiled = compile_text(soql, SCHEMA, org.clock.now(), all_rows=operation == "queryAll", bulk=True)
    held = permissions(org, caller.user_id)
    if any(READ_NEEDS[e] not in held for e in compiled.entities if e in READ_NEEDS):
        raise ApiError(403, "INSUFFICIENT_ACCESS", "insufficient access rights on cross-reference id")
    job = {
        "job_id": org.store.new_id("750"), "owner_id": caller.user_id, "operation": operation,
        "object": compiled.object.name, "soql": soql, "state": "UploadComplete", "rows": 0,
        "api_version": request.path_params["version"], "created": iso(org.clock.now()), "message": "",
        "line_ending": asked.get("lineEnding", "LF"), "delimiter": asked.get("columnDelimiter", "COMMA"),
    }  # fmt: skip
    with org.store.write():
        org.store.insert("_job", job)
        _event(org, caller, job, "UploadComplete", 0)
        _request_row(org, caller, request, job, 200)
        org.logs.row("UniqueQuery", caller, new_request_id(), QUERY_TYPE="SOQL", QUERY_IDENTIFIER=soql)
    threading.Thread(target=_work, args=(org, caller, job), daemon=True).start()
    return JSONResponse(_shown(job))


def _work(org: Org, caller: Caller, job: dict[str, Any]) -> None:
    """Run the query into the result file, with the byte offset of every STEP-th row beside it."""
    if not _move(org, caller, job, "InProgress", 0):
        return
    path = _result(org, job["job_id"])
    path.parent.mkdir(exist_ok=True)
    try:
        all_rows = job["operation"] == "queryAll"
        compiled = compile_text(job["soql"], SCHEMA, org.clock.now(), all_rows=all_rows, bulk=True)
        count, offsets = _write(path, csv_lines(compiled, run(org.store.read, compiled)))
    except QueryRefused as refused:
        _move(org, caller, job, "Failed", 0, refused.code)
        return
    path.with_suffix(".offsets").write_text(json.dumps(offsets), encoding="ascii")
    _move(org, caller, job, "JobComplete", count)


def _write(path: Path, lines: Iterator[str]) -> tuple[int, list[int]]:
    offsets, place, count = [], 0, 0
    with path.open("wb") as out:
        header = next(lines).encode()
        place += out.write(header)
        for line in lines:
            if count % STEP == 0:
                offsets.append(place)
            place += out.write(line.encode())
            count += 1
    return count, [*offsets, place]


def _move(org: Org, caller: Caller, job: dict[str, Any], state: str, rows: int, message: str = "") -> bool:
    """Change a job's state unless it is over or gone; written to BulkApi2 like every state."""
    with org.store.write() as connection:
        row = connection.execute("SELECT state FROM _job WHERE job_id = ?", (job["job_id"],)).fetchone()
        if row is None or row[0] in _FINISHED:
            return False
        change = (state, rows, message, job["job_id"])
        connection.execute("UPDATE _job SET state = ?, rows = ?, message = ? WHERE job_id = ?", change)
        _event(org, caller, job, state, rows)
    return True


def status(org: Org, caller: Caller, request: Request, job_id: str) -> Response:
    """`GET /jobs/query/{id}`."""
    job = _own(org, caller, job_id)
    _request_row(org, caller, request, job, 200)
    return JSONResponse(_shown(job, full=True))


def listed(org: Org, caller: Caller, request: Request) -> Response:
    """`GET /jobs/query`: every job that the caller may see."""
    everyone = "ManageDataIntegrations" in permissions(org, caller.user_id)
    rows = org.store.all("SELECT * FROM _job ORDER BY created DESC LIMIT 1000")
    seen = [_shown(job, full=True) for job in rows if everyone or job["owner_id"] == caller.user_id]
    org.logs.call(caller, request, 200, new_request_id(), family="Bulk")
    return JSONResponse({"done": True, "records": seen, "nextRecordsUrl": None})


def abort(org: Org, caller: Caller, request: Request, job_id: str, body: bytes) -> Response:
    """`PATCH /jobs/query/{id}` with state Aborted."""
    job = _own(org, caller, job_id)
    if json.loads(body or b"{}").get("state") != "Aborted":
        raise ApiError(400, "INVALIDJOBSTATE", "state can be set to Aborted only")
    if not _move(org, caller, job, "Aborted", 0):
        raise ApiError(400, "INVALIDJOBSTATE", "Aborting already Completed Job not allowed")
    _request_row(org, caller, request, job, 200)
    return JSONResponse(_shown({**job, "state": "Aborted"}))


def delete(org: Org, caller: Caller, request: Request, job_id: str) -> Response:
    """`DELETE /jobs/query/{id}`: job and results are gone, the log rows are not."""
    job = _own(org, caller, job_id)
    if job["state"] == "InProgress":
        raise ApiError(400, "INVALIDJOBSTATE", "job is in progress")
    with org.store.write() as connection:
        connection.execute("DELETE FROM _job WHERE job_id = ?", (job["job_id"],))
        _event(org, caller, job, "Deleted", job["rows"])
        _request_row(org, caller, request, job, 204)
    _result(org, job["job_id"]).unlink(missing_ok=True)
    return Response(status_code=204)


def results(org: Org, caller: Caller, request: Request, job_id: str) -> Response:
    """`GET /jobs/query/{id}/results`: one page, and one BulkApiResultEventStore row."""
    job = _own(org, caller, job_id)
    if job["api_version"] != request.path_params["version"]:
        raise ApiError(409, "API_VERSION_MISMATCH", "results are read under the version that made the job")
    if job["state"] != "JobComplete":
        raise ApiError(400, "INVALIDJOBSTATE", "Results are not available until the job is complete")
    asked = request.query_params.get("maxRecords", "")
    start = int(request.query_params.get("locator") or 0) if request.query_params.get("locator", "0").isdigit() else -1
    path = _result(org, job["job_id"])
    offsets: list[int] = json.loads(path.with_suffix(".offsets").read_text(encoding="ascii"))
    first, last = start // STEP, min((start + _rounded(asked)) // STEP, len(offsets) - 1)
    if start < 0 or first > len(offsets) - 1:
        raise ApiError(400, "INVALID_LOCATOR", "invalid locator")
    rows = min(job["rows"], last * STEP) - start
    _log_results(org, caller, request, job)
    header = {"Sforce-NumberOfRecords": str(rows)}
    header["Sforce-Locator"] = "null" if last >= len(offsets) - 1 else str(last * STEP)
    return StreamingResponse(_range(path, offsets[first], offsets[last]), headers=header, media_type="text/csv")


def _rounded(asked: str) -> int:
    wanted = int(asked) if asked.isdigit() and int(asked) > 0 else DEFAULT_ROWS
    return max(STEP, wanted // STEP * STEP)


def _range(path: Path, start: int, end: int) -> Iterator[bytes]:
    """The header line and then the bytes of the page."""
    with path.open("rb") as source:
        yield source.readline()
        source.seek(start)
        left = end - start
        while left > 0:
            chunk = source.read(min(CHUNK, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk


def _log_results(org: Org, caller: Caller, request: Request, job: dict[str, Any]) -> None:
    with org.store.write():
        _request_row(org, caller, request, job, 200)
        org.logs.event(
            "BulkApiResultEventStore", caller.user_id, caller.username, caller.client_ip, caller.login_key,
            caller.session_key, {"Query": job["soql"][:10_000]},
        )  # fmt: skip


def _own(org: Org, caller: Caller, job_id: str) -> dict[str, Any]:
    job = org.store.one("SELECT * FROM _job WHERE substr(job_id, 1, 15) = ?", job_id[:15])
    if job is None:
        raise not_found()
    if job["owner_id"] != caller.user_id and "ManageDataIntegrations" not in permissions(org, caller.user_id):
        raise not_found()
    return job


def _shown(job: dict[str, Any], full: bool = False) -> dict[str, Any]:
    shown = {
        "id": job["job_id"], "operation": job["operation"], "object": job["object"], "createdById": job["owner_id"],
        "createdDate": job["created"][:-1] + "+0000", "systemModstamp": job["created"][:-1] + "+0000",
        "state": job["state"], "concurrencyMode": "Parallel", "contentType": "CSV",
        "apiVersion": float(job["api_version"]), "lineEnding": job["line_ending"], "columnDelimiter": job["delimiter"],
    }  # fmt: skip
    if full:
        shown |= {"jobType": "V2Query", "numberRecordsProcessed": job["rows"], "retries": 0, "totalProcessingTime": 40}
    return shown


def _event(org: Org, caller: Caller, job: dict[str, Any], state: str, rows: int) -> None:
    org.logs.row(
        "BulkApi2", caller, new_request_id(), RUN_TIME=120, CPU_TIME=40, JOB_ID=job["job_id"][:15], JOB_STATUS=state,
        OPERATION_TYPE=job["operation"], ENTITY_TYPE=job["object"], RECORDS_PROCESSED=rows, RECORDS_FAILED=0,
        URI=f"/services/data/v{job['api_version']}/jobs/query/{job['job_id']}",
    )  # fmt: skip


def _request_row(org: Org, caller: Caller, request: Request, job: dict[str, Any], code: int) -> None:
    request_id = new_request_id()
    org.logs.call(caller, request, code, request_id, entity=job["object"], family="Bulk")
    if not request.url.path.endswith("/results"):
        org.logs.row(
            "BulkApiRequest", caller, request_id, RUN_TIME=12, CPU_TIME=4, URI=request.url.path,
            REQUEST_PATH=request.url.path, API_VERSION=job["api_version"], JOB_ID=job["job_id"][:15],
            OPERATION_TYPE=job["operation"], SUCCESS=1, CONNECTED_APP_ID=caller.app_id[:15],
            CLIENT_NAME=caller.client_name, CONCURRENCY_MODE="Parallel", STATUS_CODE=code,
        )  # fmt: skip


def _result(org: Org, job_id: str) -> Path:
    return org.state / "results" / f"{job_id}.csv"


__all__ = ["abort", "create", "delete", "listed", "results", "status"]
