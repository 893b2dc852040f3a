"""How long an org keeps what it logged, and which of it can be seen: the Event Monitoring add-on and its settings.

- With the add-on, log files stay 30 days after their CreatedDate; EventSettings.eventLogRetentionDuration makes that up
  to 365 (REST guide, "Using Event Monitoring"; log notes, "Completeness").
- Without it, only the free types have files. For how long, and whether by the hour too, is not confirmed: the
  simulation takes one day and daily files alone, the worse of what can be. The stored events are not there. What
  happened is not lost: the add-on, once bought, looks back 30 days.
- Stored events stay 6 months, LoginEvent and IdentityVerificationEvent 10 years (Security guide, "Real-Time Event
  Monitoring Data Storage"). SetupAuditTrail stays 180 days, LoginHistory 6 months.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.log_columns import FREE_TYPES
from leakresponse.rehearsal.org.schema_events_audit import audit_events
from leakresponse.rehearsal.org.schema_events_threats import stream_events, threat_events

if TYPE_CHECKING:
    from leakresponse.rehearsal.org.store import Store

SHORTEST_DAYS, LONGEST_DAYS, FREE_DAYS, LOOK_BACK_DAYS = 30, 365, 1, 30
_SIX_MONTHS, _TEN_YEARS, _TRAIL = timedelta(days=183), timedelta(days=3653), timedelta(days=180)
_LONG_KEPT = frozenset({"LoginEvent", "IdentityVerificationEvent"})
_FACT = "event_settings"
EVENT_OBJECTS = frozenset(one.name for one in (*audit_events(), *threat_events(), *stream_events()))
_STORES = tuple(one.name for one in (*audit_events(), *threat_events()) if "EventDate" in one.fields and one.queryable)


@dataclass(frozen=True, slots=True)
class LogOptions:
    """How an org is made: about how many rows of past traffic (None: what its people make), and with the add-on?"""

    rows: int | None = None
    add_on: bool = True


ORDINARY = LogOptions()


@dataclass(frozen=True, slots=True)
class EventSettings:
    """Whether the org has the add-on, for how many days it keeps log files, and whether it writes any."""

    add_on: bool = True
    retention_days: int = SHORTEST_DAYS
    generation: bool = True

    def shows(self, event_type: str, interval: str) -> bool:
        """Whether files of this type and interval (Hourly, Daily) can be seen."""
        return self.add_on or (event_type in FREE_TYPES and interval == "Daily")

    @property
    def visible_for(self) -> timedelta:
        """How long after its CreatedDate a file can be seen."""
        return timedelta(days=self.retention_days if self.add_on else FREE_DAYS)


def settings(store: Store) -> EventSettings:
    """What the org has."""
    return EventSettings(**store.fact(_FACT, {}))


def keep_settings(store: Store, wanted: EventSettings, now: datetime) -> None:
    """Change them. Buying the add-on shows the last 30 days, giving it up hides what it showed.

    Raises BadInput outside 30 to 365 days.
    """
    if not SHORTEST_DAYS <= wanted.retention_days <= LONGEST_DAYS:
        raise BadInput(f"log files are kept {SHORTEST_DAYS} to {LONGEST_DAYS} days")
    before = settings(store)
    with store.write() as db:
        store.keep_fact(_FACT, asdict(wanted))
        if wanted.add_on and not before.add_on:
            _reveal(db, iso(now - timedelta(days=LOOK_BACK_DAYS)))
        if before.add_on and not wanted.add_on:
            _conceal(db, wanted)
    if wanted.add_on != before.add_on:
        store.hide_objects(frozenset() if wanted.add_on else EVENT_OBJECTS)


def show(db: sqlite3.Connection, known: EventSettings, facts: dict[str, Any]) -> None:
    """Write the row of a log file: to EventLogFile, or out of sight where the org may not see the type."""
    if known.shows(facts["EventType"], facts["Interval"]):
        _put(db, facts)
    else:
        _hide(db, facts)


def forget(db: sqlite3.Connection, file_id: str) -> None:
    """Take back the row of a file, wherever it is."""
    db.execute("DELETE FROM EventLogFile WHERE Id = ?", (file_id,))
    db.execute("DELETE FROM sim_log_hidden WHERE file_id = ?", (file_id,))


def sweep(store: Store, now: datetime) -> list[str]:
    """Let go of what is too old. The answer names the CSVs that no row points to any more."""
    known = settings(store)
    with store.write() as db:
        gone = _old_files(db, known, now)
        for name in _STORES:
            age = _TEN_YEARS if name in _LONG_KEPT else _SIX_MONTHS
            _delete_before(db, name, "EventDate", now - age)
        _delete_before(db, "SetupAuditTrail", "CreatedDate", now - _TRAIL)
        _delete_before(db, "LoginHistory", "LoginTime", now - _SIX_MONTHS)
    return gone


def _old_files(db: sqlite3.Connection, known: EventSettings, now: datetime) -> list[str]:
    edge = iso(now - known.visible_for)
    old = _rows(db, "SELECT * FROM EventLogFile WHERE CreatedDate < ?", edge)
    for facts in old:
        db.execute("DELETE FROM EventLogFile WHERE Id = ?", (facts["Id"],))
        if not known.add_on:
            _hide(db, facts)
    lost = [facts["Id"] for facts in old if known.add_on]
    last = iso(now - timedelta(days=LOOK_BACK_DAYS))
    lost += [file_id for (file_id,) in db.execute("SELECT file_id FROM sim_log_hidden WHERE created < ?", (last,))]
    paths = []
    for file_id in lost:
        paths += [path for (path,) in db.execute("SELECT path FROM sim_log_file WHERE file_id = ?", (file_id,))]
        db.execute("DELETE FROM sim_log_file WHERE file_id = ?", (file_id,))
        forget(db, file_id)
    return paths


def _conceal(db: sqlite3.Connection, known: EventSettings) -> None:
    for facts in _rows(db, "SELECT * FROM EventLogFile"):
        if not known.shows(facts["EventType"], facts["Interval"]):
            db.execute("DELETE FROM EventLogFile WHERE Id = ?", (facts["Id"],))
            _hide(db, facts)


def _reveal(db: sqlite3.Connection, since: str) -> None:
    kept = db.execute("SELECT facts FROM sim_log_hidden WHERE created >= ?", (since,)).fetchall()
    for (facts,) in kept:
        _put(db, json.loads(facts))
    db.execute("DELETE FROM sim_log_hidden")


def _hide(db: sqlite3.Connection, facts: dict[str, Any]) -> None:
    """Keep a file out of sight until the add-on is bought."""
    row = (facts["Id"], facts["CreatedDate"], json.dumps(facts))
    db.execute("INSERT OR REPLACE INTO sim_log_hidden (file_id, created, facts) VALUES (?, ?, ?)", row)


def _put(db: sqlite3.Connection, facts: dict[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in facts)
    places = ", ".join("?" * len(facts))
    db.execute(" ".join(("INSERT OR REPLACE INTO EventLogFile", f"({names}) VALUES ({places})")), tuple(facts.values()))


def _rows(db: sqlite3.Connection, sql: str, *parameters: str) -> list[dict[str, Any]]:
    cursor = db.execute(sql, parameters)
    names: Iterable[str] = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _delete_before(db: sqlite3.Connection, table: str, column: str, edge: datetime) -> None:
    db.execute(" ".join(("DELETE FROM", f'"{table}"', "WHERE", f'"{column}"', "< ?")), (iso(edge),))
