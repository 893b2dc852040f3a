"""The archive's Parquet: `org=<id>/event_type=<type>/date=<day>/<part>.parquet`, each part written whole or not at all.

A part's name follows from the file that it came from and from that file's content, so that a run after a crash writes
the same parts again in the same places.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from leakresponse.core.archive import Copy
from leakresponse.core.archive_files import Slice, csv_slices, days_of, hours_of, json_slices
from leakresponse.core.archive_rows import UNSTEADY, Hashes, fresh_rows, hash_rows, hashes_from, join_hashes
from leakresponse.ledger import CaseFiles

#: A part is closed when its compressed form has so many bytes.
PART_BYTES = 64 << 20
OURS = ("_timestamp", "_file_id", "_row_number", "_row_hash")
_HASH = pa.binary(16)


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file holds: the hash, day and hour of each row, and how many rows could not be read."""

    hashes: Hashes
    days: np.ndarray[tuple[int], np.dtype[np.str_]]
    hours: dict[str, int]
    rejected: int


def slices_of(files: CaseFiles, copy: Copy) -> Iterator[Slice]:
    """The rows of a file that is kept as evidence."""
    with files.evidence.open(copy.sha256) as raw:
        yield from json_slices(raw) if copy.interval == "RealTime" else csv_slices(raw, cut=not copy.sized)


def digest(files: CaseFiles, copy: Copy) -> Digest:
    """One pass over a file: 16 bytes are kept for each row, and its day."""
    hashes, days, hours, rejected = [], [], Counter[str](), 0
    for part in slices_of(files, copy):
        times = part.times
        hashes.append(hash_rows(part.rows, UNSTEADY))
        days.append(days_of(times, copy.day))
        hours.update(hours_of(times))
        rejected += part.rejected
    whole = np.concatenate([np.zeros(0, dtype="U10"), *days])
    return Digest(join_hashes(hashes), whole, dict(sorted(hours.items())), rejected)


@dataclass(slots=True)
class Partitions:
    """The Parquet of one org's archive."""

    files: CaseFiles
    org_id: str

    def hashes(self, event_type: str, day: str, without: str = "") -> Hashes:
        """The rows that a partition holds, by hash; those of one file left out."""
        found = []
        for name in self._names(event_type, day):
            if not without or not name.rpartition("/")[2].startswith(f"{without}-"):
                with self.files.open(name) as part:
                    column: list[Any] = pq.read_table(part, columns=["_row_hash"])["_row_hash"].to_pylist()
                found.append(hashes_from(b"".join(column)))
        return join_hashes(found)

    def add(self, copy: Copy) -> Copy:
        """File the rows of a kept file that the archive lacks; the answer is the file with counts and parts."""
        found, stem = digest(self.files, copy), stem_of(copy)
        fresh = np.zeros(len(found.hashes), dtype=bool)
        for day in np.unique(found.days):
            mine = found.days == day
            fresh[mine] = fresh_rows(found.hashes[mine], self.hashes(copy.event_type, str(day), without=stem))
        parts = self._write(copy, stem, found, fresh) if fresh.any() else {}
        return _counted(copy, found, int(fresh.sum()), parts)

    def _write(
        self, copy: Copy, stem: str, found: Digest, fresh: np.ndarray[tuple[int], np.dtype[np.bool_]]
    ) -> dict[str, str]:
        """A second pass: the fresh rows, day by day. Parts and their SHA-256."""
        open_parts: dict[str, _Part] = {}
        done: dict[str, str] = {}
        start = 0
        for part in slices_of(self.files, copy):
            here = slice(start, start + part.rows.num_rows)
            start = here.stop
            whole = _with_ours(part, copy, found.hashes[here])
            for day in np.unique(found.days[here][fresh[here]]):
                chosen = whole.filter(pa.array(fresh[here] & (found.days[here] == day)))
                into = open_parts.setdefault(str(day), _Part(self._folder(copy.event_type, str(day)), stem))
                into.add(chosen)
                if into.size >= PART_BYTES:
                    done |= into.close(self.files)
        for into in open_parts.values():
            done |= into.close(self.files)
        return done

    def _folder(self, event_type: str, day: str) -> str:
        return f"org={self.org_id}/event_type={event_type}/date={day}"

    def _names(self, event_type: str, day: str) -> list[str]:
        return self.files.names(self._folder(event_type, day), "*.parquet")


@dataclass(slots=True)
class _Part:
    """One partition's part while it grows; only its compressed form is held."""

    folder: str
    stem: str
    number: int = 0
    _sink: io.BytesIO = field(default_factory=io.BytesIO)
    _writer: pq.ParquetWriter | None = None

    @property
    def size(self) -> int:
        """Compressed bytes so far."""
        return self._sink.tell()

    def add(self, rows: pa.Table) -> None:
        """More rows of the same file, with the same columns."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._sink, rows.schema, compression="zstd")
        self._writer.write_table(rows)

    def close(self, files: CaseFiles) -> dict[str, str]:
        """Write it as a file, and be ready for the next."""
        if self._writer is None:
            return {}
        self._writer.close()
        name, content = f"{self.folder}/{self.stem}-{self.number:04d}.parquet", self._sink.getvalue()
        files.write(name, content)
        self.number, self._sink, self._writer = self.number + 1, io.BytesIO(), None
        return {name: hashlib.sha256(content).hexdigest()}


def stem_of(copy: Copy) -> str:
    """The beginning of the names of a file's parts: the same for the same version with the same content."""
    version = hashlib.sha256(f"{copy.key}:{copy.sha256}".encode()).hexdigest()[:16]
    return f"{copy.file_id or 'stored'}-{version}"


def read_archive(files: CaseFiles, event_types: Collection[str], first_day: date, last_day: date) -> Iterator[pa.Table]:
    """The archived rows of some types (none named: all) and days, part by part; each row once.

    Columns are those of the files, as text, and `_timestamp`, `_file_id`, `_row_number`, `_row_hash`. Tables of one
    type may differ in their columns, as files of different releases do.
    """
    for day in (first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)):
        for event_type in sorted(event_types) or ["*"]:
            for name in files.names("", f"org=*/event_type={event_type}/date={day.isoformat()}/*.parquet"):
                with files.open(name) as part:
                    yield _read(part)


def _read(part: IO[bytes]) -> pa.Table:
    return pq.read_table(part, partitioning=None)


def _with_ours(part: Slice, copy: Copy, hashes: Hashes) -> pa.Table:
    """The file's own columns, and where each row came from. A column of theirs with a name of ours gets a bar."""
    names = [f"{name}_" if name in OURS else name for name in part.rows.column_names]
    rows = part.rows.rename_columns(names)
    raw = hashes.tobytes()
    values = [raw[at : at + 16] for at in range(0, len(raw), 16)]
    ours: tuple[Any, ...] = (
        pa.array(part.times, type=pa.timestamp("us", tz="UTC"), from_pandas=True),
        pa.repeat(copy.file_id, len(values)),
        pa.array(part.numbers),
        pa.array(values, type=_HASH),
    )
    for name, column in zip(OURS, ours, strict=True):
        rows = rows.append_column(name, column)
    return rows


def _counted(copy: Copy, found: Digest, fresh: int, parts: dict[str, str]) -> Copy:
    """A short file may have given rows before: what it gave then stays counted."""
    return replace(
        copy,
        state="done" if copy.sized else "short",
        rows=len(found.hashes),
        fresh=copy.fresh + fresh,
        rejected=found.rejected,
        hours=found.hours,
        parts={**copy.parts, **parts},
    )
