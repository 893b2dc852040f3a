"""Bulk API 2.0 query jobs: which query a job ran, and whether its result was fetched.

BulkApi2 rows carry the job (also an aborted or deleted one) but no query text; BulkApiResultEventStore carries the text
of each result download but no job; both are joined by session (or login, or user), object and time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from leakresponse.core.bounds import Bound, exactly
from leakresponse.core.exposure_groups import Group, by_query, groups
from leakresponse.core.exposure_reads import ACTOR, certainty_of, normal, object_of, parsed, provable, query_read
from leakresponse.core.exposure_types import BULK, BULK_V1, UNIQUE, Read
from leakresponse.core.soql.replay import has_binds
from leakresponse.core.types import Certainty

_JOBS_URI = re.compile(r"/jobs/query/?$")
#: Clocks of two logs need not agree to the millisecond.
_SLACK = timedelta(seconds=5)
_NEAR = timedelta(seconds=15)
_UNIQUE_NEAR = timedelta(minutes=2)
_QUERY_JOBS = ("", "query", "queryall")


@dataclass(frozen=True, slots=True)
class _Job:
    """One job as its log rows tell it. Times are of the first row, of completion (or the last row), of the last row."""

    job_id: str
    entity: str
    rows: pd.DataFrame
    created: pd.Timestamp
    completed: pd.Timestamp
    last: pd.Timestamp
    expected: int | None
    ended: str
    counted: Bound | None = None


def bulk_reads(rows: pd.DataFrame) -> Iterator[Read]:
    """One read per job and query text, then the downloads that no job explains."""
    jobs = sorted(_jobs(rows), key=lambda job: job.created)
    texts = _texts(rows) if jobs else rows.iloc[:0]
    used: set[int] = set()
    for job in jobs:
        chosen = _choose(job, jobs, texts)
        certainty, notes, expected = _fetched(job, rows, chosen)
        if len(chosen) > 1:
            certainty = "possible"
            notes = (*notes, "more than one query may have run in this job: all are counted as possible")
        used.update(int(index) for index in chosen.index)
        for text in dict.fromkeys(chosen["query"]) or ("",):
            yield query_read(
                job.rows, BULK, text, expected=expected, certainty=certainty, fallback=job.entity, job_id=job.job_id,
                notes=(*notes, *_ending(job)), logged=_logged(job, certainty, expected),
                deleted_too=str(job.rows["operation"].max()).lower() == "queryall",
            )  # fmt: skip
    known = {normal(text) for text in texts.loc[sorted(used), "query"]} if used else set()
    yield from _lone_downloads(rows, known)


def bulk_v1_reads(rows: pd.DataFrame) -> Iterator[Read]:
    """Bulk API 1.0 batches of query jobs: no column has their text, so a query of the session near in time tells it.

    Batches of one job are parts of one table (PK chunking) or queries of their own: their rows are between the largest
    and all together. That a batch ended does not say that its result was fetched.
    """
    wanted = rows[(rows["event_type"] == "BulkApi") & rows["operation"].str.lower().isin(("query", "queryall"))]
    texts = _texts(rows) if len(wanted) else rows.iloc[:0]
    for group in groups(wanted, ("label", "job_id")):
        figures = group.figures()
        most, name = max(figures, default=None), group.entity()
        text = _text_of_v1(group, name, texts)
        yield query_read(
            group, BULK_V1, text, expected=most, certainty="possible", fallback=name, job_id=group.first("job_id"),
            logged=Bound(0, most, sum(figures), "rows of the batches of the job") if most is not None else None,
            notes=("whether the result of the batch was fetched is in no log",),
        )  # fmt: skip


def _text_of_v1(group: Group, name: str, texts: pd.DataFrame) -> str:
    """The one query text on this object that the job's session sent near the job's time, "" where there is none."""
    same = texts[(texts["user_id"] == group.first("user_id")) & texts["on"].isin((name.lower(), ""))]
    low, high = pd.Timestamp(group.first_seen) - _UNIQUE_NEAR, pd.Timestamp(group.last_seen) + _UNIQUE_NEAR
    near = same[(same["timestamp"] >= low) & (same["timestamp"] <= high)]
    found = list(dict.fromkeys(near["query"]))
    return str(found[0]) if len(found) == 1 else ""


def unique_query_reads(rows: pd.DataFrame, known: list[Read]) -> Iterator[Read]:
    """Queries that only UniqueQuery saw: that they ran is known, their rows are bounded at best."""
    covered = {(read.session_key, read.object.lower(), _shape(read.query)) for read in known}
    wanted = rows[(rows["event_type"] == "UniqueQuery") & (rows["query"] != "")]
    for text, group in by_query(wanted, ACTOR):
        query, _lost = provable(text)
        if query is None or (group.first("session_key"), query.object.lower(), _shape(text)) in covered:
            continue
        yield query_read(
            group, UNIQUE, text, certainty="possible",
            notes=("only UniqueQuery names this query: literals may be hidden, and how often it ran is not known",),
        )  # fmt: skip


def _shape(text: str) -> tuple[str, ...]:
    """What a query selects, literals aside: UniqueQuery may write `:id` for a value."""
    query = provable(text)[0]
    return tuple(sorted(path.lower() for path in query.field_paths())) if query else ()


def _jobs(rows: pd.DataFrame) -> Iterator[_Job]:
    wanted = rows[(rows["event_type"] == "BulkApi2") & (rows["job_id"] != "")]
    for job_id, group in wanted.groupby("job_id", sort=False):
        if str(group["operation"].max()).lower() not in _QUERY_JOBS:
            continue
        ordered = group.sort_values("timestamp")
        states = ordered["job_status"].str.lower().str.replace(r"[^a-z]", "", regex=True)
        complete = ordered[states.isin(("jobcomplete", "complete", "completed"))]
        if complete.empty and states.isin(("failed",)).any():
            continue
        figures = (complete if complete["rows"].notna().any() else ordered)["rows"].dropna()
        first = ordered["timestamp"].iloc[0]
        last = ordered["timestamp"].iloc[-1]
        yield _Job(
            str(job_id), str(ordered["entity"].max()), _with_session(ordered), first,
            complete["timestamp"].iloc[0] if len(complete) else last, last,
            int(figures.max()) if len(figures) else None,
            "deleted" if states.isin(("deleted", "delete")).any() else "aborted" if (states == "aborted").any() else "",
            _counted(figures, bool(complete["rows"].notna().any())),
        )  # fmt: skip


def _counted(figures: pd.Series, complete: bool) -> Bound | None:
    """Rows that the job found: by its JobComplete row, else between the largest figure and all of them together."""
    if not len(figures):
        return None
    most = int(figures.max())
    if complete:
        return exactly(most, "JobComplete of BulkApi2")
    return Bound(most, most, int(figures.sum()), "states of BulkApi2 without JobComplete")


def _logged(job: _Job, certainty: Certainty, expected: int | None) -> Bound | None:
    """Rows that were fetched: none for certain where no download is on record."""
    if job.counted is None or job.counted.high is None:
        return None
    if certainty == "certain":
        return job.counted
    likely = job.counted.likely if expected is None else min(expected, job.counted.high)
    return Bound(0, likely, job.counted.high, f"{job.counted.basis}; no download of all of it on record")


def _with_session(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that carry a session first: later states may be written by the platform, without one."""
    return pd.concat([rows[rows["session_key"] != ""], rows[rows["session_key"] == ""]])


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that may tell the query of a job: its creation, a result download, or UniqueQuery."""
    post = (rows["event_type"] == "RestApi") & (rows["method"].str.upper() == "POST")
    post &= rows["uri"].str.contains(_JOBS_URI)
    download = rows["event_type"] == "BulkApiResultEventStore"
    found = rows[(post | download | (rows["event_type"] == "UniqueQuery")) & (rows["query"] != "")]
    kind = found["event_type"].map({"RestApi": "post", "BulkApiResultEventStore": "download", "UniqueQuery": "unique"})
    return found.assign(kind=kind, on=[object_of(text) for text in found["query"]])


def _related(job: _Job, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the job's session; where it has none, of its login, then of its user."""
    first = job.rows.iloc[0]
    for key in ("session_key", "login_key", "user_id"):
        if first[key]:
            same = rows[rows[key] == first[key]]
            if len(same):
                return pd.DataFrame(same)
    return rows.iloc[:0]


