"""What the archive lacks, and what came late or changed: findings from the files it knows, never from silence alone.

No file is no proof of no access, but neither is it a gap: Salesforce makes no file for an hour without events. So an
hour is missed only where something else shows rows in it: a daily file, or stored events. Hourly files usually come 3
to 6 hours after the hour, daily files the next day, all of them up to three days late (notes on the API, 5.1; log
notes, "Completeness").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from leakresponse.core.archive import Copy, hour_of

GapKind = Literal["missing_hour", "sequence_hole", "missing_day", "short_file", "gone_file", "lost_span"]

HOURLY_DUE = timedelta(hours=6)
DAILY_DUE = timedelta(days=1)
#: Which log types a stored event must show up in, in one of them at least (notes on the API, 5.3 and 6.3).
WITNESSES: Mapping[str, tuple[str, ...]] = {
    "LoginEvent": ("Login",), "LoginAsEvent": ("LoginAs",), "LogoutEvent": ("Logout",),
    "ApiEvent": ("RestApi", "API", "BulkApi", "BulkApi2", "BulkApiRequest"),
    "ReportEvent": ("Report", "AsyncReportRun", "MultiblockReport", "Dashboard", "ReportExport"),
    "BulkApiResultEventStore": ("BulkApiRequest", "ApiTotalUsage", "BulkApi2"),
    "UriEvent": ("URI",), "LightningUriEvent": ("LightningPageView", "URI"),
    "FileEventStore": ("ContentTransfer", "DocumentAttachmentDownloads"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    """A span for which the archive lacks a file. `rows` are those known from elsewhere; 0 where nobody knows.

    `covered`: the archive has the rows all the same, from another file. `lost`: no later run can get them.
    """

    kind: GapKind
    event_type: str
    since: datetime
    until: datetime
    rows: int = 0
    covered: bool = False
    lost: bool = False

    @property
    def key(self) -> str:
        """The same gap found again has the same key."""
        return f"{self.kind}:{self.event_type}:{self.since.isoformat()}"


@dataclass(frozen=True, slots=True)
class Late:
    """A file that came later than the usual delay; `hours` from the end of what it covers to its CreatedDate."""

    event_type: str
    interval: str
    log_date: datetime
    sequence: int
    hours: float


def find_gaps(copies: Collection[Copy], now: datetime) -> list[Gap]:
    """Every gap that these files show. `copies` holds all files of the days that are looked at."""
    usable = [one for one in copies if one.state in {"done", "short"}]
    found = [*_missing_hours(usable, now), *_unseen_hours(usable, now), *_holes(usable), *_missing_days(usable, now)]
    found += [_of("short_file", one) for one in usable if one.state == "short"]
    gone = (one for one in copies if one.state == "gone" and one.interval != "RealTime")
    found += [_of("gone_file", one, lost=True) for one in gone if not _replaced(one, usable)]
    return sorted(found, key=lambda gap: (gap.since, gap.event_type, gap.kind))


def lost_span(last_run: datetime | None, retention: timedelta, now: datetime) -> Gap | None:
    """What ran out between two runs: files made after the last run and older than the org keeps them."""
    if last_run is None or now - last_run <= retention:
        return None
    return Gap("lost_span", "", last_run, now - retention, lost=True)


def find_late(copies: Iterable[Copy]) -> list[Late]:
    """Files that came after their usual time, with how late; further files of an hour count as late ones."""
    late = []
    for one in copies:
        delay = one.created - one.ends
        usual = DAILY_DUE if one.interval == "Daily" else HOURLY_DUE
        if one.interval != "RealTime" and delay > usual:
            late.append(Late(one.event_type, one.interval, one.log_date, one.sequence, delay / timedelta(hours=1)))
    return sorted(late, key=lambda one: (one.log_date, one.event_type, one.sequence))


def predecessor(one: Copy, copies: Iterable[Copy]) -> Copy | None:
    """The daily file that this daily file took the place of, as far as the archive has it."""
    if one.interval != "Daily":
        return None
    same = (c for c in copies if c.interval == "Daily" and (c.event_type, c.log_date) == (one.event_type, one.log_date))
    older = [c for c in same if c.key != one.key and c.sha256 and (c.created, c.key) < (one.created, one.key)]
    return max(older, key=lambda c: (c.created, c.key), default=None)


def _of(kind: GapKind, one: Copy, lost: bool = False) -> Gap:
    return Gap(kind, one.event_type, one.log_date, one.ends, lost=lost)


def _replaced(one: Copy, copies: Iterable[Copy]) -> bool:
    """Whether a later version of a file that is gone was copied: nothing is missing then.

    A file of another number is no version of it: a further file of an hour may hold its new rows only.
    """
    span = (one.event_type, one.interval, one.log_date, one.sequence)
    later = (c for c in copies if c.created >= one.created)
    return any((c.event_type, c.interval, c.log_date, c.sequence) == span for c in later)


def _missing_hours(copies: Collection[Copy], now: datetime) -> Iterator[Gap]:
    """Hours in which a daily file has rows but no hourly file came, from the day of the type's first one on."""
    hourly: dict[str, set[str]] = defaultdict(set)
    daily: dict[tuple[str, date], dict[str, int]] = defaultdict(dict)
    for one in copies:
        if one.interval == "Hourly":
            hourly[one.event_type].add(one.hour)
        elif one.interval == "Daily":
            known = daily[one.event_type, one.day]
            known.update({hour: max(rows, known.get(hour, 0)) for hour, rows in one.hours.items()})
    for (event_type, day), hours in sorted(daily.items()):
        seen = hourly.get(event_type, set())
        for hour, rows in sorted(hours.items()):
            starts = _start(hour)
            usual = bool(seen) and hour[:10] >= min(seen)[:10]
            if usual and hour not in seen and starts.date() == day and _due(starts, now):
                yield Gap("missing_hour", event_type, starts, starts + timedelta(hours=1), rows, covered=True)


