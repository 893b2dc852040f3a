"""Tables of a case, in their named schema, through its files: encrypted at rest where the case is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from leakresponse.ledger import CaseFiles

_CHUNK_BYTES = 1 << 20
#: Parts of events before they are labelled, and the names of those of the last finished collection.
EVENT_PARTS = "work/events"
PARTS_INDEX = f"{EVENT_PARTS}/parts.json"
#: Attack and uncertain rows alone, in order of time; events.parquet has all rows.
TOUCHED_EVENTS = "work/events-touched.parquet"


def write_frame(files: CaseFiles, name: str, table: pd.DataFrame, schema: str) -> None:
    """Write the columns of `core.frames.<schema>`, missing ones as nulls; readers see old or new, never half."""
    from leakresponse.core import frames

    _write(files, name, frames.table_of(table, getattr(frames, schema)))


def write_table(files: CaseFiles, name: str, table: pd.DataFrame) -> None:
    """Write a working table in whatever columns it has; for what has no named schema."""
    import pyarrow as pa

    _write(files, name, pa.Table.from_pandas(table, preserve_index=False))


def read_frame(files: CaseFiles, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A table of the case, or some of its columns."""
    import pandas as pd

    with files.open(name) as file:
        return pd.read_parquet(file, columns=None if columns is None else list(columns))


def _write(files: CaseFiles, name: str, table: pa.Table) -> None:
    """In memory until it is encrypted: its Parquet is smaller than the table, and never on the disk in the clear."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    files.write(name, _chunks(sink.getvalue()))


def _chunks(content: pa.Buffer) -> Iterator[bytes]:
    for start in range(0, content.size, _CHUNK_BYTES):
        yield content.slice(start, min(_CHUNK_BYTES, content.size - start)).to_pybytes()
