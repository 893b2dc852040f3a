"""Many targets: in parallel with a bound, each failure on its own, the org's limits respected."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from leakresponse.adapters.salesforce import cuts
from leakresponse.core.containment import Action
from leakresponse.core.errors import OutcomeUnknown, Refused, Unavailable
from tasks import containment_cuts
from tests.support.org_faults import order

DRIFT = ("connected_app", "Drift")


class Fake:
    """A cut that does what a test says."""

    kind, source = "abort_job", "test"

    def __init__(self, answers):
        self.answers, self.calls, self.lock = answers, [], threading.Lock()
        self.now = self.most = 0

    def act(self, hands, target):
        with self.lock:
            self.calls.append(target)
            self.now += 1
            self.most = max(self.most, self.now)
            answer = self.answers(target, self.calls.count(target))
        time.sleep(0.01)
        with self.lock:
            self.now -= 1
        if isinstance(answer, Exception):
            raise answer
        return {}


@pytest.fixture
def faked(monkeypatch):
    def fake(answers):
        made = Fake(answers)
        monkeypatch.setattr(containment_cuts, "CUTS", {**cuts.CUTS, "abort_job": made})
        return made

    return fake


def actions(number, counts=False):
    return [Action("abort_job", f"j{n}", "test", counts=counts) for n in range(number)]


def states(made):
    return {a.target: a.state for a in made.cutter.ledger.actions(made.cutter.case_id)}


def test_no_more_at_once_than_the_policy_lets(org, scene, faked):
    made, fake = scene(DRIFT), faked(lambda target, n: None)
    made.cutter.parallel = 3
    assert containment_cuts.cut_all(made.cutter, actions(30)) == 30
    assert 1 < fake.most <= 3


def test_one_refusal_stops_nothing_else_and_is_kept_with_its_code(org, scene, faked):
    made, _fake = scene(DRIFT), faked(lambda target, n: Refused("no", "NO_ACCESS") if target == "j1" else None)
    assert containment_cuts.cut_all(made.cutter, actions(4)) == 3
    assert made.cutter.failed == {("abort_job", "j1"): "NO_ACCESS"}
    assert states(made) == {"j0": "done", "j1": "failed", "j2": "done", "j3": "done"}


def test_a_busy_org_is_asked_again_when_it_says(org, scene, faked):
    made, fake = scene(DRIFT), faked(lambda target, n: Unavailable("busy", 0.3) if n < 3 else None)
    started = time.monotonic()
    assert containment_cuts.cut_all(made.cutter, actions(1)) == 1
    assert time.monotonic() - started >= 0.6
    assert len(fake.calls) == 3


def test_a_cut_whose_end_is_not_known_is_made_again(org, scene, faked):
    made, fake = scene(DRIFT), faked(lambda target, n: OutcomeUnknown("lost") if n == 1 else None)
    assert containment_cuts.cut_all(made.cutter, actions(1)) == 1
    assert (states(made), len(fake.calls)) == ({"j0": "done"}, 2)


def test_a_cut_that_is_done_is_not_made_twice(org, scene, faked):
    made, fake = scene(DRIFT), faked(lambda target, n: None)
    containment_cuts.cut_all(made.cutter, actions(2))
    assert containment_cuts.cut_all(made.cutter, actions(2)) == 2
    assert len(fake.calls) == 2


def test_short_of_calls_what_counts_goes_first_and_it_is_said(org, scene, faked):
    made, fake = scene(DRIFT), faked(lambda target, n: None)
    made.cutter.parallel = 1
    made.cutter.client.wire.calls_left = 3
    batch = [*actions(3), replace(actions(1, counts=True)[0], target="first")]
    containment_cuts.cut_all(made.cutter, batch)
    assert fake.calls[0] == "first"
    assert made.notes("api_budget_short") == [{"calls_left": 3, "cuts": 4, "that_count": 1}]


def test_the_org_tells_how_many_calls_are_left(org, scene):
    made = scene(DRIFT)
    assert made.cutter.client.wire.calls_left is None
    made.cutter.client.call("GET", "/limits")
    assert made.cutter.client.wire.calls_left > 0


def test_progress_is_told_in_counts(org, scene, faked):
    made, _fake = scene(DRIFT), faked(lambda target, n: None)
    shown = []
    containment_cuts.cut_all(made.cutter, actions(5), lambda done, total: shown.append((done, total)))
    assert shown == [(n, 5) for n in range(1, 6)]


def test_with_a_fifth_of_all_calls_failing_it_still_ends_proven_dead(org, scene):
    org.client("drift.nightly")
    made = scene(DRIFT)
    order(org, {"match": {"path": "*"}, "fault": "503", "share": 0.2})
    verdict = made.contain()
    assert verdict.contained, (verdict.open, made.cutter.failed)
