"""Alerts, cases and phases."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from leakresponse.core.errors import BadInput
from leakresponse.ledger.book import Book, Writer
from leakresponse.ledger.chain import digest_of
from leakresponse.ledger.database import insert_or_keep
from leakresponse.ledger.redact import plain
from leakresponse.ledger.tables import alerts, cases, phases
from leakresponse.ledger.types import AlertRecord, AlertStatus, Case, Phase, PhaseStatus

#: The chain of what arrives before there is a case for it.
INTAKE = "intake"


def case_id_of(alert_id: str) -> str:
    """The id of the case that an alert opens, the same on every machine."""
    return f"case-{hashlib.sha256(alert_id.encode()).hexdigest()[:16]}"


class Cases(Book):
    """What comes in and what is opened for it."""

    def store_alert(self, raw: bytes | str, parsed_id: str | None, problem: str | None) -> AlertRecord:
        """Keep an alert as received, also one that cannot be read: that one is escalated to people, never dropped.

        `problem` says in fixed words what is wrong with it. The same bytes again change nothing.
        """
        data = _bytes(raw)
        key = hashlib.sha256(data).hexdigest()
        status: AlertStatus = "stored" if parsed_id and not problem else "escalated"
        row = {"key": key, "alert_id": parsed_id, "raw": data, "status": status, "problem": problem}
        with self.writing(INTAKE, make=True) as writer:
            _keep_alert(writer, row, "alert_received")
            return _alert(writer.connection, key)

    def open_case(self, alert_id: str, alert_raw: bytes | str, facts: Mapping[str, Any]) -> Case:
        """The case of an alert, opened if it is not there yet. The same alert id gives the same case for ever."""
        if not alert_id:
            raise BadInput("ledger: an alert without an id opens no case")
        case_id, clean = case_id_of(alert_id), plain(facts, "facts")
        with self.writing(case_id, make=True) as writer:
            fresh = self._find(writer.connection, case_id) is None
            if fresh:
                values = {"alert_id": alert_id, "status": "open", "opened_at": writer.now, "facts": clean}
                writer.connection.execute(cases.insert().values(case_id=case_id, **values))
                writer.append("case_opened", {"alert_id": alert_id, "facts_sha256": digest_of(clean)})
            _link_alert(writer, alert_id, _bytes(alert_raw))
            found = self._find(writer.connection, case_id, fresh)
        assert found is not None
        return found

    def case(self, case_id: str) -> Case | None:
        """The case of that id."""
        with self.reading() as connection:
            return self._find(connection, case_id)

    def cases(self) -> list[Case]:
        """Every case, oldest first."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(cases).order_by(cases.c.opened_at, cases.c.case_id)).all()
        return [_case(row) for row in rows]

    def close_case(self, case_id: str, status: str = "closed") -> None:
        """Set the status of a case; closing changes nothing else and can be taken back by setting it again."""
        with self.writing(case_id) as writer:
            writer.connection.execute(cases.update().where(cases.c.case_id == case_id).values(status=status))
            writer.append("case_status", {"status": status})

    def alerts(self, status: AlertStatus | None = None) -> list[AlertRecord]:
        """Alerts as received, oldest first; of one status where given."""
        query = sa.select(alerts).order_by(alerts.c.received_at, alerts.c.key)
        with self.reading() as connection:
            rows = connection.execute(query if status is None else query.where(alerts.c.status == status)).all()
        return [_alert_of(row) for row in rows]

    def alert_raw(self, case_id: str) -> bytes:
        """The alert that opened a case, byte for byte. Free text of the sender: not for logs."""
        query = sa.select(alerts.c.raw).where(alerts.c.case_id == case_id).order_by(alerts.c.received_at).limit(1)
        with self.reading() as connection:
            raw = connection.scalar(query)
        if raw is None:
            raise BadInput("ledger: no such case")
        return bytes(raw)

    def stored_alert(self, alert_id: str) -> bytes:
        """The first alert received under this id, byte for byte. Free text of the sender: not for logs."""
        query = sa.select(alerts.c.raw).where(alerts.c.alert_id == alert_id).order_by(alerts.c.received_at).limit(1)
        with self.reading() as connection:
            raw = connection.scalar(query)
        if raw is None:
            raise BadInput("ledger: no stored alert has this id")
        return bytes(raw)

    def begin_phase(self, case_id: str, phase: str) -> Phase:
        """Say that a phase runs. A phase that is done stays done, so that a resumed case can pass it by."""
        with self.writing(case_id) as writer:
            row = _phase_row(writer.connection, case_id, phase)
            if row is None:
                start = {"status": "running", "started_at": writer.now, "facts": {}}
                writer.connection.execute(phases.insert().values(case_id=case_id, phase=phase, **start))
            elif row.status == "failed":
                writer.connection.execute(_at(case_id, phase).values(status="running", finished_at=None))
            if row is None or row.status != "done":
                writer.append("phase_started", {"phase": phase})
            return _phase(_phase_row(writer.connection, case_id, phase))

    def finish_phase(self, case_id: str, phase: str, facts: Mapping[str, Any], status: PhaseStatus = "done") -> Phase:
        """Keep what a phase found. The chain gets the hash of the facts; the facts themselves stay in the table."""
        clean = plain(facts, "facts")
        with self.writing(case_id) as writer:
            row = _phase_row(writer.connection, case_id, phase)
            if row is None:
                raise BadInput("ledger: the phase was not begun")
            if (row.status, row.facts) == (status, clean):
                return _phase(row)
            done = {"status": status, "finished_at": writer.now, "facts": clean}
            writer.connection.execute(_at(case_id, phase).values(**done))
            writer.append("phase_finished", {"phase": phase, "status": status, "facts_sha256": digest_of(clean)})
            return _phase(_phase_row(writer.connection, case_id, phase))

    def phase_facts(self, case_id: str, phase: str) -> Mapping[str, Any] | None:
        """What a finished phase found; None where it is not done."""
        with self.reading() as connection:
            row = _phase_row(connection, case_id, phase)
        return row.facts if row is not None and row.status == "done" else None

    def phases(self, case_id: str) -> list[Phase]:
        """The phases of a case in the order they were begun."""
        query = sa.select(phases).where(phases.c.case_id == case_id).order_by(phases.c.started_at, phases.c.phase)
        with self.reading() as connection:
            return [_phase(row) for row in connection.execute(query).all()]

    @staticmethod
    def _find(connection: sa.Connection, case_id: str, fresh: bool = False) -> Case | None:
        row = connection.execute(sa.select(cases).where(cases.c.case_id == case_id)).first()
        return None if row is None else _case(row, fresh)


