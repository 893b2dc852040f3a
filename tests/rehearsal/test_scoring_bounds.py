"""Bounds: the truth inside is enough where the logs give no more, and a false claim of exactness never is."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from leakresponse.rehearsal.scoring_scope import score_scope
from tests.rehearsal.conftest import Finished


def scored(finished: Finished, exact_possible: bool = False) -> dict[str, Any]:
    return score_scope(finished.reads, finished.truth, finished.reader, exact_possible)


def claim(finished: Finished, **changed: Any) -> None:
    """A `bounds.json` that holds the truth, changed."""
    truth = finished.truth

    def span(count: int) -> dict[str, int]:
        return {"low": max(0, count - 5), "likely": count, "high": count + 5}

    soft = int((~truth["definite"]).sum())
    states = {name: {"low": 0, "high": int(n) + soft} for name, n in truth["residency"].value_counts().items()}
    others = {str(one) for some in truth["candidates"] for one in some} - set(states)
    document = {
        "exact": False, "people": span(len(truth)),
        "elements": {str(k): span(int(n)) for k, n in truth["elements"].explode().value_counts().items()},
        "states": {**states, **{name: {"low": 0, "high": soft} for name in others}}, **changed,
    }  # fmt: skip
    (finished.case_dir / "bounds.json").write_text(json.dumps(document))


def doubt(finished: Finished, sure: int) -> None:
    """All but the first people are only possible."""
    finished.rewrite("people.parquet", lambda people: people.assign(
        certainty=["certain" if n < sure else "possible" for n in range(len(people))]))  # fmt: skip


def test_bounds_that_hold_the_truth_pass_and_say_how_sharp_they_are(finished: Finished) -> None:
    claim(finished)
    finished.rewrite("exposures.parquet", lambda table: table.iloc[10:])
    result = scored(finished)
    count = len(finished.truth)
    assert result["passed"] and result["bounded"] and result["truth_inside"]
    assert result["records_recall"] < 1.0
    assert (result["people_low"], result["people_high"]) == (count - 5, count + 5)
    assert result["sharpness"] == round((count + 5) / (count - 5), 3)


@pytest.mark.parametrize(
    ("part", "outside"),
    [
        ({"people": {"low": 0, "high": 10}}, ["people"]),
        ({"people": {"low": 9_000, "high": 9_999}}, ["people"]),
        ({"elements": {}}, None),
        ({"states": {"CA": {"low": 9_000, "high": 9_999}}}, None),
    ],
)
def test_a_truth_outside_fails_and_is_named(
    finished: Finished, part: dict[str, Any], outside: list[str] | None
) -> None:
    claim(finished, **part)
    finished.rewrite("exposures.parquet", lambda table: table.iloc[10:])
    result = scored(finished)
    assert not result["truth_inside"] and not result["passed"]
    assert result["outside"] == outside if outside else "ssn" in result["outside"] or "CA" in result["outside"]


def test_an_exact_claim_that_is_wrong_fails_even_where_bounds_would_do(finished: Finished) -> None:
    claim(finished, exact=True)
    finished.rewrite("people.parquet", lambda people: people.iloc[3:])
    result = scored(finished)
    assert not result["bounded"] and not result["passed"]


def test_bounds_do_not_pass_where_the_logs_give_the_exact_set(finished: Finished) -> None:
    claim(finished)
    finished.rewrite("exposures.parquet", lambda table: table.iloc[10:])
    assert scored(finished, exact_possible=False)["passed"]
    assert not scored(finished, exact_possible=True)["passed"]


def test_without_a_document_the_certain_people_are_the_lower_bound(finished: Finished) -> None:
    doubt(finished, sure=40)
    result = scored(finished)
    assert (result["people_low"], result["people_high"]) == (40, len(finished.truth))
    assert result["truth_inside"] and result["certain_right"] == 1.0


def test_a_certain_person_who_was_never_read_fails(finished: Finished) -> None:
    doubt(finished, sure=40)
    stranger = {"person_id": "p-x", "record_ids": ["003RH000000ZZZZZZZ"], "elements": ["name"], "residency": "CA",
                "candidates": [], "legal_entity": "", "certainty": "certain"}  # fmt: skip
    finished.rewrite("people.parquet", lambda people: pd.concat([people, pd.DataFrame([stranger])]))
    result = scored(finished)
    assert result["certain_right"] < 1.0 and not result["passed"]


def test_an_open_state_may_count_for_any_of_its_candidates(finished: Finished) -> None:
    open_one = finished.truth[~finished.truth["definite"] & (finished.truth["candidates"].map(len) > 0)].iloc[0]
    claim(finished)
    document = json.loads((finished.case_dir / "bounds.json").read_text())
    state = str(open_one["candidates"][0])
    sure = int(((finished.truth["residency"] == state) & finished.truth["definite"]).sum())
    document["states"][state] = {"low": sure, "high": sure}
    (finished.case_dir / "bounds.json").write_text(json.dumps(document))
    assert state not in scored(finished)["outside"]
