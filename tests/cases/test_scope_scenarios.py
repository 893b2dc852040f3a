"""Whose data was read, in every scenario that is answered so far: exact where the logs allow it, else inside bounds.

The truth is what the attacker's client really received, over HTTP, and no log.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from leakresponse.rehearsal.scenarios import SCOPED
from tests.support.processes import call
from tests.support.rehearse_many import rehearse_many

PEOPLE = 2_000
#: Scenarios whose logs do not give the exact set.
BOUNDED = frozenset({"T05", "T15"})
#: The others are for `make torture`.
SMOKE = ("T08",)


def rehearsed(folder: Path, scenarios: tuple[str, ...]) -> Mapping[str, dict[str, Any]]:
    runs = [{"name": one, "scenario": one, "reading": "attacker", "only": "scope"} for one in scenarios]
    return rehearse_many(folder, runs, seconds=900, people=PEOPLE)


def check_scope(scenario: str, result: Mapping[str, Any]) -> None:
    assert "ended_by" not in result, result
    found = result["scores"]["scope"]
    assert found["passed"], found
    assert found["residency_right"] >= 0.998
    if scenario in BOUNDED:
        assert found["bounded"] and found["truth_inside"]
        assert found["people_low"] <= found["people"] <= found["people_high"]
        return
    assert (found["people_precision"], found["people_recall"]) == (1.0, 1.0)
    assert (found["element_precision"], found["element_recall"]) == (1.0, 1.0)
    assert not found["bounded"]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    return rehearsed(tmp_path_factory.mktemp("scoped"), SMOKE)


@pytest.mark.parametrize("scenario", SMOKE)
def test_the_scope_is_right_or_says_its_bounds(scenario: str, results: Mapping[str, Any]) -> None:
    check_scope(scenario, results[scenario])


def test_an_agent_who_only_looked_is_scoped_with_protected_addresses(results: Mapping[str, Any]) -> None:
    found = results["T08"]["scores"]["scope"]
    assert (found["protected_precision"], found["protected_recall"]) == (1.0, 1.0)


def test_nobody_is_told_and_nothing_is_scored_beyond_the_scope(results: Mapping[str, Any]) -> None:
    case = Path(results["T08"]["case_dir"])
    assert set(results["T08"]["scores"]) == {"containment", "scope"}
    assert not (case / "notices.parquet").exists() and not (case / "obligations.json").exists()
    assert results["T08"]["clock"]["alert_to_scope_s"] > results["T08"]["clock"]["alert_to_contained_s"]


@pytest.mark.torture
@pytest.mark.parametrize("scenario", sorted(SCOPED - set(SMOKE)))
def test_so_is_that_of_every_other_one(scenario: str, tmp_path: Path) -> None:
    check_scope(scenario, rehearsed(tmp_path, (scenario,))[scenario])


@pytest.mark.torture
def test_two_companies_are_told_apart(tmp_path: Path) -> None:
    found = rehearsed(tmp_path, ("T14",))["T14"]["scores"]["scope"]
    assert found["entity_precision"] == 1.0


def test_a_scenario_without_a_scope_is_refused_in_one_line(tmp_path: Path) -> None:
    done = call("rehearse", "T07", "--people", "250", "--only", "scope", "--out", str(tmp_path / "x"))
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        "leak-response: T07 is answered as far as containment: add --only containment"
    ]
    assert not (tmp_path / "x").exists()
