"""Bulk export of the simulated org beside DuckDB writing the same rows from Parquet to CSV."""

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
import pandas as pd

from benchmarks.measure import Row, row, seconds

PEOPLE = 50_000
COLUMNS = ("Id", "FirstName", "LastName", "Email", "Phone", "MailingState", "MailingPostalCode")


def measure() -> list[Row]:
    """Seconds for all Contacts of PEOPLE people, seven columns; all pages downloaded."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "org"
        command = [sys.executable, "-m", "leakresponse.cli", "org", "--port", "0", "--people", str(PEOPLE)]
        process = subprocess.Popen([*command, "--state", str(state)], env=dict(os.environ))
        try:
            connection = _await(state, process)
            count = _export(connection)
            ours = seconds(lambda: _export(connection))
            rows = Path(folder) / "contacts.parquet"
            _to_parquet(state / "org.sqlite", rows)
            bare = seconds(lambda: _duckdb(rows, Path(folder) / "contacts.csv"))
        finally:
            process.terminate()
            process.wait(20)
    return [row("org", "bulk export", ours, bare, "DuckDB, same rows from Parquet to CSV", 20.0, count)]


def _await(state: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    deadline = time.monotonic() + 600
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
    for page in bulk.pages(client, job):
        for _chunk in page:
            pass
    return job.rows


def _to_parquet(store: Path, out: Path) -> None:
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    frame = pd.read_sql_query(f"SELECT {names} FROM Contact", sqlite3.connect(store))  # noqa: S608
    frame.to_parquet(out)


def _duckdb(rows: Path, out: Path) -> None:
    duckdb.connect().execute(f"COPY (SELECT * FROM read_parquet('{rows}')) TO '{out}' (HEADER)")  # noqa: S608
