"""`once(key)`: the one door to every side effect. A row before, a receipt after, never twice, never lost.

not started -> in progress -> done      a repeat reads the receipt
                    |      -> failed    known not to have happened; may be tried again
                    |      -> unknown   goes to reconciliation; never retried blindly
                    +-> abandoned (its lease is over or its process is dead): taken over, or unknown
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa

from leakresponse.core.errors import BadInput, LeakResponseError, OutcomeUnknown
from leakresponse.ledger.book import Book, Writer
from leakresponse.ledger.owner import UNKNOWN_OWNER, certainly_dead
from leakresponse.ledger.redact import plain
from leakresponse.ledger.tables import actions
from leakresponse.ledger.types import ActionRecord, InProgress, Receipt

OnAbandoned = Literal["retry", "unknown"]
Act = Callable[[], Mapping[str, Any]]

# Built once, like those of `book`.
_MINE = (actions.c.case_id == sa.bindparam("its_case"), actions.c.key == sa.bindparam("its_key"))
_READ = sa.select(actions).where(*_MINE)
_INSERT = actions.insert()


class Actions(Book):
    """Side effects, each at most once at a time and done at most once."""

    def once(
        self,
        case_id: str,
        key: str,
        kind: str,
        target: str,
        act: Act,
        *,
        inverse: Mapping[str, Any] | None = None,
        lease_seconds: float = 60,
        on_abandoned: OnAbandoned = "retry",
    ) -> Receipt:
        """Carry out `act` unless it is done, and keep its answer as the receipt. `key` is unique within the case.

        `on_abandoned="unknown"` is for effects that may not be repeated when nobody knows whether they happened.
        Raises InProgress while another worker's lease lives, OutcomeUnknown where reconciliation is due, and
        whatever `act` raises: OutcomeUnknown leaves the action unknown, another LeakResponseError leaves it failed.
        """
        first = {"kind": kind, "target": target, "inverse": None if inverse is None else plain(inverse, "inverse")}
        with self.writing(case_id) as writer:
            decided = self._claim(writer, key, first, lease_seconds, on_abandoned)
        if isinstance(decided, LeakResponseError):
            raise decided
        return decided if isinstance(decided, Receipt) else self._carry_out(case_id, key, decided, act)

    def renew(self, case_id: str, key: str, lease_seconds: float = 60) -> bool:
        """Say that the worker still lives: a long effect keeps its lease. False where the action is no longer ours.

        Nothing is added to the chain, because nothing has happened.
        """
        with self.writing(case_id) as writer:
            row = _row(writer, key)
            ours = row is not None and row.state == "in_progress" and row.owner == self.owner
            if ours:
                _change(writer, key, lease_until=writer.now + timedelta(0, lease_seconds))
        return ours

    def resolve_unknown(self, case_id: str, key: str, receipt: Mapping[str, Any] | None, by: str = "") -> None:
        """Reconciliation has found out: a receipt where the effect happened, None where it did not (try again)."""
        clean = None if receipt is None else plain(receipt, "receipt")
        with self.writing(case_id) as writer:
            row = _row(writer, key)
            if row is None or row.state != "unknown":
                raise BadInput("ledger: the action is not unknown")
            state = "failed" if clean is None else "done"
            _change(writer, key, state=state, receipt=clean, finished_at=writer.now)
            writer.append("action_reconciled", {"key": key, "state": state, "by": by, "receipt": clean})

    def actions(self, case_id: str) -> list[ActionRecord]:
        """Every action of a case in the order they were first started."""
        query = sa.select(actions).where(actions.c.case_id == case_id).order_by(actions.c.started_at, actions.c.key)
        with self.reading() as connection:
            return [_record(row) for row in connection.execute(query).all()]

    def _claim(
        self, writer: Writer, key: str, first: dict[str, Any], lease_seconds: float, on_abandoned: OnAbandoned
    ) -> int | Receipt | LeakResponseError:
        """The number of the attempt that is ours to make, or the receipt, or the error to raise after the commit."""
        row = _row(writer, key)
        held = {"state": "in_progress", "owner": self.owner, "lease_until": writer.now + timedelta(0, lease_seconds)}
        if row is None:
            start = {"case_id": writer.case_id, "key": key, "attempts": 1, "started_at": writer.now, **first, **held}
            writer.connection.execute(_INSERT, start)
            writer.append("action_started", {"key": key, **first, "attempt": 1})
            return 1
        if row.state == "done":
            return _receipt(row, fresh=False)
        abandoned = row.state == "in_progress" and (row.lease_until <= writer.now or certainly_dead(row.owner))
        if row.state == "in_progress" and not abandoned:
            left = (row.lease_until - writer.now).total_seconds()
            return InProgress("another worker holds this action", retry_after=left)
        if abandoned and on_abandoned == "unknown":
            _settle(writer, key, "unknown", "abandoned")
        if row.state == "unknown" or (abandoned and on_abandoned == "unknown"):
            return OutcomeUnknown("this action was started and its end is not known; reconcile it first")
        attempt = int(row.attempts) + 1
        _change(writer, key, attempts=attempt, problem=None, **held)
        kind = "action_taken_over" if abandoned else "action_started"
        writer.append(kind, {"key": key, "kind": row.kind, "target": row.target, "attempt": attempt})
        return attempt

    def _carry_out(self, case_id: str, key: str, attempt: int, act: Act) -> Receipt:
        over = False
        try:
            answer = act()
            over = True
        except OutcomeUnknown as error:
            over = self._fail(case_id, key, attempt, "unknown", error)
            raise
        except LeakResponseError as error:
            over = self._fail(case_id, key, attempt, "failed", error)
            raise
        finally:
            if not over:
                self._let_go(case_id, key, attempt)
        return self._finish(case_id, key, answer)

    def _finish(self, case_id: str, key: str, answer: Mapping[str, Any]) -> Receipt:
        """Write the receipt. It counts even from a worker whose lease is over: what happened has happened."""
        refusal: BadInput | None = None
        try:
            clean = plain(answer, "receipt")
        except BadInput as error:
            refusal, clean = error, {"receipt_refused": True}
        with self.writing(case_id) as writer:
            row = _row(writer, key)
            if row.state != "done":
                done = {"state": "done", "receipt": clean, "finished_at": writer.now, "problem": None}
                _change(writer, key, **done)
                writer.append("action_done", {"key": key, "attempt": row.attempts, "receipt": clean})
                row = _row(writer, key)
        if refusal is not None:
            raise refusal
        return _receipt(row, fresh=True)

    def _fail(self, case_id: str, key: str, attempt: int, state: str, error: LeakResponseError) -> bool:
        with self.writing(case_id) as writer:
            row = _row(writer, key)
            if row.attempts == attempt and row.state == "in_progress":
                _settle(writer, key, state, type(error).__name__)
        return True

    def _let_go(self, case_id: str, key: str, attempt: int) -> None:
        """An unforeseen exception leaves the action abandoned at once, as if the worker had died."""
        with self.writing(case_id) as writer:
            row = _row(writer, key)
            if row.attempts == attempt and row.state == "in_progress":
                _change(writer, key, owner=UNKNOWN_OWNER, lease_until=writer.now)
                writer.append("action_abandoned", {"key": key, "attempt": attempt})


def _settle(writer: Writer, key: str, state: str, problem: str) -> None:
    end = {"state": state, "problem": problem, "finished_at": writer.now}
    _change(writer, key, **end)
    writer.append(f"action_{state}", {"key": key, "problem": problem})


@cache
def _update(names: tuple[str, ...]) -> sa.Update:
    return actions.update().where(*_MINE).values({name: sa.bindparam(f"new_{name}") for name in names})


def _change(writer: Writer, key: str, **values: Any) -> None:
    mine = {"its_case": writer.case_id, "its_key": key}
    news = {f"new_{name}": value for name, value in values.items()}
    writer.connection.execute(_update(tuple(values)), mine | news)


def _row(writer: Writer, key: str) -> Any:
    return writer.connection.execute(_READ, {"its_case": writer.case_id, "its_key": key}).first()


def _receipt(row: Any, *, fresh: bool) -> Receipt:
    return Receipt(row.key, row.receipt or {}, row.finished_at, row.attempts, fresh)


def _record(row: Any) -> ActionRecord:
    return ActionRecord(
        row.key,
        row.kind,
        row.target,
        row.state,
        row.inverse,
        row.receipt,
        row.problem,
        row.attempts,
        row.started_at,
        row.finished_at,
        row.lease_until,
    )
