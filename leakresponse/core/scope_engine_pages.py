"""Result pages to Parquet parts of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from leakresponse.core.scope_engine_files import Files, write_tables
from leakresponse.core.tables import text_batches

#: A part is written when it is so large in memory.
PART_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """Stored rows: where, how many, and their size in memory."""

    name: str
    rows: int
    bytes: int


def store_page(files: Files, stem: str, chunks: Iterable[bytes]) -> list[Part]:
    """Write one page of CSV as `<stem>-<number>.parquet`, all columns text, nulls where a cell is empty.

    A page without rows leaves no part. The parts count once the caller has noted them; a page that was cut off is
    written again under the same names.
    """
    return [_store(files, f"{stem}-{number:03}.parquet", table) for number, table in enumerate(_tables(chunks))]


def _store(files: Files, name: str, table: pa.Table) -> Part:
    write_tables(files, name, table.schema, [table])
    return Part(name, table.num_rows, table.nbytes)


def _tables(chunks: Iterable[bytes]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in text_batches(chunks):
        held.append(batch)
        size += batch.nbytes
        if size >= PART_BYTES:
            yield pa.Table.from_batches(held)
            held, size = [], 0
    if held:
        yield pa.Table.from_batches(held)
