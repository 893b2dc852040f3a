"""The ledger as a whole: one object, one clock, one database."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from leakresponse.ledger.actions import Actions
from leakresponse.ledger.archive import Archive
from leakresponse.ledger.audit import first_difference
from leakresponse.ledger.book import Clock, read_chain, read_head, utcnow
from leakresponse.ledger.cases import Cases
from leakresponse.ledger.chain import Entry, first_break
from leakresponse.ledger.database import connect
from leakresponse.ledger.decisions import Decisions
from leakresponse.ledger.outbox import Outbox
from leakresponse.ledger.tables import evidence
from leakresponse.ledger.types import EvidenceRef


class Ledger(Cases, Actions, Decisions, Outbox, Archive):
    """Cases, actions, decisions, notices and evidence entries, each write with its row in the case's hash chain."""

    def record_evidence(self, case_id: str, ref: EvidenceRef, kind: str) -> None:
        """Say that a piece of evidence was collected. The same piece under the same name is recorded once."""
        row = {"sha256": ref.sha256, "name": ref.name, "bytes": ref.bytes, "kind": kind}
        mine = (evidence.c.case_id == case_id, evidence.c.sha256 == ref.sha256, evidence.c.name == ref.name)
        with self.writing(case_id) as writer:
            if writer.connection.execute(sa.select(evidence.c.sha256).where(*mine)).first() is None:
                collected = {"case_id": case_id, "collected_at": writer.now}
                writer.connection.execute(evidence.insert().values(**row, **collected))
                writer.append("evidence", row)

    def evidence(self, case_id: str) -> list[EvidenceRef]:
        """What was collected for a case, oldest first."""
        query = sa.select(evidence).where(evidence.c.case_id == case_id)
        with self.reading() as connection:
            rows = connection.execute(query.order_by(evidence.c.collected_at, evidence.c.name)).all()
        return [EvidenceRef(row.sha256, row.bytes, row.name) for row in rows]

    def broken_link(self, case_id: str) -> str | None:
        """The first thing that does not hold: a row of the chain, its end, or a table that says else than the chain."""
        return self.checked_chain(case_id)[1]

    def checked_chain(self, case_id: str) -> tuple[list[Entry], str | None]:
        """The chain, and what is wrong with it (see `broken_link`): of one moment, whoever writes meanwhile."""
        with self.reading() as connection:
            entries, (seq, head) = read_chain(connection, case_id), read_head(connection, case_id)
            problem = first_break(entries, case_id)
            if problem is None and (len(entries), entries[-1].hash if entries else head) != (seq, head):
                problem = f"chain row {len(entries) + 1}: deleted, the chain has {seq} rows"
            return entries, problem or first_difference(connection, case_id, entries)


def open_ledger(url_or_path: str | Path, clock: Clock = utcnow) -> Ledger:
    """The ledger at a path (SQLite) or SQLAlchemy address, made or migrated as needed.

    BadInput where it cannot be opened or a newer version of this product made it.
    """
    return Ledger(connect(url_or_path), clock)
