"""Every scenario ends proven dead, whichever way disputed facts fall, and nobody innocent is cut off.

Doors are tried by use, from outside, after the flow has said that it contained the attack.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from leakresponse.rehearsal.idp_double import read_orders
from tests.support.processes import call
from tests.support.rehearse_many import rehearse_many

SCENARIOS = ("T02", "T05", "T06", "T07")
READINGS = ("attacker", "lenient")
#: The second reading of the slow ones is for `make torture`.
SLOW = [("T05", "lenient"), ("T07", "lenient")]
RUNS = [(scenario, reading) for scenario in SCENARIOS for reading in READINGS if (scenario, reading) not in SLOW]


#: Every fifth call of the responder and of everybody else meets a bad day.
BAD_DAY: list[dict[str, Any]] = [
    {"match": {"path": "/services/*"}, "fault": {"kind": "503", "retry_after": 1}, "share": 0.08},
    {"match": {"path": "/services/data/*"}, "fault": "request_limit", "share": 0.04},
    {"match": {"path": "/services/data/*", "method": "GET"}, "fault": "cut", "share": 0.04},
    {"match": {"path": "/services/data/*"}, "fault": "reset", "share": 0.03},
    {"match": {"path": "/services/data/*"}, "fault": {"kind": "expire_session", "once": True}, "share": 0.01},
    {"fault": {"kind": "late_revoke", "seconds": 3}},
]
#: The org says that a token is revoked, and it is not.
UNKILLABLE: list[dict[str, Any]] = [{"match": {"path": "/services/oauth2/revoke*"}, "fault": "kept_alive"}]


def wanted(scenario: str, reading: str, faults: str = "none", end: str = "", **more: str) -> dict[str, str]:
    name = f"{scenario}-{reading}{end}"
    return {"name": name, "scenario": scenario, "reading": reading, "faults": faults, **more}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("many")
    runs = [wanted(*one) for one in RUNS]
    runs.append(wanted("T02", "attacker", written(folder, "bad-day", BAD_DAY), "-bad-day"))
    runs.append(wanted("T02", "attacker", written(folder, "alive", UNKILLABLE), "-alive", proof_seconds="4"))
    return rehearse_many(folder, runs)


def written(folder: Path, name: str, rules: list[dict[str, Any]]) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(rules))
    return str(path)


def check_dead(result: Mapping[str, Any]) -> None:
    assert "ended_by" not in result, result
    found = result["scores"]["containment"]
    assert (found["alive"], found["cut_off"]) == ([], [])
    assert found["paths_dead"] == found["paths_total"] > 0
    assert found["wrongly_cut"] == 0
    assert found["claimed"] and not found["false_claim"]
    assert result["passed"]


@pytest.mark.parametrize(("scenario", "reading"), RUNS)
def test_every_path_is_dead_and_nobody_else_is_cut(scenario: str, reading: str, results: Mapping[str, Any]) -> None:
    result = results[f"{scenario}-{reading}"]
    check_dead(result)
    assert set(result["scores"]) == {"containment"}


@pytest.mark.parametrize(("scenario", "reading"), RUNS)
def test_the_case_and_the_clock_are_there(scenario: str, reading: str, results: Mapping[str, Any]) -> None:
    result = results[f"{scenario}-{reading}"]
    case = json.loads((Path(result["case_dir"]) / "case.json").read_text())
    assert case["phases"]["contain"]["contained_at"]
    assert result["clock"]["alert_to_first_cut_s"] <= result["clock"]["alert_to_contained_s"]


def contained(result: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of the phase."""
    case = json.loads((Path(result["case_dir"]) / "case.json").read_text())
    return dict(case["phases"]["contain"])


def test_the_second_theft_lists_what_was_missed_and_what_a_person_has_to_judge(results: Mapping[str, Any]) -> None:
    listed = sorted((app, removed) for app, _, _, removed in contained(results["T07-attacker"])["leftovers"])
    assert listed == [("My Ticket Portal", True), ("My Ticket Portal", True), ("Stock Scanner", False)]


def test_the_provider_was_asked_once_and_for_one_person(results: Mapping[str, Any]) -> None:
    journal = Path(results["T06-attacker"]["case_dir"]).parent / "doubles" / "idp.jsonl"
    assert [one["ended"] for one in read_orders(journal)] == [1]


def test_what_guests_could_do_before_is_kept_to_be_given_back(results: Mapping[str, Any]) -> None:
    case = json.loads((Path(results["T05-attacker"]["case_dir"]) / "case.json").read_text())
    taken = next(one["inverse"] for one in case["actions"] if one["kind"] == "restrict_guest")
    assert {"Contact", "Case", "Franchise_Applicant__c"} <= set(taken)
    assert not [one for one in case["actions"] if one["kind"] == "freeze_user"]


@pytest.mark.torture
@pytest.mark.parametrize(("scenario", "reading"), SLOW)
def test_so_do_the_slow_ones(scenario: str, reading: str, tmp_path: Path) -> None:
    one = wanted(scenario, reading)
    check_dead(rehearse_many(tmp_path, [one])[one["name"]])


def test_on_a_bad_day_it_still_ends_proven_dead(results: Mapping[str, Any]) -> None:
    check_dead(results["T02-attacker-bad-day"])


@pytest.mark.torture
@pytest.mark.parametrize("scenario", ["T01", "T02", "T05", "T06"])
@pytest.mark.parametrize("reading", READINGS)
def test_on_a_bad_day_every_scenario_ends_proven_dead(scenario: str, reading: str, tmp_path: Path) -> None:
    one = wanted(scenario, reading, written(tmp_path, "bad-day", BAD_DAY))
    check_dead(rehearse_many(tmp_path / "many", [one])[one["name"]])


def test_a_path_that_cannot_be_killed_is_never_called_contained(results: Mapping[str, Any]) -> None:
    result = results["T02-attacker-alive"]
    found = result["scores"]["containment"]
    assert found["paths_dead"] < found["paths_total"]
    assert not found["claimed"] and not found["false_claim"]
    assert not result["passed"]


def test_a_scenario_that_is_not_answered_to_the_end_is_refused_in_one_line(tmp_path: Path) -> None:
    done = call("rehearse", "T05", "--people", "250", "--out", str(tmp_path / "x"))
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == ["leak-response: T05 is answered as far as scope: add --only scope"]
    assert not (tmp_path / "x").exists()
