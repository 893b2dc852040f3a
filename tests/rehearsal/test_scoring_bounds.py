"""Bounds: the truth inside is enough where the logs give no more, and a false claim of exactness never is."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from leakresponse.rehearsal.scoring_scope import score_scope
from tests.rehearsal.conftest import Finished

SURE = 40


def scored(finished: Finished, exact_possible: bool = False) -> dict[str, Any]:
    return score_scope(finished.reads, finished.truth, finished.reader, exact_possible)


@pytest.fixture
def bounded(finished: Finished) -> Finished:
    """A case that is certain of forty people, holds everybody else possible, and missed ten records."""
    finished.rewrite("exposures.parquet", lambda table: table.iloc[10:].assign(certainty="possible"))
    finished.rewrite("people.parquet", lambda people: people.assign(
        certainty=["certain" if n < SURE else "possible" for n in range(len(people))]))  # fmt: skip
    return finished


def bound_records(finished: Finished, **high: int) -> None:
    """Bounds of records, as the facts of the scope hold them."""
    counts = finished.reads["object"].value_counts()
    objects = {str(k): {"low": 0, "likely": int(n), "high": high.get(str(k), int(n))} for k, n in counts.items()}
    phase = {"exposures": {"bounds": {"objects": objects}}}
    finished.rewrite("case.json", lambda document: document["phases"].update(scope=phase))


def test_bounds_that_hold_the_truth_pass_and_say_how_sharp_they_are(bounded: Finished) -> None:
    result = scored(bounded)
    assert result["passed"] and result["bounded"] and result["truth_inside"]
    assert result["records_recall"] < 1.0
    assert (result["people_low"], result["people_high"]) == (SURE, len(bounded.truth))
    assert result["sharpness"] == round(len(bounded.truth) / SURE, 3)
    assert result["over_truth"] == 1.0


def test_too_few_people_are_outside(bounded: Finished) -> None:
    bounded.rewrite("people.parquet", lambda people: people.iloc[:-3])
    result = scored(bounded)
    assert "people" in result["outside"] and not result["truth_inside"] and not result["passed"]


def test_an_element_that_nobody_has_by_the_case_is_outside(bounded: Finished) -> None:
    def forget(people: pd.DataFrame) -> pd.DataFrame:
        return people.assign(elements=[[e for e in some if e != "ssn"] for some in people["elements"]])

    bounded.rewrite("people.parquet", forget)
    result = scored(bounded)
    assert result["outside"] == ["ssn"] and not result["passed"]


def test_a_state_with_too_many_certain_people_is_outside(bounded: Finished) -> None:
    def move(people: pd.DataFrame) -> pd.DataFrame:
        return people.assign(residency=["GU" if n < SURE else one for n, one in enumerate(people["residency"])])

    bounded.rewrite("people.parquet", move)
    assert "GU" in scored(bounded)["outside"]


def test_records_are_held_to_their_bounds_object_by_object(bounded: Finished) -> None:
    bound_records(bounded)
    assert scored(bounded)["truth_inside"]
    bound_records(bounded, Contact=5)
    result = scored(bounded)
    assert result["outside"] == ["records of Contact"] and not result["passed"]


def test_an_exact_claim_that_is_wrong_fails_even_where_bounds_would_do(finished: Finished) -> None:
    finished.rewrite("people.parquet", lambda people: people.iloc[3:])
    result = scored(finished)
    assert not result["bounded"] and not result["passed"]


def test_bounds_do_not_pass_where_the_logs_give_the_exact_set(bounded: Finished) -> None:
    assert scored(bounded, exact_possible=False)["passed"]
    assert not scored(bounded, exact_possible=True)["passed"]


def test_a_certain_person_who_was_never_read_fails(bounded: Finished) -> None:
    stranger = {"person_id": "p-x", "record_ids": ["003RH000000ZZZZZZZ"], "elements": [], "residency": "UNKNOWN",
                "candidates": [], "legal_entity": "", "certainty": "certain"}  # fmt: skip
    bounded.rewrite("people.parquet", lambda people: pd.concat([people, pd.DataFrame([stranger])]))
    result = scored(bounded)
    assert result["truth_inside"] and result["certain_right"] < 1.0 and not result["passed"]


def test_an_open_state_may_count_for_any_of_its_candidates(bounded: Finished) -> None:
    truth = bounded.truth
    open_one = truth.index[~truth["definite"] & (truth["candidates"].map(len) > 1)][0]
    homes = {str(one) for one in truth.at[open_one, "candidates"]}
    other = next(one for one in sorted(homes) if one != truth.at[open_one, "residency"])

    def move(people: pd.DataFrame) -> pd.DataFrame:
        return people.assign(
            residency=[other if n == open_one else one for n, one in enumerate(people["residency"])],
            certainty=["certain" if n == open_one else one for n, one in enumerate(people["certainty"])],
        )

    bounded.rewrite("people.parquet", move)
    assert other not in scored(bounded)["outside"]
