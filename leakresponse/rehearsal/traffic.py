"""Thirty ordinary days of logs: what the retailer's programs and staff do when nobody attacks.

An attack has to be found in this, and its ordinary twins (the nightly bulk job of the same app, the new tool of a
migration) must not be taken for it. All columns are those that the org writes while it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from leakresponse.rehearsal.org.events import SERVER_ADDRESS, agent_code
from leakresponse.rehearsal.traffic_cast import Cast, Integration, Staff
from leakresponse.rehearsal.traffic_rows import API_VERSION, calls_of, job_ids, log_frame, request_ids
from leakresponse.rehearsal.traffic_sessions import DAY, HOUR, STAFF_PAGES, integration_sessions, staff_sessions

__all__ = ["Cast", "Integration", "Staff", "background", "background_days", "scale_for"]

_Part = tuple[str, pd.DataFrame]
#: Calls of the mail plug-in on a working day, and the share of the staff that has it.
_MAIL_CALLS, _MAIL_SHARE = 8, 0.1
_JOB_STATES = ("UploadComplete", "InProgress", "JobComplete")
_JOB_OBJECTS = ("Case", "Contact")
_PAGES = (
    "/lightning/page/home",
    "/lightning/o/Case/list",
    "/lightning/o/Contact/list",
    "/aura",
    "/lightning/r/Case/view",
)
_REPORTS = ("00ORH0000000001", "00ORH0000000002", "00ORH0000000003", "00ORH0000000004")


def background(cast: Cast, seed: int, end: datetime, days: int = 30, scale: float = 1.0) -> dict[str, pd.DataFrame]:
    """Rows per event type over the `days` before `end`; some 200,000 at scale 1, which suits 50,000 people."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, frame in background_days(cast, seed, end, days, scale):
        parts.setdefault(name, []).append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def background_days(
    cast: Cast, seed: int, end: datetime, days: int = 30, scale: float = 1.0, with_ids: bool = True
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The same as (event type, rows) day by day, so that only one day is ever in memory.

    `with_ids`: whether RestApi tells the id in the address of a record (log notes: nothing found).
    """
    whole = _sessions(cast, seed, end, days)
    for day in range(int(end.timestamp() // DAY) - days - 1, int(end.timestamp() // DAY) + 1):
        rng = np.random.default_rng([seed, 4, day])
        yield from _one_day(cast.org_id, whole.on(day), rng, end.timestamp(), scale, with_ids)


def scale_for(cast: Cast, seed: int, end: datetime, days: int, rows: int) -> float:
    """The scale at which `background_days` gives about so many rows; never less than a hundredth."""
    whole = _sessions(cast, seed, end, days)
    programs, people, jobs = len(whole.programs), len(whole.people), len(whole.jobs)
    asked = int((whole.programs["calls"] > 0).sum())
    fixed = programs + 3 * asked + people * 2.1 + jobs * (2 + len(_JOB_STATES))
    growing = 2 * int(whole.programs["calls"].sum()) + people * (STAFF_PAGES + _MAIL_CALLS * _MAIL_SHARE)
    return max(0.01, (rows - fixed) / max(1.0, growing))


@dataclass(frozen=True, slots=True)
class _Sessions:
    """Everybody's sessions and bulk jobs; `mailers` use the mail plug-in."""

    programs: pd.DataFrame
    people: pd.DataFrame
    jobs: pd.DataFrame
    mailers: frozenset[str]

    def on(self, day: int) -> _Sessions:
        """Those that began on a day, counted from 1970."""

        def taken(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[frame["start"] // DAY == day].reset_index(drop=True)

        return _Sessions(taken(self.programs), taken(self.people), taken(self.jobs), self.mailers)


def _sessions(cast: Cast, seed: int, end: datetime, days: int) -> _Sessions:
    rng = np.random.default_rng([seed, 1])
    programs = integration_sessions(cast, rng, end, days)
    people = staff_sessions(cast, rng, end, days)
    mailers = frozenset(one.user_id for one in cast.staff[:: round(1 / _MAIL_SHARE)])
    return _Sessions(programs, people, _jobs(programs, rng, end.timestamp()), mailers)


def _one_day(
    org: str, today: _Sessions, rng: np.random.Generator, end: float, scale: float, with_ids: bool
) -> Iterator[_Part]:
    programs, people, jobs = today.programs, today.people, today.jobs
    calls = calls_of(programs, rng, scale)
    calls = calls[calls["time"] < end].reset_index(drop=True)
    mailing = people[people["user_id"].isin(today.mailers)]
    parts = (
        partial(_logins, org, programs, people, rng), partial(_rest, org, calls, rng, with_ids),
        partial(_usage, org, calls, jobs),
        partial(_unique_queries, org, calls), partial(_bulk, org, jobs, rng), partial(_bulk_requests, org, jobs),
        partial(_pages, org, people, rng, end, scale), partial(_reports, org, people, rng, end),
        partial(_soap, org, mailing, rng, end, scale), partial(_logouts, org, people, rng, end),
    )  # fmt: skip
    for part in parts:
        name, frame = part()
        if len(frame):
            yield name, frame


def _whole(values: np.ndarray | pd.Series) -> Any:
    return values.astype(np.int64)


def _logins(org: str, programs: pd.DataFrame, people: pd.DataFrame, rng: np.random.Generator) -> _Part:
    """A login before each session. SESSION_KEY is normally blank in Login."""
    rows = pd.concat([programs, people.assign(login="")], ignore_index=True)
    rows = rows.assign(time=rows["start"], session_key="", request_id=request_ids(rng, len(rows)))
    token = rows["login"] != ""
    return "Login", log_frame(
        "Login", org, rows,
        LOGIN_TYPE=np.where(token, "i", "A"), URI=np.where(token, "/services/oauth2/token", "/index.jsp"),
        LOGIN_SUB_TYPE=rows["login"].map({"refresh_token": "oauthrefreshtoken"}).fillna(""),
        BROWSER_TYPE=rows["agent"], API_VERSION="9998.0", USER_NAME=rows["username"], TLS_PROTOCOL="TLSv1.3",
        CIPHER_SUITE="TLS_AES_256_GCM_SHA384", LOGIN_URL=np.where(token, "test.salesforce.com", "harborpine.example"),
        LOGIN_STATUS="LOGIN_NO_ERROR", CLIENT_IP=SERVER_ADDRESS, SOURCE_IP=rows["address"],
        RUN_TIME=_whole(rng.integers(60, 400, len(rows))),
        CPU_TIME=_whole(rng.integers(10, 90, len(rows))),
        DB_TOTAL_TIME=_whole(rng.integers(10_000_000, 200_000_000, len(rows))),
    )  # fmt: skip


def _rest(org: str, calls: pd.DataFrame, rng: np.random.Generator, with_ids: bool) -> _Part:
    """`with_ids`: whether the address of a record is told with its id."""
    address = calls["path"] if with_ids else calls["path"].str.replace(r"(/sobjects/\w+)/.*", r"\1", regex=True)
    count = len(calls)
    agents = calls["agent"].map({one: agent_code(one) for one in calls["agent"].unique()})
    return "RestApi", log_frame(
        "RestApi", org, calls,
        URI=address, METHOD=calls["method"], MEDIA_TYPE="application/json", STATUS_CODE="200",
        USER_AGENT=agents, ROWS_PROCESSED=calls["rows"], NUMBER_FIELDS=calls["fields"],
        ENTITY_NAME=calls["entity"], CONNECTED_APP_ID=calls["app_id"].str[:15], QUERY=calls["query"],
        RUN_TIME=_whole(rng.integers(20, 900, count)), CPU_TIME=_whole(rng.integers(5, 200, count)),
        DB_TOTAL_TIME=_whole(rng.integers(1_000_000, 300_000_000, count)),
        REQUEST_SIZE=_whole(rng.integers(200, 900, count)),
        RESPONSE_SIZE=_whole(calls["rows"] * calls["fields"] * 24 + 120),
    )  # fmt: skip


def _usage(org: str, calls: pd.DataFrame, jobs: pd.DataFrame) -> _Part:
    """The free log: one row per call, bulk calls included, without query or row count."""
    rest = calls.assign(family="REST")
    bulk = jobs.assign(family="Bulk", method="POST", path=f"/v{API_VERSION}/jobs/query", entity=jobs["object"])
    rows = pd.concat([rest, bulk], ignore_index=True)
    return "ApiTotalUsage", log_frame(
        "ApiTotalUsage", org, rows,
        API_FAMILY=rows["family"], API_VERSION=API_VERSION, HTTP_METHOD=rows["method"],
        API_RESOURCE=rows["path"].str.replace("/services/data", "", regex=False), COUNTS_AGAINST_API_LIMIT="1",
        CONNECTED_APP_ID=rows["app_id"].str[:15], CONNECTED_APP_NAME=rows["app"], ENTITY_NAME=rows["entity"],
        STATUS_CODE="200", USER_NAME=rows["username"],
    )  # fmt: skip


def _unique_queries(org: str, calls: pd.DataFrame) -> _Part:
    """Each query once per session, as the type's name says."""
    asked = calls[calls["query"] != ""].sort_values("time").drop_duplicates(["session_key", "query"])
    frame = log_frame("UniqueQuery", org, asked, QUERY_TYPE="SOQL", QUERY_IDENTIFIER=asked["query"])
    return "UniqueQuery", frame


def _jobs(programs: pd.DataFrame, rng: np.random.Generator, end: float) -> pd.DataFrame:
    """One row per bulk query job, with its last state's time."""
    rows = programs.loc[programs.index.repeat(programs["jobs"])].reset_index(drop=True)
    number = rows.groupby("session_key").cumcount()
    rows["time"] = rows["start"] + 5 + number * 600 + rng.uniform(0, 20, len(rows))
    rows["seconds"] = rng.uniform(40, 260, len(rows))
    rows["object"] = [_JOB_OBJECTS[n % len(_JOB_OBJECTS)] for n in number]
    rows["rows"] = rng.integers(500, 40_000, len(rows))
    rows["job_id"] = job_ids(len(rows))
    rows["request_id"] = request_ids(rng, len(rows))
    return rows[rows["time"] + rows["seconds"] < end].reset_index(drop=True)


def _bulk(org: str, jobs: pd.DataFrame, rng: np.random.Generator) -> _Part:
    """Three rows per job; nobody deletes his job here."""
    rows = jobs.loc[jobs.index.repeat(len(_JOB_STATES))].reset_index(drop=True)
    step = rows.groupby("job_id").cumcount()
    rows["time"] += rows["seconds"] * step / (len(_JOB_STATES) - 1)
    processed = np.where(step == 0, 0, np.where(step == 1, rows["rows"] // 2, rows["rows"]))
    return "BulkApi2", log_frame(
        "BulkApi2", org, rows,
        URI=f"/services/data/v{API_VERSION}/jobs/query", JOB_ID=rows["job_id"].str[:15],
        JOB_STATUS=[_JOB_STATES[n] for n in step], OPERATION_TYPE="query", ENTITY_TYPE=rows["object"],
        RECORDS_PROCESSED=_whole(processed), RECORDS_FAILED="0",
        RUN_TIME=_whole(rng.integers(50, 9_000, len(rows))), CPU_TIME=_whole(rng.integers(20, 3_000, len(rows))),
    )  # fmt: skip


def _bulk_requests(org: str, jobs: pd.DataFrame) -> _Part:
    return "BulkApiRequest", log_frame(
        "BulkApiRequest", org, jobs,
        URI="/services/data", REQUEST_PATH=f"/services/data/v{API_VERSION}/jobs/query", API_VERSION=API_VERSION,
        JOB_ID=jobs["job_id"].str[:15], OPERATION_TYPE="query", SUCCESS="1", CONNECTED_APP_ID=jobs["app_id"].str[:15],
        CONCURRENCY_MODE="Parallel", STATUS_CODE="200",
    )  # fmt: skip


def _spread(people: pd.DataFrame, rng: np.random.Generator, end: float, each: int) -> pd.DataFrame:
    """`each` moments within every working day."""
    rows = people.loc[people.index.repeat(each)].reset_index(drop=True)
    rows["time"] = rows["start"] + 2 + rng.random(len(rows)) * rows["length"]
    rows["request_id"] = request_ids(rng, len(rows))
    return rows[rows["time"] < end].reset_index(drop=True)


def _pages(org: str, people: pd.DataFrame, rng: np.random.Generator, end: float, scale: float) -> _Part:
    rows = _spread(people, rng, end, max(1, round(STAFF_PAGES * scale)))
    pages = [_PAGES[n] for n in rng.integers(0, len(_PAGES), len(rows))]
    return "URI", log_frame(
        "URI", org, rows, URI=pages, REFERRER_URI="/lightning/page/home", REQUEST_STATUS="S",
        RUN_TIME=_whole(rng.integers(30, 1_500, len(rows))),
    )  # fmt: skip


def _reports(org: str, people: pd.DataFrame, rng: np.random.Generator, end: float) -> _Part:
    rows = _spread(people[rng.random(len(people)) < 0.4], rng, end, 1)
    count = len(rows)
    return "Report", log_frame(
        "Report", org, rows,
        URI="/lightning/r/Report/view", ENTITY_NAME="CaseList", DISPLAY_TYPE="S", RENDERING_TYPE="",
        REPORT_ID=[_REPORTS[n] for n in rng.integers(0, len(_REPORTS), count)],
        ROW_COUNT=_whole(rng.integers(5, 1_500, count)), NUMBER_COLUMNS="8", UI_NUMBER_COLUMNS="8",
        AVERAGE_ROW_SIZE="180", NUMBER_BUCKETS="0", NUMBER_EXCEPTION_FILTERS="0", ORIGIN="ReportRunFromLightning",
    )  # fmt: skip


def _soap(org: str, people: pd.DataFrame, rng: np.random.Generator, end: float, scale: float) -> _Part:
    """The mail plug-in that a tenth of the staff uses speaks SOAP."""
    rows = _spread(people, rng, end, max(1, round(_MAIL_CALLS * scale)))
    count = len(rows)
    return "API", log_frame(
        "API", org, rows,
        URI="Api", API_TYPE="P", API_VERSION="56.0", CLIENT_NAME="OutlookSideBar", METHOD_NAME="query",
        ENTITY_NAME="Contact", ROWS_PROCESSED=_whole(rng.integers(0, 6, count)),
        REQUEST_SIZE=_whole(rng.integers(500, 900, count)), RESPONSE_SIZE=_whole(rng.integers(700, 4_000, count)),
    )  # fmt: skip


def _logouts(org: str, people: pd.DataFrame, rng: np.random.Generator, end: float) -> _Part:
    rows = people[rng.random(len(people)) < 0.7].reset_index(drop=True)
    rows = rows.assign(time=rows["start"] + rows["length"] + HOUR / 60, request_id=request_ids(rng, len(rows)))
    rows = rows[rows["time"] < end]
    return "Logout", log_frame(
        "Logout", org, rows,
        USER_INITIATED_LOGOUT="1", SESSION_TYPE="I", SESSION_LEVEL="1", BROWSER_TYPE=rows["agent"],
        API_VERSION="9998.0",
    )  # fmt: skip


def total(frames: Mapping[str, pd.DataFrame]) -> int:
    """Rows in all files."""
    return sum(len(frame) for frame in frames.values())
