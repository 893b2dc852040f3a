"""Approvals and obligations."""

from __future__ import annotations

import pytest

from leakresponse.core.errors import BadInput

_DUTY = {"jurisdiction": "CA", "recipient": "individuals", "status": "required", "kind": "statutory"}


def test_approval_is_of_exactly_what_was_seen(ledger, case_id):
    ledger.approve(case_id, "letters", "hash-1", "counsel", "reads well")
    assert ledger.approval_for(case_id, "letters", "hash-1").by == "counsel"
    assert ledger.approval_for(case_id, "letters", "hash-2") is None


def test_same_decision_again_adds_nothing(ledger, case_id):
    for _ in range(2):
        ledger.approve(case_id, "letters", "hash-1", "counsel", "ok")
    assert len(ledger.approvals(case_id)) == 1


def test_approval_can_be_taken_back(ledger, case_id):
    ledger.approve(case_id, "letters", "h", "counsel", "ok")
    ledger.approve(case_id, "letters", "h", "counsel", "wrong date", decision="refused")
    assert ledger.approval_for(case_id, "letters", "h") is None
    assert [a.decision for a in ledger.approvals(case_id)] == ["approved", "refused"]


def test_the_reason_stays_out_of_the_chain(ledger, case_id):
    ledger.approve(case_id, "letters", "h", "counsel", "Jane Roe asked for it")
    assert "Jane" not in repr(ledger.timeline(case_id))


def test_policy_is_told_apart_from_a_person(ledger, case_id):
    ledger.approve(case_id, "letters", "h", "rehearsal policy", "rehearsal", policy=True)
    assert ledger.approval_for(case_id, "letters", "h").policy is True


def test_obligations_come_back_as_given(ledger, case_id):
    ledger.add_obligations(case_id, [_DUTY | {"due_on": "2026-04-01", "people": 7, "because": "residents"}])
    assert ledger.obligations(case_id) == [_DUTY | {"due_on": "2026-04-01", "people": 7, "because": "residents"}]


def test_assessing_again_without_change_adds_nothing(ledger, case_id):
    ledger.add_obligations(case_id, [_DUTY])
    length = len(ledger.timeline(case_id))
    assert ledger.add_obligations(case_id, [_DUTY]).kept == 1
    assert len(ledger.timeline(case_id)) == length


def test_new_assessment_replaces_and_supersedes(ledger, case_id):
    ledger.add_obligations(case_id, [_DUTY, _DUTY | {"jurisdiction": "TX"}])
    done = ledger.add_obligations(case_id, [_DUTY | {"people": 9}])
    assert (done.added, done.changed) == (0, 1)
    assert ledger.obligations(case_id) == [_DUTY | {"people": 9}]
    assert ledger.timeline(case_id)[-1].body["superseded"] == 1


def test_superseded_obligation_can_come_back(ledger, case_id):
    ledger.add_obligations(case_id, [_DUTY])
    ledger.add_obligations(case_id, [])
    assert ledger.obligations(case_id) == []
    ledger.add_obligations(case_id, [_DUTY])
    assert ledger.obligations(case_id) == [_DUTY]


def test_incomplete_obligation_is_refused_whole(ledger, case_id):
    with pytest.raises(BadInput, match="status"):
        ledger.add_obligations(case_id, [_DUTY, {"jurisdiction": "TX", "recipient": "regulator", "kind": "statutory"}])
    assert ledger.obligations(case_id) == []
