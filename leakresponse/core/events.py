"""Turn log rows and real-time events into one table of events (frames.EVENTS), losing none without saying so.

Rows that cannot be placed in time are handed back as rejected, with the reason; nothing is dropped silently.
Text columns are never null here ("" means the log had no value); `rows` is null where a log has no figure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leakresponse.core.events_columns import BLANKS, ELF, ELF_BY_TYPE, RTEM, RTEM_BY_TYPE
from leakresponse.core.events_csv import BROKEN_ROWS, read_elf_csv
from leakresponse.core.events_ids import ids_to18, to18

__all__ = [
    "EVENT_COLUMNS", "Normalised", "concat_events", "deduplicate", "normalise_elf", "normalise_rtem", "read_elf_csv",
]  # fmt: skip

TEXT_COLUMNS: tuple[str, ...] = (
    "event_type", "source", "source_file", "user_id", "login_key", "session_key", "app_id", "app_name", "client_ip",
    "user_agent", "method", "uri", "entity", "operation", "query", "detail", "job_id", "job_status", "request_id",
    "status",
)  # fmt: skip
EVENT_COLUMNS: tuple[str, ...] = (
    "event_type", "source", "source_file", "timestamp", "user_id", "login_key", "session_key", "app_id", "app_name",
    "client_ip", "user_agent", "method", "uri", "entity", "operation", "rows", "bytes", "query", "detail", "job_id",
    "job_status",
    "record_ids", "request_id", "status", "label", "reason",
)  # fmt: skip
#: Column of ours that says which file a row came from, while files are put together.
_FILE = "_source_file"
_ID_COLUMNS = ("user_id", "app_id", "job_id")
_COMPACT = "%Y%m%d%H%M%S.%f"
_ID_IN_TEXT = re.compile(r"\b[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?\b")


@dataclass(frozen=True, slots=True)
class Normalised:
    """Events in the columns of frames.EVENTS, and how many source rows could not be read (with the reasons)."""

    events: pd.DataFrame
    rejected: int = 0
    reasons: tuple[str, ...] = ()


def normalise_elf(event_type: str, frame: pd.DataFrame, file_id: str) -> Normalised:
    """Rows of one EventLogFile, all columns text.

    `event_type` is what EventLogFile says; rows keep it even where their own EVENT_TYPE is spelled otherwise
    (documented `CspViolation`, observed `CSPViolation`).
    """
    columns = {**ELF, **ELF_BY_TYPE.get(event_type.lower(), {})}
    index = frame.index
    out = {name: _first_filled(frame, sources, index) for name, sources in columns.items()}
    out["event_type"] = _constant(event_type, index)
    out["source"] = _constant("elf", index)
    out["source_file"] = frame[_FILE] if _FILE in frame else _constant(file_id, index)
    times = _times(_first_filled(frame, ("TIMESTAMP_DERIVED",), index), _first_filled(frame, ("TIMESTAMP",), index))
    broken = int(frame.attrs.get(BROKEN_ROWS, 0))
    reasons = (f"{file_id or event_type}: {broken} rows with a wrong number of columns",) if broken else ()
    named = out.pop("record_id", None)
    return _finish(out, times, index, None if named is None else _as_lists(named), broken, reasons)


def normalise_files(event_type: str, files: Sequence[tuple[str, pd.DataFrame]]) -> Normalised:
    """Rows of many files of one type at once, as (file id, frame): much cheaper than one by one, and the same."""
    marked = [frame.assign(**{_FILE: pd.Series(file_id, index=frame.index, dtype="str")}) for file_id, frame in files]
    whole = pd.concat(marked, ignore_index=True) if marked else pd.DataFrame()
    whole.attrs = {BROKEN_ROWS: sum(int(frame.attrs.get(BROKEN_ROWS, 0)) for _, frame in files)}
    return normalise_elf(event_type, whole, "")


def normalise_rtem(object_name: str, rows: Sequence[Mapping[str, Any]]) -> Normalised:
    """Stored or streamed real-time events; envelopes (`data.payload`, `payload`) are opened.

    `rows` is RowsReturned, never RowsProcessed: that one is the total of the whole query and is repeated on every
    page (object reference, ApiEvent). The total is kept in `status` of an ApiEvent as `total:N`.
    """
    name = canonical_object(object_name)
    payloads = [_payload(row) for row in rows]
    frame = pd.DataFrame(payloads).rename_axis(None) if payloads else pd.DataFrame()
    index = frame.index
    columns = {**RTEM, **RTEM_BY_TYPE.get(name, {})}
    out = {key: _first_filled(frame, sources, index) for key, sources in columns.items()}
    for key in ("app_name", "user_agent", "operation"):
        out[key] = out[key].mask(out[key].isin(BLANKS), "")
    if name == "ApiEvent" and "RowsProcessed" in frame:
        totals = pd.to_numeric(frame["RowsProcessed"], errors="coerce")
        out["status"] = totals.map(lambda n: "" if pd.isna(n) else f"total:{int(n)}").astype("str")
    out["event_type"] = _constant(name, index)
    out["source"] = _constant("rtem", index)
    out["source_file"] = _constant("", index)
    records = frame["Records"] if "Records" in frame else pd.Series([None] * len(frame), index=index, dtype=object)
    times = _times(_first_filled(frame, ("EventDate", "CreatedDate"), index), None)
    named = records.map(record_ids_of)
    if "record_id" in out:
        named = named.where(named.notna(), _as_lists(out.pop("record_id")))
    return _finish(out, times, index, named, 0, ())


def canonical_object(name: str) -> str:
    """The name the stored object has: streams are called `…Stream`, and three stores `…Store` (platform events)."""
    base = name.removesuffix("Stream")
    return base + "Store" if base in {"BulkApiResultEvent", "PermissionSetEvent", "FileEvent"} else base


def record_ids_of(records: object) -> list[str] | None:
    """Record ids named by the `Records` text of a real-time event, 18 characters each; None where it names none.

    Newer form `recordIds: […]`, older `records: [{"Id": …}]`; the text is cut at 250,000 characters, so a text that is
    no longer JSON still yields the ids it holds (values of fields are never taken for ids there).
    """
    if records is None or (isinstance(records, float) and np.isnan(records)) or records == "":
        return None
    data: Any = records
    if isinstance(records, str):
        try:
            data = json.loads(records)
        except ValueError:
            return _ids_of_cut_text(records)
    if isinstance(data, Mapping):
        if isinstance(data.get("rows"), list):
            return _ids_of_cells(data["rows"])
        listed = data.get("recordIds", data.get("records"))
        data = listed if listed is not None else []
    if not isinstance(data, list):
        return None
    named = [item.get("Id") if isinstance(item, Mapping) else item for item in data]
    return [to18(value) for value in named if isinstance(value, str) and value]


def _ids_of_cells(rows: Sequence[Any]) -> list[str] | None:
    """Ids among the values of reports and lists: `{"rows": [{"datacells": [...]}]}`; None where no value is one.

    A cell may hold any text, so a value counts with its checksum only (18 characters), or with digits enough for none
    to be a word (15): the first id of each row names the row.
    """
    cells = (row.get("datacells", ()) for row in rows if isinstance(row, Mapping))
    firsts = (next((one for one in some if isinstance(one, str) and _surely_id(one)), None) for some in cells)
    return [to18(one) for one in firsts if one] or None


def _surely_id(text: str) -> bool:
    if len(text) == 18:
        return text.isalnum() and to18(text[:15]) == text
    return len(text) == 15 and text.isalnum() and sum(char.isdigit() for char in text) >= 5


def _as_lists(ids: pd.Series) -> pd.Series:
    """One id per row as a list of its own; None for an empty one."""
    return pd.Series([[one] if one else None for one in ids_to18(ids)], index=ids.index, dtype=object)


def _ids_of_cut_text(text: str) -> list[str] | None:
    if "recordIds" in text:
        ids = _ID_IN_TEXT.findall(text.split("recordIds", 1)[1])
    else:
        ids = re.findall(r'"Id"\s*:\s*"([0-9A-Za-z]{18}|[0-9A-Za-z]{15})"', text)
    return [to18(value) for value in ids] or None


def deduplicate(events: pd.DataFrame) -> pd.DataFrame:
    """Drop repeated rows: files arrive at least once, and hourly and daily files hold the same rows.

    REQUEST_ID can be set by the client, so it is only one part of the key: the whole row counts, with time, user and
    session in it, and only the file that a row came from is left out.
    """
    if events.empty:
        return events
    key = np.zeros(len(events), dtype=np.uint64)
    multiplier = np.uint64(0x9E3779B97F4A7C15)
    for name in EVENT_COLUMNS:
        if name in ("source_file", "label", "reason"):
            continue
        column = events[name]
        if name == "record_ids":
            column = column.map(lambda ids: "" if ids is None or isinstance(ids, float) else "|".join(ids))
        hashed = pd.util.hash_pandas_object(column.astype(object) if name == "record_ids" else column, index=False)
        key = np.asarray((key ^ hashed.to_numpy(dtype=np.uint64)) * multiplier, dtype=np.uint64)
    return events.loc[~pd.Series(key).duplicated().to_numpy()].reset_index(drop=True)


def concat_events(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Event tables under each other in order of time, repeated rows dropped; empty input gives an empty table."""
    kept = [part for part in parts if len(part)]
    if not kept:
        return empty_events()
    merged = deduplicate(pd.concat(kept, ignore_index=True))
    return merged.sort_values("timestamp", kind="stable", ignore_index=True)


