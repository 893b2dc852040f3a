"""From log files of any size to Parquet parts of events (frames.EVENTS), with bounded memory.

    loader = Loader(store)            # store(name, content) keeps one part: a folder, or the case's encrypted files
    loader.add_file(source)           # a CSV event log file, streamed
    loader.add_events(frame)          # rows already normalised, such as real-time events
    loaded = loader.close()           # names of the parts, and every row accounted for

    loaded = load(paths, out_dir)     # the same for files on disk; parts are out_dir / name

Each row is in exactly one part: files arrive at least once, and hourly and daily files hold the same rows, so a row
that was seen before (the whole row counts, see `row_keys`) is left out and counted as repeated. Held at a time: one
buffer of rows, and eight bytes per row for what was seen.
"""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from leakresponse.core.events_csv import ElfReader
from leakresponse.core.events_table import columns_read, elf_table, row_keys, table_of
from leakresponse.core.frames import EVENTS

#: A buffer is written when it has this many rows or bytes.
PART_ROWS = 250_000
PART_BYTES = 96 << 20
_ROW_GROUP = 65_536
_RUNS = 8
_THREADS = 2
_HOUR = 3_600_000_000  # microseconds
_DAY = 24 * _HOUR
#: Columns of few distinct values, which Parquet keeps best as a dictionary.
_REPEATING = [n for n in EVENTS.names if n not in ("timestamp", "request_id", "rows", "bytes", "record_ids", "detail")]

#: Keeps one part under a name, from its bytes.
Store = Callable[[str, Iterable[bytes]], object]


@dataclass(frozen=True, slots=True)
class LogSource:
    """One event log file: what EventLogFile calls its type, its id, and how to open it (for seeking too)."""

    event_type: str
    file_id: str
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The parts, and what became of every row: `rows` kept, `repeated` seen before, `rejected` unreadable.

    `hours`: by event type, the hours (from the epoch) that have rows.
    """

    parts: tuple[str, ...]
    rows: int
    repeated: int
    rejected: int
    reasons: tuple[str, ...]
    hours: dict[str, frozenset[int]]


def load(paths: Iterable[Path], out_dir: Path) -> Loaded:
    """Event log files on disk to parts below `out_dir`; the type of a file is in its rows' EVENT_TYPE."""
    out_dir.mkdir(parents=True, exist_ok=True)

    def store(name: str, content: Iterable[bytes]) -> None:
        with (out_dir / name).open("wb") as file:
            file.writelines(content)

    loader = Loader(store)
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda path: loader.add_file(source_of(path)), paths))
    return loader.close()


def source_of(path: Path) -> LogSource:
    """A file on disk as a source."""
    return LogSource(event_type_of(path), path.stem, lambda: path.open("rb"))


