"""Approvals and obligations: what people and the law decided, tied to exactly what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from leakresponse.core.errors import BadInput
from leakresponse.ledger.book import Book, Writer
from leakresponse.ledger.chain import digest_of
from leakresponse.ledger.redact import plain
from leakresponse.ledger.tables import approvals, obligations
from leakresponse.ledger.types import Approval, Decision, Queued

#: What makes an obligation the same obligation when the law is asked again.
_IDENTITY = ("jurisdiction", "recipient", "recipient_name", "kind", "citation", "legal_entity")


class Decisions(Book):
    """Who decided what, and what has to be done."""

    def approve(
        self,
        case_id: str,
        subject: str,
        subject_hash: str,
        by: str,
        reason: str,
        *,
        policy: bool = False,
        decision: Decision = "approved",
    ) -> Approval:
        """Keep a decision on `subject` as it was seen (`subject_hash`). The same decision again adds nothing.

        The reason is free text and stays in the table; the chain gets its hash.
        """
        with self.writing(case_id) as writer:
            standing = _latest(writer.connection, case_id, subject, subject_hash)
            if standing is not None and (standing.decision, standing.by, standing.reason) == (decision, by, reason):
                return standing
            shown = {"subject": subject, "subject_hash": subject_hash, "decision": decision, "by": by, "policy": policy}
            number = writer.append("approval", shown | {"reason_sha256": digest_of(reason)})
            row = {"number": number, **shown, "reason": reason, "at": writer.now}
            writer.connection.execute(approvals.insert().values(case_id=case_id, **row))
            return Approval(subject, subject_hash, decision, by, policy, reason, writer.now)

    def approval_for(self, case_id: str, subject: str, subject_hash: str) -> Approval | None:
        """The approval of exactly this; None where there is none, it was of something else, or it was taken back."""
        with self.reading() as connection:
            latest = _latest(connection, case_id, subject, subject_hash)
        return latest if latest is not None and latest.decision == "approved" else None

    def approvals(self, case_id: str) -> list[Approval]:
        """Every decision, also refusals, in order."""
        query = sa.select(approvals).where(approvals.c.case_id == case_id).order_by(approvals.c.number)
        with self.reading() as connection:
            return [_approval(row) for row in connection.execute(query).all()]

    def add_obligations(self, case_id: str, rows: Iterable[Mapping[str, Any]]) -> Queued:
        """Keep the answers of the law, also every `not_required`. A new assessment replaces the one before.

        A row needs jurisdiction, recipient, status and kind; anything else plain is kept as it is. Rows that the new
        assessment no longer has are marked superseded, never deleted.
        """
        fresh = {_obligation_id(clean): clean for clean in (_clean(row) for row in rows)}
        with self.writing(case_id) as writer:
            known = _standing(writer.connection, case_id)
            added = [key for key in fresh if key not in known]
            changed = [key for key in fresh if key in known and known[key] != fresh[key]]
            gone = [key for key in known if key not in fresh]
            if added or changed or gone:
                _replace(writer, fresh, added, changed, gone)
        return Queued(len(added), len(changed), len(fresh) - len(added) - len(changed))

    def obligations(self, case_id: str) -> list[Mapping[str, Any]]:
        """The obligations that stand, as they were given."""
        with self.reading() as connection:
            return list(_standing(connection, case_id).values())


def _latest(connection: sa.Connection, case_id: str, subject: str, subject_hash: str) -> Approval | None:
    of_this = (approvals.c.subject == subject, approvals.c.subject_hash == subject_hash)
    query = sa.select(approvals).where(approvals.c.case_id == case_id, *of_this)
    row = connection.execute(query.order_by(approvals.c.number.desc()).limit(1)).first()
    return None if row is None else _approval(row)


def _approval(row: Any) -> Approval:
    return Approval(row.subject, row.subject_hash, row.decision, row.by, row.policy, row.reason, row.at)


def _clean(row: Mapping[str, Any]) -> dict[str, Any]:
    clean = plain(row, "obligation")
    missing = [name for name in ("jurisdiction", "recipient", "status", "kind") if not row.get(name)]
    if missing or not isinstance(clean, dict):
        raise BadInput(f"obligation: {', '.join(missing)} missing")
    return clean


def _obligation_id(row: Mapping[str, Any]) -> str:
    return digest_of([row.get(name) for name in _IDENTITY])


def _standing(connection: sa.Connection, case_id: str) -> dict[str, Any]:
    mine = (obligations.c.case_id == case_id, obligations.c.superseded.is_(False))
    columns = (obligations.c.jurisdiction, obligations.c.recipient, obligations.c.obligation_id)
    rows = connection.execute(sa.select(obligations).where(*mine).order_by(*columns)).all()
    return {row.obligation_id: row.body for row in rows}


def _replace(writer: Writer, fresh: dict[str, Any], added: list[str], changed: list[str], gone: list[str]) -> None:
    mine = obligations.c.case_id == writer.case_id
    touched = [*added, *changed]
    for start in range(0, len(touched + gone), 500):
        part = (touched + gone)[start : start + 500]
        stale = obligations.update().where(mine, obligations.c.obligation_id.in_(part))
        writer.connection.execute(stale.values(superseded=True))
        again = sa.delete(obligations).where(mine, obligations.c.obligation_id.in_(set(part) - set(gone)))
        writer.connection.execute(again)
    if touched:
        writer.connection.execute(obligations.insert(), [_row(writer, key, fresh[key]) for key in touched])
    counts = {"rows": len(fresh), "added": len(added), "changed": len(changed), "superseded": len(gone)}
    writer.append("obligations", counts | {"obligations_sha256": digest_of(sorted(fresh.items()))})


def _row(writer: Writer, key: str, body: dict[str, Any]) -> dict[str, Any]:
    named = {name: body[name] for name in ("jurisdiction", "recipient", "status", "kind")}
    when = {"due_on": body.get("due_on"), "recorded_at": writer.now, "superseded": False}
    return {"case_id": writer.case_id, "obligation_id": key, "body": body, **named, **when}
