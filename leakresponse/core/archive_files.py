"""Log files as the archive reads them: in slices of bounded size, every value as text, every row with its number."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

#: A slice ends after so many rows or characters, whichever comes first.
SLICE_ROWS, SLICE_CHARACTERS = 20_000, 16 << 20
#: The longest value that is read, in characters: Records of ApiEvent has 250,000 (log notes, "Counting").
_LONGEST = 1 << 26
#: Where a row says when it happened, best first: log files, then stored events.
_ISO_TIMES, _COMPACT_TIME = ("TIMESTAMP_DERIVED", "EventDate"), "TIMESTAMP"
#: Rows that say they happened further from their file's day than this are filed under the file's day.
NEAR = timedelta(days=3)
_COMPACT = "%Y%m%d%H%M%S.%f"


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows in a row: text columns by name, each row's number in its file from 1, rows that could not be read."""

    rows: pa.Table
    numbers: npt.NDArray[np.int64]
    rejected: int

    @property
    def times(self) -> pd.Series:
        """When each row happened, UTC; NaT where it says nothing readable."""
        columns = set(self.rows.column_names)
        found = pd.Series(pd.NaT, index=range(self.rows.num_rows), dtype="datetime64[us, UTC]")
        for name in (*_ISO_TIMES, _COMPACT_TIME):
            if name in columns and bool(found.isna().any()):
                form = _COMPACT if name == _COMPACT_TIME else "ISO8601"
                texts = pd.Series(self.rows[name].to_pylist(), dtype="object").replace("", None)
                found = found.fillna(pd.to_datetime(texts, format=form, errors="coerce", utc=True).astype(found.dtype))
        return found


def days_of(times: pd.Series, fallback: date) -> npt.NDArray[np.str_]:
    """The day of each row, `YYYY-MM-DD`; that of its file where the row names none, or one more than NEAR away.

    By the row's own time, so that the same row lands in the same place whichever file brings it.
    """
    texts = np.datetime_as_string(times.dt.tz_localize(None).to_numpy(dtype="datetime64[D]"))
    near = [(fallback + timedelta(days=n)).isoformat() for n in range(-NEAR.days, NEAR.days + 1)]
    return np.where(np.isin(texts, near), texts, fallback.isoformat())


def hours_of(times: pd.Series) -> dict[str, int]:
    """How many rows each hour has, by `YYYY-MM-DDTHH`."""
    hours = times.dropna().dt.tz_localize(None).to_numpy(dtype="datetime64[h]")
    names, counts = np.unique(hours, return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def csv_slices(stream: IO[bytes], cut: bool = False) -> Iterator[Slice]:
    """The rows of an event log file. Rows with a wrong number of columns are counted, and stay in the raw file.

    `cut` says that the file ended early: its last row is then left out, since nobody knows whether it is whole.
    """
    csv.field_size_limit(_LONGEST)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="backslashreplace", newline="")
    lines = csv.reader(text)
    names = _unique(_next_or_none(lines) or [])
    for block in _blocks(lines, cut):
        good = [row for row in block if len(row[1]) == len(names)]
        yield _slice(names, [one for _, one in good], [number for number, _ in good], len(block) - len(good))


def json_slices(stream: IO[bytes]) -> Iterator[Slice]:
    """Rows of a stored event, one JSON object a line, as `json_lines` wrote them."""
    for block in _blocks(iter([line] for line in stream), False):
        yield _json_slice([json.loads(line) for _, (line,) in block], [number for number, _ in block])


def json_lines(rows: Iterable[dict[str, object]]) -> bytes:
    """Rows of a stored event as evidence: as they came, one a line."""
    return b"".join(json.dumps(row, sort_keys=True).encode() + b"\n" for row in rows)


def text_of(value: object) -> str:
    """A JSON value as the archive keeps it; null is an empty text, as in log files."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def slice_of(rows: Sequence[dict[str, object]]) -> Slice:
    """Rows of a stored event that are at hand, all of them in one slice however large they are."""
    return _json_slice(rows, range(1, len(rows) + 1))


def _next_or_none(lines: Iterator[list[str]]) -> list[str] | None:
    """The next row; None at the end, or where nothing more can be read (a value without an end)."""
    try:
        return next(lines)
    except (StopIteration, csv.Error):
        return None


def _blocks(lines: Iterator[list[Any]], cut: bool) -> Iterator[list[tuple[int, list[Any]]]]:
    block: list[tuple[int, list[Any]]] = []
    size, number, waiting = 0, 0, _next_or_none(lines)
    while waiting is not None:
        row, waiting = waiting, _next_or_none(lines)
        number += 1
        if not row or (cut and waiting is None):
            continue
        block.append((number, row))
        size += sum(map(len, row))
        if len(block) >= SLICE_ROWS or size >= SLICE_CHARACTERS:
            yield block
            block, size = [], 0
    if block:
        yield block


def _json_slice(rows: Sequence[dict[str, Any]], numbers: Sequence[int]) -> Slice:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return _slice(names, [[text_of(row.get(name)) for name in names] for row in rows], numbers, 0)


def _slice(names: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int], rejected: int) -> Slice:
    values = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    columns: list[Any] = [pa.array(column, type=pa.large_string()) for column in values]
    return Slice(pa.table(columns, names=list(names)), np.asarray(numbers, dtype=np.int64), rejected)


def _unique(names: Sequence[str]) -> list[str]:
    """Column names as they are; one that comes again gets a number, so that none is lost."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return made
