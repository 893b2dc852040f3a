"""kill -9 at every point of one containment and one dispatch: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import postgres

_DRIVER = Path(__file__).with_name("crash_driver.py")
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc and fork")


#: Every point on SQLite; on PostgreSQL every fifth one here, every one in the torture suite.
KINDS = [
    pytest.param(("", 1), id="sqlite"),
    pytest.param(("postgresql", 5), id="postgresql"),
    pytest.param(("postgresql", 1), id="postgresql-whole", marks=pytest.mark.torture),
]


def _every_point(scenario, folder, kind):
    server, every = kind
    command = [sys.executable, str(_DRIVER), scenario, str(folder)]
    if server:
        command += [postgres.new_server_database(), str(every)]
    results = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert len(results) > 60 / every
    return results


@pytest.fixture(scope="module", params=KINDS)
def containments(request, tmp_path_factory):
    return _every_point("contain", tmp_path_factory.mktemp("contain"), request.param)


@pytest.fixture(scope="module", params=KINDS)
def dispatches(request, tmp_path_factory):
    return _every_point("dispatch", tmp_path_factory.mktemp("dispatch"), request.param)


def test_no_action_is_lost(containments):
    keys = {"revoke:t1", "revoke:t2", "revoke:t3", "deploy"}
    wrong = [r["point"] for r in containments if r["states"] != dict.fromkeys(keys, "done")]
    assert wrong == []


def test_no_action_is_recorded_twice(containments):
    once = ("case_opened", "alert_linked", "evidence", "approval", "phase_finished")
    wrong = [r["point"] for r in containments if any(r["kinds"].get(kind) != 1 for kind in once)]
    done = [r["point"] for r in containments if r["kinds"]["action_done"] + r["kinds"].get("action_reconciled", 0) > 5]
    assert wrong == done == []


def test_what_may_not_happen_twice_happens_once(containments):
    assert [r["point"] for r in containments if r["world"]["deploy"] != 1] == []


def test_what_may_be_repeated_is_repeated_only_when_its_receipt_is_missing(containments):
    repeats = [r["world"][token] for r in containments for token in ("t1", "t2", "t3")]
    assert set(repeats) == {1, 2}
    assert repeats.count(2) < len(repeats) / 10


def test_every_notice_is_sent_exactly_once(dispatches):
    every = {f"n{i:03d}": 1 for i in range(200)}
    assert [r["point"] for r in dispatches if r["world"] != every] == []
    assert [r["point"] for r in dispatches if r["notices"]["sent"] != 200] == []


def test_some_kills_leave_notices_that_only_reconciliation_can_settle(dispatches):
    assert sum("notices_reconciled" in r["kinds"] for r in dispatches) > len(dispatches) / 10


def test_every_chain_of_a_containment_holds_to_its_end(containments):
    assert [r["broken"] for r in containments if r["broken"]] == []


def test_every_chain_of_a_dispatch_holds_to_its_end(dispatches):
    assert [r["broken"] for r in dispatches if r["broken"]] == []
