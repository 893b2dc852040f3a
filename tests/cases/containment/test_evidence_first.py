"""Evidence first, and never in the way."""

from __future__ import annotations

import json
import time

from tasks import containment_evidence

DRIFT = ("connected_app", "Drift")


class Slow:
    """A store that takes its time."""

    def __init__(self, store, seconds):
        self.store, self.seconds = store, seconds

    def put(self, name, chunks):
        time.sleep(self.seconds)
        return self.store.put(name, chunks)


class Broken:
    """A store that fails, the first times or always."""

    def __init__(self, store, times):
        self.store, self.times = store, times

    def put(self, name, chunks):
        self.times -= 1
        if self.times >= 0:
            raise OSError("disk full")
        return self.store.put(name, chunks)


def test_the_snapshot_is_kept_before_the_cut_and_holds_no_token(org, scene):
    made = scene(DRIFT)
    made.cut()
    (kept,) = [r for r in made.cutter.ledger.evidence(made.cutter.case_id) if r.name == containment_evidence.NAME]
    text = made.store.open(kept.sha256).read().decode()
    assert json.loads(text)["tokens"]
    assert not any(secret.reveal() in text for secret in made.cutter.hands.secrets.values())


def test_a_slow_store_delays_the_cut_by_two_seconds_at_most(org, scene):
    made = scene(DRIFT)
    made.plan()
    started = time.monotonic()
    containment_evidence.begin(made.cutter, lambda: Slow(made.store, 4))
    assert time.monotonic() - started < containment_evidence.HOLD_SECONDS + 0.5
    assert made.notes("evidence_late") == [{"name": containment_evidence.NAME, "problem": "late"}]
    assert containment_evidence.finish(made.cutter, lambda: made.store)
    assert len(made.cutter.ledger.evidence(made.cutter.case_id)) == 1


def test_a_store_that_fails_holds_nothing_up_and_is_tried_again(org, scene):
    made = scene(DRIFT)
    made.store = Broken(made.store, 1)
    made.plan()
    containment_evidence.begin(made.cutter, lambda: made.store)
    assert made.notes("evidence_late")[0]["problem"] == "OSError"
    assert containment_evidence.finish(made.cutter, lambda: made.store)


def test_a_store_that_stays_broken_is_said_and_does_not_stop_the_cut(org, scene):
    made = scene(DRIFT)
    made.store = Broken(made.store, 99)
    made.cut()
    assert not containment_evidence.finish(made.cutter, lambda: made.store)
    assert made.notes("evidence_missing")
    assert made.prove().contained


def test_a_store_that_cannot_even_be_opened_holds_nothing_up(org, scene):
    made = scene(DRIFT)
    made.plan()

    def unreachable():
        raise OSError("no route")

    containment_evidence.begin(made.cutter, unreachable)
    assert made.notes("evidence_late")[0]["problem"] == "OSError"
    assert containment_evidence.finish(made.cutter, lambda: made.store)


def test_the_rest_is_kept_while_nobody_waits(org, scene):
    made = scene(DRIFT)
    made.plan()
    started = time.monotonic()
    containment_evidence.keep_rest(made.cutter, lambda: Slow(made.store, 1))
    assert time.monotonic() - started < 0.5
    assert containment_evidence.finish(made.cutter, lambda: made.store)
    assert [one.name for one in made.cutter.ledger.evidence(made.cutter.case_id)] == [containment_evidence.FULL_NAME]
