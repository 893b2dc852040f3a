"""Detection, containment, rotation and evidence: what passes, and what must not."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from leakresponse.rehearsal.answer import read_answer
from leakresponse.rehearsal.probes import Door, Honest
from leakresponse.rehearsal.scoring import score_containment, score_detection, score_evidence, score_rotation

SHUT = [Door("refresh_token", "a", False, "invalid_grant"), Door("key", "b", False, "invalid_grant")]
WORKING = [Honest("Order Sync", True), Honest("Drift nightly", True)]
CASE = {
    "phases": {
        "contain": {"contained_at": "2026-11-20T08:01:00+00:00"},
        "rotate": {"secrets": [{"name": "salesforce/drift/drift.nightly", "pending_removed": True}]},
    }
}


@pytest.fixture
def answer(finished):
    return read_answer(finished.answer_dir)[0]


def test_containment_passes_with_every_door_shut_and_nobody_else_cut():
    result = score_containment(SHUT, WORKING, CASE)
    assert result["passed"]
    assert (result["paths_total"], result["paths_dead"], result["wrongly_cut"]) == (2, 2, 0)


def test_one_open_door_fails_and_makes_the_claim_false():
    result = score_containment([*SHUT, Door("refresh_token", "c", True)], WORKING, CASE)
    assert result["paths_dead"] == 2
    assert result["false_claim"]
    assert result["alive"] == ["refresh_token of c"]
    assert not result["passed"]


def test_an_honest_program_left_cut_off_fails():
    result = score_containment(SHUT, [WORKING[0], Honest("Drift nightly", False, "invalid_grant")], CASE)
    assert result["wrongly_cut"] == 1
    assert not result["passed"]


def test_no_doors_tried_is_no_pass():
    assert not score_containment([], WORKING, CASE)["passed"]


def test_rotation_passes_with_the_one_right_secret(answer):
    assert score_rotation(answer, SHUT, WORKING, CASE, set())["passed"]


def test_the_old_key_still_working_fails_rotation(answer):
    result = score_rotation(answer, [Door("key", "b", True)], WORKING, CASE, set())
    assert not result["old_key_refused"]
    assert not result["passed"]


def test_the_new_key_not_working_fails_rotation(answer):
    assert not score_rotation(answer, SHUT, [WORKING[0], Honest("Drift nightly", False)], CASE, set())["passed"]


def test_rotating_another_secret_too_fails(answer):
    both = [*CASE["phases"]["rotate"]["secrets"], {"name": "salesforce/order-sync/order.sync", "pending_removed": True}]
    result = score_rotation(answer, SHUT, WORKING, {"phases": {"rotate": {"secrets": both}}}, set())
    assert result["unexpected"] == ["salesforce/order-sync/order.sync"]
    assert not result["passed"]


@pytest.mark.parametrize(
    ("exposed", "missing", "made_up", "passed"),
    [({"m1", "m2"}, 0, 0, True), ({"m1"}, 1, 0, False), ({"m1", "m2", "m3"}, 0, 1, False)],
)
def test_the_secrets_of_the_text_that_was_read_belong_to_the_set(answer, exposed, missing, made_up, passed):
    leaked = replace(answer, secrets=[{"fingerprint": "m1"}, {"fingerprint": "m2"}])
    result = score_rotation(leaked, SHUT, WORKING, CASE, exposed)
    assert (result["exposed_missing"], result["exposed_made_up"], result["passed"]) == (missing, made_up, passed)


def test_a_pending_version_left_behind_fails(answer):
    left = [{"name": "salesforce/drift/drift.nightly", "pending_removed": False}]
    assert not score_rotation(answer, SHUT, WORKING, {"phases": {"rotate": {"secrets": left}}}, set())["passed"]


def test_detection_passes_on_the_right_app_and_time(finished, answer):
    result = score_detection(answer, finished.reader)
    assert result["passed"]
    assert result["late_s"] == 36_000


def test_an_alert_that_names_an_honest_address_fails(finished, answer):
    finished.rewrite(
        "alert.json", lambda alert: alert["principals"].append({"kind": "address", "value": "203.0.113.40"})
    )
    result = score_detection(answer, finished.reader)
    assert result["innocent_addresses"] == 1
    assert not result["passed"]


def test_an_alert_about_another_time_fails(finished, answer):
    window = {"from": "2026-11-01T00:00:00+00:00", "to": "2026-11-02T00:00:00+00:00"}
    finished.rewrite("alert.json", lambda alert: alert.update(window=window))
    assert not score_detection(answer, finished.reader)["passed"]


def test_evidence_passes_where_the_deleted_job_was_kept(finished, answer):
    assert score_evidence(answer, finished.reader, holds=True)["passed"]


def test_a_broken_chain_fails_evidence(finished, answer):
    assert not score_evidence(answer, finished.reader, holds=False)["passed"]


def test_a_deleted_job_not_seen_as_attack_fails_evidence(finished, answer):
    finished.rewrite("events.parquet", lambda events: events.assign(label="legitimate"))
    result = score_evidence(answer, finished.reader, holds=True)
    assert result["deleted_jobs_kept"] == 0
    assert not result["passed"]


def test_raw_files_without_the_job_fail_evidence(finished, answer):
    (finished.case_dir / "evidence" / "ab12").write_text("nothing")
    result = score_evidence(answer, finished.reader, holds=True)
    assert result["deleted_jobs_in_raw_files"] == 0
    assert not result["passed"]


def test_the_sealed_answer_is_for_its_owner_only(finished):
    assert (finished.answer_dir / "answer.json").stat().st_mode & 0o077 == 0
    assert pd.read_parquet(finished.answer_dir / "people.parquet").shape[0] == len(finished.truth)
