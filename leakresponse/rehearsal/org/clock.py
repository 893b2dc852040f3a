"""The org's own clock: real time, or real time shifted, so that a scenario can act in the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from leakresponse.core.errors import BadInput

_ISO = "%Y-%m-%dT%H:%M:%S.%f"


def real_now() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


class Clock:
    """A moved clock goes on from where it was put. `keep` is told every shift in seconds, so that a restart has it.

    `skew_seconds` is how far the org's machines are wrong about the time: ahead, or behind where it is negative.
    """

    def __init__(self, shift_seconds: float = 0.0, keep: Callable[[float], None] | None = None) -> None:
        self._shift = timedelta(seconds=shift_seconds)
        self._keep = keep or (lambda _shift: None)
        self.skew_seconds = 0.0

    def now(self) -> datetime:
        """This moment in the org, UTC."""
        return self.wall() + self._shift

    def wall(self) -> datetime:
        """What the org's machines take for the real time: what a client's clock is held against."""
        return real_now() + timedelta(seconds=self.skew_seconds)

    def move(self, to: datetime | None) -> None:
        """Put the clock to a moment; None puts it back to real time."""
        self._shift = timedelta(0) if to is None else to - self.wall()
        self._keep(self._shift.total_seconds())


def iso(moment: datetime) -> str:
    """As the store keeps datetimes: `2026-11-23T10:00:00.000Z`."""
    return moment.astimezone(UTC).strftime(_ISO)[:-3] + "Z"


def compact(moment: datetime) -> str:
    """As log files write TIMESTAMP: `20261123100000.000` (EventLogFile value conventions)."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S.%f")[:-3]


def parse_moment(text: str) -> datetime:
    """An ISO moment with its offset. Raises BadInput."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadInput("not an ISO 8601 moment") from None
    if found.tzinfo is None:
        raise BadInput("a moment needs its offset from UTC")
    return found.astimezone(UTC)
