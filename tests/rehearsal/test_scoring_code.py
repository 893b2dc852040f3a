"""The scores of a code leak: each can fail."""

from __future__ import annotations

from typing import Any

import pytest

from leakresponse.rehearsal.answer import Answer, Paths
from leakresponse.rehearsal.probes import Door, Honest
from leakresponse.rehearsal.scoring_code import score_code, score_job, score_planned, score_window

NAME = "salesforce/returns-portal/returns.portal"
ANSWER = Answer(
    scenario="T11", seed=1, people=250, app="Returns Portal", usernames=["u"], addresses=["185.220.101.47"],
    first_act="2025-10-23T13:00:00.250000+00:00", last_act="", jobs=[], secrets=[], decoys=[], paths=Paths(),
    extra={
        "path": "a.py", "secret_name": NAME, "consumers": ["nightly"], "old_key": "k1", "deep": 400,
        "fingerprints": {"salesforce_consumer_secret": "m1"}, "still_in_force": ["salesforce_refresh_token"],
        "exposed_days": 401, "log_days": 30, "odd_logins": 3,
    },
)  # fmt: skip
PLACE = {"path": "a.py", "first_at": 1761224400, "removed_in": "c9"}
ROW = {
    "kind": "salesforce_consumer_secret", "fingerprint": "m1", "live": True, "secret": NAME, "consumers": ["nightly"],
    "replace_with": "arn:x#consumer_secret", "places": [PLACE],
}  # fmt: skip
DONE = {"name": NAME, "old_refused": True, "new_works": True, "pending_removed": True}
ROTATE = {"mode": "planned", "secrets": [DONE], "started_at": "10", "finished_at": "20"}
CASE: dict[str, Any] = {
    "phases": {
        "rotate": ROTATE,
        "rest": {"still_in_force": [{"kind": "salesforce_refresh_token"}]},
        "look_back": {"open_days": 401, "log_days": 30, "unknown_days": 371, "odd_logins": 3},
    }
}
SHUT = [Door("refresh_token", "u", False, "invalid_client_id")]


def report(**changes: Any) -> dict[str, Any]:
    return {"findings": [{**ROW, **changes}], "commits": 403}


def run(at: str, key: str, failed: str = "") -> dict[str, Any]:
    return {"at": at, "key": key, "failed": failed, "logged_in_again": 0}


RUNS = [run(f"0{n}", "k1") for n in range(3)] + [run(f"1{n}", "k2") for n in range(4)]


def test_all_is_well_with_everything_found_rotated_and_said() -> None:
    assert score_code(ANSWER, report())["passed"]
    assert score_planned(ANSWER, SHUT, [Honest("Order Sync", True)], CASE)["passed"]
    assert score_job(ANSWER, RUNS, CASE)["passed"]
    assert score_window(ANSWER, CASE)["passed"]


@pytest.mark.parametrize(
    "changes",
    [
        {"live": False}, {"fingerprint": "m2"}, {"secret": "other"}, {"consumers": []}, {"replace_with": "arn:x#other"},
        {"places": [{**PLACE, "path": "b.py"}]}, {"places": [{**PLACE, "removed_in": ""}]},
        {"places": [{**PLACE, "first_at": 1}]}, {"places": [PLACE, PLACE]},
    ],
)  # fmt: skip
def test_a_finding_that_is_told_wrongly_does_not_count(changes: dict[str, Any]) -> None:
    assert not score_code(ANSWER, report(**changes))["passed"]


def test_a_secret_called_live_that_is_none_fails() -> None:
    both = {"findings": [ROW, {**ROW, "fingerprint": "m9"}], "commits": 403}
    assert score_code(ANSWER, both)["called_live_wrongly"] == 1
    assert not score_code(ANSWER, both)["passed"]


def test_an_open_door_a_program_cut_off_and_an_emergency_fail() -> None:
    open_door, cut = [Door("refresh_token", "u", True)], [Honest("Order Sync", False, "invalid_grant")]
    emergency = {"phases": {**CASE["phases"], "rotate": {**ROTATE, "mode": "emergency"}}}
    unsaid = {"phases": {**CASE["phases"], "rest": {"still_in_force": []}}}
    assert not score_planned(ANSWER, open_door, [], CASE)["passed"]
    assert not score_planned(ANSWER, SHUT, cut, CASE)["passed"]
    assert not score_planned(ANSWER, [], [], CASE)["passed"]
    assert not score_planned(ANSWER, SHUT, [], emergency)["passed"]
    assert not score_planned(ANSWER, SHUT, [], unsaid)["passed"]


@pytest.mark.parametrize("wrong", [{"name": "other"}, {"old_refused": False}, {"pending_removed": False}])
def test_another_secret_or_one_that_is_not_proven_fails(wrong: dict[str, Any]) -> None:
    case = {"phases": {**CASE["phases"], "rotate": {**ROTATE, "secrets": [{**DONE, **wrong}]}}}
    assert not score_planned(ANSWER, SHUT, [], case)["passed"]


@pytest.mark.parametrize(
    "runs",
    [[], RUNS[:3], RUNS[3:], [*RUNS, run("14", "k2", "INVALID_SESSION_ID")], [*RUNS, run("14", "", "Unavailable")]],
)
def test_one_failed_call_or_a_job_that_was_not_there_fails(runs: list[dict[str, Any]]) -> None:
    assert not score_job(ANSWER, runs, CASE)["passed"]


@pytest.mark.parametrize("name", ["open_days", "log_days", "unknown_days", "odd_logins"])
def test_each_figure_of_the_window_counts(name: str) -> None:
    look = {**CASE["phases"]["look_back"], name: 0}
    assert not score_window(ANSWER, {"phases": {"look_back": look}})["passed"]
