"""Evidence first, and yet never in the way: the cut waits for it two seconds at most."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict

from leakresponse.ledger import EvidenceRef, EvidenceStore
from tasks.containment_hands import Cutter
from tasks.support import log

#: The longest that a store of evidence may hold up the first cut, in seconds.
HOLD_SECONDS = 2.0
#: How long a late store is waited for at the end, in seconds.
LATE_SECONDS = 60.0
NAME = "containment/snapshot.json"
KIND = "snapshot before containment"
FULL_NAME, FULL_KIND = "containment/snapshot_full.json", "ways in before containment, the rest during it"


def begin(cutter: Cutter, store: EvidenceStore) -> None:
    """Start to keep the snapshot (tokens, sessions, grants, jobs, permissions), and wait for it a moment."""
    cutter.first_body = json.dumps(asdict(cutter.snapshot), sort_keys=True, default=str).encode()
    pool = ThreadPoolExecutor(1, thread_name_prefix="evidence")
    cutter.evidence = pool.submit(store.put, NAME, [cutter.first_body])
    pool.shutdown(wait=False)
    wait([cutter.evidence], HOLD_SECONDS)
    if cutter.evidence.done() and cutter.evidence.exception() is None:
        _record(cutter, cutter.evidence)
        return
    problem = type(cutter.evidence.exception()).__name__ if cutter.evidence.done() else "late"
    cutter.ledger.note(cutter.case_id, "evidence_late", {"name": NAME, "problem": problem})


def finish(cutter: Cutter, store: EvidenceStore) -> bool:
    """Whether the snapshot is kept in the end; what came late is recorded, what failed is tried once more."""
    first = cutter.evidence
    assert first is not None
    wait([first], LATE_SECONDS)
    if first.done() and first.exception() is None:
        _record(cutter, first)
        return True
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(store.put, NAME, [cutter.first_body])
    problem = again.exception()
    if problem is None:
        _record(cutter, again)
        return True
    log.error("the snapshot before containment could not be kept: %s", type(problem).__name__)
    cutter.ledger.note(cutter.case_id, "evidence_missing", {"name": NAME, "problem": type(problem).__name__})
    return False


def keep_rest(cutter: Cutter, store: EvidenceStore) -> None:
    """The snapshot with the parts that were read while the cuts ran. A store that fails is noted, as above."""
    body = json.dumps(asdict(cutter.snapshot), sort_keys=True, default=str).encode()
    with ThreadPoolExecutor(1) as pool:
        kept = pool.submit(store.put, FULL_NAME, [body])
    problem = kept.exception()
    if problem is None:
        cutter.ledger.record_evidence(cutter.case_id, kept.result(), FULL_KIND)
    else:
        cutter.ledger.note(cutter.case_id, "evidence_missing", {"name": FULL_NAME, "problem": type(problem).__name__})


def _record(cutter: Cutter, kept: Future[EvidenceRef]) -> None:
    cutter.ledger.record_evidence(cutter.case_id, kept.result(), KIND)
