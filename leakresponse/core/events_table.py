"""Log rows as Arrow tables in the schema frames.EVENTS: the one place that gives every column its form.

Vectorised and without Python objects per row: ten million rows pass here on their way to Parquet. Text is never null
("" means the log had no value); `rows` is null where a log has no figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute

from leakresponse.core.events_columns import ELF, ELF_BY_TYPE
from leakresponse.core.events_ids import to18
from leakresponse.core.frames import EVENTS

#: An Arrow array whose type the schema decides at run time, which the stubs of pyarrow have no word for.
Column: TypeAlias = Any
pc: Any = pyarrow.compute

_ID_COLUMNS = ("user_id", "app_id", "job_id")
_FIGURES = ("rows", "bytes")
_TIME: pa.DataType = EVENTS.field("timestamp").type
_COMPACT = "%Y%m%d%H%M%S.%f"
#: What makes two rows the same one: everything but the file they came in and what we say about them.
KEY_COLUMNS: tuple[str, ...] = tuple(n for n in EVENTS.names if n not in ("source_file", "label", "reason"))


def elf_columns(event_type: str) -> Mapping[str, tuple[str, ...]]:
    """Which columns of an EventLogFile type may fill which of ours."""
    return {**ELF, **ELF_BY_TYPE.get(event_type.lower(), {})}


def columns_read(event_type: str) -> frozenset[str]:
    """The columns of a file that are looked at; the others need not be converted."""
    named = {name for sources in elf_columns(event_type).values() for name in sources}
    return frozenset(named | {"TIMESTAMP_DERIVED", "TIMESTAMP"})


def elf_table(event_type: str, table: pa.Table, files: Any) -> tuple[pa.Table, int]:
    """Rows of EventLogFiles of one type (all columns text), and how many had no readable time and were left out.

    `files` is the id of the file, or an array with one id per row.
    """
    size = table.num_rows
    out = {name: first_filled(table, sources) for name, sources in elf_columns(event_type).items()}
    out["event_type"] = constant(event_type, size)
    out["source"] = constant("elf", size)
    out["source_file"] = constant(files, size) if isinstance(files, str) else files
    times = times_of(first_filled(table, ("TIMESTAMP_DERIVED",)), first_filled(table, ("TIMESTAMP",)))
    return finish(out, times, None)


def finish(out: Mapping[str, Column], times: Column, named: Sequence[list[str] | None] | None) -> tuple[pa.Table, int]:
    """Columns in order and form: 18-character ids, figures as whole numbers, rows without a time left out.

    `named`: the record ids that each row names; where it names none, the single id of `out["record_id"]` counts.
    """
    size = len(times)
    empty = constant("", size)
    columns: dict[str, Column] = {name: out.get(name, empty) for name in EVENTS.names}
    for name in _ID_COLUMNS:
        columns[name] = _ids(columns[name])
    columns["timestamp"] = times
    for name in _FIGURES:
        columns[name] = _figures(out[name]) if name in out else _nulls(size, pa.int64())
    columns["record_ids"] = _record_ids(out.get("record_id"), named, size)
    table = pa.Table.from_arrays([columns[name] for name in EVENTS.names], schema=EVENTS)
    return (table, 0) if times.null_count == 0 else (table.filter(times.is_valid()), times.null_count)


def _record_ids(single: Column | None, named: Sequence[list[str] | None] | None, size: int) -> Column:
    lists: pa.DataType = EVENTS.field("record_ids").type
    if single is None:
        return _nulls(size, lists) if named is None else pa.array(named, lists)
    ones = [[one] if one else None for one in _ids(single).to_pylist()]
    return pa.array(
        ones if named is None else [a if a is not None else b for a, b in zip(named, ones, strict=True)], lists
    )


def to_frame(table: pa.Table) -> pd.DataFrame:
    """The table as a frame: text as `str`, `rows` as Int64, `record_ids` as lists or None."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=_nullable)
    frame["record_ids"] = frame["record_ids"].map(lambda ids: None if ids is None else list(ids)).astype(object)
    return frame


def _nullable(kind: pa.DataType) -> Any:
    return pd.Int64Dtype() if pa.types.is_int64(kind) else None


