"""Event log files: rows wait in the store until their hour closes, then they become hourly, and later daily, files.

Facts (object reference, EventLogFile; REST guide "Using Event Monitoring"; log notes, "Completeness"): daily files have
Sequence 0, hourly ones 1 and up; late rows of an hour come as a new file with the next Sequence; a late daily file
replaces the old one, and its CreatedDate moves. Whether its Id changes is not stated: it stays, unless that is ordered
as a fault. Rows of one act are written in the act's own transaction, so that a killed process loses none.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.rehearsal.org import log_files, retention
from leakresponse.rehearsal.org.clock import Clock
from leakresponse.rehearsal.org.log_columns import COLUMNS
from leakresponse.rehearsal.org.log_files import Span
from leakresponse.rehearsal.org.store import Store, all_rows

if TYPE_CHECKING:
    import pandas as pd

    from leakresponse.rehearsal.org.logs_import import LogImport

#: An hour closes by itself so long after its last row, in seconds of real time.
QUIET_SECONDS = 60.0
#: How long rows are held back where a fault names no time, in seconds of real time.
LATE_SECONDS = 30.0


class Logbook:
    """The log files of one org; their CSVs lie in one folder.

    `wants` is asked for faults by kind and event type: `duplicate_log_file`, `late_log_file`,
    `new_log_file_id`, `missing_log_file`.
    """

    def __init__(self, store: Store, clock: Clock, folder: Path, system_user: str) -> None:
        self._store, self._clock, self._folder, self._system = store, clock, folder, system_user
        self._filing = threading.Lock()
        self._replaced: list[Path] = []
        self._held: set[tuple[str, str]] = set()
        self._swept = ""
        self.wants: Callable[[Any, str], Any] = lambda _kind, _subject: None
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, db: sqlite3.Connection, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep rows, each with the type of its log, until their hour closes; columns that a row lacks are empty."""
        if not retention.settings(self._store).generation:
            return
        written = time.time()
        waiting = [(kind, str(row["TIMESTAMP"])[:10], written, log_files.line(kind, row)) for kind, row in rows]
        db.executemany("INSERT INTO sim_log (event_type, hour, written, line) VALUES (?, ?, ?, ?)", waiting)

    def close_hours(self, quiet_seconds: float = 0.0) -> int:
        """File every hour whose last row is so old; renew the daily files of days that are over; let old files go.

        Answers how many files were written.
        """
        with self._filing:
            with self._store.write() as db:
                made = sum(self._file_hour(db, kind, hour) for kind, hour in _closed(db, time.time() - quiet_seconds))
                made += self._file_days(db)
            self._sweep()
            while self._replaced:
                self._replaced.pop().unlink(missing_ok=True)
            return made

    def importing(self) -> LogImport:
        """Takes past traffic in slices (a context manager); its files appear when it ends."""
        from leakresponse.rehearsal.org.logs_import import LogImport

        return LogImport(self._store, self._clock, self._folder, self._system)

    def import_rows(self, event_type: str, frame: pd.DataFrame) -> int:
        """Write the files of past traffic of one type, as LogImport.add does. Answers how many files were written."""
        with self.importing() as taken:
            taken.add(event_type, frame)
        return taken.files

    def path_of(self, file_id: str) -> Path | None:
        """The CSV of a file, None where there is no such file or it may not be seen."""
        sql = "SELECT path FROM sim_log_file WHERE file_id = ? AND file_id NOT IN (SELECT file_id FROM sim_log_hidden)"
        found = self._store.one(sql, file_id)
        return None if found is None else self._folder / found["path"]

    def kind_of(self, file_id: str) -> str:
        """The event type of a file, empty where there is no such file."""
        found = self._store.one("SELECT event_type FROM sim_log_file WHERE file_id = ?", file_id)
        return "" if found is None else str(found["event_type"])

    def tidy(self) -> None:
        """Remove CSVs that no file points to, as a killed process leaves them."""
        with self._filing:
            known = {row["path"] for row in self._store.all("SELECT path FROM sim_log_file")}
            for path in self._folder.iterdir():
                if path.name not in known:
                    path.unlink(missing_ok=True)

    def _file_hour(self, db: sqlite3.Connection, kind: str, hour: str) -> int:
        rows = db.execute("SELECT number, line FROM sim_log WHERE event_type = ? AND hour = ? ORDER BY number",
                          (kind, hour)).fetchall()  # fmt: skip
        ready = self._hold_back(db, kind, hour, rows)
        if not ready:
            return 0
        span = Span(kind, hour)
        path = log_files.new_path(self._folder, span)
        path.write_bytes((log_files.header(COLUMNS[kind]) + "".join(line for _number, line in ready)).encode())
        if self.wants("missing_log_file", kind) is not None:
            log_files.register(db, span, path, None, in_daily=False)
        else:
            self._add(db, span, path)
        db.execute("DELETE FROM sim_log WHERE event_type = ? AND hour = ? AND number <= ?", (kind, hour, ready[-1][0]))
        return 1 + self._repeat(db, span, path)

    def _hold_back(
        self, db: sqlite3.Connection, kind: str, hour: str, rows: list[tuple[int, str]]
    ) -> list[tuple[int, str]]:
        """What goes into the file now. By order, the later half of the rows comes later, as the next file."""
        if (kind, hour) in self._held:
            self._held.discard((kind, hour))
            return rows
        fault = self.wants("late_log_file", kind)
        if fault is None:
            return rows
        self._held.add((kind, hour))
        later = [(number,) for number, _line in rows[len(rows) // 2 :]]
        until = time.time() + (getattr(fault, "lasting", None) or LATE_SECONDS)
        db.executemany(f"UPDATE sim_log SET written = {until} WHERE number = ?", later)  # noqa: S608 - our own number
        return rows[: len(rows) // 2]

    def _repeat(self, db: sqlite3.Connection, span: Span, path: Path) -> int:
        """The same rows once more in a further file, where that is ordered: files arrive at least once."""
        if self.wants("duplicate_log_file", span.kind) is None:
            return 0
        twin = log_files.new_path(self._folder, span)
        shutil.copyfile(path, twin)
        self._add(db, span, twin, in_daily=True)
        return 1

    def _file_days(self, db: sqlite3.Connection) -> int:
        today = self._clock.now().strftime("%Y%m%d")
        sql = (
            "SELECT DISTINCT event_type, day FROM sim_log_file WHERE hour IS NOT NULL AND in_daily = 0 AND day < ? "
            "ORDER BY day, event_type"
        )
        due = db.execute(sql, (today,)).fetchall()
        for kind, day in due:
            self._file_day(db, Span(kind, day))
        return len(due)

    def _file_day(self, db: sqlite3.Connection, span: Span) -> None:
        sql = (
            "SELECT path FROM sim_log_file WHERE event_type = ? AND day = ? AND (hour IS NULL OR in_daily = 0) "
            "ORDER BY hour NULLS FIRST, rowid"
        )
        parts = [self._folder / path for (path,) in db.execute(sql, (span.kind, span.day))]
        path = log_files.new_path(self._folder, span)
        log_files.join_files(parts, path)
        self._add(db, span, path)
        db.execute("UPDATE sim_log_file SET in_daily = 1 WHERE event_type = ? AND day = ?", (span.kind, span.day))

    def _add(self, db: sqlite3.Connection, span: Span, path: Path, in_daily: bool = False) -> None:
        """Make a file known; a day's file takes the place of the one before."""
        old = log_files.daily_of(db, span) if span.hour is None else None
        known = old["file_id"] if old and self.wants("new_log_file_id", span.kind) is None else None
        if old:
            self._replaced.append(self._folder / old["path"])
            retention.forget(db, old["file_id"])
            db.execute("DELETE FROM sim_log_file WHERE file_id = ?", (old["file_id"],))
        file_id = log_files.register(db, span, path, known, in_daily)
        facts = log_files.facts(db, file_id, span, path, self._clock.now(), self._system)
        retention.show(db, retention.settings(self._store), facts)

    def _sweep(self) -> None:
        """Once an hour of the org's clock, let go of what is too old."""
        now = self._clock.now()
        if (hour := now.strftime("%Y%m%d%H")) != self._swept:
            self._swept = hour
            self._replaced += [self._folder / name for name in retention.sweep(self._store, now)]


class HourTimer(threading.Thread):
    """Closes hours that have been quiet for a minute, until stopped."""

    def __init__(self, logbook: Logbook, every_seconds: float = 5.0) -> None:
        super().__init__(name="log-hours", daemon=True)
        self._logbook, self._every = logbook, every_seconds
        self._ended = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        self._logbook.tidy()
        while not self._ended.wait(self._every):
            self._logbook.close_hours(QUIET_SECONDS)

    def stop(self) -> None:
        """Let the thread end."""
        self._ended.set()


def _closed(db: sqlite3.Connection, before: float) -> list[tuple[str, str]]:
    sql = "SELECT event_type, hour FROM sim_log GROUP BY event_type, hour HAVING MAX(written) <= ? ORDER BY hour"
    return [(row["event_type"], row["hour"]) for row in all_rows(db, sql, before)]
