"""CSV of the Bulk API as text, where an empty cell is null: read as it comes, never whole in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, cast

import pyarrow as pa
import pyarrow.csv as pa_csv

#: A row must fit into a block: the longest text area has 131,072 characters (object reference), a row several of them.
_BLOCK_BYTES = 8 << 20


def text_batches(chunks: Iterable[bytes]) -> Iterator[pa.RecordBatch]:
    """Rows of one result page, batch by batch, all columns text in the order of the header; no empty batch."""
    waiting = iter(chunks)
    head = b""
    for chunk in waiting:
        head += chunk
        if b"\n" in head:
            break
    names = next(csv.reader([head.split(b"\n", 1)[0].decode("utf-8-sig").rstrip("\r")]), [])
    if not names:
        return
    reading = pa_csv.open_csv(
        cast("IO[bytes]", _Pipe(chain([head], waiting))),
        read_options=pa_csv.ReadOptions(block_size=_BLOCK_BYTES),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
        ),
    )
    with reading as batches:
        yield from (batch for batch in batches if batch.num_rows)


class _Pipe(io.RawIOBase):
    """Chunks as a file that is read once."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]  # the stubs say Buffer
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._held = chunk
        size = min(len(target), len(self._held))
        target[:size] = self._held[:size]
        self._held = self._held[size:]
        return size
