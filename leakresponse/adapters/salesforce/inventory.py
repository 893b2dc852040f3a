"""Reading what is alive in an org for one alert. Everything in parallel and bounded; what cannot be read is said.

First the ways in (tokens, sessions, grants, users, jobs), then the rest within a short time: containment is a race, and
the rest is what a plan can do without. AuthSession names no app and OauthToken no id: see the modules of each part.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from leakresponse.adapters.salesforce import inventory_apps, inventory_users, inventory_work
from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.inventory_apps import Keyed
from leakresponse.adapters.salesforce.inventory_parts import Parts
from leakresponse.adapters.salesforce.oauth_tokens import Tokens, fingerprint, read_tokens
from leakresponse.core.containment import (
    AppRow,
    GrantRow,
    Protection,
    SessionRow,
    Snapshot,
    TokenRow,
    UserRow,
    looks_like_key,
    resolve_apps,
)
from leakresponse.core.errors import Refused
from leakresponse.core.networks import covers
from leakresponse.core.redact import Redacted
from leakresponse.core.soql.build import between, select
from leakresponse.core.types import Alert

#: How long the ways in are waited for, everything else after them, and the same beside the cuts, in seconds.
FIRST_SECONDS, REST_SECONDS, BESIDE_SECONDS = 60.0, 2.0, 30.0
#: How long stored calls are searched for whoever came from an address or used a session, in seconds.
EVENT_SECONDS = 5.0
#: And logins, of which there are fewer.
LOGIN_SECONDS = 10.0
_CREDENTIALS = "OauthClientCredentials"
_OAUTH_LOGIN = "Remote Access"
_LEAST_PARALLEL = 8


@dataclass(frozen=True, slots=True)
class Inventory:
    """A snapshot, whom to spare, and DeleteTokens and consumer keys by fingerprint, which never show in a repr."""

    org_id: str
    snapshot: Snapshot
    protection: Protection
    secrets: Mapping[str, Redacted[str]] = field(repr=False)

    def with_secrets(self, more: Mapping[str, Redacted[str]]) -> Inventory:
        """The same with secrets known from before, so that a revoked token can still be tried."""
        return replace(self, secrets={**more, **self.secrets})


@dataclass(frozen=True, slots=True)
class _Seen:
    """The ways in."""

    apps: tuple[AppRow, ...]
    tokens: Tokens
    sessions: tuple[SessionRow, ...]
    users: tuple[UserRow, ...]
    names: frozenset[str]


def take_inventory(
    client: SalesforceClient,
    alert: Alert,
    protected_usernames: Iterable[str],
    parallel: int,
    rest_seconds: float = REST_SECONDS,
) -> Inventory:
    """Read everything the plan needs. With `rest_seconds` 0 only the ways in are read, as a proof needs them."""
    client.token  # noqa: B018 - log in once, before the threads race for it
    with Parts(max(parallel, _LEAST_PARALLEL)) as parts:
        until = time.monotonic() + FIRST_SECONDS
        org = parts.start(lambda: next(client.query(select("Organization", ["Id"])))["Id"])
        spared = parts.start(inventory_users.read_users, client, protected_usernames)
        grants = parts.start(inventory_apps.read_grants, client)
        jobs = parts.start(inventory_work.read_jobs, client)
        seen = _see(parts, client, alert, parallel, until)
        listed = parts.take("grants", grants, [], until)
        snapshot = Snapshot(
            apps=tuple(sorted(seen.names)),
            tokens=tuple(_token(row) for row in seen.tokens.rows),
            sessions=seen.sessions,
            grants=_named(listed, seen.apps),
            users=seen.users,
            jobs=parts.take("jobs", jobs, (), until),
            app_rows=seen.apps,
        )
        own = frozenset(user.user_id for user in spared.result(FIRST_SECONDS))  # unread, nobody would be spared
        keys = Keyed()
        if rest_seconds > 0:
            snapshot, keys = _with_rest(parts, client, snapshot, time.monotonic() + rest_seconds)
        snapshot = replace(snapshot, unresolved=tuple(parts.unresolved))
        org_id = str(org.result(FIRST_SECONDS))
    secrets = {fingerprint(row["DeleteToken"]): Redacted(str(row["DeleteToken"])) for row in seen.tokens.rows}
    our_key = frozenset({fingerprint(client.access.consumer_key)})
    protection = Protection(own, frozenset(protected_usernames), frozenset(), our_key)
    return Inventory(org_id, snapshot, protection, {**keys.secrets, **secrets})


def complete(
    client: SalesforceClient, inventory: Inventory, parallel: int, rest_seconds: float = BESIDE_SECONDS
) -> Inventory:
    """An inventory of the ways in alone, with the rest added: read while the ways in are being cut."""
    with Parts(max(parallel, _LEAST_PARALLEL)) as parts:
        snapshot, keys = _with_rest(parts, client, inventory.snapshot, time.monotonic() + rest_seconds)
        unresolved = (*inventory.snapshot.unresolved, *parts.unresolved)
    return replace(
        inventory,
        snapshot=replace(snapshot, unresolved=unresolved),
        secrets={**keys.secrets, **inventory.secrets},
    )


def _see(parts: Parts, client: SalesforceClient, alert: Alert, parallel: int, until: float) -> _Seen:
    """Tokens, sessions and apps at once; then the users that they and the alert name."""
    tokens = parts.start(read_tokens, client, parallel)
    sessions = parts.start(inventory_work.read_sessions, client)
    listed = parts.start(inventory_apps.read_apps, client)
    seeds = parts.start(_principals, client, alert, parts.unresolved)
    rows = parts.take("tokens", tokens, Tokens(()), until)
    if rows.unseen:
        parts.unresolved.append(f"tokens: {rows.unseen} rows beyond the cap")
    known_apps, found = parts.take("app_rows", listed, (), until), parts.take("sessions", sessions, [], until)
    apps, live = inventory_apps.with_uninstalled(known_apps, map(_token, rows.rows)), tuple(found)
    apps = _with_keys(parts, client, alert, apps, until)
    names, keys = _with_addresses(parts, alert, parts.take("principal", seeds, (set(), set()), until), live, apps)
    users = parts.start(_named_users, client, alert, keys)
    runs = {one.user_id for one in live if one.app in names and one.login_subtype == _CREDENTIALS}
    others = parts.start(inventory_users.read_users, client, runs)
    meant, problems = parts.take("users", users, ([], []), until)
    parts.unresolved += problems
    known = {user.user_id for user in meant}
    added = [user for user in parts.take("users", others, [], until) if user.user_id not in known]
    return _Seen(apps, rows, live, (*meant, *inventory_users.as_run_as(added)), frozenset(names))


def _with_rest(
    parts: Parts, client: SalesforceClient, snapshot: Snapshot, until: float
) -> tuple[Snapshot, Keyed]:  # fmt: skip
    """What a plan can do without: each part by that moment, or not at all."""
    ids = [user.user_id for user in snapshot.users]
    meant = [app for app in snapshot.app_rows if app.name in snapshot.apps]
    sets = [grant.permission_set_id for grant in snapshot.grants if grant.app in snapshot.apps]
    keys = parts.start(inventory_apps.read_keys, client, meant)
    holders = parts.start(inventory_apps.count_holders, client, sets)
    usages = parts.start(inventory_apps.read_usages, client)
    factors = parts.start(inventory_users.read_factors, client, ids)
    guests = parts.start(inventory_users.read_guests, client)
    schedules = parts.start(inventory_work.read_schedules, client, ids)
    mailed = parts.start(inventory_work.read_subscriptions, client, ids)
    permissions = parts.start(inventory_users.read_permissions, client, ids)
    past = parts.start(inventory_users.read_past_blocks, client)
    outward = parts.start(inventory_work.read_named_credentials, client)
    ranges = parts.start(inventory_users.read_login_ranges, client, [user.profile_id for user in snapshot.users])
    keyed = parts.take("app_keys", keys, Keyed(), until)
    counted: dict[str, int] = parts.take("grant_holders", holders, {}, until)
    return replace(
        snapshot,
        app_rows=inventory_apps.updated(snapshot.app_rows, keyed.rows),
        grants=tuple(replace(one, users=counted.get(one.permission_set_id, 0)) for one in snapshot.grants),
        eca_usages=parts.take("eca_usages", usages, (), until),
        factors=parts.take("factors", factors, (), until),
        guests=parts.take("guests", guests, (), until),
        schedules=(
            *parts.take("schedules", schedules, (), until),
            *parts.take("subscriptions", mailed, (), until),
        ),
        permissions=parts.take("permissions", permissions, (), until),
        past_blocks=parts.take("past_blocks", past, (), until),
        named_credentials=parts.take("named_credentials", outward, (), until),
        login_ranges=parts.take("login_ranges", ranges, (), until),
    ), keyed


def _token(row: Mapping[str, Any]) -> TokenRow:
    return TokenRow(
        handle=fingerprint(row["DeleteToken"]),
        app=row.get("AppName") or "",
        user_id=row["UserId"],
        last_used=row.get("LastUsedDate") or "",
        use_count=int(row.get("UseCount") or 0),
        installed=bool(row.get("AppMenuItemId")),
        created=row.get("CreatedDate") or "",
    )


def _named(grants: list[GrantRow], apps: Iterable[AppRow]) -> tuple[GrantRow, ...]:
    names = {app.app_id: app.name for app in apps}
    return tuple(replace(one, app=names.get(one.app_id, "")) for one in grants)


def _principals(client: SalesforceClient, alert: Alert, unresolved: list[str]) -> tuple[set[str], set[str]]:
    """App ids or names and user keys that the alert names, or that stored events tie to its addresses and sessions."""
    apps = {p.value for p in alert.principals if p.kind == "connected_app"}
    users = {p.value for p in alert.principals if p.kind == "user"}
    if apps or users:
        return apps, users
    addresses = [p.value for p in alert.principals if p.kind == "address"]
    keys = {p.value for p in alert.principals if p.kind == "session"}
    for row in _events(client, alert, unresolved):
        if row.get("SessionKey") in keys or any(covers(a, row.get("SourceIp") or "") for a in addresses):
            users.add(row["UserId"])
            if row.get("ConnectedAppId"):
                apps.add(row["ConnectedAppId"])
    for row in _logins(client, alert, unresolved) if addresses else ():
        if any(covers(a, row.get("SourceIp") or "") for a in addresses):
            users.add(row["UserId"])
            if str(row.get("LoginType") or "").startswith(_OAUTH_LOGIN):
                apps.add(row.get("Application") or "")
    return apps - {""}, users


def _logins(client: SalesforceClient, alert: Alert, unresolved: list[str]) -> Iterator[Mapping[str, Any]]:
    """Logins of the alert's days that worked: who came from an address and may come again with what he has."""
    where = between("LoginTime", alert.window.start - timedelta(minutes=5), alert.window.end + timedelta(hours=1))
    fields = ["UserId", "Application", "LoginType", "SourceIp", "Status"]
    until = time.monotonic() + LOGIN_SECONDS
    for number, row in enumerate(client.query(select("LoginHistory", fields, where=where)), 1):
        if row.get("Status") == "Success":
            yield row
        if time.monotonic() > until:
            unresolved.append(f"logins: only {number} logins were looked at")
            return