def _bytes(raw: bytes | str) -> bytes:
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else bytes(raw)


def _keep_alert(writer: Writer, row: dict[str, Any], kind: str) -> None:
    insert = insert_or_keep(writer.connection, alerts).values(received_at=writer.now, **row).returning(alerts.c.key)
    if writer.connection.execute(insert).first() is not None:
        seen = {"alert_sha256": row["key"], "alert_id": row["alert_id"], "bytes": len(row["raw"])}
        writer.append(kind, seen | {"status": row["status"]})


def _link_alert(writer: Writer, alert_id: str, data: bytes) -> None:
    """Tie the alert's bytes to the case; other bytes under the same id are kept too and told apart by their hash."""
    key = hashlib.sha256(data).hexdigest()
    row = {"key": key, "alert_id": alert_id, "raw": data, "status": "opened", "case_id": writer.case_id}
    known = writer.connection.execute(sa.select(alerts).where(alerts.c.key == key)).first()
    if known is None:
        _keep_alert(writer, row, "alert_linked")
    elif known.case_id is None:
        opened = {"status": "opened", "case_id": writer.case_id, "alert_id": alert_id}
        writer.connection.execute(alerts.update().where(alerts.c.key == key).values(**opened))
        writer.append("alert_linked", {"alert_sha256": key, "alert_id": alert_id, "bytes": len(data)})


def _alert(connection: sa.Connection, key: str) -> AlertRecord:
    return _alert_of(connection.execute(sa.select(alerts).where(alerts.c.key == key)).one())


def _alert_of(row: Any) -> AlertRecord:
    return AlertRecord(row.key, row.alert_id, row.status, row.problem, row.case_id, row.received_at)


def _case(row: Any, fresh: bool = False) -> Case:
    return Case(row.case_id, row.alert_id, row.status, row.opened_at, row.facts, fresh)


def _at(case_id: str, phase: str) -> sa.Update:
    return phases.update().where(phases.c.case_id == case_id, phases.c.phase == phase)


def _phase_row(connection: sa.Connection, case_id: str, phase: str) -> Any:
    query = sa.select(phases).where(phases.c.case_id == case_id, phases.c.phase == phase)
    return connection.execute(query).first()


def _phase(row: Any) -> Phase:
    return Phase(row.phase, row.status, row.started_at, row.finished_at, row.facts)
