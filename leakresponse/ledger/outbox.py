"""The outbox: every notice once. Queued in bulk, leased in batches, settled with receipts, reconciled where unknown.

The chain gets one row for each step with counts and the hash of the ids, not a row for each of 100,000 notices;
what is unusual (unknown, undeliverable, held) is named one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from leakresponse.core.errors import BadInput
from leakresponse.ledger.book import Book, Writer
from leakresponse.ledger.chain import digest_of
from leakresponse.ledger.owner import certainly_dead
from leakresponse.ledger.tables import notices
from leakresponse.ledger.types import NOTICE_STATES, Batch, Notice, NoticeResult, NoticeState, Queued

_CHUNK = 20_000
_IN = 500
_CONTENT = ("person_id", "legal_entity", "jurisdiction", "variant", "variant_hash", "channel", "state")
_SETTLED: frozenset[str] = frozenset(NOTICE_STATES) - {"sending"}


class Outbox(Book):
    """Notices from queue to receipt."""

    def queue_notices(self, case_id: str, rows: Iterable[Mapping[str, Any]]) -> Queued:
        """Put notices into the outbox, 20,000 to a transaction; a notice id that is there is never doubled.

        A row has `notice_id, person_id, legal_entity, jurisdiction, variant, variant_hash, channel` and optionally
        `state` (or `status`): queued, the default, or held. Other keys are not read. A notice that waits (queued or
        held) takes over what the new row says; one that is under way or sent is left as it is.
        """
        total = Queued(0, 0, 0)
        for chunk in _chunks(rows, _CHUNK):
            fresh = {row["notice_id"]: row for row in (_content(given) for given in chunk)}
            with self.writing(case_id) as writer:
                done = _queue(writer, fresh)
            total = Queued(total.added + done.added, total.changed + done.changed, total.kept + done.kept)
        return total

    def lease_batch(self, case_id: str, size: int, *, lease_seconds: float = 120) -> Batch:
        """The next notices to send, marked `sending` before anything is sent; empty where none is queued.

        First, what an earlier sender left behind (its lease over, or its process dead) becomes `unknown`.
        """
        if size < 1:
            raise BadInput("outbox: a batch has at least one notice")
        with self.writing(case_id) as writer:
            _sweep(writer)
            waiting = sa.select(notices).where(notices.c.case_id == case_id, notices.c.state == "queued")
            rows = writer.connection.execute(waiting.order_by(notices.c.notice_id).limit(size)).all()
            if not rows:
                return Batch(case_id, "")
            batch_id = f"{case_id}:{writer.seq + 1}"
            ids = [row.notice_id for row in rows]
            lease = {"lease_until": writer.now + timedelta(0, lease_seconds), "leased_at": writer.now}
            _set(writer, ids, state="sending", batch_id=batch_id, owner=self.owner, **lease)
            writer.append("batch_leased", {"batch_id": batch_id, "notices": len(ids), "ids_sha256": digest_of(ids)})
        return Batch(case_id, batch_id, tuple(_notice(row, "sending", batch_id) for row in rows))

    def settle_batch(self, batch: Batch, results: Mapping[str, NoticeResult]) -> dict[str, int]:
        """Keep what became of each notice of a batch; one that `results` does not name becomes `unknown`.

        Settling again, or late, after the batch was given up as unknown, is right: a known outcome beats an unknown
        one, and a settled notice is never unsettled. The answer counts what was written, by state.
        """
        _check(results, {notice.notice_id for notice in batch.notices})
        missing = NoticeResult("unknown")
        with self.writing(batch.case_id) as writer:
            mine = (notices.c.batch_id == batch.batch_id, notices.c.state.in_(("sending", "unknown")))
            rows = writer.connection.execute(sa.select(notices.c.notice_id, notices.c.state).where(*mine)).all()
            news = {row.notice_id: results.get(row.notice_id, missing) for row in rows}
            for row in rows:
                if row.state == news[row.notice_id].state:
                    del news[row.notice_id]
            return _settle(writer, "batch_settled", {"batch_id": batch.batch_id}, news)

    def mark_unknown(self, batch: Batch) -> int:
        """Give a batch up: nobody knows what of it was sent. The answer counts the notices."""
        return self.settle_batch(batch, {}).get("unknown", 0)

    def sweep_abandoned(self, case_id: str) -> int:
        """Mark as unknown what a sender left `sending` whose lease is over or whose process is dead."""
        with self.writing(case_id) as writer:
            return _sweep(writer)

    def unknown_notices(self, case_id: str) -> list[Notice]:
        """What reconciliation has to find out."""
        return list(self.notices(case_id, "unknown"))

    def reconcile(self, case_id: str, found: Mapping[str, bool], receipts: Mapping[str, str] | None = None) -> int:
        """Settle unknown notices by what the channel's own record says: True was sent, False was not, send again."""
        receipts = receipts or {}
        news = {
            notice_id: NoticeResult("sent", receipts.get(notice_id)) if sent else NoticeResult("queued")
            for notice_id, sent in found.items()
        }
        with self.writing(case_id) as writer:
            mine = (notices.c.case_id == case_id, notices.c.state == "unknown")
            unknown = set(writer.connection.scalars(sa.select(notices.c.notice_id).where(*mine)))
            if news.keys() - unknown:
                raise BadInput("outbox: only unknown notices of this case are reconciled")
            return sum(_settle(writer, "notices_reconciled", {}, news).values())

    def notices(self, case_id: str, state: NoticeState | None = None) -> Iterator[Notice]:
        """Notices by id, of one state where given; read as they are walked."""
        query = sa.select(notices).where(notices.c.case_id == case_id).order_by(notices.c.notice_id)
        query = query if state is None else query.where(notices.c.state == state)
        with self.reading() as connection:
            for row in connection.execution_options(yield_per=5_000).execute(query):
                yield _notice(row, row.state, row.batch_id)

    def notice_counts(self, case_id: str) -> dict[NoticeState, int]:
        """How many notices are in each state; every state is named."""
        query = sa.select(notices.c.state, sa.func.count()).where(notices.c.case_id == case_id)
        with self.reading() as connection:
            found = {row[0]: row[1] for row in connection.execute(query.group_by(notices.c.state))}
        return {state: found.get(state, 0) for state in NOTICE_STATES}