def _choose(job: _Job, jobs: list[_Job], texts: pd.DataFrame) -> pd.DataFrame:
    """The row that tells the job's query; several where the logs leave a choice, none where they are silent."""
    related = _related(job, texts)
    here = related[(related["on"] == job.entity.lower()) | (job.entity == "") | (related["on"] == "")]
    distance = (here["timestamp"] - job.created).abs()
    posts = here[(here["kind"] == "post") & (distance <= _NEAR)]
    if len(posts):
        return _nearest(posts, distance)
    downloads = _fetchable(job, here[here["kind"] == "download"])
    unique = _own_unique(job, jobs, here[here["kind"] == "unique"])
    chosen = _confirmed(str(unique["query"].iloc[0]), downloads) if len(unique) else downloads
    chosen = _among_jobs(job, jobs, chosen) if len(chosen) else unique
    return chosen.loc[~chosen["query"].map(normal).duplicated()]


def _confirmed(text: str, downloads: pd.DataFrame) -> pd.DataFrame:
    """Downloads of the text that a job was created with; of its shape, where the log hides literals (`:id`)."""
    query = parsed(text)
    if query is not None and has_binds(query):
        shape = _shape(text)
        return downloads[[_shape(one) == shape for one in downloads["query"]]]
    return downloads[[normal(one) == normal(text) for one in downloads["query"]]]


