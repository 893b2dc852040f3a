"""Reading what is alive in an org for one alert: tokens, sessions, grants, users, jobs.

OauthToken: `Id` is always null, rows are keyed by DeleteToken, and past 2,500 rows the answer is cut silently, so the
count is compared and the query split by user (object reference `OauthToken`). AuthSession names no app: it is joined
over LoginHistory (containment facts; object reference `AuthSession`, `LoginHistory`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.containment import (
    GrantRow,
    JobRow,
    Protection,
    SessionRow,
    Snapshot,
    TokenRow,
    UserRow,
)
from leakresponse.core.errors import Refused
from leakresponse.core.networks import covers
from leakresponse.core.redact import Redacted
from leakresponse.core.soql.build import any_of, batches, between, count, equals, isin, select
from leakresponse.core.types import Alert

TOKEN_CAP = 2500
CHUNK = 200
_UNFINISHED = frozenset({"UploadComplete", "InProgress", "Open"})
_TOKEN_FIELDS = ("AppName", "UserId", "DeleteToken", "LastUsedDate", "UseCount")
_SESSION_FIELDS = ("Id", "UsersId", "SessionType", "SourceIp", "LoginHistoryId", "ParentId", "IsCurrent")


@dataclass(frozen=True, slots=True)
class Inventory:
    """A snapshot, whom to spare, and the DeleteTokens by fingerprint, which never show in a repr."""

    org_id: str
    snapshot: Snapshot
    protection: Protection
    secrets: Mapping[str, Redacted[str]] = field(repr=False)

    def with_secrets(self, more: Mapping[str, Redacted[str]]) -> Inventory:
        """The same with DeleteTokens known from before, so that a revoked one can still be tried."""
        return replace(self, secrets={**more, **self.secrets})


def fingerprint(secret: str) -> str:
    """What stands for a token in the ledger: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def take_inventory(
    client: SalesforceClient, alert: Alert, protected_usernames: Iterable[str], parallel: int
) -> Inventory:
    """Read everything the plan needs, in parallel and bounded."""
    client.token  # noqa: B018 - log in once, before the threads race for it
    with ThreadPoolExecutor(max(parallel, 6)) as pool:
        org = pool.submit(lambda: next(client.query(select("Organization", ["Id"])))["Id"])
        tokens = pool.submit(_tokens, client)
        sessions = pool.submit(_sessions, client)
        apps = pool.submit(_apps, client)
        grants = pool.submit(_grants, client)
        jobs = pool.submit(_jobs, client)
        spared = pool.submit(_users, client, protected_usernames)
        seeds = pool.submit(_principals, client, alert)
    named_apps, user_keys = _with_addresses(alert, seeds.result(), sessions.result(), apps.result())
    users = _users(client, user_keys)
    secrets = {fingerprint(r["DeleteToken"]): Redacted(str(r["DeleteToken"])) for r in tokens.result()}
    snapshot = Snapshot(
        apps=tuple(sorted(named_apps)),
        tokens=tuple(_token(r) for r in tokens.result()),
        sessions=tuple(sessions.result()),
        grants=tuple(replace(g, app=apps.result().get(g.app_id, "")) for g in grants.result()),
        users=tuple(_with_logins(client, users)),
        jobs=tuple(jobs.result()),
    )
    own = frozenset(u.user_id for u in spared.result())
    protection = Protection(own, frozenset(protected_usernames), frozenset())
    return Inventory(str(org.result()), snapshot, protection, secrets)


def _apps(client: SalesforceClient) -> dict[str, str]:
    return {r["Id"]: r["Name"] for r in client.query(select("ConnectedApplication", ["Id", "Name"]))}


def _tokens(client: SalesforceClient) -> list[dict[str, Any]]:
    total = client.count(count("OauthToken"))
    if total <= TOKEN_CAP:
        return list(client.query(select("OauthToken", _TOKEN_FIELDS)))
    found: dict[str, dict[str, Any]] = {}
    for user in client.query(select("User", ["Id"])):
        for row in client.query(select("OauthToken", _TOKEN_FIELDS, where=equals("UserId", user["Id"]))):
            found[row["DeleteToken"]] = row
    return list(found.values())


def _token(row: Mapping[str, Any]) -> TokenRow:
    return TokenRow(
        handle=fingerprint(row["DeleteToken"]),
        app=row.get("AppName") or "",
        user_id=row["UserId"],
        last_used=row.get("LastUsedDate") or "",
        use_count=int(row.get("UseCount") or 0),
    )


