"""Turn log rows and real-time events into one table of events (frames.EVENTS), losing none without saying so.

Rows that cannot be placed in time are handed back as rejected, with the reason; nothing is dropped silently.
Text columns are never null here ("" means the log had no value); `rows` is null where a log has no figure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from leakresponse.core.events_columns import BLANKS, RTEM, RTEM_BY_TYPE
from leakresponse.core.events_csv import BROKEN_ROWS, read_elf_csv
from leakresponse.core.events_ids import to18
from leakresponse.core.events_table import (
    columns_read,
    constant,
    elf_table,
    finish,
    first_filled,
    pc,
    row_keys,
    table_of,
    times_of,
    to_frame,
)
from leakresponse.core.frames import EVENTS

__all__ = [
    "EVENT_COLUMNS", "Normalised", "concat_events", "deduplicate", "normalise_elf", "normalise_rtem", "read_elf_csv",
]  # fmt: skip

EVENT_COLUMNS: tuple[str, ...] = tuple(EVENTS.names)
TEXT_COLUMNS: tuple[str, ...] = tuple(one.name for one in EVENTS if one.type == pa.string())
#: Column of ours that says which file a row came from, while files are put together.
_FILE = "_source_file"
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
    files = pa.array(frame[_FILE], pa.string()) if _FILE in frame else file_id
    table, unplaced = elf_table(event_type, _text_table(frame, columns_read(event_type)), files)
    broken = int(frame.attrs.get(BROKEN_ROWS, 0))
    reasons = (f"{file_id or event_type}: {broken} rows with a wrong number of columns",) if broken else ()
    return _counted(table, unplaced, broken, reasons)


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
    columns = {**RTEM, **RTEM_BY_TYPE.get(name, {})}
    used = {source for sources in columns.values() for source in sources} | {"EventDate", "CreatedDate"}
    given = _text_table(frame, used)
    out = {key: first_filled(given, sources) for key, sources in columns.items()}
    for key in ("app_name", "user_agent", "operation"):
        out[key] = pc.if_else(pc.is_in(out[key], pa.array(sorted(BLANKS))), "", out[key])
    if name == "ApiEvent" and "RowsProcessed" in frame:
        totals = pd.to_numeric(frame["RowsProcessed"], errors="coerce")
        out["status"] = pa.array(["" if pd.isna(n) else f"total:{int(n)}" for n in totals], pa.string())
    out["event_type"] = constant(name, len(frame))
    out["source"] = constant("rtem", len(frame))
    listed = [record_ids_of(one) for one in frame["Records"]] if "Records" in frame else None
    times = times_of(first_filled(given, ("EventDate", "CreatedDate")), None)
    return _counted(*finish(out, times, listed), 0, ())


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


def _ids_of_cut_text(text: str) -> list[str] | None:
    if "recordIds" in text:
        ids = _ID_IN_TEXT.findall(text.split("recordIds", 1)[1])
    else:
        ids = re.findall(r'"Id"\s*:\s*"([0-9A-Za-z]{18}|[0-9A-Za-z]{15})"', text)
    return [to18(value) for value in ids] or None


def deduplicate(events: pd.DataFrame) -> pd.DataFrame:
    """Drop repeated rows: files arrive at least once, and hourly and daily files hold the same rows.

    The whole row is the key, with time, user and session in it: see `row_keys`.
    """
    if events.empty:
        return events
    return events.loc[~pd.Series(row_keys(table_of(events))).duplicated().to_numpy()].reset_index(drop=True)


def concat_events(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Event tables under each other in order of time, repeated rows dropped; empty input gives an empty table."""
    kept = [part for part in parts if len(part)]
    if not kept:
        return empty_events()
    merged = deduplicate(pd.concat(kept, ignore_index=True))
    return merged.sort_values("timestamp", kind="stable", ignore_index=True)


def empty_events() -> pd.DataFrame:
    """An event table without rows, with the right column types."""
    return to_frame(EVENTS.empty_table())


def _counted(table: pa.Table, unplaced: int, broken: int, reasons: tuple[str, ...]) -> Normalised:
    if unplaced:
        reasons = (*reasons, f"{unplaced} rows without a readable time")
    return Normalised(to_frame(table), broken + unplaced, reasons)


def _text_table(frame: pd.DataFrame, wanted: Collection[str]) -> pa.Table:
    """The wanted columns as text; what a log left out is ""."""
    texts = {str(name): _texts(frame[name]) for name in frame if name in wanted}
    return pa.table(texts or {"": pa.nulls(len(frame), pa.string())})


def _texts(column: pd.Series) -> Any:
    if column.dtype == "str":
        return pa.array(column.fillna(""), pa.string())
    return pa.array([_text(value) for value in column], pa.string())


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(value)


def _payload(row: Mapping[str, Any]) -> Mapping[str, Any]:
    data = row.get("data")
    if isinstance(data, Mapping) and isinstance(data.get("payload"), Mapping):
        return _payload(data)
    payload = row.get("payload")
    return payload if isinstance(payload, Mapping) else row
