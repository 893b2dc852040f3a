"""A table that was edited behind the ledger's back is named, although the chain itself still holds."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from leakresponse.core.errors import BadInput
from leakresponse.ledger import EvidenceRef, NoticeResult, seal
from leakresponse.ledger.chain import first_break

_DUTY = {"jurisdiction": "CA", "recipient": "individuals", "status": "required", "kind": "statutory"}


@pytest.fixture
def worked(ledger, case_id, notice_rows):
    """A case with something in every table."""
    ledger.begin_phase(case_id, "contain")
    ledger.once(case_id, "k", "freeze_user", "005x", lambda: {"frozen": True}, inverse={"IsFrozen": "false"})
    ledger.finish_phase(case_id, "contain", {"paths": 3})
    ledger.approve(case_id, "letters", "h", "counsel", "reads well")
    ledger.add_obligations(case_id, [_DUTY])
    ledger.record_evidence(case_id, EvidenceRef("a" * 64, 12, "tokens.json"), "snapshot")
    ledger.queue_notices(case_id, notice_rows(3))
    batch = ledger.lease_batch(case_id, 3)
    ledger.settle_batch(batch, {n.notice_id: NoticeResult("sent", "r") for n in batch.notices})
    return ledger


def test_an_untouched_ledger_holds(worked, case_id):
    assert worked.broken_link(case_id) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE approvals SET decision = 'refused'", "approval 7: edited, chain row 7 says otherwise"),
        ("UPDATE approvals SET reason = 'never seen'", "approval 7: edited, chain row 7 says otherwise"),
        ("UPDATE approvals SET \"by\" = 'somebody else'", "approval 7: edited, chain row 7 says otherwise"),
        ("DELETE FROM approvals", "approval 7: deleted, chain row 7 tells of it"),
        ("UPDATE actions SET target = '005y'", "action k: edited, chain row 4 says otherwise"),
        ("UPDATE actions SET state = 'failed'", "action k: edited, chain row 5 says otherwise"),
        ("UPDATE actions SET receipt = '{\"frozen\":false}'", "action k: edited, chain row 5 says otherwise"),
        ("UPDATE actions SET inverse = NULL", "action k: edited, chain row 4 says otherwise"),
        ("DELETE FROM actions", "action k: deleted, chain row 5 tells of it"),
        ("UPDATE phases SET facts = '{\"paths\":2}'", "phase contain: edited, chain row 6 says otherwise"),
        ("DELETE FROM phases", "phase contain: deleted, chain row 6 tells of it"),
        ("UPDATE obligations SET body = '{}'", "obligations: edited, chain row 8 says otherwise"),
        ("DELETE FROM obligations", "obligations: edited, chain row 8 says otherwise"),
        ("UPDATE evidence SET bytes = 13", "evidence aaaaaaaaaaaa: edited or deleted, chain row 9 says otherwise"),
        ("DELETE FROM evidence", "evidence aaaaaaaaaaaa: edited or deleted, chain row 9 says otherwise"),
        ("DELETE FROM notices WHERE notice_id = 'n00001'", "notices: 2 rows, the chain queued 3"),
        ("UPDATE cases SET status = 'closed'", "edited, the chain says otherwise"),
        ("UPDATE alerts SET case_id = NULL", "deleted or moved, chain row 2 linked it"),
    ],
)
def test_an_edited_table_is_named(worked, case_id, change, says):
    _write(worked, change)
    assert first_break(worked.timeline(case_id), case_id) is None
    assert says in str(worked.broken_link(case_id))


def test_a_notice_that_was_made_sent_is_named(worked, case_id):
    _write(worked, "UPDATE notices SET state = 'held' WHERE notice_id = 'n00001'")
    assert "notices of batch" in str(worked.broken_link(case_id))


def test_an_edited_alert_is_named(worked, case_id):
    with worked.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alerts SET raw = :raw"), {"raw": b'{"id": "alert-2"}'})
    assert "its bytes do not match their hash" in str(worked.broken_link(case_id))


def test_a_ledger_that_was_edited_is_not_sealed(worked, case_id, tmp_path):
    _write(worked, "UPDATE approvals SET decision = 'refused'")
    with pytest.raises(BadInput, match="approval 7: edited"):
        seal(tmp_path, worked, case_id)


def test_going_on_after_an_unknown_end_holds(worked, case_id, notice_rows):
    worked.queue_notices(case_id, notice_rows(2, start=10))
    batch = worked.lease_batch(case_id, 2)
    worked.mark_unknown(batch)
    worked.reconcile(case_id, {"n00010": True, "n00011": False}, {"n00010": "r10"})
    assert worked.broken_link(case_id) is None


def _write(ledger, statement):
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_batch_that_was_settled_in_two_goes_holds(worked, case_id, notice_rows):
    worked.queue_notices(case_id, notice_rows(3, start=20))
    batch = worked.lease_batch(case_id, 3)
    first, *rest = batch.notices
    worked.settle_batch(batch, {first.notice_id: NoticeResult("sent", "r")})
    worked.settle_batch(batch, {n.notice_id: NoticeResult("sent", "r") for n in rest})
    assert worked.broken_link(case_id) is None


def test_whoever_writes_meanwhile_gives_no_false_alarm(worked, case_id, monkeypatch):
    read = worked.checked_chain.__globals__["read_chain"]

    def and_write(connection, wanted):
        found = read(connection, wanted)
        worked.note(case_id, "remark", {"meanwhile": True})
        return found

    monkeypatch.setitem(worked.checked_chain.__globals__, "read_chain", and_write)
    assert worked.broken_link(case_id) is None
