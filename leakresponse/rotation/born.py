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
    user = next(iter(client.query(select("User", ["Id"], where=equals("Username", entry.username)))), None)
    if not entry.app or not entry.username or user is None:
        return None
    until = before + _ahead(context, client) + _GRAIN
    sessions = [row["Id"] for row in _sessions(client, entry.app, user["Id"], until)]
    for session_id in sessions:
        client.delete("AuthSession", session_id)
    revoke = not keeps_refresh and _is_preauthorised(client, entry.app)
    for row in _approvals(client, entry.app, user["Id"], until) if revoke else ():
        client.revoke(Redacted(row["DeleteToken"]))
    left = len(_sessions(client, entry.app, user["Id"], until))
    left += len(_approvals(client, entry.app, user["Id"], until)) if revoke else 0
    context.journal.note("born_of_old_ended", {"secret": entry.name, "sessions": len(sessions), "left": left})
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


def _is_preauthorised(client: SalesforceClient, app: str) -> bool:
    rows = list(client.query(select("AppMenuItem", ["IsUsingAdminAuthorization"], where=equals("Label", app))))
    return bool(rows) and all(row["IsUsingAdminAuthorization"] for row in rows)


def _ahead(context: RotationContext, client: SalesforceClient) -> timedelta:
    """How far the org's clock is ahead of ours, to the second."""
    answer = client.call("GET", "/limits")
    there = parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    return there - context.now().replace(microsecond=0)
