"""Event log files for the scope bench, as Salesforce writes them: one CSV per type and day, every value quoted.

Eight integrations work from their own networks for thirty days. On the last day somebody uses the chat app's token from
another network: looks around, then two bulk jobs over all contacts and all cases, fetched and deleted (T01).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from benchmarks.scope_data import CASE_FIELDS, CONTACT_FIELDS, Column, _join, _padded, _pick, _text
from leakresponse.core.soql.build import select
from leakresponse.core.types import Alert, Principal, Window

DAYS, APPS = 30, 8
END = datetime(2026, 11, 24, tzinfo=UTC)
APP, APP_ID, USER_ID = "Drift", "0H4BEN000000003", "005BEN000000003"
ADDRESS, NETWORK = "208.68.36.90", "208.68.36.0/24"
SESSION, LOGIN = "theftSession0001", "theftLogin000001"
BEGUN = END - timedelta(hours=3)
QUERIES = {
    "Case": select("Case", CASE_FIELDS),
    "Contact": select("Contact", CONTACT_FIELDS),
}
JOBS = {"Case": "750BEN000000001", "Contact": "750BEN000000002"}
_SHARES = {"RestApi": 0.45, "ApiTotalUsage": 0.30, "UniqueQuery": 0.12, "Login": 0.05, "API": 0.05, "BulkApi2": 0.03}
_HEADS = {
    "RestApi": (
        "EVENT_TYPE,TIMESTAMP,REQUEST_ID,ORGANIZATION_ID,USER_ID,RUN_TIME,CPU_TIME,URI,SESSION_KEY,LOGIN_KEY,USER_TYPE,"
        "REQUEST_STATUS,DB_TOTAL_TIME,DB_BLOCKS,DB_CPU_TIME,REQUEST_SIZE,RESPONSE_SIZE,METHOD,MEDIA_TYPE,STATUS_CODE,"
        "USER_AGENT,ROWS_PROCESSED,NUMBER_FIELDS,EXCEPTION_MESSAGE,ENTITY_NAME,CONNECTED_APP_ID,CLIENT_NAME,"
        "TIMESTAMP_DERIVED,USER_ID_DERIVED,CLIENT_IP,URI_ID_DERIVED"
    ),
    "ApiTotalUsage": (
        "EVENT_TYPE,TIMESTAMP,REQUEST_ID,ORGANIZATION_ID,USER_ID,API_FAMILY,API_VERSION,API_RESOURCE,CLIENT_NAME,"
        "HTTP_METHOD,CLIENT_IP,COUNTS_AGAINST_API_LIMIT,CONNECTED_APP_ID,ENTITY_NAME,STATUS_CODE,CONNECTED_APP_NAME,"
        "USER_NAME,TIMESTAMP_DERIVED"
    ),
    "UniqueQuery": (
        "EVENT_TYPE,TIMESTAMP,REQUEST_ID,USER_ID,SESSION_KEY,LOGIN_KEY,ORGANIZATION_ID,SQL_ID,QUERY_IDENTIFIER,"
        "QUERY_TYPE,TIMESTAMP_DERIVED"
    ),
    "Login": (
        "EVENT_TYPE,TIMESTAMP,REQUEST_ID,ORGANIZATION_ID,USER_ID,RUN_TIME,CPU_TIME,URI,SESSION_KEY,LOGIN_KEY,USER_TYPE,"
        "REQUEST_STATUS,DB_TOTAL_TIME,LOGIN_TYPE,BROWSER_TYPE,API_TYPE,API_VERSION,USER_NAME,TLS_PROTOCOL,CIPHER_SUITE,"
        "LOGIN_URL,AUTHENTICATION_METHOD_REFERENCE,LOGIN_SUB_TYPE,AUTHENTICATION_SERVICE_ID,TIMESTAMP_DERIVED,"
        "USER_ID_DERIVED,CLIENT_IP,URI_ID_DERIVED,LOGIN_STATUS,SOURCE_IP,FORWARDED_FOR_IP"
    ),
    "API": (
        "EVENT_TYPE,TIMESTAMP,REQUEST_ID,ORGANIZATION_ID,USER_ID,RUN_TIME,CPU_TIME,URI,SESSION_KEY,LOGIN_KEY,USER_TYPE,"
        "REQUEST_STATUS,DB_TOTAL_TIME,API_TYPE,API_VERSION,CLIENT_NAME,METHOD_NAME,ENTITY_NAME,ROWS_PROCESSED,"
        "REQUEST_SIZE,RESPONSE_SIZE,DB_BLOCKS,DB_CPU_TIME,EXCEPTION_MESSAGE,TIMESTAMP_DERIVED,USER_ID_DERIVED,CLIENT_IP,"
        "URI_ID_DERIVED"
    ),
    "BulkApi2": (
        "EVENT_TYPE,TIMESTAMP,REQUEST_ID,ORGANIZATION_ID,USER_ID,RUN_TIME,CPU_TIME,URI,SESSION_KEY,LOGIN_KEY,JOB_ID,"
        "OPERATION_TYPE,ENTITY_TYPE,JOB_STATUS,RECORDS_PROCESSED,RECORDS_FAILED,RESULT_SIZE_MB,ERROR_MESSAGE,"
        "TIMESTAMP_DERIVED,USER_ID_DERIVED,CLIENT_IP,URI_ID_DERIVED"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one type and day, before they have a form."""

    kind: str
    app: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    number: npt.NDArray[np.int64]
    start: datetime


