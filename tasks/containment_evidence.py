"""Evidence first, and yet never in the way: the cut waits for it two seconds at most.

The store is opened and written in threads of its own: one that hangs, fails or cannot even be reached is noted, and the
cuts go on. What arrives late is recorded when it has arrived.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict

from leakresponse.ledger import EvidenceRef, EvidenceStore
from tasks.containment_hands import Cutter
from tasks.support import log

#: The longest that a store of evidence may hold up the first cut, in seconds.
HOLD_SECONDS = 2.0
#: How long a late store is waited for at the end, in seconds, before each piece is tried once more.
LATE_SECONDS = 30.0
NAME = "containment/snapshot.json"
FULL_NAME = "containment/snapshot_full.json"
#: What each piece is, in the record.
KINDS = {NAME: "snapshot before containment", FULL_NAME: "ways in before containment, the rest during it"}
OpenStore = Callable[[], EvidenceStore]


def begin(cutter: Cutter, open_store: OpenStore) -> None:
    """Start to keep the ways in (tokens, sessions, grants, users, jobs), and wait for it a moment."""
    kept = _start(cutter, NAME, open_store)
    wait([kept], HOLD_SECONDS)
    if not _record(cutter, NAME, kept):
        problem = type(kept.exception()).__name__ if kept.done() else "late"
        cutter.ledger.note(cutter.case_id, "evidence_late", {"name": NAME, "problem": problem})


def keep_rest(cutter: Cutter, open_store: OpenStore) -> None:
    """Start to keep the snapshot with the parts that were read while the cuts ran; nobody waits for it."""
    _start(cutter, FULL_NAME, open_store)


def finish(cutter: Cutter, open_store: OpenStore) -> bool:
    """Whether every piece is kept in the end; what came late is recorded, what failed is tried once more."""
    wait([one for one, _body in cutter.evidence.values()], LATE_SECONDS)
    kept = [_settle(cutter, name, open_store) for name in tuple(cutter.evidence)]  # each, whatever the others do
    return all(kept)


def _settle(cutter: Cutter, name: str, open_store: OpenStore) -> bool:
    kept, body = cutter.evidence[name]
    if _record(cutter, name, kept):
        return True
    again = _put(name, body, open_store)
    wait([again], LATE_SECONDS)
    if _record(cutter, name, again):
        return True
    problem = type(again.exception()).__name__ if again.done() else "late"
    log.error("a snapshot of containment could not be kept: %s", problem)
    cutter.ledger.note(cutter.case_id, "evidence_missing", {"name": name, "problem": problem})
    return False


def _start(cutter: Cutter, name: str, open_store: OpenStore) -> Future[EvidenceRef]:
    body = json.dumps(asdict(cutter.snapshot), sort_keys=True, default=str).encode()
    kept = _put(name, body, open_store)
    cutter.evidence[name] = (kept, body)
    return kept


def _put(name: str, body: bytes, open_store: OpenStore) -> Future[EvidenceRef]:
    pool = ThreadPoolExecutor(1, thread_name_prefix="evidence")
    kept = pool.submit(lambda: open_store().put(name, [body]))
    pool.shutdown(wait=False)
    return kept


def _record(cutter: Cutter, name: str, kept: Future[EvidenceRef]) -> bool:
    """Record a piece that is kept; the same piece is recorded once. False where it is not kept (yet)."""
    if not kept.done() or kept.exception() is not None:
        return False
    cutter.ledger.record_evidence(cutter.case_id, kept.result(), KINDS[name])
    return True
