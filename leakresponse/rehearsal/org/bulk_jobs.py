"""Jobs of every bulk API, as rows of `sim_job`: found, listed, shown, ended, forgotten after seven days.

Bulk API 2.0 guide, "Get Information About All Query Jobs", "Get All Jobs", "Delete a Job", "Limits": a list of query
jobs holds Bulk API 2.0 query jobs and every Bulk API (v1) job; jobs in an end state are deleted after seven days.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.calls import Answer, Call, Client, nothing
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import bad_request, no_access, not_found
from leakresponse.rehearsal.org.identity import Caller, allowed
from leakresponse.rehearsal.org.ids import new_id, request_id
from leakresponse.rehearsal.org.store import all_rows, put
from leakresponse.rehearsal.org.world import World

Job = dict[str, Any]
Kind = Literal["V2Query", "V2Ingest", "Classic"]
LIST_ROWS = 1_000
KEPT = timedelta(days=7)
#: A job in one of these goes on by itself; `Open` waits for its client.
RUNNING = ("UploadComplete", "InProgress")
ENDED = ("JobComplete", "Failed", "Aborted", "Closed")
_PATHS: dict[Kind, str] = {"V2Query": "query", "V2Ingest": "ingest", "Classic": "ingest"}


def new_job(call: Call, kind: Kind, operation: str, object_name: str, state: str, **facts: Any) -> Job:
    """A row of sim_job. `facts` are what only this kind of job has, beside whoever made it."""
    now, caller, client = iso(call.now), call.caller, call.client
    who = {
        "app_id": caller.app_id, "app_name": caller.app_name, "username": caller.username,
        "session_id": caller.session_id, "login_history_id": caller.login_history_id, "agent": client.agent,
        "client_name": client.name,
    }  # fmt: skip
    return {
        "job_id": new_id("750"), "kind": kind, "user_id": caller.user_id, "operation": operation,
        "object": object_name, "soql": "", "version": call.version, "state": state, "created": now, "modified": now,
        "rows": 0, "failed": 0, "milliseconds": 0, "delimiter": "COMMA", "line_ending": "LF", "message": "",
        "login_key": caller.login_key, "session_key": caller.session_key, "address": client.address,
        "facts": json.dumps({**who, **facts}),
    }  # fmt: skip


def keep_job(call: Call, job: Job, answer: Answer) -> None:
    """Write a new job with the log rows of its making."""
    with call.world.store.write() as db:
        put(db, "sim_job", job)
        rows = [events.bulk_request_row(call, answer, job["job_id"], job["operation"])]
        if job["kind"] != "Classic":
            rows.append(events.job_row(call.world, call.now, job, job["state"]))
        call.world.logs.write(db, rows)


def facts_of(job: Job) -> dict[str, Any]:
    """What only this kind of job has."""
    return dict(json.loads(job["facts"]))


def find_job(call: Call, kind: Kind, job_id: str) -> Job:
    """A job of the caller, or anybody's with Manage Data Integrations. Raises 404, also after seven days, and 403."""
    forget_old(call.world)
    sql = "SELECT * FROM sim_job WHERE (job_id = ? OR SUBSTR(job_id, 1, 15) = ?) AND kind = ?"
    row = call.world.store.one(sql, job_id, job_id, kind)
    if row is None:
        raise not_found()
    if row["user_id"] != call.caller.user_id and not allowed(call.world, call.caller, "ManageDataIntegrations"):
        raise no_access()
    return row


def forget_old(world: World) -> None:
    """Delete jobs older than seven days by the org's clock that are over, with their files."""
    before = iso(world.clock.now() - KEPT)
    places = ", ".join("?" * len(ENDED))
    where = f"WHERE created < ? AND state IN ({places})"
    if world.store.one(" ".join(("SELECT 1 AS yes FROM sim_job", where, "LIMIT 1")), before, *ENDED) is None:
        return
    with world.store.write() as db:
        old = [row["job_id"] for row in all_rows(db, " ".join(("SELECT job_id FROM sim_job", where)), before, *ENDED)]
        for job_id in old:
            db.execute("DELETE FROM sim_job WHERE job_id = ?", (job_id,))
            _forget_rows(db, job_id)
    for job_id in old:
        world.bulk.remove_files(job_id)


def _forget_rows(db: sqlite3.Connection, job_id: str) -> None:
    """What is kept of the rows and batches of a job."""
    batches = "SELECT batch_id FROM sim_batch WHERE job_id = ?"
    db.execute(f"DELETE FROM sim_ingest_row WHERE job_id = ? OR job_id IN ({batches})", (job_id, job_id))  # noqa: S608
    db.execute("DELETE FROM sim_batch WHERE job_id = ?", (job_id,))


def list_jobs(call: Call, own: Sequence[Kind]) -> Answer:
    """Own jobs, or everybody's with Manage Data Integrations; 1,000 a page, newest first."""
    forget_old(call.world)
    start = _start(call.query.get("queryLocator", ""))
    where, parameters = _filters(call, own)
    sql = " ".join(("SELECT * FROM sim_job WHERE", where, "ORDER BY created DESC, rowid DESC LIMIT ? OFFSET ?"))
    rows = call.world.store.all(sql, *parameters, LIST_ROWS + 1, start)
    more = len(rows) > LIST_ROWS
    following = f"{call.path}?{_next(call, start + LIST_ROWS)}" if more else None
    shown = [shown_job(row) | {"jobType": row["kind"]} for row in rows[:LIST_ROWS]]
    return Answer(body={"done": not more, "records": shown, "nextRecordsUrl": following})