def _chunks(rows: Iterable[Mapping[str, Any]], size: int) -> Iterator[list[Mapping[str, Any]]]:
    walk = iter(rows)
    while chunk := list(islice(walk, size)):
        yield chunk


def _content(given: Mapping[str, Any]) -> dict[str, Any]:
    state = given.get("state", given.get("status", "queued"))
    if state not in ("queued", "held"):
        raise BadInput("outbox: a notice is queued or held when it comes in")
    try:
        return {"notice_id": given["notice_id"], **{name: given[name] for name in _CONTENT[:-1]}, "state": state}
    except KeyError as error:
        raise BadInput(f"outbox: a notice without {error.args[0]}") from error


def _queue(writer: Writer, fresh: dict[str, dict[str, Any]]) -> Queued:
    known = _known(writer, list(fresh))
    if any(row.case_id != writer.case_id for row in known.values()):
        raise BadInput("outbox: a notice id belongs to another case")
    added = [row for key, row in fresh.items() if key not in known]
    changed = [fresh[key] for key, row in known.items() if _differs(row, fresh[key])]
    meta = {"case_id": writer.case_id, "queued_at": writer.now}
    if added:
        writer.connection.execute(notices.insert(), [row | meta for row in added])
    for row in changed:
        writer.connection.execute(notices.update().where(notices.c.notice_id == row["notice_id"]).values(row))
    if added or changed:
        content = digest_of([sorted(row.items()) for row in added + changed])
        writer.append("notices_queued", {"added": len(added), "changed": len(changed), "rows_sha256": content})
    return Queued(len(added), len(changed), len(fresh) - len(added) - len(changed))


def _differs(row: Any, fresh: dict[str, Any]) -> bool:
    waits = row.state in ("queued", "held")
    return waits and any(getattr(row, name) != fresh[name] for name in _CONTENT)


def _known(writer: Writer, ids: Sequence[str]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for start in range(0, len(ids), _IN):
        query = sa.select(notices).where(notices.c.notice_id.in_(ids[start : start + _IN]))
        known |= {row.notice_id: row for row in writer.connection.execute(query)}
    return known


def _set(writer: Writer, ids: Sequence[str], **values: Any) -> None:
    for start in range(0, len(ids), _IN):
        part = notices.update().where(notices.c.notice_id.in_(ids[start : start + _IN]))
        writer.connection.execute(part.values(**values))


def _sweep(writer: Writer) -> int:
    under_way = sa.select(notices.c.notice_id, notices.c.owner, notices.c.lease_until)
    mine = (notices.c.case_id == writer.case_id, notices.c.state == "sending")
    rows = writer.connection.execute(under_way.where(*mine).order_by(notices.c.notice_id)).all()
    dead = {owner for owner in {row.owner for row in rows} if certainly_dead(owner)}
    left = [row.notice_id for row in rows if row.owner in dead or row.lease_until <= writer.now]
    news = {notice_id: NoticeResult("unknown") for notice_id in left}
    _settle(writer, "notices_abandoned", {}, news)
    return len(left)


def _check(results: Mapping[str, NoticeResult], of_batch: set[str]) -> None:
    if results.keys() - of_batch:
        raise BadInput("outbox: a result for a notice that the batch does not hold")
    if any(result.state not in _SETTLED for result in results.values()):
        raise BadInput("outbox: a settled notice is not still being sent")


def _settle(writer: Writer, kind: str, body: Mapping[str, Any], news: Mapping[str, NoticeResult]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for result in news.values():
        counts[result.state] = counts.get(result.state, 0) + 1
    if not news:
        return counts
    written = (
        notices.update()
        .where(notices.c.notice_id == sa.bindparam("its_id"))
        .values(state=sa.bindparam("its_state"), receipt=sa.bindparam("its_receipt"), settled_at=sa.bindparam("at"))
    )
    rows = [
        {"its_id": key, "its_state": new.state, "its_receipt": new.receipt, "at": writer.now}
        for key, new in news.items()
    ]
    writer.connection.execute(written, rows)
    unusual = {key: new.state for key, new in sorted(news.items()) if new.state not in ("sent", "queued")}
    content = digest_of([[key, new.state, new.receipt] for key, new in sorted(news.items())])
    writer.append(kind, {**body, "counts": counts, "unusual": unusual, "results_sha256": content})
    return counts


def _notice(row: Any, state: NoticeState, batch_id: str | None) -> Notice:
    return Notice(
        row.notice_id,
        row.person_id,
        row.legal_entity,
        row.jurisdiction,
        row.variant,
        row.variant_hash,
        row.channel,
        state,
        batch_id,
        row.receipt,
    )
