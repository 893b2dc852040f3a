"""The simulated org at full size: bulk export beside DuckDB writing the same rows to CSV, and its memory."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import Row, row, seconds

PEOPLE, LOG_ROWS = 2_000_000, 10_000_000
COLUMNS = ("Id", "FirstName", "LastName", "Email", "Phone", "MailingState", "MailingPostalCode")
#: Most memory that the org may ever take, in MiB, and how long it may take to be ready, in seconds.
MOST_MEMORY, LONGEST_START = 2_048, 900


def measure() -> list[Row]:
    """Start PEOPLE people with LOG_ROWS log rows, download all Contacts page by page, look at the peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "org"
        command = [sys.executable, "-m", "leakresponse.cli", "org", "--port", "0", "--people", str(PEOPLE)]
        command += ["--log-rows", str(LOG_ROWS), "--state", str(state)]
        process = subprocess.Popen(command, env=dict(os.environ))
        try:
            connection = _await(state, process)
            count = _export(connection)
            ours = seconds(lambda: _export(connection))
            rows = Path(folder) / "contacts.parquet"
            _to_parquet(state / "org.sqlite", rows)
            bare = seconds(lambda: _duckdb(rows, Path(folder) / "contacts.csv"))
            peak = _peak_memory(process.pid)
        finally:
            process.terminate()
            process.wait(20)
    reference = "DuckDB, same rows from Parquet to CSV"
    return [
        Row("bulk export", "org", count / ours, count / bare, reference, bare / ours, 0.05, "higher", "rows/s", count),
        row("org", "peak memory", peak, MOST_MEMORY, "the most it may take", 1.0, PEOPLE, "MiB"),
    ]


def _peak_memory(process_id: int) -> float:
    """The most that the process had in memory at once, in MiB, mapped files included."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    line = next(one for one in status.splitlines() if one.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _await(state: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    deadline = time.monotonic() + LONGEST_START
    while not (state / "connection.json").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the simulated org did not start")
        time.sleep(0.1)
    loaded: dict[str, str] = json.loads((state / "connection.json").read_text(encoding="utf-8"))
    return loaded


def _export(connection: dict[str, str]) -> int:
    from blocks import SalesforceOrg
    from leakresponse.adapters.salesforce import bulk
    from leakresponse.core.soql.build import select

    client = SalesforceOrg.from_connection(dict(connection)).client()
    job = bulk.run_query(client, select("Contact", COLUMNS))
    locator = ""
    while locator != "null":
        page = bulk.page_at(client, job, locator)
        for _chunk in page.chunks:
            pass
        locator = page.after
    return job.rows


def _to_parquet(store: Path, out: Path) -> None:
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    rows = sqlite3.connect(store).execute(f"SELECT {names} FROM Contact")  # noqa: S608
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    with pq.ParquetWriter(out, schema) as writer:
        while page := rows.fetchmany(100_000):
            writer.write_table(pa.table(list(map(list, zip(*page, strict=True))), schema=schema))


def _duckdb(rows: Path, out: Path) -> None:
    duckdb.connect().execute(f"COPY (SELECT * FROM read_parquet('{rows}')) TO '{out}' (HEADER)")  # noqa: S608
