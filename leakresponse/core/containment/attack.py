"""Whom and what an alert means, as this org shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from leakresponse.core.containment.rows import ScheduleRow, SessionRow, Snapshot, TokenRow
from leakresponse.core.networks import covers
from leakresponse.core.types import Alert

#: LoginHistory.Application of people in a browser, and of nobody in particular: never an app to cut for everybody.
NO_APPS = frozenset({"", "Browser", "N/A", "Unknown"})
#: LoginSubType of logins that are certainly not by key; v67 has no value for JWT bearer.
NOT_BY_KEY = frozenset({"OauthRefreshToken", "OauthClientCredentials", "OauthUserAgent", "OauthWebServer"})
CREDENTIALS = "OauthClientCredentials"
#: Ids of CronTrigger, which no API deletes (object reference: query alone); the other schedules are subscriptions.
CRON_TRIGGER = "08e"


@dataclass(frozen=True, slots=True)
class Attack:
    """Apps by name, users by id, and the sessions that belong together with those of the alert.

    `named_users` are those that the alert itself names: all that is theirs is cut, whatever the app.
    """

    alert: Alert
    apps: frozenset[str]
    users: frozenset[str]
    named_users: frozenset[str]
    sessions: frozenset[str]

    def has_token(self, token: TokenRow) -> bool:
        """Whether the token is one of the app's, or of a user whose every token goes."""
        whole = token.user_id in self.named_users or (token.user_id in self.users and not self.apps)
        return token.app in self.apps or whole

    def session_reason(self, session: SessionRow) -> str:
        """Why a session is the alert's; empty where it is not."""
        if session.app and session.app in self.apps:
            return f"session of {session.app}"
        if session.user_id in self.users:
            return "session of a user in the alert"
        if session.session_id in self.sessions:
            return "session named by the alert, or of the same family"
        return ""

    def has_schedule(self, schedule: ScheduleRow) -> bool:
        """Whether it was made in the attack's days by one of its users, or mails on for a user who is named.

        A subscription (not a job) goes on after its owner is frozen, and a leaver's may be older than the theft.
        """
        mails = not schedule.schedule_id.startswith(CRON_TRIGGER)
        recent = schedule.owner_id in self.users and self.in_window(schedule.created)
        return recent or (mails and schedule.owner_id in self.named_users)

    def in_window(self, moment: str) -> bool:
        """Whether a moment (ISO 8601) lies in the attack's window or after it; one that is not known does."""
        known = when(moment)
        return known is None or known >= self.alert.window.start


def attack_of(alert: Alert, snapshot: Snapshot) -> Attack:
    """What the alert means on this snapshot."""
    wanted = {p.value.casefold() for p in alert.principals if p.kind == "user"}
    people = [u for u in snapshot.users if not u.run_as]
    named = {u.user_id for u in people if u.named or {u.username.casefold(), u.user_id.casefold()} & wanted}
    short = {u.user_id for u in people if u.user_id[:15].casefold() in wanted}
    only = frozenset(u.user_id for u in people) if len(wanted) >= len(people) else frozenset()
    users = frozenset(u.user_id for u in people)
    return Attack(
        alert, _apps(alert, snapshot), users, frozenset(named | short | only), _family(alert, snapshot.sessions)
    )


def _apps(alert: Alert, snapshot: Snapshot) -> frozenset[str]:
    """Names that the alert gives, and names found that are really those of apps, not of a browser."""
    given = {p.value for p in alert.principals if p.kind == "connected_app"}
    known = {t.app for t in snapshot.tokens} | {a.name for a in snapshot.app_rows} | {g.app for g in snapshot.grants}
    known |= {u.app for u in snapshot.eca_usages} | {s.app for s in snapshot.sessions if s.session_type == "Oauth2"}
    return frozenset(a for a in snapshot.apps if a in given or a in known) - NO_APPS


def _family(alert: Alert, sessions: tuple[SessionRow, ...]) -> frozenset[str]:
    """Sessions that the alert names or that come from its addresses, with what they were born of and gave birth to.

    A child that is ended alone is born anew by its parent, so the parent goes too.
    """
    wanted = {p.value for p in alert.principals if p.kind == "session"}
    addresses = [p.value for p in alert.principals if p.kind == "address"]
    found = {s.session_id for s in sessions if {s.session_id, s.session_id[:15]} & wanted}
    found |= {s.session_id for s in sessions if any(covers(a, s.source_ip) for a in addresses)}
    found |= wanted & {s.parent_id for s in sessions}
    while True:
        parents = {s.parent_id for s in sessions if s.session_id in found and s.parent_id}
        children = {s.session_id for s in sessions if s.parent_id in found}
        if parents | children <= found:
            return frozenset(found)
        found |= parents | children


def when(moment: str) -> datetime | None:
    """An ISO 8601 time, UTC where it names no offset; None where it is none."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
