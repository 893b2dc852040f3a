"""What the archive of access logs knows of each file, and which files it must still copy.

Facts (log notes, "Completeness"; notes on the API, "EventLogFile"): files arrive at least once; a late daily file takes
the place of the one before and moves CreatedDate, with the same Id or another; a late hourly batch comes as a new file
with the next Sequence; files stay 30 days, or 1 day without the add-on. So a file is the same only where Id,
CreatedDate and length are, and files are asked for by CreatedDate with an overlap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

Interval = Literal["Hourly", "Daily", "RealTime"]
#: listed: seen, not fetched · kept: the raw file is evidence · done: its rows are archived · short: done as far as it
#: goes, shorter or longer than the org says, fetched again next time · gone: no longer there when it was fetched.
State = Literal["listed", "kept", "done", "short", "gone"]

#: Late files come up to three days late (log notes, "Completeness").
OVERLAP = timedelta(days=3)
#: Stored events are asked for again this far back, since they are stored some time after they happened.
STORED_OVERLAP = timedelta(hours=3)
#: How long stored events stay (notes on the API, 6.1); LoginEvent and IdentityVerificationEvent ten years.
STORED_DAYS, LONG_STORED_DAYS = 183, 3653
LONG_STORED = frozenset({"LoginEvent", "IdentityVerificationEvent"})
PAID_DAYS, FREE_DAYS = 30, 1
#: Types that orgs without the Event Monitoring add-on have (notes on the API, 5.1).
FREE_TYPES = frozenset({
    "ApexUnexpectedException", "ApiTotalUsage", "CORSViolation", "CSPViolation", "HostnameRedirects",
    "InsecureExternalAssets", "Login", "Logout",
})  # fmt: skip
#: Stored real-time objects by the name they are queried under (notes on the API, 6.1).
STORED_OBJECTS = (
    "ApiEvent", "ListViewEvent", "LoginEvent", "LogoutEvent", "LoginAsEvent", "ReportEvent", "UriEvent",
    "LightningUriEvent", "IdentityProviderEventStore", "IdentityVerificationEvent", "ApiAnomalyEventStore",
    "ReportAnomalyEventStore", "CredentialStuffingEventStore", "SessionHijackingEventStore",
    "GuestUserAnomalyEventStore", "BulkApiResultEventStore", "PermissionSetEventStore", "FileEventStore",
    "LoginAnomalyEventStore",
)  # fmt: skip
#: How often a file whose length is not what the org says is fetched again, run after run.
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Copy:
    """One version of one log file, or one piece of stored events. `hours` counts rows by `YYYY-MM-DDTHH`."""

    key: str
    event_type: str
    interval: Interval
    log_date: datetime
    sequence: int
    file_id: str
    created: datetime
    length: int
    state: State = "listed"
    attempts: int = 0
    sha256: str = ""
    bytes: int = 0
    rows: int = 0
    fresh: int = 0
    rejected: int = 0
    hours: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The day of the log, UTC."""
        return self.log_date.date()

    @property
    def hour(self) -> str:
        """The hour of an hourly file, as in `hours`."""
        return hour_of(self.log_date)

    @property
    def ends(self) -> datetime:
        """When what the file covers was over."""
        return self.log_date + (timedelta(days=1) if self.interval == "Daily" else timedelta(hours=1))

    @property
    def sized(self) -> bool:
        """Whether what was fetched has the length that the org says; an org that says none is believed."""
        return not self.length or self.bytes == self.length


def hour_of(moment: datetime) -> str:
    """An hour as `YYYY-MM-DDTHH`."""
    return moment.strftime("%Y-%m-%dT%H")


def file_key(file_id: str, created: str, length: int) -> str:
    """What makes a file the same file: an Id alone does not, since a replaced file may keep it."""
    return f"{file_id}:{created}:{length}"


def wanted(listed: Iterable[Copy], known: Mapping[str, Copy]) -> list[Copy]:
    """The files to fetch now: new ones, and short ones that may be whole by now; oldest first."""
    chosen = []
    for one in listed:
        held = known.get(one.key)
        again = held is not None and held.state == "short" and held.attempts < MOST_ATTEMPTS
        if held is None or again or held.state in {"listed", "gone"}:
            chosen.append(one if held is None else held)
    return sorted(chosen, key=lambda one: (one.created, one.key))


def ask_since(cursor: datetime | None) -> datetime | None:
    """From which CreatedDate to list files; None for all there are."""
    return None if cursor is None else cursor - OVERLAP


def next_cursor(cursor: datetime | None, listed: Collection[Copy], left: Collection[Copy]) -> datetime | None:
    """The CreatedDate up to which everything is copied: what is left over holds it back, nothing moves it back."""
    newest = max((one.created for one in listed), default=cursor)
    oldest_left = min((one.created for one in left), default=None)
    reached = newest if oldest_left is None or newest is None else min(newest, oldest_left)
    return reached if cursor is None or reached is None else max(cursor, reached)


def stored_since(name: str, cursor: datetime | None, now: datetime) -> datetime:
    """From which EventDate to ask for stored events: all that may be kept, or a little before the last ones seen."""
    if cursor is not None:
        return cursor - STORED_OVERLAP
    return now - timedelta(days=LONG_STORED_DAYS if name in LONG_STORED else STORED_DAYS)


def stored_objects(org_has: Iterable[str]) -> list[str]:
    """Every stored object to ask for: those that are known, and any other store of events that the org has."""
    more = sorted(name for name in org_has if name.endswith("EventStore") and name not in STORED_OBJECTS)
    return [*STORED_OBJECTS, *more]


def retention_of(event_types: Collection[str], days: int = 0) -> timedelta:
    """How long the org keeps log files: as said, else judged by whether it has types that only the add-on writes."""
    if days:
        return timedelta(days=days)
    return timedelta(days=FREE_DAYS if set(event_types) <= FREE_TYPES else PAID_DAYS)
