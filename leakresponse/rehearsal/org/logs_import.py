"""Past traffic into log files, slice by slice, so that ten million rows need no more memory than one slice.

Slices are appended to one CSV per type and day (per hour of today); the files become known together at the end.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv as pa_csv

from leakresponse.rehearsal.org import log_files, retention
from leakresponse.rehearsal.org.clock import Clock
from leakresponse.rehearsal.org.log_columns import COLUMNS
from leakresponse.rehearsal.org.log_files import Span
from leakresponse.rehearsal.org.store import Store

if TYPE_CHECKING:
    import pandas as pd

#: pyarrow.compute without its stubs, which know fewer argument types than it takes.
pc: Any = compute
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
        """Append rows. `frame` has columns of COLUMNS; what it lacks is empty, and TIMESTAMP decides the file.

        Raises KeyError for rows without TIMESTAMP.
        """
        if "TIMESTAMP" not in frame.columns:
            raise KeyError("TIMESTAMP")
        if frame.empty:
            return
        table = _texts(frame, COLUMNS.get(event_type, tuple(str(name) for name in frame.columns)))
        stamps = table["TIMESTAMP"]
        days = pc.utf8_slice_codeunits(stamps, 0, 8)
        past = pc.less(days, self._now.strftime("%Y%m%d"))
        spans = pc.if_else(past, days, pc.utf8_slice_codeunits(stamps, 0, 10))
        each = spans.unique().to_pylist()
        for text in each:
            whole = table if len(each) == 1 else table.filter(pc.equal(spans, text))
            self._append(Span(event_type, str(text)), whole)
        self._count(event_type, table, days)
        self.rows += len(frame)

    def _append(self, span: Span, rows: pa.Table) -> None:
        path = self._paths.get(span)
        if path is None:
            path = self._paths[span] = log_files.new_path(self._folder, span)
            path.write_text(log_files.header(rows.column_names), encoding="utf-8")
        options = pa_csv.WriteOptions(include_header=False, quoting_style="all_valid")
        with path.open("ab", 1 << 20) as out:
            pa_csv.write_csv(rows, out, options)

    def _count(self, event_type: str, table: pa.Table, days: Any) -> None:
        """How many rows each user read on each day: what the org later finds unusual."""
        column = _VOLUME.get(event_type)
        if column is None:
            return
        known = pc.not_equal(table[column], "")
        columns: Any = [table["USER_ID_DERIVED"], days, table[column]]
        seen = pa.table(columns, names=["who", "day", "text"]).filter(known)
        numbers = seen.append_column("number", pc.cast(pc.cast(seen["text"], pa.float64()), pa.int64()))
        for row in numbers.group_by(["who", "day"]).aggregate([("number", "sum")]).to_pylist():
            self._volumes[row["who"], row["day"]] += row["number_sum"]

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


def _texts(frame: pd.DataFrame, columns: tuple[str, ...]) -> pa.Table:
    """The rows as text in these columns; what is missing is an empty text, never null: everything is quoted."""
    given = pa.Table.from_pandas(frame[[name for name in columns if name in frame.columns]], preserve_index=False)
    blank = pa.scalar("", type=pa.large_string())
    made = [
        pc.fill_null(pc.cast(given[name], pa.large_string()), blank)
        if name in given.column_names
        else pa.chunked_array([pa.repeat(blank, len(frame))])
        for name in columns
    ]
    return pa.table(made, names=list(columns))
