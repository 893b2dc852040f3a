"""Event log files: rows wait in the store until their hour closes, then they become hourly, and later daily, files.

Facts (object reference, EventLogFile; REST guide "Using Event Monitoring"): daily files have Sequence 0, hourly ones 1
and up; late rows of an hour come as a new file with the next Sequence; a late daily file replaces the old one, and its
CreatedDate moves. Rows of one act are written in the act's own transaction, so that a killed process loses none.
"""

from __future__ import annotations

import csv
import io
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.rehearsal.org.clock import Clock, iso
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.log_columns import COLUMNS, field_types
from leakresponse.rehearsal.org.store import Store, all_rows, first_row, put

if TYPE_CHECKING:
    import pandas as pd

#: An hour closes by itself so long after its last row, in seconds of real time.
QUIET_SECONDS = 60.0
API_VERSION = "67.0"


class Logbook:
    """The log files of one org; their CSVs lie in one folder."""

    def __init__(self, store: Store, clock: Clock, folder: Path, system_user: str) -> None:
        self._store, self._clock, self._folder, self._system = store, clock, folder, system_user
        self._filing = threading.Lock()
        self._replaced: list[Path] = []
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, db: sqlite3.Connection, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep rows, each with the type of its log, until their hour closes; columns that a row lacks are empty."""
        written = time.time()
        waiting = [(kind, str(row["TIMESTAMP"])[:10], written, _line(kind, row)) for kind, row in rows]
        db.executemany("INSERT INTO sim_log (event_type, hour, written, line) VALUES (?, ?, ?, ?)", waiting)

    def close_hours(self, quiet_seconds: float = 0.0) -> int:
        """File every hour whose last row is so old; then renew the daily files of days that are over.

        Answers how many files were written.
        """
        with self._filing:
            with self._store.write() as db:
                made = sum(self._file_hour(db, kind, hour) for kind, hour in _closed(db, time.time() - quiet_seconds))
                made += self._file_days(db)
            while self._replaced:
                self._replaced.pop().unlink(missing_ok=True)
            return made

    def import_rows(self, event_type: str, frame: pd.DataFrame) -> int:
        """Write the files of past traffic: one per day that is over, one per hour of today.

        `frame` has the columns of COLUMNS; what it lacks is empty, and its column TIMESTAMP decides the file.
        """
        import pyarrow as pa
        import pyarrow.csv as pa_csv

        if frame.empty:
            return 0
        columns = COLUMNS.get(event_type, tuple(str(name) for name in frame.columns))
        stamps = frame["TIMESTAMP"].astype("str")
        today = self._clock.now().strftime("%Y%m%d")
        spans = stamps.str[:8].where(stamps.str[:8] < today, stamps.str[:10])
        whole = frame.reindex(columns=list(columns))
        ready = whole.astype("str").where(whole.notna(), "")
        options = pa_csv.WriteOptions(quoting_style="all_valid")
        for span, rows in ready.groupby(spans, sort=True):
            out = io.BytesIO()
            pa_csv.write_csv(pa.Table.from_pandas(rows, preserve_index=False), out, options)
            with self._store.write() as db:
                self._add(db, event_type, str(span), columns, out.getvalue())
        return int(spans.nunique())

    def path_of(self, file_id: str) -> Path | None:
        """The CSV of a file, None where there is no such file."""
        found = self._store.one("SELECT path FROM sim_log_file WHERE file_id = ?", file_id)
        return None if found is None else self._folder / found["path"]

    def _file_hour(self, db: sqlite3.Connection, kind: str, hour: str) -> int:
        lines = db.execute("SELECT line FROM sim_log WHERE event_type = ? AND hour = ? ORDER BY number", (kind, hour))
        body = "".join(line for (line,) in lines)
        content = (_header(COLUMNS[kind]) + body).encode()
        self._add(db, kind, hour, COLUMNS[kind], content)
        db.execute("DELETE FROM sim_log WHERE event_type = ? AND hour = ?", (kind, hour))
        return 1

    def _file_days(self, db: sqlite3.Connection) -> int:
        today = self._clock.now().strftime("%Y%m%d")
        sql = (
            "SELECT DISTINCT event_type, day FROM sim_log_file WHERE hour IS NOT NULL AND in_daily = 0 AND day < ? "
            "ORDER BY day, event_type"
        )
        due = db.execute(sql, (today,)).fetchall()
        for kind, day in due:
            self._file_day(db, kind, day)
        return len(due)

    def _file_day(self, db: sqlite3.Connection, kind: str, day: str) -> None:
        sql = (
            "SELECT path FROM sim_log_file WHERE event_type = ? AND day = ? AND (hour IS NULL OR in_daily = 0) "
            "ORDER BY hour NULLS FIRST, rowid"
        )
        parts = [(self._folder / path).read_bytes() for (path,) in db.execute(sql, (kind, day))]
        head, _, first = parts[0].partition(b"\n")
        content = b"".join((head, b"\n", first, *(part.partition(b"\n")[2] for part in parts[1:])))
        columns = tuple(next(csv.reader([head.decode()])))
        self._add(db, kind, day, columns, content)
        db.execute("UPDATE sim_log_file SET in_daily = 1 WHERE event_type = ? AND day = ?", (kind, day))

    def _add(self, db: sqlite3.Connection, kind: str, span: str, columns: tuple[str, ...], content: bytes) -> None:
        """Write one file; `span` is a day (`yyyyMMdd`) or an hour (`yyyyMMddHH`). A day's file is written anew."""
        day, hour = span[:8], span if len(span) == 10 else None
        old = first_row(
            db, "SELECT file_id, path FROM sim_log_file WHERE event_type = ? AND day = ? AND hour IS NULL", kind, day
        )
        known = old["file_id"] if old and hour is None else None
        file_id = known or new_id("0AT")
        name = f"{file_id}-{time.monotonic_ns()}.csv"
        (self._folder / name).write_bytes(content)
        facts = self._facts(db, file_id, kind, span, columns, len(content))
        if known and old:
            self._replaced.append(self._folder / old["path"])
            db.execute("DELETE FROM EventLogFile WHERE Id = ?", (known,))
            db.execute("UPDATE sim_log_file SET path = ? WHERE file_id = ?", (name, known))
        else:
            db.execute(
                "INSERT INTO sim_log_file (file_id, event_type, day, hour, path) VALUES (?, ?, ?, ?, ?)",
                (file_id, kind, day, hour, name),
            )
        put(db, "EventLogFile", facts)

    def _facts(
        self, db: sqlite3.Connection, file_id: str, kind: str, span: str, columns: tuple[str, ...], size: int
    ) -> dict[str, Any]:
        hourly = len(span) == 10
        started = datetime.strptime(f"{span}+0000", "%Y%m%d%H%z" if hourly else "%Y%m%d%z")
        sequence = 0
        if hourly:
            sql = "SELECT COUNT(*) AS files FROM sim_log_file WHERE event_type = ? AND hour = ?"
            sequence = int((first_row(db, sql, kind, span) or {"files": 0})["files"]) + 1
        now = iso(self._clock.now())
        return {
            "Id": file_id, "IsDeleted": 0, "CreatedDate": now, "CreatedById": self._system, "LastModifiedDate": now,
            "LastModifiedById": self._system, "SystemModstamp": now, "EventType": kind, "LogDate": iso(started),
            "Interval": "Hourly" if hourly else "Daily", "Sequence": sequence, "ApiVersion": float(API_VERSION),
            "LogFileLength": float(size), "LogFileContentType": "text/csv",
            "LogFile": f"/services/data/v{API_VERSION}/sobjects/EventLogFile/{file_id}/LogFile",
            "LogFileFieldNames": ",".join(columns), "LogFileFieldTypes": field_types(columns),
        }  # fmt: skip


class HourTimer(threading.Thread):
    """Closes hours that have been quiet for a minute, until stopped."""

    def __init__(self, logbook: Logbook, every_seconds: float = 5.0) -> None:
        super().__init__(name="log-hours", daemon=True)
        self._logbook, self._every = logbook, every_seconds
        self._ended = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        while not self._ended.wait(self._every):
            self._logbook.close_hours(QUIET_SECONDS)

    def stop(self) -> None:
        """Let the thread end."""
        self._ended.set()


def _closed(db: sqlite3.Connection, before: float) -> list[tuple[str, str]]:
    sql = "SELECT event_type, hour FROM sim_log GROUP BY event_type, hour HAVING MAX(written) <= ? ORDER BY hour"
    return [(row["event_type"], row["hour"]) for row in all_rows(db, sql, before)]


def _header(columns: tuple[str, ...]) -> str:
    return ",".join(f'"{name}"' for name in columns) + "\n"


def _line(kind: str, row: Mapping[str, Any]) -> str:
    """One CSV row, everything quoted, empty text for what is missing."""
    values = ("" if (value := row.get(name)) is None else str(value) for name in COLUMNS[kind])
    return ",".join('"' + value.replace('"', '""') + '"' for value in values) + "\n"
