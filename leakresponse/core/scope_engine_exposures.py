"""Exposures of millions of records: lists of fields by number while they are worked on, written out in slices.

`core.exposure.exposures_from` says for one page of one read what it gave away. Here the pages are put together with one
row per object, record, channel and principal, as `core.exposure.merge_exposures` does for tables that fit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from leakresponse.core import frames
from leakresponse.core.scope_engine_files import Files, write_tables
from leakresponse.core.shared_lists import numbered

#: The exposures of a case while people are looked for.
COMPACT_FILE = "work/exposures.parquet"
FIELD_LISTS = "work/exposures.json"
_SLICE_ROWS = 100_000
_WORD = pa.dictionary(pa.int32(), pa.string())
_TIME = pa.timestamp("us", tz="UTC")
#: frames.EXPOSURES with the number of a list of fields in place of the list.
COMPACT = pa.schema(
    [
        ("object", _WORD), ("record_id", pa.string()), ("fields", pa.int32()), ("channel", _WORD),
        ("principal", _WORD), ("first_seen", _TIME), ("last_seen", _TIME), ("certainty", _WORD),
    ]
)  # fmt: skip
_PLAIN = pa.schema([one for one in frames.EXPOSURES if one.name != "fields"])


@dataclass(slots=True)
class Exposures:
    """Exposures as they are found, page by page: some 50 bytes for each record of each read."""

    _parts: list[pa.Table] = field(default_factory=list)
    _lists: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(self, found: pd.DataFrame) -> None:
        """What one page of one read gave away, in the columns of frames.EXPOSURES."""
        if found.empty:
            return
        places, distinct = numbered(found["fields"])
        numbers = np.array([self._number(one) for one in distinct], dtype=np.int32)
        columns = {name: found[name] for name in COMPACT.names if name != "fields"}
        columns["fields"] = pd.Series(numbers[places])
        arrays = [pa.array(columns[name], from_pandas=True) for name in COMPACT.names]
        arrays = [a.combine_chunks() if isinstance(a, pa.ChunkedArray) else a for a in arrays]
        arrays = [
            a.dictionary_encode().cast(one.type) if pa.types.is_dictionary(one.type) else a.cast(one.type)
            for a, one in zip(arrays, COMPACT, strict=True)
        ]
        self._parts.append(pa.Table.from_arrays(arrays, schema=COMPACT))

    def write(self, files: Files) -> Mapping[str, int]:
        """exposures.parquet, and the same in compact form; counts records by certainty, and holds nothing any more."""
        merged = self._merged()
        self._parts.clear()
        lists = list(self._lists)
        files.write(FIELD_LISTS, json.dumps(lists).encode())
        write_tables(files, COMPACT_FILE, COMPACT, _sliced(merged))
        spelled = pa.array([list(one) for one in lists], type=pa.list_(pa.string()))
        write_tables(files, "exposures.parquet", frames.EXPOSURES, (_spelled(t, spelled) for t in _sliced(merged)))
        found = merged["certainty"].to_pandas().value_counts()
        return {str(word): int(n) for word, n in found.items() if n}

    def _number(self, fields: Sequence[str]) -> int:
        return self._lists.setdefault(tuple(fields), len(self._lists))

    def _repeats(self) -> bool:
        """Whether a record may stand there twice under one channel and principal."""
        seen: set[tuple[str, str, str]] = set()
        for part in self._parts:
            keys = part.select(["object", "channel", "principal"]).to_pandas().drop_duplicates()
            here = {(str(a), str(b), str(c)) for a, b, c in keys.itertuples(index=False)}
            if here & seen or part["record_id"].to_pandas().duplicated().any():
                return True
            seen |= here
        return False

    def _merged(self) -> pa.Table:
        """One row per object, record, channel and principal: fields united, times widened, certain where any is."""
        table = pa.concat_tables(self._parts) if self._parts else COMPACT.empty_table()
        if table.num_rows == 0 or not self._repeats():
            return table
        with duckdb.connect() as connection:
            connection.register("given", table)
            united = connection.sql(_UNITE, params=[len(self._lists)]).to_arrow_table()
        bits: Any = united["fields"].combine_chunks().dictionary_encode()
        names = list(self._lists)
        numbers = [
            self._number(sorted({f for names_at in _set(word) for f in names[names_at]}))
            for word in bits.dictionary.to_pylist()
        ]
        codes = np.asarray(numbers, dtype=np.int32)[bits.indices.to_numpy()]
        united = united.set_column(united.schema.get_field_index("fields"), "fields", pa.array(codes))
        merged: pa.Table = united.select(COMPACT.names).cast(COMPACT)
        return merged


#: Fields as a string of bits, one per list. Grouping keeps no order, so rows come in order of their keys.
_UNITE = """
    SELECT object::VARCHAR AS object, record_id, channel::VARCHAR AS channel, principal::VARCHAR AS principal,
        bit_or(set_bit(bitstring('0', ?::INTEGER), fields, 1))::VARCHAR AS fields,
        min(first_seen) AS first_seen, max(last_seen) AS last_seen, min(certainty::VARCHAR) AS certainty
    FROM given GROUP BY ALL ORDER BY object, record_id, channel, principal
"""


def exposure_frame(table: pa.Table, lists: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Compact exposures as core.people takes them; equal lists of fields are one object."""
    spelled = [list(one) for one in lists]
    codes = table["fields"].to_numpy().tolist()
    frame = table.drop_columns(["fields"]).cast(_PLAIN).to_pandas()
    frame["fields"] = pd.Series([spelled[code] for code in codes], index=frame.index, dtype=object)
    return pd.DataFrame(frame[COMPACT.names])


def _set(word: str) -> list[int]:
    return [place for place, bit in enumerate(word) if bit == "1"]


def _sliced(table: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, _SLICE_ROWS):
        yield table.slice(start, _SLICE_ROWS)


def _spelled(table: pa.Table, lists: Any) -> pa.Table:
    columns = [
        lists.take(table[name].combine_chunks())
        if name == "fields"
        else table[name].cast(frames.EXPOSURES.field(name).type)
        for name in frames.EXPOSURES.names
    ]
    return pa.Table.from_arrays(columns, schema=frames.EXPOSURES)
