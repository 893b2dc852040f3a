"""once(): never twice, never lost, never a blind retry."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from leakresponse.core.errors import BadInput, OutcomeUnknown, Refused
from leakresponse.ledger import InProgress, Redacted, open_ledger


def _die(_data=None):
    raise KeyError("a bug, not an answer")


def _only(ledger, case_id):
    (action,) = ledger.actions(case_id)
    return action


def test_repeat_reads_the_receipt_and_does_not_act(ledger, case_id):
    acts = []
    first = ledger.once(case_id, "k", "freeze", "005x", lambda: acts.append(1) or {"frozen": True})
    again = ledger.once(case_id, "k", "freeze", "005x", lambda: acts.append(1) or {"frozen": False})
    assert (first.fresh, again.fresh, again.data, acts) == (True, False, {"frozen": True}, [1])


def test_row_stands_in_the_ledger_before_the_act(ledger, case_id):
    seen = []
    ledger.once(case_id, "k", "freeze", "005x", lambda: seen.append(_only(ledger, case_id)) or {}, inverse={"was": 1})
    assert (seen[0].state, seen[0].target, seen[0].inverse, seen[0].receipt) == (
        "in_progress",
        "005x",
        {"was": 1},
        None,
    )


def test_same_key_in_another_case_is_another_action(ledger, case_id):
    other = ledger.open_case("alert-2", b"{}", {}).case_id
    ledger.once(case_id, "k", "freeze", "005x", dict)
    assert ledger.once(other, "k", "freeze", "005x", dict).fresh


def test_refusal_leaves_it_failed_and_open_to_another_try(ledger, case_id):
    def refused():
        raise Refused("no", "INSUFFICIENT_ACCESS")

    with pytest.raises(Refused):
        ledger.once(case_id, "k", "freeze", "005x", refused)
    assert (_only(ledger, case_id).state, _only(ledger, case_id).problem) == ("failed", "Refused")
    assert ledger.once(case_id, "k", "freeze", "005x", dict).attempts == 2


def test_live_lease_keeps_others_out(ledger, case_id, clock):
    def nested():
        clock.pass_seconds(10)
        with pytest.raises(InProgress) as held:
            ledger.once(case_id, "k", "freeze", "005x", lambda: {"second": True})
        assert held.value.retry_after == 50
        return {"first": True}

    assert ledger.once(case_id, "k", "freeze", "005x", nested).data == {"first": True}


def test_lease_that_ran_out_is_taken_over(ledger, case_id, clock):
    def slow():
        clock.pass_seconds(61)
        taken = ledger.once(case_id, "k", "freeze", "005x", lambda: {"by": "second"})
        assert (taken.data, taken.attempts) == ({"by": "second"}, 2)
        return {"by": "first"}

    late = ledger.once(case_id, "k", "freeze", "005x", slow)
    assert late.data == {"by": "second"}
    kinds = [entry.kind for entry in ledger.timeline(case_id)]
    assert kinds.count("action_done") == 1
    assert "action_taken_over" in kinds


def test_abandoned_effect_that_may_not_repeat_becomes_unknown(ledger, case_id):
    with pytest.raises(KeyError):
        ledger.once(case_id, "k", "send", "list", _die, on_abandoned="unknown")
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            ledger.once(case_id, "k", "send", "list", lambda: {"sent": True}, on_abandoned="unknown")
    assert _only(ledger, case_id).state == "unknown"


def test_late_answer_beats_unknown(ledger, case_id, clock):
    def slow():
        clock.pass_seconds(61)
        with pytest.raises(OutcomeUnknown):
            ledger.once(case_id, "k", "send", "list", dict, on_abandoned="unknown")
        return {"sent": 3}

    ledger.once(case_id, "k", "send", "list", slow, on_abandoned="unknown")
    assert (_only(ledger, case_id).state, _only(ledger, case_id).receipt) == ("done", {"sent": 3})


def test_bug_in_the_act_leaves_it_abandoned_at_once(ledger, case_id):
    with pytest.raises(KeyError):
        ledger.once(case_id, "k", "freeze", "005x", _die)
    assert ledger.once(case_id, "k", "freeze", "005x", dict).attempts == 2


def test_act_that_does_not_know_leaves_unknown(ledger, case_id):
    def timed_out():
        raise OutcomeUnknown("the connection broke after the request was sent")

    with pytest.raises(OutcomeUnknown):
        ledger.once(case_id, "k", "send", "list", timed_out)
    with pytest.raises(OutcomeUnknown):
        ledger.once(case_id, "k", "send", "list", dict)


@pytest.mark.parametrize(("receipt", "fresh"), [({"id": "7"}, False), (None, True)])
def test_reconciliation_says_whether_to_act_again(ledger, case_id, receipt, fresh):
    test_act_that_does_not_know_leaves_unknown(ledger, case_id)
    ledger.resolve_unknown(case_id, "k", receipt, by="operator")
    assert ledger.once(case_id, "k", "send", "list", dict).fresh is fresh


def test_only_the_unknown_is_reconciled(ledger, case_id):
    ledger.once(case_id, "k", "freeze", "005x", dict)
    with pytest.raises(BadInput):
        ledger.resolve_unknown(case_id, "k", None)


def test_secret_in_a_receipt_is_refused_but_the_act_counts(ledger, case_id):
    with pytest.raises(BadInput) as refusal:
        ledger.once(case_id, "k", "freeze", "005x", lambda: {"token": Redacted("s3cret")})
    assert "s3cret" not in str(refusal.value)
    assert _only(ledger, case_id).state == "done"


def test_unknown_case_is_refused(ledger):
    with pytest.raises(BadInput):
        ledger.once("case-nowhere", "k", "freeze", "005x", dict)


def test_eight_threads_with_one_key_act_once(address):
    case_id = open_ledger(address).open_case("a", b"{}", {}).case_id
    ledgers = [open_ledger(address) for _ in range(8)]
    acts, together = [], threading.Barrier(8)

    def act():
        acts.append(1)
        time.sleep(0.05)
        return {"ok": True}

    def work(ledger):
        together.wait()
        while True:
            try:
                return ledger.once(case_id, "k", "freeze", "005x", act)
            except InProgress:
                time.sleep(0.01)

    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(work, ledgers))
    assert acts == [1]
    assert sum(receipt.fresh for receipt in receipts) == 1
    assert {receipt.data["ok"] for receipt in receipts} == {True}


def test_eight_threads_with_many_keys_keep_one_whole_chain(address):
    ledger = open_ledger(address)
    case_id = ledger.open_case("a", b"{}", {}).case_id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: ledger.once(case_id, f"k{n}", "cut", "t", dict), range(40)))
    assert ledger.broken_link(case_id) is None
    assert len(ledger.actions(case_id)) == 40


_WORKER = """
import sys
from leakresponse.ledger import InProgress, open_ledger
ledger = open_ledger(sys.argv[1])
case_id = ledger.open_case("a", b"{}", {}).case_id
for n in range(20):
    try:
        ledger.once(case_id, f"k{n}", "cut", "t", lambda: open(sys.argv[2], "a").write(f"{n} ") and {})
    except InProgress:
        pass
"""


def test_eight_processes_share_a_ledger_from_its_first_moment(address, tmp_path):
    command = [sys.executable, "-c", _WORKER, address, str(tmp_path / "world.log")]
    workers = [subprocess.Popen(command) for _ in range(8)]
    assert [worker.wait(90) for worker in workers] == [0] * 8
    assert sorted(map(int, (tmp_path / "world.log").read_text().split())) == list(range(20))
    ledger = open_ledger(address)
    (case,) = ledger.cases()
    assert ledger.broken_link(case.case_id) is None


def test_a_renewed_lease_outlives_the_first(ledger, case_id, clock):
    def long_work():
        clock.pass_seconds(50)
        assert ledger.renew(case_id, "k", 60)
        clock.pass_seconds(50)
        with pytest.raises(InProgress):
            ledger.once(case_id, "k", "run", "contain", dict)
        return {}

    assert ledger.once(case_id, "k", "run", "contain", long_work, lease_seconds=60).fresh


def test_what_is_done_cannot_be_renewed(ledger, case_id):
    ledger.once(case_id, "k", "run", "contain", dict)
    assert not ledger.renew(case_id, "k")
    assert not ledger.renew(case_id, "unheard of")
