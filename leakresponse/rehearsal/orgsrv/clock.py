"""The org's own clock: real time, unless a scenario has moved it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_ISO = "%Y-%m-%dT%H:%M:%S.%f"


class Clock:
    """A moved clock goes on from where it was put."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """This moment in the org, UTC."""
        return datetime.now(UTC) + self._offset

    def move(self, to: datetime | None) -> None:
        """Put the clock to a moment; None puts it back to real time."""
        self._offset = timedelta(0) if to is None else to - datetime.now(UTC)


def iso(moment: datetime) -> str:
    """As the store keeps datetimes: `2026-11-23T10:00:00.000Z`."""
    return moment.astimezone(UTC).strftime(_ISO)[:-3] + "Z"