def _events(client: SalesforceClient, alert: Alert, unresolved: list[str]) -> Iterator[Mapping[str, Any]]:
    """Calls of the alert's days, the newest first; an org without Real-Time Event Monitoring has none.

    They can be filtered by time alone (big object), so a busy org has very many: they are read for a short time.
    """
    where = between("EventDate", alert.window.start - timedelta(minutes=5), alert.window.end + timedelta(hours=1))
    fields = ["UserId", "ConnectedAppId", "SourceIp", "SessionKey"]
    until = time.monotonic() + EVENT_SECONDS
    try:
        for number, row in enumerate(client.query(select("ApiEvent", fields, where=where)), 1):
            yield row
            if time.monotonic() > until:
                unresolved.append(f"events: only the newest {number} calls were looked at")
                return
    except Refused:
        return


def _named_users(client: SalesforceClient, alert: Alert, keys: set[str]) -> tuple[list[UserRow], list[str]]:
    """The users of these keys; those of an e-mail address where no username is that."""
    wanted = {p.value for p in alert.principals if p.kind == "user"}
    users = inventory_users.as_named(inventory_users.read_users(client, keys), wanted)
    more, problems = inventory_users.by_address(client, wanted, users)
    known = {user.user_id for user in users}
    return [*users, *(replace(u, named=True) for u in more if u.user_id not in known)], problems


