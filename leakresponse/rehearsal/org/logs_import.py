"""Past traffic into log files, slice by slice, so that ten million rows need no more memory than one slice.

Slices are appended to one CSV per type and day (per hour of today); the files become known together at the end.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from leakresponse.rehearsal.org import log_files, retention
from leakresponse.rehearsal.org.clock import Clock
from leakresponse.rehearsal.org.log_columns import COLUMNS
from leakresponse.rehearsal.org.log_files import Span
from leakresponse.rehearsal.org.store import Store

if TYPE_CHECKING:
    import pandas as pd

#: Which column counts rows, by the log that proves how much a user usually reads by API.
_VOLUME = {"RestApi": "ROWS_PROCESSED", "API": "ROWS_PROCESSED"}


class LogImport:
    """Used with `with`: `add` slices, then `files` says how many files there are. A slice may hold any span."""

    def __init__(self, store: Store, clock: Clock, folder: Path, user: str) -> None:
        self._store, self._folder, self._user = store, folder, user
        self._now = clock.now()
        self._paths: dict[Span, Path] = {}
        self._volumes: dict[tuple[str, str], int] = defaultdict(int)
        self.files = 0
        self.rows = 0

    def __enter__(self) -> LogImport:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _at: TracebackType | None) -> None:
        if kind is not None:
            for path in self._paths.values():
                path.unlink(missing_ok=True)
            return
        self._finish()

    def add(self, event_type: str, frame: pd.DataFrame) -> None:
        """Append rows. `frame` has columns of COLUMNS; what it lacks is empty, and TIMESTAMP decides the file."""
        if frame.empty:
            return
        stamps = frame["TIMESTAMP"].astype("str")
        spans = stamps.str[:8].where(stamps.str[:8] < self._now.strftime("%Y%m%d"), stamps.str[:10])
        names = list(COLUMNS.get(event_type, tuple(str(name) for name in frame.columns)))
        whole = frame.reindex(columns=names)
        for text in spans.unique():
            self._append(Span(event_type, str(text)), whole[spans == text])
        self._count(event_type, frame, stamps)
        self.rows += len(frame)

    def _append(self, span: Span, rows: pd.DataFrame) -> None:
        import pyarrow as pa
        import pyarrow.csv as pa_csv

        path = self._paths.get(span)
        if path is None:
            path = self._paths[span] = log_files.new_path(self._folder, span)
            path.write_text(log_files.header([str(name) for name in rows.columns]), encoding="utf-8")
        # Missing values first, so that each column is text throughout: "everything is quoted".
        ready = rows.astype("str").where(rows.notna(), "")
        options = pa_csv.WriteOptions(include_header=False, quoting_style="all_valid")
        with path.open("ab", 1 << 20) as out:
            pa_csv.write_csv(pa.Table.from_pandas(ready, preserve_index=False), out, options)

    def _count(self, event_type: str, frame: pd.DataFrame, stamps: pd.Series) -> None:
        """How many rows each user read on each day: what the org later finds unusual."""
        column = _VOLUME.get(event_type)
        if column is None or not {column, "USER_ID_DERIVED"} <= set(frame.columns):
            return
        numbers = frame[column].where(frame[column] != "", "0").astype("int64")
        whole = numbers.groupby([frame["USER_ID_DERIVED"].astype("str"), stamps.str[:8]]).sum()
        users, days = whole.index.get_level_values(0), whole.index.get_level_values(1)
        for who, day, number in zip(users, days, whole, strict=True):
            self._volumes[str(who), str(day)] += int(number)

    def _finish(self) -> None:
        known = retention.settings(self._store)
        with self._store.write() as db:
            for span, path in sorted(self._paths.items(), key=lambda one: (one[0].text, one[0].kind)):
                whole = self._with_known(db, span, path)
                file_id = log_files.register(db, span, whole, None, in_daily=False)
                created = min(self._now, span.written_at)
                retention.show(db, known, log_files.facts(db, file_id, span, whole, created, self._user))
            counted = [("api", who, day, number) for (who, day), number in self._volumes.items()]
            db.executemany("INSERT OR REPLACE INTO sim_volume (kind, who, day, number) VALUES (?, ?, ?, ?)", counted)
        self.files = len(self._paths)

    def _with_known(self, db: sqlite3.Connection, span: Span, path: Path) -> Path:
        """A day has one file: the rows that it has already come first."""
        old = log_files.daily_of(db, span) if span.hour is None else None
        if old is None:
            return path
        joined = log_files.new_path(self._folder, span)
        log_files.join_files((self._folder / old["path"], path), joined)
        retention.forget(db, old["file_id"])
        db.execute("DELETE FROM sim_log_file WHERE file_id = ?", (old["file_id"],))
        path.unlink()
        return joined
