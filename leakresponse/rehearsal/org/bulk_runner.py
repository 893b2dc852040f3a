"""Running bulk jobs: two at a time, each query with its own view of the store; and what goes on after a restart."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.bulk_files import DELIMITERS, LINE_ENDINGS, ResultFile, Stopped
from leakresponse.rehearsal.org.bulk_jobs import Job, call_of
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.soql_engine import Compiled, run
from leakresponse.rehearsal.org.soql_engine_errors import QueryRefused
from leakresponse.rehearsal.org.soql_engine_rows import header
from leakresponse.rehearsal.org.world import World

#: A query job that Salesforce gave up (Bulk API 2.0 guide, "Limits": it tries fifteen times).
GAVE_UP = "InternalServerError : Retried more than fifteen times"


class BulkRunner:
    """The org's background work, and the folder in which results and uploads stand."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._folder = world.state / "bulk"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="bulk")

    def result(self, name: str) -> ResultFile:
        """Where the result of a query stands."""
        return ResultFile(Path(self._folder, f"{name}.csv"))

    def file(self, job_id: str, what: str) -> Path:
        """Another file of a job: what was uploaded, how its rows fared."""
        return Path(self._folder, f"{job_id}.{what}")

    def remove_files(self, job_id: str) -> None:
        """Everything that stands for a job."""
        for path in self._folder.glob(f"{job_id}*"):
            path.unlink(missing_ok=True)

    def start(self, job: Job, compiled: Compiled) -> None:
        """Queue a query job."""
        self._pool.submit(self._run, job, compiled)

    def submit(self, work: Callable[[], None]) -> None:
        """Queue other work."""
        self._pool.submit(work)

    def stop(self) -> None:
        """Take no more jobs and wait for those that run."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: Job, compiled: Compiled) -> None:
        world, started = self._world, time.monotonic()
        if not move(world, job, "UploadComplete", "InProgress"):
            return
        target = self.result(job["job_id"])
        if world.faults.wants("bulk_fail_once", job["object"]):
            move(world, {**job, "message": GAVE_UP}, "InProgress", "Failed")
            return
        try:
            rows = self._write(job, compiled, target)
        except Stopped:
            target.remove()
            return
        except sqlite3.Error:
            target.remove()
            move(world, {**job, "message": GAVE_UP}, "InProgress", "Failed")
            return
        job["milliseconds"] = max(1, round((time.monotonic() - started) * 1000))
        if not move(world, job, "InProgress", "JobComplete", rows):
            target.remove()

    def _write(self, job: Job, compiled: Compiled, target: ResultFile) -> int:
        connection = self._world.store.connect()
        try:
            return target.write(
                header(compiled), run(connection, compiled), DELIMITERS[job["delimiter"]],
                LINE_ENDINGS[job["line_ending"]], lambda: is_in(self._world, job["job_id"], "InProgress"),
            )  # fmt: skip
        finally:
            connection.close()


def is_in(world: World, job_id: str, state: str) -> bool:
    """Whether a job is there and in that state."""
    row = world.store.one("SELECT state FROM sim_job WHERE job_id = ?", job_id)
    return row is not None and row["state"] == state


def move(world: World, job: Job, before: str, after: str, rows: int = 0) -> bool:
    """Change a job's state if nobody else has; the log row goes with it."""
    now = world.clock.now()
    sql = (
        "UPDATE sim_job SET state = ?, modified = ?, rows = ?, failed = ?, milliseconds = ?, message = ? "
        "WHERE job_id = ? AND state = ?"
    )
    with world.store.write() as db:
        figures = (after, iso(now), rows, job["failed"], job["milliseconds"], job["message"])
        if db.execute(sql, (*figures, job["job_id"], before)).rowcount == 0:
            return False
        world.logs.write(db, [events.job_row(world, now, job, after, rows)])
    return True


def resume_queries(world: World) -> None:
    """After a restart: query jobs that were under way begin anew, for what their makers may see now."""
    with world.store.write() as db:
        db.execute("UPDATE sim_job SET state = 'UploadComplete' WHERE state = 'InProgress' AND kind = 'V2Query'")
    for job in world.store.all("SELECT * FROM sim_job WHERE state = 'UploadComplete' AND kind = 'V2Query'"):
        try:
            compiled = prepare(call_of(world, job), job["soql"], job["operation"] == "queryAll", bulk=True)
        except (ApiRefused, QueryRefused) as refused:
            move(world, {**job, "message": str(refused)}, "UploadComplete", "Failed")
            continue
        world.bulk.start(job, compiled)
