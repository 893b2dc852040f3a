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
    """One row per REST call: its session's facts, the time, and what is called."""
    counts = np.maximum(sessions["calls"] * scale, sessions["calls"] > 0).astype(np.int64)
    rows = sessions.loc[sessions.index.repeat(counts)].reset_index(drop=True)
    rows["time"] = rows["start"] + 1 + rng.random(len(rows)) * rows["length"]
    kind = rng.choice(len(CALLS), size=len(rows), p=[one.weight for one in CALLS])
    table = pd.DataFrame(
        [(c.method, c.path, c.entity, c.query, c.most_rows, c.fields) for c in CALLS],
        columns=["method", "path", "entity", "query", "most_rows", "fields"],
    )
    rows = rows.join(table.take(kind).reset_index(drop=True))
    for number, call in enumerate(CALLS):
        if call.prefix:
            of_kind = kind == number
            ids = record_ids(call.prefix, _KNOWN_RECORDS).to_pylist()
            chosen = [ids[i] for i in rng.integers(0, _KNOWN_RECORDS, int(of_kind.sum()))]
            rows.loc[of_kind, "path"] = [call.path.format(id=one) for one in chosen]
    rows["rows"] = (rng.random(len(rows)) * (rows["most_rows"] + 1)).astype(np.int64)
    rows["request_id"] = request_ids(rng, len(rows))
    return rows


def request_ids(rng: np.random.Generator, count: int) -> list[str]:
    """REQUEST_IDs in the form of 2026: `SLB:` and 32 hexadecimal digits."""
    return [f"SLB:{row.tobytes().hex()}" for row in rng.integers(0, 256, (count, 16), dtype=np.uint8)]


def log_frame(event_type: str, org_id: str, rows: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """A log file's rows in its columns: the common ones from `rows` (time, user_id, keys, address), the rest given."""
    moments = pd.to_datetime(rows["time"], unit="s")
    common: dict[str, Any] = {
        "EVENT_TYPE": event_type,
        "TIMESTAMP": moments.dt.strftime("%Y%m%d%H%M%S.") + _milliseconds(moments),
        "TIMESTAMP_DERIVED": moments.dt.strftime("%Y-%m-%dT%H:%M:%S.") + _milliseconds(moments) + "Z",
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


def _milliseconds(moments: pd.Series) -> pd.Series:
    digits: pd.Series = (moments.dt.microsecond // 1_000).astype("str").str.zfill(3)
    return digits


def job_ids(count: int, start: int = 1) -> list[str]:
    """Ids of bulk jobs."""
    found: list[str] = record_ids("750", count, start).to_pylist()
    return found