def _with_keys(
    parts: Parts, client: SalesforceClient, alert: Alert, apps: tuple[AppRow, ...], until: float
) -> tuple[AppRow, ...]:
    """The apps with their consumer keys' fingerprints, where the alert names one by its key: else there is no time."""
    if not any(p.kind == "connected_app" and looks_like_key(p.value) for p in alert.principals):
        return apps
    keyed = parts.take("principal", parts.start(inventory_apps.read_keys, client, apps), Keyed(), until)
    return inventory_apps.updated(apps, keyed.rows)


def _with_addresses(
    parts: Parts, alert: Alert, seeds: tuple[set[str], set[str]], sessions: Iterable[SessionRow], apps: Iterable[AppRow]
) -> tuple[set[str], set[str]]:
    """App names and user keys, completed from live sessions at the alert's addresses.

    A session there of an app that the alert names is that app's doing: whoever let it in loses the app, not the own
    work, nor other programs that run as the same user.
    """
    handles = [fingerprint(one) for one in seeds[0] if looks_like_key(one)]
    meant = resolve_apps(seeds[0], apps, handles)
    parts.unresolved += meant.unresolved
    named, users = set(meant.names), set(seeds[1])
    live = list(sessions)
    for principal in alert.principals:
        for session in live:
            hit = principal.kind == "address" and covers(principal.value, session.source_ip)
            if hit and session.app in meant.names:
                continue
            if hit or (principal.kind == "session" and principal.value == session.session_id):
                users.add(session.user_id)
                named |= {session.app} if session.app else set()
    return named, users


__all__ = ["Inventory", "complete", "fingerprint", "take_inventory"]