def _filters(call: Call, own: Sequence[Kind]) -> tuple[str, list[Any]]:
    wanted = call.query.get("jobType", "")
    kinds = [wanted] if wanted else list(own)
    conditions, parameters = [f"kind IN ({', '.join('?' * len(kinds))})"], list(kinds)
    if not allowed(call.world, call.caller, "ManageDataIntegrations"):
        conditions.append("user_id = ?")
        parameters.append(call.caller.user_id)
    if call.query.get("isPkChunkingEnabled", "").lower() == "true":
        conditions.append("json_extract(facts, '$.pk_chunking') = 1")
    if mode := call.query.get("concurrencyMode", ""):
        conditions.append("LOWER(COALESCE(json_extract(facts, '$.concurrency'), 'parallel')) = ?")
        parameters.append(mode.lower())
    return " AND ".join(conditions), parameters


def _start(locator: str) -> int:
    if not locator:
        return 0
    if not locator.isdigit():
        raise bad_request("INVALID_QUERY_LOCATOR", "invalid query locator")
    return int(locator)


def _next(call: Call, start: int) -> str:
    kept = {
        name: call.query[name] for name in ("jobType", "isPkChunkingEnabled", "concurrencyMode") if name in call.query
    }
    return urlencode({**kept, "queryLocator": start})


def shown_job(job: Job) -> dict[str, Any]:
    """A job as lists and the answers to its making show it."""
    facts = facts_of(job)
    found = {
        "id": job["job_id"], "operation": job["operation"], "object": job["object"], "createdById": job["user_id"],
        "createdDate": moment(job["created"]), "systemModstamp": moment(job["modified"]), "state": job["state"],
        "concurrencyMode": facts.get("concurrency", "Parallel"), "contentType": facts.get("content", "CSV"),
        "apiVersion": float(job["version"]),
    }  # fmt: skip
    if job["kind"] == "V2Ingest":
        found["contentUrl"] = f"services/data/v{job['version']}/jobs/ingest/{job['job_id']}/batches"
        found |= {name: facts[name] for name in ("externalIdFieldName", "assignmentRuleId") if facts.get(name)}
    if job["kind"] != "Classic":
        found |= {"lineEnding": job["line_ending"], "columnDelimiter": job["delimiter"]}
    return found


def moment(stored: str) -> str:
    """A stored moment as these APIs write it."""
    return f"{stored[:-1]}+0000"


def acted_by(call: Call, job: Job) -> Job:
    """A job as its log row names whoever acts on it now."""
    caller = call.caller
    keys = {"session_key": caller.session_key, "login_key": caller.login_key, "address": call.client.address}
    return {**job, **keys, "user_id": caller.user_id}


def abort_job(call: Call, job: Job, states: Sequence[str] = RUNNING) -> Job:
    """End a job before its time. Raises 400 INVALIDJOBSTATE where it is over."""
    places = ", ".join("?" * len(states))
    sql = f"UPDATE sim_job SET state = 'Aborted', modified = ? WHERE job_id = ? AND state IN ({places})"  # noqa: S608
    with call.world.store.write() as db:
        if db.execute(sql, (iso(call.now), job["job_id"], *states)).rowcount == 0:
            raise over(call, "Aborting", job["job_id"])
        aborted = {**job, "state": "Aborted", "modified": iso(call.now)}
        row = events.bulk_request_row(call, Answer(), job["job_id"], job["operation"])
        call.world.logs.write(db, [events.job_row(call.world, call.now, acted_by(call, job), "Aborted"), row])
    return aborted


def over(call: Call, act: str, job_id: str) -> Exception:
    """The refusal of an act on a job that is already in an end state."""
    now = call.world.store.one("SELECT state FROM sim_job WHERE job_id = ?", job_id)
    state = now["state"] if now else "Deleted"
    word = "Completed" if state == "JobComplete" else state
    return bad_request("INVALIDJOBSTATE", f"{act} already {word} Job not allowed")


def delete_job(call: Call, job: Job) -> Answer:
    """Job and results are gone for good; the log keeps every state, this one too."""
    states = ("UploadComplete", *ENDED)
    places = ", ".join("?" * len(states))
    with call.world.store.write() as db:
        sql = f"DELETE FROM sim_job WHERE job_id = ? AND state IN ({places})"  # noqa: S608 - places only
        if db.execute(sql, (job["job_id"], *states)).rowcount == 0:
            raise bad_request("INVALIDJOBSTATE", f"Deleting an {job['state']} Job not allowed")
        _forget_rows(db, job["job_id"])
        row = events.job_row(call.world, call.now, acted_by(call, job), "Deleted", job["rows"])
        call.world.logs.write(db, [row])
    call.world.bulk.remove_files(job["job_id"])
    answer = nothing()
    answer.entities = (job["object"],)
    return answer


def call_of(world: World, job: Job) -> Call:
    """A call in the name of whoever made a job, for work that goes on without its client, after a restart too."""
    facts = facts_of(job)
    caller = Caller(
        job["user_id"], facts.get("username", ""), facts.get("app_id", ""), facts.get("app_name", ""),
        facts.get("session_id", ""), job["login_key"], job["session_key"], facts.get("login_history_id", ""),
    )  # fmt: skip
    path = f"/services/data/v{job['version']}/jobs/{_PATHS[job['kind']]}"
    return Call(
        world=world, caller=caller, client=Client(job["address"], facts.get("agent", ""), facts.get("client_name", "")),
        method="POST", path=path, version=job["version"], base_url="", query={}, headers={}, body=b"", args={},
        now=world.clock.now(), request_id=request_id(), uri=path,
    )  # fmt: skip
