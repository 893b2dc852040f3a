"""What one run of the archive did and found: counts, types, times and file ids; never a value of a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from leakresponse.core.archive_gaps import Gap, Late


@dataclass(frozen=True, slots=True)
class Replaced:
    """A daily file that took the place of another: what it gained and lost. Lost rows stay in the archive."""

    event_type: str
    day: date
    added: int
    removed: int
    same_id: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What one file or piece gave: rows in it, rows the archive lacked, rows that could not be read."""

    event_type: str
    interval: str
    rows: int
    fresh: int
    rejected: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """One run for one org. `gaps` are all that are open, `new_gaps` those that no run before has found.

    `missing_objects` are stored events that this org does not have or does not show; `waiting` are files that could
    not be fetched now and will be asked for again.
    """

    org_id: str
    started: datetime
    finished: datetime
    retention_days: int
    taken: tuple[Taken, ...] = ()
    waiting: int = 0
    gaps: tuple[Gap, ...] = ()
    new_gaps: int = 0
    late: tuple[Late, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    missing_objects: tuple[str, ...] = ()

    @property
    def lost(self) -> tuple[Gap, ...]:
        """Gaps that no later run can fill."""
        return tuple(gap for gap in self.gaps if gap.lost)

    @property
    def open_gaps(self) -> tuple[Gap, ...]:
        """Gaps of which the archive has not the rows either."""
        return tuple(gap for gap in self.gaps if not gap.covered)

    def counts(self) -> dict[str, Any]:
        """The whole run in figures, for the chain, the Prefect UI and the command line."""
        return {
            "files": sum(one.interval != "RealTime" for one in self.taken),
            "rows": sum(one.rows for one in self.taken),
            "fresh_rows": sum(one.fresh for one in self.taken),
            "rejected_rows": sum(one.rejected for one in self.taken),
            "repeated_files": sum(one.repeated for one in self.taken),
            "late_files": len(self.late),
            "replaced_files": len(self.replaced),
            "waiting_files": self.waiting,
            "gaps": len(self.gaps),
            "new_gaps": self.new_gaps,
            "uncovered_gaps": len(self.open_gaps),
            "lost_gaps": len(self.lost),
            "missing_objects": len(self.missing_objects),
        }

    def by_type(self) -> list[dict[str, Any]]:
        """A table: files, rows and fresh rows per event type."""
        files, rows, fresh = Counter[str](), Counter[str](), Counter[str]()
        for one in self.taken:
            files[one.event_type] += 1
            rows[one.event_type] += one.rows
            fresh[one.event_type] += one.fresh
        return [{"event_type": name, "files": files[name], "rows": rows[name], "new": fresh[name]} for name in files]

    def to_json(self) -> dict[str, Any]:
        """As it is kept in the archive."""
        document = {**asdict(self), "counts": self.counts(), "by_type": self.by_type()}
        document.pop("taken")
        return {name: _plain(value) for name, value in document.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
