"""After the proof: is the org quiet? New logins and calls of the attack's users and apps, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from leakresponse.adapters.salesforce.logs import stored_events
from leakresponse.core.errors import Refused
from leakresponse.core.soql.build import compare, select
from tasks.containment_hands import Cutter

#: The org's clock and ours may differ by so much; what was seen when the watch began is known by its id, not its time.
SKEW = timedelta(minutes=10)
_API_FIELDS = ("EventIdentifier", "EventDate", "UserId", "ConnectedAppId", "SessionKey")


@dataclass(slots=True)
class Watch:
    """Activity of the attack that was already known when the watch began. `sources` says what is looked at."""

    cutter: Cutter
    known: frozenset[str]
    since: datetime
    sources: tuple[str, ...]

    def activity(self) -> int:
        """How many logins that worked and calls have come since the watch began."""
        return len(frozenset(_seen(self.cutter, self.since)[0]) - self.known)


def begin_watch(cutter: Cutter) -> Watch:
    """Note what is known now; from here on everything new counts."""
    since = datetime.now(UTC)
    known, sources = _seen(cutter, since)
    return Watch(cutter, frozenset(known), since, sources)


def _seen(cutter: Cutter, since: datetime) -> tuple[set[str], tuple[str, ...]]:
    found = set(_logins(cutter, since - SKEW))
    calls = stored_events(cutter.client, "ApiEvent", _API_FIELDS, since - SKEW, since + timedelta(days=1))
    if calls is None:
        return found, ("LoginHistory", "OauthToken", "AuthSession")
    try:
        found |= {
            _key(row) for row in calls if _is_theirs(cutter, row.get("UserId"), str(row.get("ConnectedAppId") or ""))
        }
    except Refused:
        return found, ("LoginHistory", "OauthToken", "AuthSession")
    return found, ("LoginHistory", "ApiEvent", "OauthToken", "AuthSession")


def _logins(cutter: Cutter, start: datetime) -> Iterator[str]:
    """Logins that worked. LoginHistory cannot be filtered by its application, so that is looked at here."""
    fields = ["Id", "UserId", "Application", "Status"]
    for row in cutter.client.query(select("LoginHistory", fields, where=compare("LoginTime", ">=", start))):
        theirs = _is_theirs(cutter, row.get("UserId"), "") or row.get("Application") in _apps(cutter)
        if row.get("Status") == "Success" and theirs and row.get("UserId") not in _ours(cutter):
            yield str(row["Id"])


def _is_theirs(cutter: Cutter, user_id: object, app_id: str) -> bool:
    """Whether a row is of the attack. Guests are visitors too: their calls tell nothing."""
    users = {u.user_id for u in cutter.snapshot.users if u.user_type != "Guest" and not u.run_as}
    app_ids = {a.app_id[:15] for a in cutter.snapshot.app_rows if a.app_id and a.name in _apps(cutter)}
    theirs = user_id in users or bool(app_id and app_id[:15] in app_ids)
    return theirs and user_id not in _ours(cutter)


def _apps(cutter: Cutter) -> tuple[str, ...]:
    return cutter.plan.apps_touched if cutter.plan else ()


def _ours(cutter: Cutter) -> frozenset[str]:
    return cutter.protection.user_ids


def _key(row: dict[str, Any]) -> str:
    return str(row.get("EventIdentifier") or f"{row.get('EventDate')}{row.get('SessionKey')}")
