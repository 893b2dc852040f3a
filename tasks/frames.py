"""Writing a table in its named schema, atomically."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def write_frame(table: pd.DataFrame, path: Path, schema: str) -> None:
    """Write the columns of `core.frames.<schema>`, missing ones as nulls; readers see old or new, never half.

    Lists go by value: pyarrow cannot convert an empty column of them by itself.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from leakresponse.core import frames

    named: pa.Schema = getattr(frames, schema)
    columns = {n: table[n] if n in table else [None] * len(table) for n in named.names}
    plain = {n: list(c) if pa.types.is_list(named.field(n).type) or not len(c) else c for n, c in columns.items()}
    arrays = [pa.array(plain[n], type=named.field(n).type, from_pandas=True) for n in named.names]
    fresh = path.with_suffix(".new")
    pq.write_table(pa.Table.from_arrays(arrays, schema=named), fresh)
    fresh.replace(path)