def _fetchable(job: _Job, downloads: pd.DataFrame) -> pd.DataFrame:
    """Downloads that can be of this job: not before it began, not after it was deleted."""
    during = downloads["timestamp"] >= job.created
    if job.ended == "deleted":
        during &= downloads["timestamp"] <= job.last + _SLACK
    return downloads[during]


def _own_unique(job: _Job, jobs: list[_Job], uniques: pd.DataFrame) -> pd.DataFrame:
    """The UniqueQuery row nearest to the job's creation, unless another job began nearer to it."""
    distance = (uniques["timestamp"] - job.created).abs()
    near = _nearest(uniques[distance <= _UNIQUE_NEAR], distance)
    others = [one for one in jobs if one.job_id != job.job_id and one.entity.lower() == job.entity.lower()]
    for at in near["timestamp"]:
        if any(abs(at - one.created) < abs(at - job.created) for one in others):
            return near.iloc[:0]
    return near


def _nearest(rows: pd.DataFrame, distance: pd.Series) -> pd.DataFrame:
    return rows.loc[distance[rows.index].sort_values(kind="stable").index[:1]]


def _among_jobs(job: _Job, jobs: list[_Job], downloads: pd.DataFrame) -> pd.DataFrame:
    """Without a text at creation: the downloads that followed this job's completion before the next job completed."""
    if downloads["query"].map(normal).nunique() < 2:
        return downloads
    later = downloads[downloads["timestamp"] >= job.completed]
    others = [one for one in jobs if one.job_id != job.job_id and one.entity.lower() == job.entity.lower()]
    latest = later["timestamp"].map(lambda at: not any(job.completed < one.completed <= at for one in others))
    narrowed = later[latest.astype(bool)]
    return narrowed if len(narrowed) else later if len(later) else downloads


def _fetched(job: _Job, rows: pd.DataFrame, chosen: pd.DataFrame) -> tuple[Certainty, tuple[str, ...], int | None]:
    """Whether the result was fetched, by a download event or a call that names the job, and how much of it."""
    certain = certainty_of(str(job.rows["label"].iloc[0]))
    address = rows["uri"].str.contains(f"/jobs/query/{job.job_id[:15]}", regex=False) & rows["uri"].str.contains(
        "/results", regex=False
    )
    calls = rows[address & ~rows["status"].str.match(r"[45]\d\d$")]
    if not len(calls) and not (chosen["kind"] == "download").any():
        return "possible", ("no download of the result is on record; absence of a row is no proof",), job.expected
    counted = calls[(calls["event_type"] == "RestApi") & (calls["rows"].fillna(0) > 0)]
    got = int(counted["rows"].sum()) if len(counted) else None
    if got is not None and job.expected is not None and got < job.expected:
        return "possible", (f"{got} of {job.expected} rows were fetched: which ones is not known",), got
    return certain, (), job.expected


def _ending(job: _Job) -> tuple[str, ...]:
    return (f"the job was {job.ended} afterwards",) if job.ended else ()


def _lone_downloads(rows: pd.DataFrame, known: set[str]) -> Iterator[Read]:
    """Result downloads whose job no log file shows (files come late, or not at all)."""
    wanted = rows[(rows["event_type"] == "BulkApiResultEventStore") & (rows["query"] != "")]
    wanted = wanted[~wanted["query"].map(normal).isin(known)]
    for text, group in by_query(wanted, ACTOR):
        yield query_read(group, BULK, text, notes=("no log file shows the job itself",))
