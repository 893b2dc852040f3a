"""Spans of the attack's window of which the logs cannot tell: stated, so that nobody reads silence as "nothing read".

No file is no proof of no access (log notes, "Completeness"), but Salesforce makes no file for an hour without events
either. So an hour counts as unknown only where something says that rows are missing: stored events of acts that no log
file has, a number left out among the hour's files, or silence in an org that is never silent. What was not kept, not
written or cannot be seen is unknown from end to end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from leakresponse.core.archive import FREE_TYPES
from leakresponse.core.archive_gaps import HOURLY_DUE, WITNESSES
from leakresponse.core.types import Window

HOUR = timedelta(hours=1)
#: An org is never silent where so many of the hours before the window have rows, of so many hours at least.
BUSY_SHARE = 0.98
BUSY_HOURS = 72


@dataclass(frozen=True, slots=True)
class FileSpan:
    """One log file as the org lists it: `starts` is its LogDate, `sequence` 0 for daily files."""

    event_type: str
    interval: str
    starts: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """From `start` to `end` the logs do not tell; `types` are the log types that miss, empty for all of them."""

    start: datetime
    end: datetime
    because: str
    types: tuple[str, ...] = ()


def unknown_spans(
    window: Window, files: Sequence[FileSpan], hours: Mapping[str, Collection[int]], now: datetime
) -> list[Unknown]:
    """Every unknown span of the window, in order.

    `hours`: by log type or stored object, the hours (counted from the epoch) that have rows.
    """
    window = Window(window.start, min(window.end, now))
    if not files:
        return [Unknown(window.start, window.end, "no log file at all: none is written, or none may be read")]
    oldest = min(one.starts for one in files)
    found = list(_not_kept(window, oldest))
    if all(one.event_type in FREE_TYPES for one in files):
        found.append(
            Unknown(window.start, window.end, "only the free log types have files: no queries and no row counts")
        )
    known = Window(max(window.start, oldest), window.end)
    found += _holes(known, files)
    found += _unseen(known, files, hours)
    found += _silent(known, files, hours, now)
    return _joined(found)


def _not_kept(window: Window, oldest: datetime) -> Iterator[Unknown]:
    if window.start < oldest:
        yield Unknown(window.start, min(oldest, window.end), "before the oldest log file: not kept that long")


def _holes(window: Window, files: Sequence[FileSpan]) -> Iterator[Unknown]:
    """Hours whose files leave a number out, where no daily file holds the whole day."""
    days = {(one.event_type, one.starts.date()) for one in files if one.interval == "Daily"}
    numbers: dict[tuple[str, datetime], set[int]] = {}
    for one in files:
        if one.interval == "Hourly" and (one.event_type, one.starts.date()) not in days:
            numbers.setdefault((one.event_type, one.starts), set()).add(one.sequence)
    for (event_type, starts), seen in sorted(numbers.items()):
        if set(range(1, max(seen) + 1)) - seen:
            yield from _within(window, starts, "a file of the hour is missing", (event_type,))


def _unseen(window: Window, files: Sequence[FileSpan], hours: Mapping[str, Collection[int]]) -> Iterator[Unknown]:
    """Hours of which stored events tell, but no log file of a type that would hold the same acts."""
    listed = {one.event_type for one in files}
    for name, types in WITNESSES.items():
        filed = {hour for kind in types for hour in hours.get(kind, ())}
        if not listed & set(types):
            continue  # the org has no such files at all: that is no gap of an hour
        for hour in sorted(set(hours.get(name, ())) - filed):
            yield from _within(window, _start(hour), f"{name} has rows, the log files have none", types)


def _silent(
    window: Window, files: Sequence[FileSpan], hours: Mapping[str, Collection[int]], now: datetime
) -> Iterator[Unknown]:
    """Hours without any row, where the hours before the window say that the org is never silent."""
    seen = {hour for some in hours.values() for hour in some}
    first, last = _hour(window.start), _hour(window.end - timedelta(microseconds=1))
    before = range(_hour(min(one.starts for one in files)), first)
    if len(before) < BUSY_HOURS or sum(hour in seen for hour in before) < BUSY_SHARE * len(before):
        return
    for hour in range(first, last + 1):
        if hour not in seen:
            late = now < _start(hour) + HOUR + HOURLY_DUE
            because = "the hour's files may still be on the way" if late else "no row at all, in an org never silent"
            yield from _within(window, _start(hour), because, ())


def _within(window: Window, starts: datetime, because: str, types: tuple[str, ...]) -> Iterator[Unknown]:
    start, end = max(starts, window.start), min(starts + HOUR, window.end)
    if start < end:
        yield Unknown(start, end, because, types)


def _joined(found: Iterable[Unknown]) -> list[Unknown]:
    """Spans of one reason that touch each other are one."""
    joined: list[Unknown] = []
    for one in sorted(found, key=lambda span: (span.because, span.types, span.start)):
        last = joined[-1] if joined else None
        if last and (last.because, last.types) == (one.because, one.types) and one.start <= last.end:
            joined[-1] = replace(last, end=max(last.end, one.end))
        else:
            joined.append(one)
    return sorted(joined, key=lambda span: (span.start, span.end, span.because))


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600


def _start(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)
