"""Stored real-time events of the same ordinary days: queries, downloads of bulk results, logins.

Rows have the columns of the org's tables (big objects), so they can be loaded as they are.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from leakresponse.rehearsal.population_ids import record_ids
from leakresponse.rehearsal.traffic_cast import Cast
from leakresponse.rehearsal.traffic_rows import API_VERSION, calls_of
from leakresponse.rehearsal.traffic_sessions import DAY, integration_sessions

ROWS = 20_000
_KNOWN_RECORDS = 40
#: Events that are older by so many seconds have Records in the older form.
_OLDER_FORM = 15 * DAY
_PREFIXES = {"Contact": "003", "Case": "500", "Order": "801"}


def background_events(
    cast: Cast, seed: int, end: datetime, days: int = 30, rows: int = ROWS
) -> dict[str, pd.DataFrame]:
    """ApiEvent (about `rows` of them), BulkApiResultEventStore and LoginEvent over the `days` before `end`."""
    rng = np.random.default_rng([seed, 2])
    sessions = integration_sessions(cast, rng, end, days)
    whole = calls_of(sessions, rng, 1.0)
    asked = whole[(whole["query"] != "") & (whole["time"] < end.timestamp())]
    if len(asked) > rows:
        asked = asked.take(np.sort(rng.permutation(len(asked))[:rows]))
    jobs = sessions.loc[sessions.index.repeat(sessions["jobs"])].assign(time=lambda frame: frame["start"] + 300)
    return {
        "ApiEvent": _api_events(asked.reset_index(drop=True), rng),
        "BulkApiResultEventStore": _downloads(jobs.reset_index(drop=True), rng),
        "LoginEvent": _logins(sessions.assign(time=sessions["start"]), rng),
    }


def _stored(rows: pd.DataFrame, rng: np.random.Generator, prefix: str) -> dict[str, Any]:
    """What every stored event has. Ids are numbered, so they never meet those of the running org."""
    moments = pd.to_datetime(rows["time"], unit="s").dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str[:-3] + "Z"
    return {
        "Id": record_ids(prefix, len(rows)).to_pylist(),
        "EventDate": moments,
        "EventIdentifier": _uuids(rng, len(rows)),
        "CreatedDate": moments,
        "UserId": rows["user_id"],
        "Username": rows["username"],
        "SourceIp": rows["address"],
        "SessionLevel": "STANDARD",
        "LoginKey": rows["login_key"],
        "EvaluationTime": 0.0,
    }


def _uuids(rng: np.random.Generator, count: int) -> list[str]:
    drawn = [row.tobytes().hex() for row in rng.integers(0, 256, (count, 16), dtype=np.uint8)]
    return [f"{d[:8]}-{d[8:12]}-4{d[13:16]}-a{d[17:20]}-{d[20:]}" for d in drawn]


def _api_events(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One page per query. The app is named on a token's first call only."""
    first = ~rows.duplicated("session_key")
    ids = {name: record_ids(prefix, _KNOWN_RECORDS).to_pylist() for name, prefix in _PREFIXES.items()}
    counts = np.minimum(rows["rows"], _KNOWN_RECORDS)
    older = rows["time"] < rows["time"].max() - _OLDER_FORM
    records = [
        _named(name, ids[name][:count], old)
        for name, count, old in zip(rows["entity"], counts.tolist(), older, strict=True)
    ]
    return pd.DataFrame(
        {
            **_stored(rows, rng, "7pV"),
            "SessionKey": rows["session_key"],
            "ApiType": "REST",
            "ApiVersion": float(API_VERSION),
            "Application": rows["app"].where(first, "N/A"),
            "ConnectedAppId": rows["app_id"].where(first, None),
            "ElapsedTime": rng.integers(20, 900, len(rows)),
            "Operation": "Query",
            "Platform": "Unknown",
            "QueriedEntities": rows["entity"],
            "Query": rows["query"],
            "Records": records,
            "RowsProcessed": counts.astype(float),
            "RowsReturned": counts.astype(float),
            "UserAgent": rows["agent"],
            "AdditionalInfo": "{}",
        }
    )


def _named(name: str, ids: list[str], older: bool) -> str:
    """Records in the form of today, which names ids, or in the older one (log notes: read both)."""
    whole: dict[str, Any] = {"totalSize": len(ids), "done": True}
    whole |= {"records": [{"attributes": {"type": name}, "Id": one} for one in ids]} if older else {"recordIds": ids}
    return json.dumps(whole, separators=(",", ":"))


def _downloads(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    query = "SELECT Id, CaseNumber, Subject, Status FROM Case WHERE SystemModstamp >= LAST_N_DAYS:1"
    return pd.DataFrame({**_stored(rows, rng, "7pW"), "SessionKey": rows["session_key"], "Query": query})


def _logins(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            **_stored(rows, rng, "7pX"),
            "LoginType": "Remote Access 2.0",
            "LoginUrl": "login.salesforce.com",
            "Status": "Success",
            "Application": rows["app"],
            "Browser": rows["agent"],
            "Platform": "Unknown",
            "ApiType": "N/A",
            "ApiVersion": "N/A",
            "HttpMethod": "POST",
            "UserType": "Standard",
            "ClientVersion": "N/A",
            "TlsProtocol": "TLS 1.3",
            "AdditionalInfo": "{}",
        }
    )
