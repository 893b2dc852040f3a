"""The loop of proof: round after round until every way in is dead and the org is quiet, or the time is up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from leakresponse.adapters.salesforce.cuts import CUTS
from leakresponse.core import progress
from leakresponse.core.containment import Action
from leakresponse.core.errors import LeakResponseError
from leakresponse.core.types import Alert
from tasks.containment_cuts import cut_again, cut_all, done_targets
from tasks.containment_hands import Cutter, approved, ask_for
from tasks.containment_proof import Judged, judge, rows_of
from tasks.containment_watch import begin_watch
from tasks.support import log

FIRST_PAUSE, MOST_PAUSE, APPROVAL_PAUSE, WATCH_PAUSE = 0.2, 5.0, 2.0, 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the proof came to. `rows` is what the word contained rests on, `others` the remaining cuts."""

    contained: bool
    rows: list[dict[str, Any]]
    others: list[dict[str, Any]]
    open: tuple[str, ...]
    quiet_since: str
    watched: tuple[str, ...]
    activity: int
    rounds: int

    def counts(self) -> dict[str, int]:
        """For whoever is woken: numbers alone."""
        return {"paths": len(self.rows), "open": len(self.open), "late_activity": self.activity, "rounds": self.rounds}


class Prover:
    """One proof. The deadline is the policy's; where only a person's approval is missing, that person's."""

    def __init__(self, cutter: Cutter, alert: Alert, vault: str) -> None:
        self._cutter, self._alert, self._vault = cutter, alert, vault
        self._judged: Judged | None = None
        self._thorough = False
        self._pause = FIRST_PAUSE
        self._activity = self._rounds = 0
        self._quiet_since = ""
        self._watched: tuple[str, ...] = ()
        self._deadline = time.monotonic() + cutter.policy.proof_seconds
        self._patience = time.monotonic() + cutter.approval_wait_seconds

    def run(self) -> Verdict:
        """Go round until it is proven or the time is up."""
        while True:
            fresh = self._round()
            if fresh and self._is_proven() and self._is_quiet():
                return self._verdict(contained=True)
            waits = self._waits_for_a_person()
            if time.monotonic() > (self._patience if waits else self._deadline):
                return self._verdict(contained=False)
            if waits:
                self._await_person()
            elif fresh:
                self._cut_late()
            time.sleep(self._pause)
            self._pause = min(self._pause * 1.5, MOST_PAUSE)

    def _round(self) -> bool:
        """Judge anew; False where the org could not be read: nothing is known then, and nothing claimed."""
        self._rounds += 1
        calm = self._judged is not None and not self._open()
        try:
            self._judged = judge(self._cutter, self._alert, self._vault, self._judged, calm and not self._thorough)
        except (LeakResponseError, TimeoutError) as error:
            log.warning("a round of proof failed: %s", type(error).__name__)
            return False
        unread = any(":" not in key for key in self._judged.uncovered)
        self._thorough = self._thorough or (calm and not unread)
        dead = sum(p.dead for p in self._judged.proofs.values())
        progress.report("proving", dead, len(self._judged.proofs))
        return True

    def _open(self) -> list[str]:
        return self._judged.open(self._cutter) if self._judged else ["nothing was read"]

    def _is_proven(self) -> bool:
        """Every way in dead, nothing late to cut, and something there to rest on; a second, thorough look included."""
        assert self._judged is not None
        if self._open() or not (self._judged.paths or self._judged.keys):
            return False
        if self._to_cut():
            return False
        if not self._thorough:
            return self._round() and not self._open() and not self._to_cut()
        return True

    def _is_quiet(self) -> bool:
        """Watch for the policy's time; what moves is counted, and the proof begins again. Ends with one more look."""
        seconds = self._cutter.policy.watch_seconds
        self._quiet_since = datetime.now(UTC).isoformat()
        if seconds <= 0:
            return True
        until = time.monotonic() + seconds
        try:
            watch = begin_watch(self._cutter)
            self._watched = watch.sources
            while time.monotonic() < until:
                time.sleep(min(WATCH_PAUSE, seconds))
                moved = watch.activity()
                if moved:
                    self._activity += moved
                    self._cutter.ledger.note(self._cutter.case_id, "not_quiet", {"events": moved})
                    return False
        except LeakResponseError as error:
            log.warning("the watch failed: %s", type(error).__name__)
            return False
        return self._round() and not self._open() and not self._to_cut()

    def _to_cut(self) -> list[Action]:
        """Late comers that may be cut now and that the org has not refused already."""
        late = self._judged.late if self._judged else []
        return [a for a in late if approved(self._cutter, a) and (a.kind, a.target) not in self._cutter.failed]

    def _cut_late(self) -> None:
        assert self._judged is not None
        ask_for(self._cutter, self._alert, self._judged.late)
        cut_again(self._cutter, [a for a in self._judged.late if approved(self._cutter, a)])

    def _wanted(self) -> list[Action]:
        """Cuts of the plan that a person has to want and that are not made."""
        planned = self._cutter.plan.actions if self._cutter.plan else ()
        done = done_targets(self._cutter)
        return [a for a in planned if a.approval and a.kind in CUTS and (a.kind, a.target) not in done]

    def _waits_for_a_person(self) -> bool:
        """Whether every way in that is open is open only because nobody has said yes yet.

        A key that still logs in is no other way: it may be open because of the same cut.
        """
        if self._judged is None or self._judged.uncovered:
            return False
        wanted = {(a.kind, a.target) for a in self._wanted()}
        ways = [path for path in self._judged.paths.values() if not self._judged.is_closed(self._cutter, path)]
        return bool(ways) and all(wanted & set(path.cuts) for path in ways)

    def _await_person(self) -> None:
        """Wait for a yes, cut what was approved; the org then has its whole time again."""
        while time.monotonic() < self._patience:
            now = [a for a in self._wanted() if approved(self._cutter, a)]
            if now:
                cut_all(self._cutter, now)
                self._deadline = time.monotonic() + self._cutter.policy.proof_seconds
                return
            time.sleep(APPROVAL_PAUSE)

    def _verdict(self, contained: bool) -> Verdict:
        rows, others = rows_of(self._cutter, self._judged) if self._judged else ([], [])
        quiet = self._quiet_since if contained else ""
        return Verdict(contained, rows, others, tuple(self._open()), quiet, self._watched, self._activity, self._rounds)
