"""The tables against the chain: what the tables say must be what the chain says was written.

The chain alone cannot tell that somebody edited a row of `approvals`: the pipeline reads the tables, the hashes cover
the chain. So every table is compared with the chain rows that wrote it, by value or by the hash that the chain keeps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from leakresponse.ledger.chain import Entry, digest_of, stamp
from leakresponse.ledger.redact import chain_body
from leakresponse.ledger.tables import actions, alerts, approvals, cases, evidence, notices, obligations, phases

_STARTED = ("action_started", "action_taken_over")
_STATE_AFTER = {
    **dict.fromkeys((*_STARTED, "action_abandoned"), "in_progress"),
    "action_done": "done",
    "action_failed": "failed",
    "action_unknown": "unknown",
}
#: Outcomes that nothing changes afterwards; queued ones go into another batch, unknown ones are reconciled.
_FINAL = frozenset({"sent", "undeliverable", "held", "quarantined"})


def first_difference(connection: sa.Connection, case_id: str, entries: Sequence[Entry]) -> str | None:
    """The first row of a table that is not as the chain says, in words; None where all are.

    `entries` is the case's chain, already known to hold.
    """
    for check in _CHECKS:
        for problem in check(connection, case_id, entries):
            return problem
    return None


def _rows(connection: sa.Connection, table: sa.Table, case_id: str) -> list[Any]:
    return list(connection.execute(sa.select(table).where(table.c.case_id == case_id)).all())


def _of(entries: Sequence[Entry], *kinds: str) -> list[Entry]:
    return [entry for entry in entries if entry.kind in kinds]


def _case(connection: sa.Connection, case_id: str, entries: Sequence[Entry]) -> Iterator[str]:
    opened, status = _of(entries, "case_opened"), _of(entries, "case_status")
    rows = _rows(connection, cases, case_id)
    if len(rows) != len(opened):
        yield f"case {case_id}: {'deleted' if opened else 'added'}, the chain says otherwise"
    for row in rows:
        told = status[-1].body["status"] if status else "open"
        if digest_of(row.facts) != opened[0].body["facts_sha256"] or row.status != told:
            yield f"case {case_id}: edited, the chain says otherwise"


def _alerts(connection: sa.Connection, case_id: str, entries: Sequence[Entry]) -> Iterator[str]:
    """An alert is named by the hash of its bytes, so its own key tells; linked ones must still be there."""
    linked = {str(entry.body["alert_sha256"]): entry.seq for entry in _of(entries, "alert_linked")}
    rows = {row.key: row for row in _rows(connection, alerts, case_id)}
    for key, seq in linked.items():
        if key not in rows:
            yield f"alert {key[:12]}: deleted or moved, chain row {seq} linked it"
    for key, row in rows.items():
        if hashlib.sha256(row.raw).hexdigest() != key:
            yield f"alert {key[:12]}: edited, its bytes do not match their hash"


def _phases(connection: sa.Connection, case_id: str, entries: Sequence[Entry]) -> Iterator[str]:
    last = {str(e.body["phase"]): e for e in _of(entries, "phase_started", "phase_finished")}
    rows = {row.phase: row for row in _rows(connection, phases, case_id)}
    yield from _missing("phase", last, rows)
    for name, row in rows.items():
        entry = last.get(name)
        if entry is None:
            yield f"phase {name}: added, no chain row tells of it"
        elif entry.kind == "phase_finished" and (
            row.status != entry.body["status"] or digest_of(row.facts) != entry.body["facts_sha256"]
        ):
            yield f"phase {name}: edited, chain row {entry.seq} says otherwise"


def _actions(connection: sa.Connection, case_id: str, entries: Sequence[Entry]) -> Iterator[str]:
    first: dict[str, Entry] = {}
    last: dict[str, Entry] = {}
    for entry in _of(entries, *_STATE_AFTER, "action_reconciled"):
        key = str(entry.body["key"])
        first.setdefault(key, entry)
        last[key] = entry
    rows = {str(chain_body({"key": row.key})["key"]): row for row in _rows(connection, actions, case_id)}
    yield from _missing("action", last, rows)
    for key, row in rows.items():
        if key not in last:
            yield f"action {key}: added, no chain row tells of it"
            continue
        shown = chain_body({"kind": row.kind, "target": row.target, "inverse": row.inverse})
        if any(first[key].body.get(name) != value for name, value in shown.items()):
            yield f"action {key}: edited, chain row {first[key].seq} says otherwise"
        elif not _ends_as(row, last[key]):
            yield f"action {key}: edited, chain row {last[key].seq} says otherwise"


def _ends_as(row: Any, entry: Entry) -> bool:
    state = entry.body.get("state") or _STATE_AFTER[entry.kind]
    if row.state != state:
        return False
    return "receipt" not in entry.body or chain_body({"receipt": row.receipt})["receipt"] == entry.body["receipt"]


def _approvals(connection: sa.Connection, case_id: str, entries: Sequence[Entry]) -> Iterator[str]:
    told = {entry.seq: entry for entry in _of(entries, "approval")}
    rows = {row.number: row for row in _rows(connection, approvals, case_id)}
    yield from _missing(
        "approval", {str(seq): entry for seq, entry in told.items()}, {str(n): r for n, r in rows.items()}
    )
    for number, row in sorted(rows.items()):
        names = ("subject", "subject_hash", "decision", "by", "policy")
        shown = {name: getattr(row, name) for name in names} | {"reason_sha256": digest_of(row.reason)}
        if number not in told:
            yield f"approval {number}: added, no chain row tells of it"
        elif chain_body(shown) != told[number].body or stamp(row.at) != told[number].at:
            yield f"approval {number}: edited, chain row {number} says otherwise"


def _obligations(connection: sa.Connection, case_id: str, entries: Sequence[Entry]) -> Iterator[str]:
    assessed = _of(entries, "obligations")
    rows = _rows(connection, obligations, case_id)
    standing = {row.obligation_id: row.body for row in rows if not row.superseded}
    told = assessed[-1].body["obligations_sha256"] if assessed else digest_of([])
    if digest_of(sorted(standing.items())) != told:
        where = f"chain row {assessed[-1].seq} says otherwise" if assessed else "no chain row tells of them"
        yield f"obligations: edited, {where}"


def _evidence(connection: sa.Connection, case_id: str, entries: Sequence[Entry]) -> Iterator[str]:
    names = ("sha256", "name", "bytes", "kind")
    told = {digest_of(dict(entry.body)): entry for entry in _of(entries, "evidence")}
    rows = {digest_of(chain_body({n: getattr(r, n) for n in names})): r for r in _rows(connection, evidence, case_id)}
    for key, entry in told.items():
        if key not in rows:
            short = str(entry.body.get("sha256"))[:12]
            yield f"evidence {short}: edited or deleted, chain row {entry.seq} says otherwise"
    for key, row in rows.items():
        if key not in told:
            yield f"evidence {row.sha256[:12]}: added, no chain row tells of it"


def _notices(connection: sa.Connection, case_id: str, entries: Sequence[Entry]) -> Iterator[str]:
    """How many there are, and every batch that was settled whole and for good, by the hash that the chain keeps."""
    added = sum(int(entry.body["added"]) for entry in _of(entries, "notices_queued"))
    count = sa.select(sa.func.count()).select_from(notices).where(notices.c.case_id == case_id)
    found = int(connection.scalar(count) or 0)
    if found != added:
        yield f"notices: {found} rows, the chain queued {added}"
    leased = {str(entry.body["batch_id"]): int(entry.body["notices"]) for entry in _of(entries, "batch_leased")}
    for entry in _of(entries, "batch_settled"):
        counts = entry.body["counts"]
        whole = set(counts) <= _FINAL and sum(counts.values()) == leased.get(str(entry.body["batch_id"]))
        if whole and _batch(connection, entry) != entry.body["results_sha256"]:
            yield f"notices of batch {entry.body['batch_id']}: edited, chain row {entry.seq} says otherwise"


def _batch(connection: sa.Connection, entry: Entry) -> str:
    query = sa.select(notices.c.notice_id, notices.c.state, notices.c.receipt)
    rows = connection.execute(query.where(notices.c.batch_id == entry.body["batch_id"])).all()
    return digest_of(sorted([row.notice_id, row.state, row.receipt] for row in rows))


def _missing(what: str, told: Mapping[str, Entry], rows: Mapping[str, object]) -> Iterator[str]:
    for key, entry in told.items():
        if key not in rows:
            yield f"{what} {key}: deleted, chain row {entry.seq} tells of it"


_CHECKS: tuple[Callable[[sa.Connection, str, Sequence[Entry]], Iterator[str]], ...] = (
    _case,
    _alerts,
    _phases,
    _actions,
    _approvals,
    _obligations,
    _evidence,
    _notices,
)
