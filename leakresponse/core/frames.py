"""Every big table has a named schema; tables travel as Parquet references, never as task results.

Imported only where tables are handled: containment must not pull in pyarrow.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from leakresponse.core.shared_lists import numbered

_TS: pa.DataType = pa.timestamp("us", tz="UTC")
_STR: pa.DataType = pa.string()
_STRS: pa.DataType = pa.list_(pa.string())

#: One row per log row or real-time event, normalised. `rows` is the figure of the log, null where it has none.
EVENTS = pa.schema(
    [
        ("event_type", _STR),  # EventLogFile type or real-time object name
        ("source", _STR),  # "elf" or "rtem"
        ("source_file", _STR),  # EventLogFile id; empty for rtem
        ("timestamp", _TS),
        ("user_id", _STR),  # 18 characters
        ("login_key", _STR),
        ("session_key", _STR),
        ("app_id", _STR),  # CONNECTED_APP_ID, 18 characters, as logged or joined
        ("app_name", _STR),  # client name or app name as logged
        ("client_ip", _STR),
        ("user_agent", _STR),
        ("method", _STR),
        ("uri", _STR),
        ("entity", _STR),
        ("operation", _STR),  # Query, QueryMore, job operation, login sub type ...
        ("rows", pa.int64()),
        ("bytes", pa.int64()),  # size of the answer, or of the file; null where the log has none
        ("query", _STR),  # SOQL, GraphQL, Aura actions, a search term, or the id of a report or list view
        ("detail", _STR),  # columns of a report or list view, variables of a GraphQL query
        ("job_id", _STR),
        ("job_status", _STR),
        ("record_ids", _STRS),  # ids that the row names
        ("request_id", _STR),
        ("status", _STR),
        ("label", _STR),  # attack | legitimate | uncertain
        ("reason", _STR),
    ]
)

EXPOSURES = pa.schema(
    [
        ("object", _STR),
        ("record_id", _STR),
        ("fields", _STRS),
        ("channel", _STR),
        ("principal", _STR),
        ("first_seen", _TS),
        ("last_seen", _TS),
        ("certainty", _STR),
    ]
)

PEOPLE = pa.schema(
    [
        ("person_id", _STR),
        ("record_ids", _STRS),
        ("elements", _STRS),
        ("residency", _STR),
        ("candidates", _STRS),
        ("legal_entity", _STR),
        ("confidence", _STR),  # high | medium | low | unknown
        ("flags", _STRS),
        ("review", pa.bool_()),
        ("certainty", _STR),
    ]
)

#: Personal data: lives in the case store only, read by rendering and dispatch, never by a report or artifact.
RECIPIENTS = pa.schema(
    [
        ("person_id", _STR),
        ("name", _STR),
        ("email", _STR),
        ("street", _STR),
        ("city", _STR),
        ("state", _STR),
        ("postal_code", _STR),
        ("country", _STR),
        ("birthdate", _STR),
    ]
)

NOTICES = pa.schema(
    [
        ("notice_id", _STR),
        ("person_id", _STR),
        ("legal_entity", _STR),
        ("jurisdiction", _STR),
        ("variant", _STR),
        ("variant_hash", _STR),
        ("channel", _STR),
        ("elements", _STRS),
        ("status", _STR),  # queued | sent | held | quarantined | unknown
    ]
)


def table_of(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """The columns of a named schema, missing ones as nulls.

    Rows mostly share a few lists (elements, flags): each list object is converted once.
    """
    columns = [_array(frame.get(one.name), one.type, len(frame)) for one in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _array(values: pd.Series | None, wanted: Any, size: int) -> Any:
    if values is None or not size:
        return pa.nulls(size, wanted)
    if not pa.types.is_list(wanted):
        found = pa.array(values, type=wanted, from_pandas=True)
        return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    whole = list(values)
    if 2 * len(set(map(id, whole))) > size or values.isna().any():
        return pa.array(whole, type=wanted, from_pandas=True)
    codes, lists = numbered(whole)
    return pa.array(lists, type=wanted).take(codes)
