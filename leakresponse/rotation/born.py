"""What was born of the old credential and still lives: sessions, and authorisations of its app and user.

A session has no app field: its LoginHistory row names it (containment facts, "find the app of an AuthSession").
An authorisation is revoked only where the app is for pre-authorised users: elsewhere a key login rests on it
(salesforce_api.md 1.1, "prior approval").
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.core.redact import Redacted
from leakresponse.core.soql.build import all_of, batches, compare, equals, isin, select
from leakresponse.rotation.types import RotationContext, SecretEntry

#: The Date header has the grain of a second.
_GRAIN = timedelta(seconds=1)


def end_born(context: RotationContext, entry: SecretEntry, before: datetime, keeps_refresh: bool) -> int | None:
    """End what lived before that moment; the answer is how many are seen alive after it, None where nobody can tell.

    `keeps_refresh`: the secret itself holds a refresh token of this app and user, which goes on with the new one.
    """
    client = context.client_of(entry.org_id)
    user_id = _user_id(context, client, entry) if entry.app and entry.username else ""
    if not user_id:
        return None
    until = before + _ahead(context, client, entry.org_id) + _GRAIN
    sessions = _sessions(client, entry.app, user_id, until)
    for row in sessions:
        client.delete("AuthSession", row["Id"])
    revokes = not keeps_refresh and _is_preauthorised(context, client, entry)
    approvals = _approvals(client, entry.app, user_id, until) if revokes else []
    for row in approvals:
        client.revoke(Redacted(row["DeleteToken"]))
    listed = {row["Id"] for row in sessions}  # what came since is of the new one: the old one was refused before
    left = sum(row["Id"] in listed for row in _sessions(client, entry.app, user_id, until)) if sessions else 0
    left += len(_approvals(client, entry.app, user_id, until)) if approvals else 0
    ended = {"secret": entry.name, "sessions": len(sessions), "approvals": len(approvals), "left": left}
    context.journal.note("born_of_old_ended", ended)
    return left


def _sessions(client: SalesforceClient, app: str, user_id: str, until: datetime) -> list[dict[str, Any]]:
    """Sessions of this app and user that began before; one without a login row counts as the app's."""
    where = all_of(equals("UsersId", user_id), compare("CreatedDate", "<", until))
    fields = ["Id", "IsCurrent", "LoginHistoryId"]
    rows = [row for row in client.query(select("AuthSession", fields, where=where)) if not row["IsCurrent"]]
    apps = _apps_of(client, {row["LoginHistoryId"] for row in rows if row["LoginHistoryId"]})
    return [row for row in rows if apps.get(row["LoginHistoryId"], app) == app]


def _apps_of(client: SalesforceClient, logins: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in batches(sorted(logins)):
        rows = client.query(select("LoginHistory", ["Id", "Application"], where=isin("Id", some)))
        found |= {row["Id"]: row["Application"] for row in rows}
    return found


def _approvals(client: SalesforceClient, app: str, user_id: str, until: datetime) -> list[dict[str, Any]]:
    where = equals("UserId", user_id)
    rows = client.query(select("OauthToken", ["AppName", "CreatedDate", "DeleteToken"], where=where))
    return [row for row in rows if row["AppName"] == app and datetime.fromisoformat(row["CreatedDate"]) < until]


def _user_id(context: RotationContext, client: SalesforceClient, entry: SecretEntry) -> str:
    """Empty where there is no such user. Many secrets share one: each is asked for once."""
    known = (entry.org_id, f"user {entry.username}")
    if known not in context.read:
        rows = client.query(select("User", ["Id"], where=equals("Username", entry.username)))
        context.read[known] = next((str(row["Id"]) for row in rows), "")
    return str(context.read[known])


def _is_preauthorised(context: RotationContext, client: SalesforceClient, entry: SecretEntry) -> bool:
    """Whether every app of this name is; the org is asked once."""
    known = (entry.org_id, "preauthorised")
    if known not in context.read:
        flags: dict[str, bool] = {}
        for row in client.query(select("AppMenuItem", ["Label", "IsUsingAdminAuthorization"])):
            flags[row["Label"]] = bool(row["IsUsingAdminAuthorization"]) and flags.get(row["Label"], True)
        context.read[known] = flags
    return bool(context.read[known].get(entry.app, False))


def _ahead(context: RotationContext, client: SalesforceClient, org_id: str) -> timedelta:
    """How far the org's clock is ahead of ours, to the second; asked once."""
    known = (org_id, "clock")
    if known not in context.read:
        there = parsedate_to_datetime(client.call("GET", "/limits").headers["Date"]).astimezone(UTC)
        context.read[known] = there - context.now().replace(microsecond=0)
    ahead: timedelta = context.read[known]
    return ahead
