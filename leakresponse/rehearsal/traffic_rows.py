"""Log rows in bulk: what is common to all event types, and the calls that integrations make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leakresponse.rehearsal.org.log_columns import COLUMNS
from leakresponse.rehearsal.population_ids import record_ids

API_VERSION = "58.0"
_BASE = f"/services/data/v{API_VERSION}"


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of REST call; `{id}` in the path stands for a record of the entity, whose key prefix is given."""

    method: str
    path: str
    entity: str
    query: str
    most_rows: int
    fields: int
    weight: float
    prefix: str = ""


#: What an integration of a retailer does all day, by how often.
CALLS: tuple[Call, ...] = (
    Call("GET", f"{_BASE}/query", "Contact",
         "SELECT Id, FirstName, LastName, Email, Phone FROM Contact WHERE LastModifiedDate >= LAST_N_DAYS:1",
         40, 5, 0.3),
    Call("GET", f"{_BASE}/query", "Case",
         "SELECT Id, CaseNumber, Subject, Status FROM Case WHERE IsClosed = false ORDER BY CreatedDate DESC LIMIT 50",
         50, 4, 0.2),
    Call("GET", f"{_BASE}/query", "Order",
         "SELECT Id, OrderNumber, Status, TotalAmount FROM Order WHERE LastModifiedDate = TODAY", 60, 4, 0.15),
    Call("GET", f"{_BASE}/sobjects/Case/{{id}}", "Case", "", 1, 20, 0.15, "500"),
    Call("PATCH", f"{_BASE}/sobjects/Case/{{id}}", "Case", "", 1, 3, 0.1, "500"),
    Call("POST", f"{_BASE}/sobjects/Lead", "Lead", "", 1, 8, 0.07),
    Call("GET", f"{_BASE}/limits", "", "", 0, 0, 0.03),
)  # fmt: skip
#: Records that every population has, since ids are numbered from 1 and the smallest has some forty cases.
_KNOWN_RECORDS = 30


def calls_of(sessions: pd.DataFrame, rng: np.random.Generator, scale: float) -> pd.DataFrame:
    """One row per REST call: its session's facts, the time, and what is called.

    A program that asks more often finds less each time, so that a scale above 1 makes more calls, not more rows read.
    """
    counts = np.maximum(sessions["calls"] * scale, sessions["calls"] > 0).astype(np.int64)
    rows = sessions.loc[sessions.index.repeat(counts)].reset_index(drop=True)
    rows["time"] = rows["start"] + 1 + rng.random(len(rows)) * rows["length"]
    kind = rng.choice(len(CALLS), size=len(rows), p=[one.weight for one in CALLS])
    table = pd.DataFrame(
        [(c.method, c.path, c.entity, c.query, c.most_rows, c.fields) for c in CALLS],
        columns=["method", "path", "entity", "query", "most_rows", "fields"],
    )
    rows = rows.join(table.take(kind).reset_index(drop=True))
    _name_records(rows, kind, rng)
    share = np.where(rows["query"] != "", max(scale, 1.0), 1.0)
    rows["rows"] = (rng.random(len(rows)) * (rows["most_rows"] + 1) / share).astype(np.int64)
    rows["request_id"] = request_ids(rng, len(rows))
    return rows


def _name_records(rows: pd.DataFrame, kind: np.ndarray, rng: np.random.Generator) -> None:
    """Write the id of a record into the addresses of calls that read or change one."""
    for number, call in enumerate(CALLS):
        if call.prefix:
            of_kind = kind == number
            ids = record_ids(call.prefix, _KNOWN_RECORDS).to_pylist()
            paths = np.array([call.path.format(id=one) for one in ids], dtype=object)
            rows.loc[of_kind, "path"] = paths[rng.integers(0, _KNOWN_RECORDS, int(of_kind.sum()))]


def request_ids(rng: np.random.Generator, count: int) -> Any:
    """REQUEST_IDs in the form of 2026, as an array: `SLB:` and 32 hexadecimal digits."""
    chars = np.empty((count, 36), dtype=np.uint8)
    chars[:, :4] = np.frombuffer(b"SLB:", dtype=np.uint8)
    chars[:, 4:] = np.frombuffer(rng.bytes(16 * count).hex().encode(), dtype=np.uint8).reshape(count, 32)
    return _texts(chars)


def log_frame(event_type: str, org_id: str, rows: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """A log file's rows in its columns: the common ones from `rows` (time, user_id, keys, address), the rest given."""
    stamp, derived = _stamps(rows["time"])
    common: dict[str, Any] = {
        "EVENT_TYPE": event_type,
        "TIMESTAMP": stamp,
        "TIMESTAMP_DERIVED": derived,
        "REQUEST_ID": rows["request_id"],
        "ORGANIZATION_ID": org_id[:15],
        "USER_ID": rows["user_id"].str[:15],
        "USER_ID_DERIVED": rows["user_id"],
        "SESSION_KEY": rows["session_key"],
        "LOGIN_KEY": rows["login_key"],
        "CLIENT_IP": rows["address"],
        "USER_TYPE": "Standard",
    }
    given = {**common, **columns}
    frame = pd.DataFrame({name: given.get(name, "") for name in COLUMNS[event_type]}, index=rows.index)
    return frame.astype("str").reset_index(drop=True)


#: Where the digits of `yyyyMMddHHmmss.SSS` stand in `yyyy-MM-ddTHH:mm:ss.SSS`.
_DIGITS = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 19, 20, 21, 22]


def _stamps(seconds: pd.Series) -> tuple[Any, Any]:
    """TIMESTAMP and TIMESTAMP_DERIVED of moments in seconds since 1970."""
    moments = np.floor(seconds.to_numpy(dtype=np.float64) * 1000).astype(np.int64).astype("datetime64[ms]")
    text = np.datetime_as_string(moments, unit="ms").astype("S23")
    chars = np.frombuffer(text.tobytes(), dtype=np.uint8).reshape(len(moments), 23)
    ending = np.full((len(moments), 1), ord("Z"), dtype=np.uint8)
    return _texts(chars[:, _DIGITS]), _texts(np.hstack([chars, ending]))


def _texts(chars: np.ndarray) -> Any:
    """Texts of equal length from their characters, one row each, as a pandas array."""
    import pyarrow as pa

    count, width = chars.shape
    offsets = np.arange(count + 1, dtype=np.int64) * width
    buffers = pa.py_buffer(offsets.tobytes()), pa.py_buffer(np.ascontiguousarray(chars).tobytes())
    found: Any = pa.LargeStringArray.from_buffers(count, *buffers)
    return pd.array(found, dtype="str")


def job_ids(count: int, start: int = 1) -> list[str]:
    """Ids of bulk jobs."""
    found: list[str] = record_ids("750", count, start).to_pylist()
    return found
