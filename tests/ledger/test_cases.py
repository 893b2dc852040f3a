"""Alerts, cases and phases."""

from __future__ import annotations

import hashlib

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.ledger import INTAKE, case_id_of


def test_the_same_alert_opens_one_case(ledger):
    first = ledger.open_case("a", b"{}", {"people": 3})
    again = ledger.open_case("a", b"{}", {"people": 4})
    assert (first.fresh, again.fresh, first.case_id) == (True, False, again.case_id)
    assert again.facts == {"people": 3}
    assert len(ledger.timeline(first.case_id)) == 2


def test_case_id_depends_on_the_alert_id_alone(ledger):
    assert ledger.open_case("a", b"other bytes", {}).case_id == case_id_of("a")


def test_the_alert_is_kept_byte_for_byte(ledger):
    case = ledger.open_case("a", b'{"id":\xff}', {})
    assert ledger.alert_raw(case.case_id) == b'{"id":\xff}'


def test_unreadable_alert_is_kept_and_escalated(ledger):
    record = ledger.store_alert(b"\x00not json", None, "not JSON")
    assert (record.status, record.case_id) == ("escalated", None)
    assert [alert.key for alert in ledger.alerts("escalated")] == [hashlib.sha256(b"\x00not json").hexdigest()]
    assert [entry.kind for entry in ledger.timeline(INTAKE)] == ["alert_received"]


def test_a_repeated_alert_is_stored_once(ledger):
    for _ in range(2):
        ledger.store_alert('{"id": "a"}', "a", None)
    assert len(ledger.alerts()) == len(ledger.timeline(INTAKE)) == 1


def test_stored_alert_becomes_opened(ledger):
    ledger.store_alert('{"id": "a"}', "a", None)
    case = ledger.open_case("a", '{"id": "a"}', {})
    (alert,) = ledger.alerts()
    assert (alert.status, alert.case_id) == ("opened", case.case_id)


def test_other_bytes_under_the_same_id_are_kept_too(ledger):
    case = ledger.open_case("a", b"first", {})
    ledger.open_case("a", b"second", {})
    assert len(ledger.alerts("opened")) == 2
    assert ledger.alert_raw(case.case_id) == b"first"


def test_the_chain_does_not_repeat_what_the_alert_says(ledger):
    case = ledger.open_case("a", b'{"summary": "Jane Roe called"}', {"note": "Jane Roe"})
    assert "Jane" not in repr(ledger.timeline(case.case_id))


def test_alert_without_id_opens_nothing(ledger):
    with pytest.raises(BadInput):
        ledger.open_case("", b"{}", {})
    assert ledger.cases() == []


def test_a_done_phase_stays_done(ledger, case_id):
    ledger.begin_phase(case_id, "contain")
    ledger.finish_phase(case_id, "contain", {"paths": 4})
    assert ledger.begin_phase(case_id, "contain").status == "done"
    assert ledger.phase_facts(case_id, "contain") == {"paths": 4}


def test_a_failed_phase_runs_again(ledger, case_id):
    ledger.begin_phase(case_id, "contain")
    ledger.finish_phase(case_id, "contain", {"alive": 1}, status="failed")
    assert ledger.phase_facts(case_id, "contain") is None
    assert ledger.begin_phase(case_id, "contain").status == "running"


def test_a_phase_that_never_began_does_not_finish(ledger, case_id):
    with pytest.raises(BadInput):
        ledger.finish_phase(case_id, "contain", {})


def test_closing_is_recorded(ledger, case_id, clock):
    ledger.close_case(case_id)
    assert ledger.case(case_id).status == "closed"
    assert ledger.timeline(case_id)[-1].body == {"status": "closed"}


def test_times_come_from_the_clock_and_are_aware(ledger, case_id, clock):
    assert ledger.case(case_id).opened_at == clock.now
    assert ledger.case(case_id).opened_at.utcoffset().total_seconds() == 0
    assert ledger.timeline(case_id)[0].at == "2026-03-01T12:00:00.000000Z"
