"""What `once(key)` costs beside the bare rows it has to write: an intent, a receipt, and a chain row for each."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from pathlib import Path

from benchmarks.measure import Row, row, seconds
from leakresponse.ledger import open_ledger

ACTIONS = 300


def measure() -> list[Row]:
    """Seconds for ACTIONS side effects that do nothing themselves."""
    with tempfile.TemporaryDirectory() as folder:
        runs = iter(range(100))
        ours = seconds(lambda: _ours(Path(folder) / f"ours{next(runs)}.sqlite"))
        bare = seconds(lambda: _bare(Path(folder) / f"bare{next(runs)}.sqlite"))
    return [row("ledger", "once(key)", ours, bare, "bare SQLite, same rows and commits", 6.0, ACTIONS)]


def _ours(path: Path) -> None:
    ledger = open_ledger(path)
    case = ledger.open_case("alert", "{}", {})
    for number in range(ACTIONS):
        ledger.once(case.case_id, f"key:{number}", "kind", str(number), lambda: {"done": True})
    ledger.close()


def _bare(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE action (key TEXT PRIMARY KEY, state TEXT)")
    connection.execute("CREATE TABLE chain (seq INTEGER PRIMARY KEY, body TEXT, hash TEXT)")
    link = ""
    for number in range(ACTIONS):
        for state in ("in_progress", "done"):
            body = f'{{"key": {number}, "state": "{state}"}}'
            link = hashlib.sha256((link + body).encode()).hexdigest()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT OR REPLACE INTO action VALUES (?, ?)", (f"key:{number}", state))
            connection.execute("INSERT INTO chain (body, hash) VALUES (?, ?)", (body, link))
            connection.execute("COMMIT")
    connection.close()
