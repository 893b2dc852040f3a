"""Batches of the older bulk API at work: a query or a load each. One that runs goes on to its end, come what may.

Containment facts: aborting a job leaves its batches in progress alone; those that wait become NotProcessed.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.bulk_files import ResultFile
from leakresponse.rehearsal.org.bulk_jobs import Job, call_of, facts_of
from leakresponse.rehearsal.org.bulk_runner import GAVE_UP
from leakresponse.rehearsal.org.bulk_v1_forms import json_rows, rows_of, xml_rows
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused
from leakresponse.rehearsal.org.ingest_csv import BadUpload, check_header, records_of, values
from leakresponse.rehearsal.org.ingest_rows import Load
from leakresponse.rehearsal.org.ingest_run import counts, work_off
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.soql_engine import Compiled, run
from leakresponse.rehearsal.org.soql_engine_errors import QueryRefused
from leakresponse.rehearsal.org.soql_engine_rows import header, records
from leakresponse.rehearsal.org.world import World

Batch = dict[str, Any]
QUERIES = ("query", "queryAll")
_PIECES: dict[str, Callable[[Iterator[dict[str, Any]]], Iterator[bytes]]] = {"JSON": json_rows, "XML": xml_rows}


def request_file(world: World, batch: Batch) -> Path:
    """What the client sent."""
    return world.bulk.file(batch["job_id"], f"{batch['batch_id']}.request")


def result_path(world: World, batch: Batch) -> Path:
    """What a query brought."""
    return _result(world, batch).path


def run_batch(world: World, job: Job, batch: Batch) -> None:
    """A batch from Queued to its end, unless it was taken back before."""
    if not _move(world, batch, "Queued", "InProgress"):
        return
    started = time.monotonic()
    act = _query if job["operation"] in QUERIES else _load
    try:
        rows, failed = act(world, job, batch)
        done = {**batch, "state": "Completed", "rows": rows, "failed": failed}
    except (BadUpload, ValueError) as bad:
        done = {**batch, "state": "Failed", "message": str(bad)}
    except (ApiRefused, QueryRefused) as refused:
        done = {**batch, "state": "Failed", "message": f"InvalidBatch : Failed to process query: {refused.code}"}
    except sqlite3.Error:
        done = {**batch, "state": "Failed", "message": GAVE_UP}
    _end(world, job, {**done, "milliseconds": max(1, round((time.monotonic() - started) * 1000))})


def _move(world: World, batch: Batch, before: str, after: str) -> bool:
    sql = "UPDATE sim_batch SET state = ?, modified = ? WHERE batch_id = ? AND state = ?"
    with world.store.write() as db:
        return db.execute(sql, (after, iso(world.clock.now()), batch["batch_id"], before)).rowcount > 0


def _end(world: World, job: Job, batch: Batch) -> None:
    sql = (
        "UPDATE sim_batch SET state = ?, modified = ?, rows = ?, failed = ?, milliseconds = ?, message = ? "
        "WHERE batch_id = ?"
    )
    figures = (batch["rows"], batch["failed"], batch["milliseconds"], batch["message"], batch["batch_id"])
    path = f"/services/async/{job['version']}/job/{job['job_id']}/batch"
    call = replace(call_of(world, job), path=path, uri=path)
    with world.store.write() as db:
        db.execute(sql, (batch["state"], iso(call.now), *figures))
        db.execute(
            "UPDATE sim_job SET rows = rows + ?, failed = failed + ?, milliseconds = milliseconds + ? WHERE job_id = ?",
            (batch["rows"], batch["failed"], batch["milliseconds"], job["job_id"]),
        )
        world.logs.write(db, [events.batch_row(call, job, batch)])


def _query(world: World, job: Job, batch: Batch) -> tuple[int, int]:
    """Run the query; what it brings stands in a file in the job's own form."""
    if world.faults.wants("bulk_fail_once", job["object"]):
        raise BadUpload(GAVE_UP)
    soql = request_file(world, batch).read_text(encoding="utf-8", errors="replace").strip()
    compiled = prepare(call_of(world, job), soql, job["operation"] == "queryAll", bulk=True)
    if compiled.object.name != job["object"] or compiled.object.key != "Id":
        raise BadUpload(f"InvalidBatch : Failed to process query: object is not {job['object']}")
    connection = world.store.connect()
    try:
        return _write(world, job, batch, compiled, connection), 0
    finally:
        connection.close()


def _write(world: World, job: Job, batch: Batch, compiled: Compiled, connection: sqlite3.Connection) -> int:
    rows, content = run(connection, compiled), facts_of(job)["content"]
    if content == "CSV":
        return _result(world, batch).write(header(compiled), rows, ",", "\n", lambda: True)
    counted = _Counted(records(compiled, rows, connection, job["version"]))
    with result_path(world, batch).open("wb", buffering=1 << 20) as out:
        out.writelines(_PIECES[content](iter(counted)))
    return counted.count


def _result(world: World, batch: Batch) -> ResultFile:
    return world.bulk.result(f"{batch['job_id']}.{batch['batch_id']}")


class _Counted:
    def __init__(self, inner: Iterator[dict[str, Any]]) -> None:
        self._inner, self.count = inner, 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for one in self._inner:
            self.count += 1
            yield one


def _load(world: World, job: Job, batch: Batch) -> tuple[int, int]:
    """Load the records of a batch, by the same functions as the newer API."""
    facts, obj = facts_of(job), world.store.schema[job["object"]]
    path = request_file(world, batch)
    load = Load(call_of(world, job), obj, job["operation"], str(facts.get("externalIdFieldName") or ""))
    if facts["content"] == "CSV":
        rows = records_of(path, "COMMA")
        columns = next(rows, [])
        check_header(obj, columns)
        given: Iterator[Any] = (values(columns, row) for row in rows)
    else:
        given = iter(rows_of(path.read_bytes(), facts["content"]))
    work_off(load, batch["batch_id"], given, lambda: True)
    return counts(world, batch["batch_id"])


def resume(world: World) -> None:
    """After a restart: batches that wait or were under way go on."""
    with world.store.write() as db:
        db.execute("UPDATE sim_batch SET state = 'Queued' WHERE state = 'InProgress'")
    for batch in world.store.all("SELECT * FROM sim_batch WHERE state = 'Queued' ORDER BY rowid"):
        job = world.store.one("SELECT * FROM sim_job WHERE job_id = ?", batch["job_id"])
        if job is not None:
            queue(world, job, batch)


def queue(world: World, job: Job, batch: Batch) -> None:
    """Let a batch run when its turn comes."""
    world.bulk.submit(lambda: run_batch(world, job, batch))