def alert() -> Alert:
    """What a detection would say: the app, and the address it came from."""
    principals = (Principal("connected_app", APP), Principal("address", ADDRESS))
    return Alert("bench", "bench", END, "", Window(BEGUN - timedelta(minutes=5), END), principals)


def write_logs(rows: int, folder: Path, records: dict[str, int], seed: int = 8) -> dict[str, int]:
    """`rows` ordinary rows and the attack's. `records` are the rows of each bulk job. Answers rows by type."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    written: Counter[str] = Counter()
    attack = dict(_attack(records))
    for day in range(DAYS):
        for kind, share in _SHARES.items():
            size = max(1, int(rows * share / DAYS))
            app, second = rng.integers(0, APPS, size), np.sort(rng.integers(0, 86_400, size))
            start = END - timedelta(days=DAYS - day)
            table = _rows(Day(kind, app, second, written.total() + np.arange(size), start))
            if day == DAYS - 1 and kind in attack:
                table = pa.concat_tables([table, attack[kind]])
            options = pa_csv.WriteOptions(quoting_style="all_valid")
            pa_csv.write_csv(table, folder / f"{kind}-{start:%Y%m%d}.csv", options)
            written[kind] += table.num_rows
    return dict(written)


def _rows(day: Day) -> pa.Table:
    """Ordinary rows of one type."""
    stamp = pa.array((int(day.start.timestamp()) + day.second) * 1000 + day.number % 1000, pa.timestamp("ms", "UTC"))
    user = _join("005BEN00000000", _text(day.app))
    app = _join("0H4BEN00000000", _text(day.app))
    address = _join("198.51.100.", _text(10 + day.app * 4 + day.number % 3))
    session = _join("s", _text(day.app), "d", _text(day.second // 7200), day.start.strftime("%m%d"), "Key")
    resource = _pick(
        ("/services/data/v58.0/query", "/services/data/v58.0/sobjects/Order", "/services/data/v58.0/limits"), day.number
    )
    rows = _text(day.number % 2000)
    shared = {
        "TIMESTAMP": pc.strftime(stamp, format="%Y%m%d%H%M%S", locale="C"),
        "REQUEST_ID": _join("SLB:", _padded(day.number, 32)),
        "ORGANIZATION_ID": "00DBEN000000001",
        "USER_ID": user,
        "RUN_TIME": _text(day.number % 900),
        "CPU_TIME": _text(day.number % 300),
        "SESSION_KEY": session,
        "LOGIN_KEY": _join("l", session),
        "TIMESTAMP_DERIVED": pc.strftime(stamp, format="%Y-%m-%dT%H:%M:%SZ", locale="C"),
        "USER_ID_DERIVED": _join(user, "YBA"),
        "CLIENT_IP": address,
        "SOURCE_IP": address,
        "USER_TYPE": "Standard",
        "REQUEST_STATUS": "S",
        "STATUS_CODE": "200",
        "URI": "/services/Soap/u/58.0" if day.kind == "API" else resource,
        "API_RESOURCE": resource,
        "METHOD": "GET",
        "HTTP_METHOD": "GET",
        "METHOD_NAME": "query",
        "MEDIA_TYPE": "application/json",
        "ROWS_PROCESSED": rows,
        "ENTITY_NAME": "Order",
        "ENTITY_TYPE": "Order",
        "CONNECTED_APP_ID": app,
        "CONNECTED_APP_NAME": _join("App ", _text(day.app)),
        "USER_AGENT": "9998",
        "BROWSER_TYPE": "Sync/2.1",
        "API_FAMILY": "REST",
        "API_VERSION": "58.0",
        "QUERY_IDENTIFIER": "SELECT Id, OrderNumber, Status, TotalAmount FROM Order ORDER BY OrderNumber DESC LIMIT 50",
        "QUERY_TYPE": "SOQL",
        "SQL_ID": "5eeac34aben",
        "LOGIN_STATUS": "LOGIN_NO_ERROR",
        "LOGIN_TYPE": "i",
        "USER_NAME": _join("app", _text(day.app), "@bench.example"),
        "RESPONSE_SIZE": _text(day.number % 50_000),
        "DB_TOTAL_TIME": "25",
        "JOB_ID": _join("750BEN2", _padded(day.number // 3, 8)),
        "OPERATION_TYPE": "query",
        "RECORDS_FAILED": "0",
        "JOB_STATUS": _pick(("UploadComplete", "InProgress", "JobComplete"), day.number),
        "RECORDS_PROCESSED": rows,
    }
    return _formed(day.kind, shared, len(day.app))


def _attack(records: dict[str, int]) -> Iterator[tuple[str, pa.Table]]:
    """The attack's own rows by type."""
    found: dict[str, list[dict[str, str]]] = {}

    def say(kind: str, at: timedelta, **values: str) -> None:
        moment = BEGUN + at
        row = {
            "TIMESTAMP": f"{moment:%Y%m%d%H%M%S}.000",
            "TIMESTAMP_DERIVED": f"{moment:%Y-%m-%dT%H:%M:%S}.000Z",
            "USER_ID": USER_ID,
            "USER_ID_DERIVED": f"{USER_ID}YBA",
            "SESSION_KEY": SESSION,
            "LOGIN_KEY": LOGIN,
            "CLIENT_IP": ADDRESS,
            "SOURCE_IP": ADDRESS,
            "CONNECTED_APP_ID": APP_ID,
            "CONNECTED_APP_NAME": APP,
            "STATUS_CODE": "200",
            "USER_NAME": "app3@bench.example",
            "LOGIN_STATUS": "LOGIN_NO_ERROR",
            "REQUEST_ID": f"SLB:theft{len(found)}{at.total_seconds():.0f}",
        } | values
        found.setdefault(kind, []).append(row)

    def call(at: timedelta, method: str, path: str, rows: int = 0) -> None:
        say("RestApi", at, URI=f"/services/data/v58.0{path}", METHOD=method, ROWS_PROCESSED=str(rows))
        say("ApiTotalUsage", at, API_RESOURCE=f"/v58.0{path}", HTTP_METHOD=method)

    say("Login", timedelta(0), LOGIN_SUB_TYPE="oauthrefreshtoken")
    call(timedelta(seconds=5), "GET", "/sobjects")
    for number, (name, job) in enumerate(JOBS.items()):
        begun = timedelta(minutes=10 + 20 * number)
        call(begun, "POST", "/jobs/query")
        say("UniqueQuery", begun, QUERY_IDENTIFIER=QUERIES[name], QUERY_TYPE="SOQL")
        for minutes, state in enumerate(("UploadComplete", "InProgress", "JobComplete")):
            at, rows = begun + timedelta(minutes=minutes), records[name] if minutes else 0
            say(
                "BulkApi2",
                at,
                JOB_ID=job,
                ENTITY_TYPE=name,
                OPERATION_TYPE="query",
                JOB_STATUS=state,
                RECORDS_PROCESSED=str(rows),
            )
        call(begun + timedelta(minutes=5), "GET", f"/jobs/query/{job}/results", records[name])
        say(
            "BulkApi2",
            begun + timedelta(minutes=9),
            JOB_ID=job,
            ENTITY_TYPE=name,
            OPERATION_TYPE="query",
            JOB_STATUS="deleted",
            RECORDS_PROCESSED=str(records[name]),
        )
    for kind, rows in found.items():
        columns = {name: pa.array([row.get(name, "") for row in rows]) for name in {key for row in rows for key in row}}
        yield kind, _formed(kind, columns, len(rows))


def _formed(kind: str, columns: dict[str, Column | str], size: int) -> pa.Table:
    """The columns of a type in its order; those that say nothing are empty."""
    given = {**columns, "EVENT_TYPE": kind}
    values = ((name, given.get(name, "")) for name in _HEADS[kind].split(","))
    return pa.table(
        {n: pa.array([v]).take(pa.array(np.zeros(size, np.int64))) if isinstance(v, str) else v for n, v in values}
    )
