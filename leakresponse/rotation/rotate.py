"""One secret through its two passes, and many of them side by side. What fails stops its own secret alone.

Emergency: make, set, prove the old one refused; then, with access given back, test, prove again, finish.
Planned: make, set, test, finish; then, once the services have picked it up, end the old one and prove it refused.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from leakresponse.core.errors import LeakResponseError, Refused, code_of
from leakresponse.rotation import steps
from leakresponse.rotation.born import end_born
from leakresponse.rotation.consumers import PickUp
from leakresponse.rotation.kinds import kind_named
from leakresponse.rotation.types import CannotUndo, Outcome, PersonNeeded, RotationContext, SecretEntry

T = TypeVar("T")
R = TypeVar("R")
OLD_WORKS, NEW_REFUSED = "OLD_STILL_WORKS", "NEW_REFUSED"
#: So often a secret may be rolled back and tried anew in one case.
_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps as they are called; a flow puts its tasks in their place, with their retries."""

    create: Callable[[RotationContext, SecretEntry, str], Any] = steps.create_secret
    set: Callable[[RotationContext, SecretEntry, str], Any] = steps.set_secret
    test: Callable[[RotationContext, SecretEntry, str], str] = steps.test_secret
    finish: Callable[[RotationContext, SecretEntry, str], Any] = steps.finish_secret
    end_old: Callable[[RotationContext, SecretEntry, str], Any] = steps.end_old
    prove_old: Callable[[RotationContext, SecretEntry, str], str] = steps.prove_old
    undo: Callable[[RotationContext, SecretEntry, str], Any] = steps.undo
    end_born: Callable[[RotationContext, SecretEntry, datetime, bool], int | None] = end_born


PLAIN = Steps()


@dataclass(slots=True)
class Run:
    """How far one secret has come. `stopped`: nothing more is done with it; `undo_wanted`: its way back waits."""

    entry: SecretEntry
    version: str = ""
    started_at: str = ""
    old_ended_at: str = ""
    refusal: str = ""
    new_works: bool = False
    finished_at: str = ""
    outage_from: str = ""
    tokens_alive: int | None = None
    given_back: int = 0
    undo_wanted: bool = False
    rolled_back: bool = False
    stopped: bool = False
    person_needed: str = ""
    error: str = ""
    consumers: PickUp = field(default_factory=lambda: PickUp((), "not asked"))

    def stop(self, error: str) -> None:
        """Go no further; the first problem is the one that is told."""
        self.stopped = True
        self.error = self.error or error


def first_pass(context: RotationContext, entry: SecretEntry, does: Steps = PLAIN) -> Run:
    """As far as nobody is asked or waited for. What an earlier try began is taken up by the word of the ledger."""
    run = Run(entry, started_at=context.now().isoformat())
    _guarded(run, lambda: _first(context, run, does))
    return run


def second_pass(context: RotationContext, run: Run, does: Steps = PLAIN) -> Run:
    """From the approval, or from the pick-up, to the end."""
    if not run.stopped:
        _guarded(run, lambda: _second(context, run, does))
    return run


def roll_back(context: RotationContext, run: Run, does: Steps = PLAIN) -> Run:
    """The way back; what it answers is part of the outcome."""

    def back() -> None:
        does.undo(context, run.entry, run.version)
        run.undo_wanted, run.rolled_back = False, True

    _guarded(run, back)
    run.stopped = True
    return run


def each(items: Sequence[T], parallel: int, act: Callable[[T], R]) -> list[R]:
    """Every item, so many at a time, in this order; the run's own context goes along into the threads."""
    with ThreadPoolExecutor(parallel) as pool:
        started = [pool.submit(contextvars.copy_context().run, act, item) for item in items]
        return [one.result() for one in started]


