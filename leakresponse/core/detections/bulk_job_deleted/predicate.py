"""The predicate: job completed, deleted within ten minutes, by a session from an unusual network.

Legitimate integrations do delete their jobs, and at once; what they do not do is come from a network that their app
has never used. Both together are what was seen in August 2025: a job of 202 seconds deleted 24 seconds later, from a
hosting provider's address (Cloudflare's account of the Salesloft Drift incident).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from leakresponse.core.detections.finding import Finding, Rule, Severity
from leakresponse.core.events_baseline import LONG_HISTORY_DAYS, baseline, fill_apps
from leakresponse.core.types import Principal

RULE = Rule(
    "bulk_job_deleted",
    "Bulk query job deleted minutes after it completed, from an unusual network",
    "critical",
    ("BulkApi2", "RestApi", "ApiTotalUsage", "Login"),
    "Deleting a job hides it from the job list, but not from the event logs; together with a network that the app "
    "never uses, it is how the stolen Drift tokens were used.",
    (
        "Cloudflare, The impact of the Salesloft Drift breach on Cloudflare and our customers (September 2025)",
        "Google Threat Intelligence, Widespread data theft targets Salesforce via Salesloft Drift (August 2025)",
        "Salesforce Object Reference, BulkApi2 event type",
    ),
)
#: How soon after completion a deletion counts (the incident: 24 seconds).
SOON = timedelta(minutes=10)
_QUERY_JOBS = ("", "query", "queryall")


@dataclass(frozen=True, slots=True)
class _Deleted:
    """A query job and when it was created, completed and deleted."""

    job_id: str
    entity: str
    created: pd.Timestamp
    completed: pd.Timestamp
    deleted: pd.Timestamp
    rows: int


def find(events: pd.DataFrame) -> list[Finding]:
    """One finding per deleted job whose session comes from a network that is not usual for its app or user."""
    jobs = _deleted_jobs(events)
    if not jobs:
        return []
    filled = fill_apps(events)
    # Most deleted jobs are an integration tidying up: those from networks of many days are left out at once.
    whole = baseline(filled, filled["timestamp"].max() + timedelta(microseconds=1))
    habitual = set(filled.loc[whole.usual & (filled["job_id"] != "").to_numpy(), "job_id"])
    suspects = [job for job in jobs if job.job_id not in habitual or _is_short(filled)]
    return [found for job in suspects if (found := _judge(job, filled)) is not None]


def _is_short(events: pd.DataFrame) -> bool:
    """Too few days for a habit to show: every job is then looked at by itself."""
    return bool(events["timestamp"].max() - events["timestamp"].min() < timedelta(days=LONG_HISTORY_DAYS))


def _deleted_jobs(events: pd.DataFrame) -> list[_Deleted]:
    rows = events[(events["event_type"] == "BulkApi2") & (events["job_id"] != "")]
    rows = rows[rows["operation"].str.lower().isin(_QUERY_JOBS)]
    states = rows["job_status"].str.lower().str.replace(r"[^a-z]", "", regex=True)
    calls = _delete_calls(events)
    found = []
    for job_id, group in rows.groupby("job_id", sort=False):
        state = states[group.index]
        done = group[state.isin(("jobcomplete", "complete", "completed"))]
        gone = group.loc[state.isin(("deleted", "delete")), "timestamp"]
        if gone.empty:
            gone = calls.loc[calls["job_id"] == str(job_id)[:15], "timestamp"]
        if done.empty or gone.empty:
            continue
        completed, deleted = done["timestamp"].min(), gone.min()
        if timedelta(0) <= deleted - completed <= SOON:
            most = group["rows"].max()
            rows_read = 0 if pd.isna(most) else int(most)
            created = group["timestamp"].min()
            found.append(_Deleted(str(job_id), str(group["entity"].max()), created, completed, deleted, rows_read))
    return found


def _delete_calls(events: pd.DataFrame) -> pd.DataFrame:
    """Successful DELETE calls on query jobs, with the first 15 characters of the job's id."""
    calls = events[(events["method"].str.upper() == "DELETE") & ~events["status"].str.match(r"[45]\d\d$")]
    ids = calls["uri"].str.extract(r"/jobs/query/([0-9A-Za-z]{15})", expand=False)
    return calls.assign(job_id=ids)[ids.notna()]


def _judge(job: _Deleted, events: pd.DataFrame) -> Finding | None:
    own = events[events["job_id"] == job.job_id]
    session = _first(own["session_key"])
    user = _first(own["user_id"])
    mine = events["job_id"] == job.job_id
    if session:
        mine |= events["session_key"] == session
    login = _first(events.loc[mine, "login_key"])
    if login:
        mine |= (events["login_key"] == login) & (events["user_id"] == user)
    near = (events["timestamp"] - job.created).abs() <= timedelta(days=1)
    app = _first(events.loc[mine, "app_id"])
    # The session and what surrounds it is not its own measure, so history ends the day before it began.
    session_start = events.loc[mine & near, "timestamp"].min()
    history = events if not app else events[(events["app_id"] == app) | mine]
    judged = baseline(history, session_start)
    position = mine[history.index].to_numpy()
    odd = position & judged.known & ~judged.usual
    if not odd.any() or (position & judged.usual & (history["job_id"] == job.job_id).to_numpy()).any():
        return None
    rows = history[odd & near[history.index].to_numpy()]
    return _finding(
        job, rows if len(rows) else history[odd], events, app, user, session, _has_past(history, session_start)
    )


def _finding(
    job: _Deleted, rows: pd.DataFrame, events: pd.DataFrame, app: str, user: str, session: str, has_past: bool
) -> Finding:
    addresses = [str(one) for one in rows["client_ip"].unique() if one]
    name = _app_name(events, app)
    principals = [Principal("connected_app", name)] if name else []
    principals += [Principal("user", user)] if user else []
    principals += [Principal("address", one) for one in addresses]
    principals += [Principal("session", session)] if session else []
    severity: Severity = RULE.severity if has_past else "medium"
    seconds = int((job.deleted - job.completed).total_seconds())
    evidence = (
        f"job {job.job_id} on {job.entity or 'an unknown object'}: {job.rows} records, created {_said(job.created)}, "
        f"completed {_said(job.completed)}, deleted {seconds} s later",
        f"network not usual for {name or 'the user'}: {', '.join(addresses) or 'address not logged'}"
        + ("" if has_past else " (the logs hold no earlier days to compare with)"),
    )
    first = min(rows["timestamp"].min(), job.created).to_pydatetime()
    last = max(rows["timestamp"].max(), job.deleted).to_pydatetime()
    return Finding(RULE.name, severity, tuple(principals), first, last, evidence, (job.job_id,))


def _has_past(history: pd.DataFrame, start: pd.Timestamp) -> bool:
    return bool((history["timestamp"] < start).any())


def _app_name(events: pd.DataFrame, app: str) -> str:
    """The app's name as the org logs it, else its id."""
    if not app:
        return ""
    named = events[(events["app_id"] == app) & events["event_type"].isin(("ApiTotalUsage", "ApiEvent", "LoginEvent"))]
    return _first(named["app_name"]) or app


def _first(values: pd.Series) -> str:
    filled = values[values != ""]
    return str(filled.iloc[0]) if len(filled) else ""


def _said(moment: pd.Timestamp) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