def _unseen_hours(copies: Collection[Copy], now: datetime) -> Iterator[Gap]:
    """Hours of which stored events tell, but no log file of any type that would hold the same acts.

    An org that makes no hourly files is given until its daily ones are due.
    """
    by_the_hour = {one.event_type for one in copies if one.interval == "Hourly"}
    filed: dict[str, set[str]] = defaultdict(set)
    for one in copies:
        if one.interval != "RealTime":
            filed[one.event_type] |= set(one.hours)
    stored: dict[tuple[str, str], int] = defaultdict(int)
    for one in copies:
        if one.interval == "RealTime":
            for hour, rows in one.hours.items():
                stored[one.event_type, hour] += rows
    first = min((hour for hours in filed.values() for hour in hours), default=None)
    for (name, hour), rows in sorted(stored.items()):
        types, starts = WITNESSES.get(name, ()), _start(hour)
        known = [one for one in types if one in filed]
        due = _due(starts, now) if by_the_hour & set(known) else now > _midnight(starts) + DAILY_DUE
        if known and first and hour >= first and due and not any(hour in filed[one] for one in known):
            yield Gap("missing_hour", known[0], starts, starts + timedelta(hours=1), rows)


def _holes(copies: Collection[Copy]) -> Iterator[Gap]:
    """Hours whose files are numbered with a number left out; a daily file covers them, with the rows that it has more.

    As many rows as that at least: files that came twice hide some.
    """
    hours: dict[tuple[str, datetime], dict[int, int]] = defaultdict(dict)
    daily: dict[tuple[str, str], int] = {}
    for one in copies:
        if one.interval == "Hourly":
            hours[one.event_type, one.log_date][one.sequence] = one.rows
        elif one.interval == "Daily":
            daily |= {(one.event_type, hour): rows for hour, rows in one.hours.items()}
    for (event_type, starts), seen in sorted(hours.items()):
        if set(range(1, max(seen) + 1)) - seen.keys():
            whole = daily.get((event_type, hour_of(starts)))
            rows = max(0, (whole or 0) - sum(seen.values()))
            yield Gap("sequence_hole", event_type, starts, starts + timedelta(hours=1), rows, whole is not None)


def _missing_days(copies: Collection[Copy], now: datetime) -> Iterator[Gap]:
    """Days that have hourly files of a type, and long after their end no daily one."""
    spans: dict[tuple[str, date], set[str]] = defaultdict(set)
    starts: dict[tuple[str, date], datetime] = {}
    rows: dict[tuple[str, date], int] = defaultdict(int)
    for one in copies:
        key = one.event_type, one.day
        spans[key].add(one.interval)
        starts[key] = one.log_date.replace(hour=0)
        rows[key] += one.fresh
    for key, intervals in sorted(spans.items()):
        ends = starts[key] + timedelta(days=1)
        if "Hourly" in intervals and "Daily" not in intervals and now > ends + DAILY_DUE:
            yield Gap("missing_day", key[0], starts[key], ends, rows[key], covered=True)


def _start(hour: str) -> datetime:
    return datetime.strptime(f"{hour}+0000", "%Y-%m-%dT%H%z")


def _midnight(moment: datetime) -> datetime:
    """The end of a moment's day."""
    return moment.replace(hour=0) + timedelta(days=1)


def _due(starts: datetime, now: datetime) -> bool:
    return now > starts + timedelta(hours=1) + HOURLY_DUE