def empty_events() -> pd.DataFrame:
    """An event table without rows, with the right column types."""
    out = {name: pd.Series([], dtype="str") for name in TEXT_COLUMNS}
    return _finish(out, pd.Series([], dtype="datetime64[us, UTC]"), pd.RangeIndex(0), None, 0, ()).events


def _finish(
    out: dict[str, pd.Series],
    times: pd.Series,
    index: pd.Index,
    record_ids: pd.Series | None,
    rejected: int,
    reasons: tuple[str, ...],
) -> Normalised:
    for name in _ID_COLUMNS:
        if name in out:
            out[name] = ids_to18(out[name])
    events = pd.DataFrame({name: out.get(name, _constant("", index)) for name in TEXT_COLUMNS}, index=index)
    events["timestamp"] = times
    for name in ("rows", "bytes"):
        figures = pd.to_numeric(out[name], errors="coerce") if name in out else pd.Series(np.nan, index=index)
        events[name] = figures.where(figures >= 0).round().astype("Int64")
    none = pd.Series([None] * len(index), index=index, dtype=object)
    events["record_ids"] = none if record_ids is None else record_ids
    events["label"] = _constant("", index)
    events["reason"] = _constant("", index)
    unplaced = int(times.isna().sum())
    if unplaced:
        reasons = (*reasons, f"{unplaced} rows without a readable time")
        events = events.loc[times.notna()]
    return Normalised(events[list(EVENT_COLUMNS)].reset_index(drop=True), rejected + unplaced, reasons)