def outcome_of(context: RotationContext, run: Run) -> Outcome:
    """What became of it, for the case's facts."""
    entry = run.entry
    return Outcome(
        name=entry.name,
        kind=entry.kind,
        org_id=entry.org_id,
        old_refused=bool(run.refusal),
        refusal=run.refusal,
        new_works=run.new_works,
        pending_removed=bool(run.finished_at) or run.rolled_back,
        tokens_alive=run.tokens_alive,
        outage_seconds=_seconds(run.outage_from, run.finished_at),
        started_at=run.started_at,
        finished_at=run.finished_at,
        consumers_not_on_new=run.consumers.waiting,
        consumers_how=run.consumers.how,
        given_back=run.given_back,
        rolled_back=run.rolled_back,
        person_needed=run.person_needed,
        error=run.error,
    )


def _first(context: RotationContext, run: Run, does: Steps) -> None:
    if not _take_up(context, run, does):
        return
    does.create(context, run.entry, run.version)
    try:
        _ended(run, does.set(context, run.entry, run.version))
    except Refused as refused:
        run.error = f"{NEW_REFUSED}: {code_of(refused)}"
        does.undo(context, run.entry, run.version)
        run.rolled_back = run.stopped = True
        return
    if context.rules.mode == "planned":
        _test_and_finish(context, run, does)
        return
    _end_overlap(context, run, does)
    run.refusal = does.prove_old(context, run.entry, run.version)
    if not run.refusal:
        run.stop(OLD_WORKS)


def _take_up(context: RotationContext, run: Run, does: Steps) -> bool:
    """The version to work on. A way back that was begun and not ended is ended, and nothing else is done then.

    Where the old one is gone for good there is no way back: the next attempt goes on from what is.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        run.version = steps.version_for(context, run.entry, attempt)
        state = context.journal.state(steps.key_of("undo", run.version))
        if not state:
            return True
        if state != "done" and _took_back(context, run, does):
            break
    run.stop(NEW_REFUSED)
    return False


def _took_back(context: RotationContext, run: Run, does: Steps) -> bool:
    try:
        does.undo(context, run.entry, run.version)
    except CannotUndo:
        return False
    run.rolled_back = True
    return True


def _second(context: RotationContext, run: Run, does: Steps) -> None:
    if context.rules.mode == "planned":
        _end_overlap(context, run, does)
    elif not _test_and_finish(context, run, does):
        return
    run.refusal = does.prove_old(context, run.entry, run.version)
    if not run.refusal:
        run.stop(OLD_WORKS)
        return
    keeps = bool(context.vault.read(run.entry.name, version=run.version).get("refresh_token"))
    run.tokens_alive = does.end_born(context, run.entry, datetime.fromisoformat(run.old_ended_at), keeps)


def _test_and_finish(context: RotationContext, run: Run, does: Steps) -> bool:
    """Use the new one; promoted where it works. Where not: planned, back at once; in an emergency a person decides."""
    code = does.test(context, run.entry, run.version)
    if code:
        run.stop(f"{NEW_REFUSED}: {code}")
        if context.rules.mode == "planned":
            roll_back(context, run, does)
        else:
            run.undo_wanted = True
        return False
    run.new_works = True
    run.finished_at = str(does.finish(context, run.entry, run.version)["at"])
    return True


def _end_overlap(context: RotationContext, run: Run, does: Steps) -> None:
    if kind_named(run.entry.kind).overlap:
        _ended(run, does.end_old(context, run.entry, run.version))


def _ended(run: Run, receipt: Mapping[str, Any]) -> None:
    """When the old one ended, and since when services may be locked out."""
    run.old_ended_at = str(receipt["at"])
    run.outage_from = run.outage_from or str(receipt["outage_from"])


def _guarded(run: Run, act: Callable[[], None]) -> None:
    """One failing secret does not stop the rest. A value that lacks what its kind needs is told like any refusal."""
    try:
        act()
    except PersonNeeded as needed:
        run.person_needed = f"{needed.code}: {needed}"
        run.stop(needed.code)
    except LeakResponseError as error:
        run.stop(code_of(error))
    except KeyError:
        run.stop("VALUE_INCOMPLETE")


def _seconds(start: str, end: str) -> float | None:
    if not start or not end:
        return None
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds(), 3)