def event_type_of(path: Path) -> str:
    """The type that the first row of a file names; "" for a file without rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next((row.get("EVENT_TYPE") or "" for row in csv.DictReader(file)), "")


@dataclass(slots=True)
class Loader:
    """Takes files and frames in any order, from several threads if need be; see the module."""

    store: Store
    prefix: str = "part"
    _buffer: list[pa.Table] = field(default_factory=list)
    _held: int = 0
    _bytes: int = 0
    _parts: list[str] = field(default_factory=list)
    _seen: _Seen = field(default_factory=lambda: _Seen())
    _rejected: int = 0
    _repeated: int = 0
    _reasons: list[str] = field(default_factory=list)
    _rows: int = 0
    _hours: dict[str, set[int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add_file(self, source: LogSource) -> datetime | None:
        """The rows of one file; answers the time of its newest row. Raises BadInput where it is no text."""
        newest: datetime | None = None
        with source.open() as file:
            reader = ElfReader(file, source.file_id, columns_read(source.event_type))
            unplaced = 0
            for table in reader.tables():
                events, lost = elf_table(source.event_type, table, source.file_id)
                unplaced += lost
                if events.num_rows:
                    last = events["timestamp"].to_pandas().max().to_pydatetime()
                    newest = max(newest or last, last)
                    self._take(events)
        self._reject(source.file_id, reader.broken, "with a wrong number of columns")
        self._reject(source.file_id, unplaced, "without a readable time")
        return newest

    def add_events(self, events: pd.DataFrame, rejected: int = 0, reasons: Sequence[str] = ()) -> None:
        """Rows that are events already, with what their reader had to leave out."""
        self._take(table_of(events))
        with self._lock:
            self._rejected += rejected
            self._reasons += reasons

    def close(self) -> Loaded:
        """Write what is left."""
        self._flush()
        return Loaded(
            tuple(self._parts),
            self._rows,
            self._repeated,
            self._rejected,
            tuple(self._reasons),
            {kind: frozenset(some) for kind, some in self._hours.items()},
        )

    def _reject(self, file_id: str, rows: int, why: str) -> None:
        with self._lock:
            if rows:
                self._rejected += rows
                self._reasons.append(f"{file_id}: {rows} rows {why}")

    def _take(self, events: pa.Table) -> None:
        with self._lock:
            self._buffer.append(events)
            self._held += events.num_rows
            self._bytes += events.nbytes
            if self._held >= PART_ROWS or self._bytes >= PART_BYTES:
                self._flush()

    def _flush(self) -> None:
        whole = pa.concat_tables(self._buffer) if self._buffer else EVENTS.empty_table()
        self._buffer, self._held, self._bytes = [], 0, 0
        if not whole.num_rows:
            return
        times = whole["timestamp"].to_numpy().astype("datetime64[us]").astype(np.int64)
        fresh = self._seen.fresh(times, row_keys(whole))
        self._repeated += int((~fresh).sum())
        if not fresh.any():
            return
        kept = whole if fresh.all() else whole.filter(pa.array(fresh))
        self._rows += kept.num_rows
        self._note_hours(kept["event_type"].to_pandas(), times[fresh])
        name = f"{self.prefix}-{len(self._parts):05}.parquet"
        self.store(name, parquet_bytes(iter([kept])))
        self._parts.append(name)

    def _note_hours(self, kinds: pd.Series, times: npt.NDArray[np.int64]) -> None:
        pairs = pd.DataFrame({"kind": kinds, "hour": times // _HOUR}).drop_duplicates()
        for kind, some in pairs.groupby("kind")["hour"]:
            self._hours.setdefault(str(kind), set()).update(some.tolist())


class _Seen:
    """Keys of rows seen, day by day: equal rows have equal times, and files hold few days each.

    A day's keys lie in sorted runs, put together when they become many.
    """

    def __init__(self) -> None:
        self._days: dict[int, list[npt.NDArray[np.uint64]]] = {}

    def fresh(self, times: npt.NDArray[np.int64], keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        """Which rows are new, the first of equal ones included; they count as seen from now on."""
        new = np.zeros(len(keys), np.bool_)
        days = times // _DAY
        for day in np.unique(days):
            here = np.flatnonzero(days == day)
            new[here[self._fresh_of(int(day), keys[here])]] = True
        return new

    def _fresh_of(self, day: int, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        distinct, places = np.unique(keys, return_index=True)
        runs = self._days.setdefault(day, [])
        known = np.zeros(len(distinct), np.bool_)
        for run in runs:
            at = np.minimum(np.searchsorted(run, distinct), len(run) - 1)
            known |= run[at] == distinct
        if not known.all():
            runs.append(distinct[~known])
        if len(runs) > _RUNS:
            self._days[day] = [np.sort(np.concatenate(runs), kind="stable")]
        return places[~known].astype(np.int64)


class _Sink:
    """Takes what a Parquet writer writes until somebody collects it."""

    closed = False

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._at = 0

    def write(self, content: bytes | memoryview) -> int:
        self._waiting.append(bytes(content))
        self._at += len(content)
        return len(content)

    def tell(self) -> int:
        return self._at

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def close(self) -> None:
        """What was written can still be collected."""

    def collect(self) -> Iterator[bytes]:
        waiting, self._waiting = self._waiting, []
        yield from waiting


def parquet_bytes(tables: Iterator[pa.Table], schema: pa.Schema = EVENTS) -> Iterator[bytes]:
    """One Parquet file out of many tables, its bytes as they come: what is held is one row group."""
    sink = _Sink()
    repeating: Any = [name for name in _REPEATING if name in schema.names]
    with pq.ParquetWriter(cast("IO[bytes]", sink), schema, compression="zstd", use_dictionary=repeating) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=_ROW_GROUP)
            yield from sink.collect()
    yield from sink.collect()
