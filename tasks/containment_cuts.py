"""Carrying out cuts: in parallel with a bound, each once by its ledger key, each failure on its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from leakresponse.adapters.salesforce.cuts import CUTS
from leakresponse.core import progress
from leakresponse.core.containment import Action
from leakresponse.core.errors import LeakResponseError, OutcomeUnknown, Unavailable, code_of
from tasks.containment_hands import Cutter
from tasks.support import log

#: So often one target is tried in one go; between tries the org's Retry-After is kept, up to MOST_PAUSE seconds.
TRIES = 4
MOST_PAUSE = 30.0
#: So often one target is cut anew in one run, where the org shows it alive again.
MOST_RENEWALS = 3
Show = Callable[[int, int], None]


def cut_all(cutter: Cutter, actions: Iterable[Action], show: Show | None = None) -> int:
    """Cut everything given, most decisive first; the answer counts what is done. A refusal stops nothing else.

    Where the day's calls run short, cuts that count go before the others.
    """
    batch = _within_budget(cutter, [a for a in actions if a.kind in CUTS])
    done = 0
    with ThreadPoolExecutor(cutter.parallel, thread_name_prefix="cut") as pool:
        futures = [pool.submit(_cut, cutter, action) for action in batch]
        for number, future in enumerate(as_completed(futures), 1):
            done += future.result()
            progress.report("cutting", number, len(batch))
            if show is not None:
                show(number, len(batch))
    return done


def _within_budget(cutter: Cutter, batch: list[Action]) -> list[Action]:
    """The same, or, where the org has fewer calls left today than there are cuts, those that count first."""
    left = cutter.client.wire.calls_left
    if left is None or left > 2 * len(batch):
        return batch
    facts = {"calls_left": left, "cuts": len(batch), "that_count": sum(a.counts for a in batch)}
    cutter.ledger.note(cutter.case_id, "api_budget_short", facts)
    return sorted(batch, key=lambda action: not action.counts)


def _cut(cutter: Cutter, action: Action) -> int:
    """One cut, tried again where the org was busy; 1 where it is done now or was done before."""
    target = (str(action.kind), action.target)
    for attempt in range(1, TRIES + 1):
        try:
            _once(cutter, action)
        except Unavailable as busy:
            if attempt == TRIES:
                cutter.failed[target] = "UNAVAILABLE"
                break
            time.sleep(min(busy.retry_after or 0.2 * 2**attempt, MOST_PAUSE))
        except LeakResponseError as error:
            cutter.failed[target] = code_of(error)
            break
        else:
            cutter.failed.pop(target, None)
            return 1
    log.warning("a cut of kind %s failed: %s", action.kind, cutter.failed[target])
    return 0


def _once(cutter: Cutter, action: Action) -> None:
    key = f"contain:{action.kind}:{action.target}"
    number = cutter.renewals.get((str(action.kind), action.target), 0)
    rests_on = cutter.rests_on.get((str(action.kind), action.target), "")

    def act() -> dict[str, Any]:
        try:
            answer = CUTS[action.kind].act(cutter.hands, action.target)
        except OutcomeUnknown:
            raise Unavailable("the end of this cut is not known; cutting twice harms nothing") from None
        return {**answer, "rests_on": rests_on} if rests_on else answer

    cutter.ledger.once(
        cutter.case_id,
        f"{key}:{number + 1}" if number else key,
        action.kind,
        action.target,
        act,
        inverse=dict(action.inverse) or None,
    )


def cut_again(cutter: Cutter, actions: Iterable[Action]) -> int:
    """Cut what the org shows alive after its cut; each target a few times only, since the org may just be slow."""
    chosen, done = [], done_targets(cutter)
    for action in actions:
        target = (str(action.kind), action.target)
        if action.kind in CUTS and cutter.renewals.get(target, 0) < MOST_RENEWALS:
            if target in done:
                cutter.renewals[target] = cutter.renewals.get(target, 0) + 1
            chosen.append(action)
    return cut_all(cutter, chosen)


def done_targets(cutter: Cutter) -> set[tuple[str, str]]:
    """Every cut of this case that the ledger knows as done."""
    return {(a.kind, a.target) for a in cutter.ledger.actions(cutter.case_id) if a.state == "done" and a.kind in CUTS}
