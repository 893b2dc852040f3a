"""Big tables of a case, read and written piece by piece, so that memory does not grow with them.

Core opens no file itself: `Files` is what a case offers (ledger.CaseFiles). Where a case is encrypted, pieces are
decrypted in memory and never lie on the disk in the clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import IOBase
from pathlib import Path
from typing import IO, Protocol, cast

import pyarrow as pa
import pyarrow.parquet as pq

_CHUNK_BYTES = 1 << 20


class Files(Protocol):
    """The files of one case: written whole or not at all, opened to be read and sought in."""

    def write(self, name: str, content: bytes | Iterable[bytes]) -> Path: ...

    def open(self, name: str) -> IO[bytes]: ...

    def read(self, name: str) -> bytes: ...

    def exists(self, name: str) -> bool: ...


class _Sink:
    """What Parquet writes into: bytes wait here until they are taken."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self.closed = False

    def write(self, content: bytes) -> int:
        self._waiting.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        content = b"".join(self._waiting)
        self._waiting.clear()
        return content


def write_tables(files: Files, name: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """One Parquet file with one row group per table (empty ones too), written as the tables come."""
    files.write(name, _chunks(schema, tables))


def _chunks(schema: pa.Schema, tables: Iterable[pa.Table]) -> Iterator[bytes]:
    sink = _Sink()
    with pq.ParquetWriter(pa.PythonFile(cast("IOBase", sink), mode="w"), schema) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=max(1, table.num_rows))
            content = sink.take()
            for start in range(0, len(content), _CHUNK_BYTES):
                yield content[start : start + _CHUNK_BYTES]
    yield sink.take()


def read_table(files: Files, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """A whole file, or some of its columns (those it has)."""
    with files.open(name) as opened, pq.ParquetFile(opened) as file:
        return file.read(columns=_present(file, columns))


def read_group(files: Files, name: str, group: int, columns: Sequence[str] | None = None) -> pa.Table:
    """One row group of a file."""
    with files.open(name) as opened, pq.ParquetFile(opened) as file:
        return file.read_row_group(group, columns=_present(file, columns))


def columns_in(files: Files, name: str) -> list[str]:
    """The columns of a file."""
    with files.open(name) as opened, pq.ParquetFile(opened) as file:
        return list(file.schema_arrow.names)


def _present(file: pq.ParquetFile, columns: Sequence[str] | None) -> list[str] | None:
    return None if columns is None else [name for name in columns if name in file.schema_arrow.names]