def _sessions(client: SalesforceClient) -> list[SessionRow]:
    rows = list(client.query(select("AuthSession", _SESSION_FIELDS)))
    wanted = sorted({r["LoginHistoryId"] for r in rows if r.get("LoginHistoryId")})
    app_of: dict[str, str] = {}
    for some in batches(wanted, CHUNK):
        where = isin("Id", some)
        for login in client.query(select("LoginHistory", ["Id", "Application"], where=where)):
            app_of[login["Id"]] = login.get("Application") or ""
    return [
        SessionRow(
            session_id=r["Id"],
            user_id=r["UsersId"],
            app=app_of.get(r.get("LoginHistoryId") or "", ""),
            session_type=r.get("SessionType") or "",
            source_ip=r.get("SourceIp") or "",
            is_current=bool(r.get("IsCurrent")),
            parent_id=r.get("ParentId") or "",
        )
        for r in rows
    ]


def _grants(client: SalesforceClient) -> list[GrantRow]:
    where = equals("SetupEntityType", "ConnectedApplication")
    rows = client.query(select("SetupEntityAccess", ["Id", "ParentId", "SetupEntityId"], where=where))
    return [GrantRow(r["Id"], r["ParentId"], r["SetupEntityId"], "") for r in rows]


def _jobs(client: SalesforceClient) -> list[JobRow]:
    body = client.call("GET", "/jobs/query", params={"jobType": "V2Query"}).json()
    return [
        JobRow(r["id"], r.get("createdById") or "", r["state"]) for r in body["records"] if r["state"] in _UNFINISHED
    ]


def _users(client: SalesforceClient, keys: Iterable[str]) -> list[UserRow]:
    """Users by username or id; a 15-character id is completed by the org itself."""
    wanted = sorted(set(keys))
    if not wanted:
        return []
    ids = [k for k in wanted if k.startswith("005") and len(k) in (15, 18)]
    names = [k for k in wanted if k not in ids]
    parts = ([isin("Id", ids)] if ids else []) + ([isin("Username", names)] if names else [])
    rows = client.query(select("User", ["Id", "Username"], where=any_of(*parts)))
    return [UserRow(r["Id"], r["Username"], "", False) for r in rows]


def _with_logins(client: SalesforceClient, users: list[UserRow]) -> Iterable[UserRow]:
    if not users:
        return []
    where = isin("UserId", [u.user_id for u in users])
    rows = {r["UserId"]: r for r in client.query(select("UserLogin", ["Id", "UserId", "IsFrozen"], where=where))}
    return [
        replace(u, login_id=rows[u.user_id]["Id"], is_frozen=bool(rows[u.user_id]["IsFrozen"]))
        for u in users
        if u.user_id in rows
    ]


def _principals(client: SalesforceClient, alert: Alert) -> tuple[set[str], set[str]]:
    """App ids or names and user keys that the alert names, or that stored events tie to its addresses and sessions."""
    apps = {p.value for p in alert.principals if p.kind == "connected_app"}
    users = {p.value for p in alert.principals if p.kind == "user"}
    if apps or users:
        return apps, users
    addresses = [p.value for p in alert.principals if p.kind == "address"]
    keys = {p.value for p in alert.principals if p.kind == "session"}
    for row in _events(client, alert):
        if row.get("SessionKey") in keys or any(covers(a, row.get("SourceIp") or "") for a in addresses):
            users.add(row["UserId"])
            if row.get("ConnectedAppId"):
                apps.add(row["ConnectedAppId"])
    return apps, users


def _events(client: SalesforceClient, alert: Alert) -> Iterable[Mapping[str, Any]]:
    where = between("EventDate", alert.window.start - timedelta(minutes=5), alert.window.end + timedelta(hours=1))
    fields = ["UserId", "ConnectedAppId", "SourceIp", "SessionKey"]
    try:
        return list(client.query(select("ApiEvent", fields, where=where)))
    except Refused:
        return []


def _with_addresses(
    alert: Alert, seeds: tuple[set[str], set[str]], sessions: list[SessionRow], apps: Mapping[str, str]
) -> tuple[set[str], set[str]]:
    """App names and user keys, completed from live sessions at the alert's addresses."""
    by_short = {app_id[:15]: name for app_id, name in apps.items()}
    named = {by_short.get(a[:15], a) for a in seeds[0]}
    users = set(seeds[1])
    for principal in alert.principals:
        for session in sessions:
            hit = principal.kind == "address" and covers(principal.value, session.source_ip)
            if hit or (principal.kind == "session" and principal.value == session.session_id):
                users.add(session.user_id)
                named |= {session.app} if session.app else set()
    return named, users
