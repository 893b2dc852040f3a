"""Every scenario ends proven dead, whichever way disputed facts fall, and nobody innocent is cut off.

Doors are tried by use, from outside, after the flow has said that it contained the attack.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import call
from tests.support.rehearse_many import rehearse_many

SCENARIOS = ("T02", "T05", "T06", "T07")
READINGS = ("attacker", "lenient")
RUNS = [(scenario, reading) for scenario in SCENARIOS for reading in READINGS]


def wanted(scenario: str, reading: str, faults: str = "none") -> dict[str, str]:
    return {"name": f"{scenario}-{reading}", "scenario": scenario, "reading": reading, "faults": faults}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    return rehearse_many(tmp_path_factory.mktemp("many"), [wanted(*one) for one in RUNS])


@pytest.mark.parametrize(("scenario", "reading"), RUNS)
def test_every_path_is_dead_and_nobody_else_is_cut(scenario: str, reading: str, results: Mapping[str, Any]) -> None:
    result = results[f"{scenario}-{reading}"]
    assert "ended_by" not in result, result
    found = result["scores"]["containment"]
    assert (found["alive"], found["cut_off"]) == ([], [])
    assert found["paths_dead"] == found["paths_total"] > 0
    assert found["wrongly_cut"] == 0
    assert found["claimed"] and not found["false_claim"]
    assert result["passed"]
    assert set(result["scores"]) == {"containment"}


@pytest.mark.parametrize(("scenario", "reading"), RUNS)
def test_the_case_and_the_clock_are_there(scenario: str, reading: str, results: Mapping[str, Any]) -> None:
    result = results[f"{scenario}-{reading}"]
    case = json.loads((Path(result["case_dir"]) / "case.json").read_text())
    assert case["phases"]["contain"]["contained_at"]
    assert result["clock"]["alert_to_first_cut_s"] <= result["clock"]["alert_to_contained_s"]


def test_a_scenario_that_is_not_answered_to_the_end_is_refused_in_one_line(tmp_path: Path) -> None:
    done = call("rehearse", "T05", "--people", "250", "--out", str(tmp_path / "x"))
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        "leak-response: T05 is answered as far as containment: add --only containment"
    ]
    assert not (tmp_path / "x").exists()
