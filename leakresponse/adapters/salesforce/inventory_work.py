"""What is going on in an org: sessions, bulk jobs of both APIs, schedules, and the ways out.

AuthSession names no app: it is joined over LoginHistory (containment facts; object reference AuthSession,
LoginHistory). Jobs of the older bulk API stand in the list of loads as `Classic` (Bulk API 2.0 guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.containment import JobRow, NamedCredentialRow, ScheduleRow, SessionRow
from leakresponse.core.soql.build import all_of, batches, isin, select

CHUNK = 400
UNFINISHED = frozenset({"UploadComplete", "InProgress", "Open"})
_SESSION = (
    "Id", "UsersId", "SessionType", "SourceIp", "LoginHistoryId", "ParentId", "IsCurrent", "CreatedDate",
    "LastModifiedDate", "SessionSecurityLevel",
)  # fmt: skip
_LOGIN = ("Id", "Application", "LoginType", "LoginSubType")
#: States of CronTrigger in which it will run again (object reference, CronTrigger).
_WAITING = ("WAITING", "ACQUIRED", "EXECUTING", "PAUSED", "BLOCKED", "PAUSED_BLOCKED")
#: Where people subscribe to a report or a dashboard (Reports and Dashboards REST API guide, "Analytics Notifications").
SUBSCRIPTIONS = ("lightningReportSubscribe", "lightningDashboardSubscribe")


def read_sessions(client: SalesforceClient, parallel: int = 4) -> list[SessionRow]:
    """Every live session with the app of its login: a query, and one more for every 400 logins."""
    rows = list(client.query(select("AuthSession", _SESSION)))
    wanted = sorted({row["LoginHistoryId"] for row in rows if row.get("LoginHistoryId")})

    def ask(some: Iterable[str]) -> list[dict[str, Any]]:
        return list(client.query(select("LoginHistory", _LOGIN, where=isin("Id", some))))

    with ThreadPoolExecutor(parallel) as pool:
        logins = {one["Id"]: one for part in pool.map(ask, batches(wanted, CHUNK)) for one in part}
    return [_session(row, logins.get(row.get("LoginHistoryId") or "", {})) for row in rows]


def _session(row: Mapping[str, Any], login: Mapping[str, Any]) -> SessionRow:
    return SessionRow(
        session_id=row["Id"],
        user_id=row["UsersId"],
        app=login.get("Application") or "",
        session_type=row.get("SessionType") or "",
        source_ip=row.get("SourceIp") or "",
        is_current=bool(row.get("IsCurrent")),
        parent_id=row.get("ParentId") or "",
        login_type=login.get("LoginType") or "",
        login_subtype=login.get("LoginSubType") or "",
        created=row.get("CreatedDate") or "",
        last_used=row.get("LastModifiedDate") or "",
        security_level=row.get("SessionSecurityLevel") or "",
    )


def read_jobs(client: SalesforceClient) -> tuple[JobRow, ...]:
    """Unfinished bulk jobs: queries and loads of Bulk API 2.0, and every job of the older one."""
    return tuple(job for job in list_jobs(client) if job.state in UNFINISHED)


def list_jobs(client: SalesforceClient) -> list[JobRow]:
    """Every bulk job of the last seven days, whatever its state: three lists, 1,000 jobs a page."""
    lists: tuple[tuple[str, str, Literal["v1", "v2"]], ...] = (
        ("/jobs/query", "V2Query", "v2"), ("/jobs/ingest", "V2Ingest", "v2"), ("/jobs/ingest", "Classic", "v1"),
    )  # fmt: skip
    with ThreadPoolExecutor(len(lists)) as pool:
        found = pool.map(lambda one: _listed(client, *one), lists)
        return [job for part in found for job in part]


def _listed(client: SalesforceClient, path: str, kind: str, version: Literal["v1", "v2"]) -> list[JobRow]:
    """One list of jobs; the next page's address is followed as it is given."""
    body = client.call("GET", path, params={"jobType": kind}).json()
    found: list[JobRow] = []
    while True:
        found += [JobRow(row["id"], row.get("createdById") or "", row["state"], version) for row in body["records"]]
        following = body.get("nextRecordsUrl")
        if body.get("done", True) or not following:
            return found
        body = client.call("GET", following).json()


def read_schedules(client: SalesforceClient, user_ids: Iterable[str]) -> tuple[ScheduleRow, ...]:
    """Scheduled jobs of these users that will run again."""
    wanted = sorted(set(user_ids))
    if not wanted:
        return ()
    fields = ["Id", "OwnerId", "CronJobDetail.JobType", "NextFireTime", "CreatedDate"]
    where = all_of(isin("OwnerId", wanted), isin("State", _WAITING))
    return tuple(
        ScheduleRow(
            row["Id"], row["OwnerId"], str((row.get("CronJobDetail") or {}).get("JobType") or ""),
            row.get("NextFireTime") or "", row.get("CreatedDate") or "",
        )
        for row in client.query(select("CronTrigger", fields, where=where))
    )  # fmt: skip


def read_subscriptions(client: SalesforceClient, user_ids: Iterable[str]) -> tuple[ScheduleRow, ...]:
    """Reports and dashboards that these users have mailed to them; needs "Manage Analytics Notifications"."""
    asked = [(user, source) for user in sorted(set(user_ids)) for source in SUBSCRIPTIONS]

    def ask(user: str, source: str) -> list[ScheduleRow]:
        parameters = {"source": source, "ownerId": user}
        rows = client.call("GET", "/analytics/notifications", params=parameters).json()
        return [
            ScheduleRow(row["id"], user, source, "", row.get("createdDate") or "") for row in rows if row.get("active")
        ]

    with ThreadPoolExecutor(4) as pool:
        return tuple(row for part in pool.map(lambda one: ask(*one), asked) for row in part)


def read_named_credentials(client: SalesforceClient) -> tuple[NamedCredentialRow, ...]:
    """Ways out, with who touched them last. `CalloutStatus` is a column of the Tooling API alone."""
    fields = ["Id", "DeveloperName", "CalloutStatus", "LastModifiedById", "LastModifiedDate"]
    return tuple(
        NamedCredentialRow(
            row["Id"], row["DeveloperName"], row.get("CalloutStatus") != "Disabled", row.get("LastModifiedById") or "",
            row.get("LastModifiedDate") or "",
        )
        for row in tooling_rows(client, select("NamedCredential", fields))
    )  # fmt: skip


def tooling_rows(client: SalesforceClient, soql: str) -> list[dict[str, Any]]:
    """All rows of a query of the Tooling API."""
    body = client.call("GET", "/tooling/query", params={"q": soql}).json()
    found: list[dict[str, Any]] = list(body["records"])
    while not body.get("done", True):
        body = client.call("GET", body["nextRecordsUrl"]).json()
        found += body["records"]
    return found
