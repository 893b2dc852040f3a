"""Rows that attribution cannot tell apart, as one class each: found part by part, and reached from what is named.

The table `classes` lives in DuckDB's memory: per class its keys, its part, its number of rows, its first time, and in
how many steps the named reach it (`hop`, 0 for not at all). Nothing is written to disk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from leakresponse.core.events_columns import NAMED_BY_ORG
from leakresponse.core.frames import EVENTS
from leakresponse.core.networks import covers

_LOGIN = "event_type IN ('Login', 'LoginEvent')"
_REFUSED = "(regexp_full_match(status, '[45][0-9][0-9]') OR starts_with(status, 'LOGIN_ERROR'))"
#: What attribution looks at, each as it looks at it. Agents count without version, and most of a row matters only in
#: logins (or after the cut, for the status).
_KEYS: Mapping[str, str] = {
    "event_type": "event_type",
    "user_id": "user_id",
    "login_key": "login_key",
    "session_key": "session_key",
    "app_id": "app_id",
    "app_name": "app_name",
    "client_ip": "client_ip",
    "user_agent": "split_part(split_part(user_agent, '/', 1), ' ', 1)",
    "job_id": "job_id",
    "entity": f"CASE WHEN {_LOGIN} THEN entity ELSE '' END",
    "operation": f"CASE WHEN {_LOGIN} AND starts_with(lower(operation), 'oauth') THEN 'oauth' ELSE '' END",
    "uri": f"CASE WHEN {_LOGIN} AND contains(uri, 'oauth2/token') THEN 'oauth2/token' ELSE '' END",
    "status": f"CASE WHEN moment > $cut AND {_REFUSED} THEN '500' ELSE '' END",
    "hour": "moment // 3600000000",
    "before": "moment < $start",
    "within": "moment <= $end",
    "late": "moment > $cut",
}
_TEXTS = tuple(name for name in _KEYS if name in EVENTS.names)
#: The columns of events that classes are made of.
COLUMNS: tuple[str, ...] = (*_TEXTS, "timestamp")
_SHARED = ("session_key", "login_key", "job_id", "user_id")
_NAMED = f"event_type IN ({', '.join(repr(one) for one in sorted(NAMED_BY_ORG))}) AND app_name <> ''"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: What the classes may take; beyond it DuckDB raises OutOfMemoryException.
MEMORY = "900MB"


class Classes:
    """Give it every part once (`add`), then reach from what is named, and read what was reached."""

    def __init__(self, start: datetime, end: datetime, cut: datetime) -> None:
        self._db = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": ""})
        self._moments = {"start": _micros(start), "end": _micros(end), "cut": _micros(cut)}
        texts = ", ".join(f"{name} VARCHAR" for name in _TEXTS)
        self._db.execute(
            f"CREATE TABLE classes ({texts}, hour BIGINT, before BOOLEAN, within BOOLEAN, late BOOLEAN, "
            "part INTEGER, first BIGINT, last BIGINT, n BIGINT, id INTEGER, hop INTEGER)"
        ).fetchall()
        self._hop = 0
        self._size = 0

    def add(self, number: int, rows: pa.Table) -> None:
        """The classes of one part; `rows` has COLUMNS."""
        keys = ", ".join(f"{how} AS {name}" for name, how in _KEYS.items())
        self._given(rows)
        self._db.execute(
            f"INSERT INTO classes BY NAME SELECT *, {number} AS part, {self._size} + row_number() OVER () - 1 AS id, "  # noqa: S608
            f"0 AS hop FROM (SELECT {keys}, min(moment) AS first, max(moment) AS last, count(*) AS n FROM given "
            f"GROUP BY {', '.join(_KEYS)})",
            self._moments,
        ).fetchall()
        self._size = self._number("SELECT count(*) FROM classes")

    def codes(self, number: int, rows: pa.Table) -> npt.NDArray[np.int64]:
        """For each row of a part, the id of its class."""
        keys = ", ".join(f"{how} AS {name}" for name, how in _KEYS.items())
        self._given(rows)
        found = self._db.execute(
            f"SELECT place, id FROM (SELECT {keys}, place FROM given) JOIN classes USING ({', '.join(_KEYS)}) "  # noqa: S608
            f"WHERE part = {number}",
            self._moments,
        ).fetchnumpy()
        codes = np.full(rows.num_rows, -1, np.int64)
        codes[np.asarray(found["place"])] = np.asarray(found["id"])
        return codes

    def span(self) -> tuple[datetime, datetime] | None:
        """First and last time of all rows; None where there are none."""
        first, last = self._db.execute("SELECT min(first), max(last) FROM classes").fetchall()[0]
        return None if first is None else (_moment(first), _moment(last))

    def sizes(self) -> npt.NDArray[np.int64]:
        """How many rows each class has, by id."""
        return self._column("n")

    def parts(self) -> npt.NDArray[np.int64]:
        """The part that each class is in, by id."""
        return self._column("part")

    def reach(self, values: Collection[str], networks: Collection[str]) -> int:
        """Reach classes that bear a value (id, key, name; names in any case) or an address of the networks.

        Then those that share a key with any reached, until nothing new. Answers how many are new.
        """
        before = self._number("SELECT count(*) FROM classes WHERE hop > 0")
        exact = pa.table({"value": pa.array(sorted(values), pa.string())})
        self._db.register("wanted", exact)
        lower = "lower({}) IN (SELECT lower(value) FROM wanted)"
        same = [f"{name} IN (FROM wanted)" for name in (*_SHARED, "app_id")]
        same += [lower.format(name) for name in ("app_id", "app_name", "entity")]
        same.append("client_ip IN (FROM places)")
        self._db.register("places", pa.table({"value": pa.array(self._inside(networks), pa.string())}))
        self._mark(" OR ".join(same))
        while self._mark(_linked(self._hop)):
            pass
        return self._number("SELECT count(*) FROM classes WHERE hop > 0") - before

    def reached(self) -> pd.DataFrame:
        """One row per reached class, in the columns of events that attribution looks at, and `id`."""
        query = f"SELECT {', '.join(_TEXTS)}, first, id FROM classes WHERE hop > 0 ORDER BY first, id"  # noqa: S608
        table: Any = self._db.sql(query).to_arrow_table()
        times = table["first"].cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
        frame: pd.DataFrame = table.drop_columns(["first"]).append_column("timestamp", times).to_pandas()
        return frame

    def _mark(self, condition: str) -> int:
        self._hop += 1
        return self._number(f"UPDATE classes SET hop = {self._hop} WHERE hop = 0 AND ({condition})")  # noqa: S608

    def _inside(self, networks: Collection[str]) -> list[str]:
        if not networks:
            return []
        known = self._db.execute("SELECT DISTINCT client_ip FROM classes WHERE client_ip <> ''").fetchall()
        return [address for (address,) in known if any(covers(one, address) for one in networks)]

    def _given(self, rows: pa.Table) -> None:
        moments = rows["timestamp"].cast(pa.timestamp("us", "UTC")).cast(pa.int64())
        places = pa.array(np.arange(rows.num_rows, dtype=np.int64))
        plain = rows.drop_columns(["timestamp"]).append_column("moment", moments).append_column("place", places)
        self._db.register("given", plain)

    def _column(self, name: str) -> npt.NDArray[np.int64]:
        found = self._db.execute(f"SELECT id, {name} FROM classes").fetchnumpy()  # noqa: S608
        column = np.zeros(self._size, np.int64)
        column[np.asarray(found["id"])] = np.asarray(found[name])
        return column

    def _number(self, sql: str) -> int:
        return int(self._db.execute(sql).fetchall()[0][0])


def _linked(hop: int) -> str:
    """Whether a class shares a key with a class of that hop; app ids and the names that the org gave are one kind."""
    of = f"FROM classes WHERE hop = {hop}"
    shared = [f"{key} <> '' AND {key} IN (SELECT {key} {of})" for key in _SHARED]
    apps = f"(SELECT app_id {of} UNION SELECT app_name {of} AND {_NAMED})"
    return " OR ".join([*shared, f"app_id <> '' AND app_id IN {apps}", f"{_NAMED} AND app_name IN {apps}"])


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
