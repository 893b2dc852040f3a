"""Working off an uploaded CSV: rows in transactions of 200, as Salesforce does; results from what each row became.

What a transaction did and how its rows fared are written together, so that a killed process goes on where it stopped
and does nothing twice.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.bulk_files import LINE_ENDINGS
from leakresponse.rehearsal.org.bulk_jobs import Job, call_of, facts_of
from leakresponse.rehearsal.org.bulk_runner import is_in, move
from leakresponse.rehearsal.org.calls import LogRow
from leakresponse.rehearsal.org.ingest_csv import BadUpload, Writer, check_header, check_line_ends, records_of, values
from leakresponse.rehearsal.org.ingest_rows import DML, Fate, Load, as_text, load_row
from leakresponse.rehearsal.org.store import put_all
from leakresponse.rehearsal.org.world import World

CHUNK = 200
UPLOAD = "upload"
_FATE = ("job_id", "number", "record_id", "created", "error")


def run_job(world: World, job: Job) -> None:
    """A job from UploadComplete to its end; one that was under way goes on."""
    if job["state"] == "UploadComplete" and not move(world, job, "UploadComplete", "InProgress"):
        return
    started = time.monotonic()
    try:
        done = _load(world, job)
    except BadUpload as bad:
        failed = {**job, "message": str(bad), "failed": 0}
        move(world, failed, "InProgress", "Failed")
        return
    if done:
        rows, failed_rows = counts(world, job["job_id"])
        job = {**job, "failed": failed_rows, "milliseconds": max(1, round((time.monotonic() - started) * 1000))}
        move(world, job, "InProgress", "JobComplete", rows)


def _load(world: World, job: Job) -> bool:
    """Every row that is not done yet; False where somebody ended the job meanwhile."""
    path = world.bulk.file(job["job_id"], UPLOAD)
    if not path.exists() or path.stat().st_size == 0:
        raise BadUpload("InvalidBatch : Unable to find any data to create batch")
    check_line_ends(path, job["line_ending"])
    obj = world.store.schema[job["object"]]
    rows = records_of(path, job["delimiter"])
    header = next(rows, [])
    check_header(obj, header)
    load = Load(call_of(world, job), obj, job["operation"], str(facts_of(job).get("externalIdFieldName") or ""))
    job_id = job["job_id"]
    return work_off(load, job_id, (values(header, row) for row in rows), lambda: is_in(world, job_id, "InProgress"))


def work_off(load: Load, key: str, rows: Iterator[Mapping[str, Any]], go_on: Callable[[], bool]) -> bool:
    """Load what is not done yet of a job or batch, the `key`; False where `go_on` says no."""
    number, _ = counts(load.call.world, key)
    rest = islice(rows, number, None)
    while chunk := list(islice(rest, CHUNK)):
        with load.call.world.store.write() as db:
            if not go_on():
                return False
            _transact(db, load, key, number, chunk)
        number += len(chunk)
    return True


def _transact(db: sqlite3.Connection, load: Load, key: str, first: int, chunk: Sequence[Mapping[str, Any]]) -> None:
    fates = [load_row(load, given) for given in chunk]
    put_all(db, "sim_ingest_row", _FATE, [
        (key, first + place, fate.record_id, int(fate.created), as_text(fate) if fate.code else "")
        for place, fate in enumerate(fates)
    ])  # fmt: skip
    db.execute(
        "UPDATE sim_job SET rows = rows + ?, failed = failed + ? WHERE job_id = ?",
        (len(fates), sum(bool(fate.code) for fate in fates), key),
    )
    load.call.world.logs.write(db, saved_rows(load, fates))


def saved_rows(load: Load, fates: Sequence[Fate]) -> list[LogRow]:
    """DatabaseSave of one transaction."""
    saved = [fate.record_id for fate in fates if not fate.code]
    return [events.save_row(load.call, load.obj.key_prefix, DML[load.operation], saved)] if saved else []


def counts(world: World, job_id: str) -> tuple[int, int]:
    """Rows done, and those of them that failed."""
    sql = "SELECT COUNT(*) AS rows, COALESCE(SUM(error != ''), 0) AS failed FROM sim_ingest_row WHERE job_id = ?"
    found = world.store.one(sql, job_id) or {"rows": 0, "failed": 0}
    return int(found["rows"]), int(found["failed"])


def result_file(world: World, job: Job, which: str) -> Path:
    """`successful`, `failed` or `unprocessed` rows of a job that is over, as a CSV that is written when first asked."""
    path = world.bulk.file(job["job_id"], which)
    if not path.exists():
        fresh = world.bulk.file(job["job_id"], f"{which}-{time.monotonic_ns()}")
        with fresh.open("wb", buffering=1 << 20) as out:
            out.writelines(_lines(world, job, which))
        fresh.replace(path)
    return path


def _lines(world: World, job: Job, which: str) -> Iterator[bytes]:
    upload = world.bulk.file(job["job_id"], UPLOAD)
    rows = records_of(upload, job["delimiter"]) if upload.exists() else iter(())
    header, writer = next(rows, []), Writer(job["delimiter"], LINE_ENDINGS[job["line_ending"]])
    if which == "unprocessed":
        done, _ = counts(world, job["job_id"])
        yield writer.line(header)
        yield from (writer.line(row) for row in islice(rows, done, None))
        return
    wanted, extra = _KINDS[which]
    yield writer.line(("sf__Id", extra, *header))
    sql = "SELECT record_id, created, error FROM sim_ingest_row WHERE job_id = ? ORDER BY number"
    for fate, row in zip(world.store.connect().execute(sql, (job["job_id"],)), rows, strict=False):
        if wanted(fate):
            said = fate[2] or ("true" if fate[1] else "false")
            yield writer.line((fate[0], said, *row))


_Fate = tuple[str, int, str]
_KINDS: dict[str, tuple[Callable[[_Fate], bool], str]] = {
    "successful": (lambda fate: not fate[2], "sf__Created"),
    "failed": (lambda fate: bool(fate[2]), "sf__Error"),
}
