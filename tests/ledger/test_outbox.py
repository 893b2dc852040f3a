"""Every notice once."""

from __future__ import annotations

import time

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.ledger import NoticeResult


def _sent(batch):
    return {notice.notice_id: NoticeResult("sent", f"msg-{notice.notice_id}") for notice in batch.notices}


def test_queueing_twice_doubles_nothing(ledger, case_id, notice_rows):
    assert ledger.queue_notices(case_id, notice_rows(10)).added == 10
    assert ledger.queue_notices(case_id, notice_rows(12)).added == 2
    assert ledger.notice_counts(case_id)["queued"] == 12


def test_notice_that_waits_takes_the_new_text(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(2))
    assert ledger.queue_notices(case_id, notice_rows(2, variant_hash="h2")).changed == 2
    assert {notice.variant_hash for notice in ledger.notices(case_id)} == {"h2"}


def test_notice_that_went_out_keeps_its_text(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(2))
    batch = ledger.lease_batch(case_id, 5)
    ledger.settle_batch(batch, _sent(batch))
    assert ledger.queue_notices(case_id, notice_rows(2, variant_hash="h2")).kept == 2
    assert ledger.notice_counts(case_id)["sent"] == 2


def test_batches_never_overlap(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(5))
    batches = [ledger.lease_batch(case_id, 2) for _ in range(4)]
    ids = [notice.notice_id for batch in batches for notice in batch.notices]
    assert [len(batch.notices) for batch in batches] == [2, 2, 1, 0]
    assert len(set(ids)) == 5
    assert not batches[3]


def test_held_notices_are_not_leased(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(1, status="held"))
    assert not ledger.lease_batch(case_id, 5)
    assert ledger.notice_counts(case_id)["held"] == 1


def test_settling_keeps_the_receipt(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(2))
    batch = ledger.lease_batch(case_id, 5)
    assert ledger.settle_batch(batch, _sent(batch)) == {"sent": 2}
    assert [notice.receipt for notice in ledger.notices(case_id, "sent")] == ["msg-n00000", "msg-n00001"]


def test_what_a_sender_does_not_report_is_unknown(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(2))
    batch = ledger.lease_batch(case_id, 5)
    ledger.settle_batch(batch, {"n00000": NoticeResult("sent")})
    assert [notice.notice_id for notice in ledger.unknown_notices(case_id)] == ["n00001"]


def test_not_sent_is_queued_again(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(1))
    batch = ledger.lease_batch(case_id, 5)
    ledger.settle_batch(batch, {"n00000": NoticeResult("queued")})
    assert len(ledger.lease_batch(case_id, 5).notices) == 1


def test_batch_with_a_dead_lease_is_unknown_not_sent_again(ledger, case_id, notice_rows, clock):
    ledger.queue_notices(case_id, notice_rows(3))
    ledger.lease_batch(case_id, 2, lease_seconds=60)
    clock.pass_seconds(61)
    assert [notice.notice_id for notice in ledger.lease_batch(case_id, 5).notices] == ["n00002"]
    assert ledger.notice_counts(case_id)["unknown"] == 2


def test_late_answer_beats_unknown(ledger, case_id, notice_rows, clock):
    ledger.queue_notices(case_id, notice_rows(1))
    batch = ledger.lease_batch(case_id, 1, lease_seconds=60)
    clock.pass_seconds(61)
    assert ledger.sweep_abandoned(case_id) == 1
    ledger.settle_batch(batch, _sent(batch))
    assert ledger.notice_counts(case_id)["sent"] == 1


def test_settled_is_never_unsettled(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(1))
    batch = ledger.lease_batch(case_id, 1)
    ledger.settle_batch(batch, _sent(batch))
    assert ledger.mark_unknown(batch) == 0
    assert ledger.notice_counts(case_id)["sent"] == 1


def test_reconciliation_sends_again_only_what_was_not_sent(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(2))
    assert ledger.mark_unknown(ledger.lease_batch(case_id, 2)) == 2
    ledger.reconcile(case_id, {"n00000": True, "n00001": False}, {"n00000": "msg"})
    assert [notice.receipt for notice in ledger.notices(case_id, "sent")] == ["msg"]
    assert [notice.notice_id for notice in ledger.lease_batch(case_id, 5).notices] == ["n00001"]


def test_only_unknown_notices_are_reconciled(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(1))
    with pytest.raises(BadInput):
        ledger.reconcile(case_id, {"n00000": False})


def test_result_for_a_stranger_is_refused(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(1))
    with pytest.raises(BadInput):
        ledger.settle_batch(ledger.lease_batch(case_id, 1), {"n99999": NoticeResult("sent")})


def test_notice_id_of_another_case_is_refused(ledger, case_id, notice_rows):
    other = ledger.open_case("alert-2", b"{}", {}).case_id
    ledger.queue_notices(case_id, notice_rows(1))
    with pytest.raises(BadInput):
        ledger.queue_notices(other, notice_rows(1))


def test_incomplete_notice_is_refused(ledger, case_id):
    with pytest.raises(BadInput, match="person_id"):
        ledger.queue_notices(case_id, [{"notice_id": "n1"}])


def test_chain_names_what_is_unusual(ledger, case_id, notice_rows):
    ledger.queue_notices(case_id, notice_rows(2))
    batch = ledger.lease_batch(case_id, 2)
    ledger.settle_batch(batch, {"n00000": NoticeResult("sent"), "n00001": NoticeResult("undeliverable")})
    last = ledger.timeline(case_id)[-1]
    assert (last.kind, last.body["unusual"]) == ("batch_settled", {"n00001": "undeliverable"})


def test_many_notices_are_queued_in_seconds(ledger, case_id, notice_rows):
    rows = notice_rows(20_000)
    start = time.perf_counter()
    ledger.queue_notices(case_id, rows)
    assert time.perf_counter() - start < 5
    assert ledger.notice_counts(case_id)["queued"] == 20_000