def table_of(frame: pd.DataFrame) -> pa.Table:
    """A frame of events as a table in the schema frames.EVENTS."""
    size = len(frame)
    columns: list[Column] = []
    for one in EVENTS:
        given: Any = frame.get(one.name)
        values = list(given) if one.name == "record_ids" and given is not None else given
        columns.append(_nulls(size, one.type) if given is None else pa.array(values, one.type, from_pandas=True))
    return pa.Table.from_arrays(columns, schema=EVENTS)


def row_keys(table: pa.Table) -> npt.NDArray[np.uint64]:
    """One 64-bit key per row over the whole row (KEY_COLUMNS).

    REQUEST_ID can be set by the client, so it is only one part of the key. Two different rows of ten million have the
    same key with a chance of about 3 in a million.
    """
    import duckdb

    wanted = table.select(list(KEY_COLUMNS))
    with duckdb.connect() as memory:
        memory.register("given", wanted)
        columns = ", ".join(KEY_COLUMNS)
        answer = memory.execute(f"SELECT hash({columns}) AS key FROM given").fetchnumpy()  # noqa: S608 (own names)
    return np.asarray(answer["key"], dtype=np.uint64)


def first_filled(table: pa.Table, sources: Sequence[str]) -> Column:
    """The first of several columns that holds something, row by row; "" where none does."""
    found: Column | None = None
    for name in reversed(sources):
        if name not in table.column_names:
            continue
        column = _whole(table[name])
        found = column if found is None else pc.if_else(pc.equal(column, ""), found, column)
    return constant("", table.num_rows) if found is None else found


def _nulls(size: int, kind: Any) -> Column:
    return pa.nulls(size, kind)


def constant(value: str, size: int) -> Column:
    """One text, so many times."""
    return pa.repeat(pa.scalar(value, pa.string()), size)


def times_of(first: Column, second: Column | None) -> Column:
    """Times in UTC, microseconds: ISO text first, else the compact form `yyyyMMddHHmmss.SSS`, else null."""
    filled = pc.if_else(pc.equal(first, ""), pa.scalar(None, pa.string()), first)
    if filled.null_count == 0:
        try:
            return filled.cast(_TIME)
        except pa.ArrowInvalid:
            pass  # some rows are not plain ISO: all go the long way
    return _times_slowly(first, second)


def _times_slowly(first: Column, second: Column | None) -> Column:
    parsed = _parsed(first.to_pandas(), "ISO8601")
    for form in (_COMPACT, "ISO8601"):
        missing = parsed.isna()
        if second is not None and missing.any():
            parsed = parsed.fillna(_parsed(second.to_pandas()[missing], form))
    return pa.array(parsed, _TIME, from_pandas=True)


def _parsed(values: pd.Series, form: str) -> pd.Series:
    moments = pd.to_datetime(values.mask(values == ""), format=form, errors="coerce", utc=True)
    return moments.astype("datetime64[us, UTC]")


def _ids(values: Column) -> Column:
    """`to18` over a column; works on the distinct values, since logs repeat a few ids very often."""
    coded = values.dictionary_encode()
    converted = pa.array([to18(str(one).strip()) for one in coded.dictionary.to_pylist()], pa.string())
    return converted.take(coded.indices)


def _figures(values: Column) -> Column:
    """Whole numbers from text; null for what is no number, and for -1 (big objects: no figure)."""
    coded = values.dictionary_encode()
    filled = pc.if_else(pc.equal(coded.dictionary, ""), pa.scalar(None, pa.string()), coded.dictionary)
    try:
        numbers = filled.cast(pa.int64())
    except pa.ArrowInvalid:
        numbers = _figures_slowly(coded.dictionary)
    fit = pc.greater_equal(numbers, 0)
    return pc.if_else(fit, numbers, pa.scalar(None, pa.int64())).take(coded.indices)


def _figures_slowly(texts: Column) -> Column:
    """Figures that are not all plain digits: `4500.0`, `1e3`, words."""
    numbers = pd.to_numeric(texts.to_pandas(), errors="coerce").astype("float64")
    fit = numbers.ge(0) & numbers.lt(2**63)
    whole = numbers.where(fit, 0).round().astype("int64")
    return pa.array(whole.to_numpy(), pa.int64(), mask=~fit.to_numpy(np.bool_))


def _whole(column: Column) -> Column:
    plain = column if column.type == pa.string() else column.cast(pa.string())
    joined = plain.combine_chunks()
    joined = joined if isinstance(joined, pa.Array) else pa.concat_arrays(joined.chunks)
    return pc.fill_null(joined, "") if joined.null_count else joined