def _first_filled(frame: pd.DataFrame, sources: Sequence[str], index: pd.Index) -> pd.Series:
    """The first of several columns that holds something, row by row; "" where none does."""
    found = _constant("", index)
    for name in reversed(sources):
        if name in frame:
            column = frame[name]
            if column.dtype != "str":
                column = column.map(_text).astype("str")
            column = column.fillna("")
            found = column.where(column != "", found)
    return found


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(value)


def _constant(value: str, index: pd.Index) -> pd.Series:
    return pd.Series(pd.array([value], dtype="str").take(np.zeros(len(index), dtype=np.intp)), index=index, dtype="str")


def _times(first: pd.Series, second: pd.Series | None) -> pd.Series:
    """Times in UTC, microseconds: ISO text first, else the compact form `yyyyMMddHHmmss.SSS`."""
    parsed = _parsed(first, "ISO8601")
    for form in (_COMPACT, "ISO8601"):
        missing = parsed.isna()
        if second is not None and missing.any():
            parsed = parsed.fillna(_parsed(second[missing], form))
    return parsed


def _parsed(values: pd.Series, form: str) -> pd.Series:
    moments = pd.to_datetime(values.mask(values == ""), format=form, errors="coerce", utc=True)
    return moments.astype("datetime64[us, UTC]")


def _payload(row: Mapping[str, Any]) -> Mapping[str, Any]:
    data = row.get("data")
    if isinstance(data, Mapping) and isinstance(data.get("payload"), Mapping):
        return _payload(data)
    payload = row.get("payload")
    return payload if isinstance(payload, Mapping) else row
