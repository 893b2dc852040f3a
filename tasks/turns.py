"""One worker at a time on a phase, whichever way it was started: the others wait for its end, they do not repeat it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prefect.context import FlowRunContext

from leakresponse.ledger import InProgress, Ledger
from tasks.support import ledger_of, log, store_block

LEASE_SECONDS = 30.0
POLL_SECONDS = 0.1
KIND = "phase_run"


def in_turn(case_id: str, phase: str, store: str, run: Callable[[], object]) -> bool:
    """Run a phase of a case once among all workers; True where it ran here and now.

    The warm responder and the deployment are both called by the same alert: the first takes the phase under a lease,
    renewed while it works, and the second waits. A phase that failed, or whose worker died, goes to the one who waits.
    Called again after the end, it runs again: a person may contain a second time. As a part of another flow it does
    not: that flow saw the phase open, and it has ended since. Raises whatever `run` raises.
    """
    ledger = ledger_of(store_block(store))
    ended = sum(a.kind == KIND and a.target == phase and a.state == "done" for a in ledger.actions(case_id))
    if ended and _is_part_of_another_flow():
        return False
    key = f"run:{phase}:{ended + 1}"

    def act() -> dict[str, object]:
        with _renewed(ledger, case_id, key):
            run()
        return {"phase": phase}

    while True:
        try:
            return ledger.once(case_id, key, KIND, phase, act, lease_seconds=LEASE_SECONDS).fresh
        except InProgress:
            time.sleep(POLL_SECONDS)


def _is_part_of_another_flow() -> bool:
    context = FlowRunContext.get()
    return context is not None and context.flow_run is not None and context.flow_run.parent_task_run_id is not None


@contextmanager
def _renewed(ledger: Ledger, case_id: str, key: str) -> Iterator[None]:
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LEASE_SECONDS / 3):
            if not ledger.renew(case_id, key, LEASE_SECONDS):
                log.warning("the lease of a phase was lost while it ran")

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
