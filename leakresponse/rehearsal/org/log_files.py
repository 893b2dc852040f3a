"""One event log file: its name on disk, its lines, its row in EventLogFile."""

from __future__ import annotations

import csv
import shutil
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.log_columns import COLUMNS, field_types
from leakresponse.rehearsal.org.store import first_row

API_VERSION = "67.0"
#: Past daily files were made at night after their day, hourly ones some hours after (object reference, EventLogFile).
_NIGHT, _HOURLY_DELAY = timedelta(days=1, hours=3), timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Span:
    """What one file covers: a type, and a day (`yyyyMMdd`) or an hour (`yyyyMMddHH`)."""

    kind: str
    text: str

    @property
    def day(self) -> str:
        """The day, `yyyyMMdd`."""
        return self.text[:8]

    @property
    def hour(self) -> str | None:
        """The hour, None for a whole day."""
        return self.text if len(self.text) == 10 else None

    @property
    def starts(self) -> datetime:
        """LogDate."""
        return datetime.strptime(f"{self.text}+0000", "%Y%m%d%H%z" if self.hour else "%Y%m%d%z").astimezone(UTC)

    @property
    def written_at(self) -> datetime:
        """When such a file would have been made."""
        return self.starts + (_HOURLY_DELAY if self.hour else _NIGHT)


def header(columns: Sequence[str]) -> str:
    """The first line, everything quoted."""
    return ",".join(f'"{name}"' for name in columns) + "\n"


def line(kind: str, row: Mapping[str, Any]) -> str:
    """One CSV row, everything quoted, empty text for what is missing."""
    values = ("" if (value := row.get(name)) is None else str(value) for name in COLUMNS[kind])
    return ",".join('"' + value.replace('"', '""') + '"' for value in values) + "\n"


def new_path(folder: Path, span: Span) -> Path:
    """A name that no file has yet."""
    return folder / f"{span.text}-{span.kind}-{time.monotonic_ns()}.csv"


def join_files(parts: Iterable[Path], into: Path) -> None:
    """The rows of files with the same columns under one header."""
    with into.open("wb") as out:
        for number, part in enumerate(parts):
            with part.open("rb") as rows:
                first = rows.readline()
                if number == 0:
                    out.write(first)
                shutil.copyfileobj(rows, out, 1 << 20)


def daily_of(db: sqlite3.Connection, span: Span) -> dict[str, Any] | None:
    """The file of that day that is there already."""
    sql = "SELECT file_id, path FROM sim_log_file WHERE event_type = ? AND day = ? AND hour IS NULL"
    return first_row(db, sql, span.kind, span.day)


def register(db: sqlite3.Connection, span: Span, path: Path, file_id: str | None, in_daily: bool) -> str:
    """Know where a file lies; the answer is its id, a new one unless it has one."""
    made = file_id or new_id("0AT")
    db.execute(
        "INSERT INTO sim_log_file (file_id, event_type, day, hour, path, in_daily) VALUES (?, ?, ?, ?, ?, ?)",
        (made, span.kind, span.day, span.hour, path.name, int(in_daily)),
    )
    return made


def facts(db: sqlite3.Connection, file_id: str, span: Span, path: Path, created: datetime, user: str) -> dict[str, Any]:
    """The row in EventLogFile of a registered file."""
    with path.open(newline="", encoding="utf-8") as content:
        columns = tuple(next(csv.reader(content)))
    sequence = 0
    if span.hour:
        sql = "SELECT COUNT(*) AS files FROM sim_log_file WHERE event_type = ? AND hour = ?"
        sequence = int((first_row(db, sql, span.kind, span.hour) or {"files": 1})["files"])
    now = iso(created)
    return {
        "Id": file_id, "IsDeleted": 0, "CreatedDate": now, "CreatedById": user, "LastModifiedDate": now,
        "LastModifiedById": user, "SystemModstamp": now, "EventType": span.kind, "LogDate": iso(span.starts),
        "Interval": "Hourly" if span.hour else "Daily", "Sequence": sequence, "ApiVersion": float(API_VERSION),
        "LogFileLength": float(path.stat().st_size), "LogFileContentType": "text/csv",
        "LogFile": f"/services/data/v{API_VERSION}/sobjects/EventLogFile/{file_id}/LogFile",
        "LogFileFieldNames": ",".join(columns), "LogFileFieldTypes": field_types(columns),
    }  # fmt: skip
