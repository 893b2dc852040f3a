"""People under two keys are merged where nobody can doubt it; what may be one person stays two and widens bounds."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leakresponse.core import people_linkage
from leakresponse.core.people_linkage import MERGE_WEIGHT, UNSURE_WEIGHT, link
from leakresponse.core.people_nodes import components
from leakresponse.core.people_profiles import PROFILE_COLUMNS
from tests.core.linkage_population import make_population

DOCUMENT = Path(__file__).parents[2] / "docs" / "linkage.md"
HOUSEHOLDS, SEED = 6_000, 1
ANN = {
    "given": "ann", "family": "lee", "birthdate": "1980-01-02", "zip5": "10001", "street": "1 main st",
    "phone": "2127365000", "email": "ann.lee17@mail.example",
}  # fmt: skip


def profiles(*people: dict[str, str]) -> pd.DataFrame:
    rows = [{name: some.get(name) or None for name in PROFILE_COLUMNS} for some in people]
    return pd.DataFrame(rows, columns=list(PROFILE_COLUMNS), dtype="str").assign(person=range(len(rows)))


def verdict(**changes: str) -> str:
    linked = link(profiles(ANN, {**ANN, "email": "other@else.example", **changes}))
    return "same" if len(linked.same[0]) else "unsure" if len(linked.unsure[0]) else "apart"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "same"), ({"phone": ""}, "same"), ({"zip5": "20002", "street": "2 oak ave"}, "same"),
        ({"birthdate": ""}, "unsure"), ({"birthdate": "1955-07-09"}, "apart"), ({"birthdate": "1980-02-01"}, "unsure"),
        ({"given": "anna"}, "unsure"), ({"given": "a"}, "unsure"), ({"given": "bob"}, "apart"),
        ({"family": "leee"}, "unsure"), ({"given": "bob", "birthdate": "1981-03-04"}, "apart"),
        ({"zip5": "20002", "street": "2 oak ave", "phone": "9176365000", "birthdate": ""}, "apart"),
    ],
)  # fmt: skip
def test_a_second_view_of_a_person(changes: dict[str, str], expected: str) -> None:
    assert verdict(**changes) == expected


def test_no_agreement_merges_without_a_birth_date_or_a_number() -> None:
    best = {
        name: max(math.log2(one / two) for _, one, two in levels)
        for name, (_, levels) in people_linkage._LEVELS.items()
    }  # fmt: skip
    prior = math.log2(people_linkage.PRIOR / (1 - people_linkage.PRIOR))
    assert prior + sum(best.values()) - best["birthdate"] - best["number"] < MERGE_WEIGHT


def test_an_equal_social_security_number_and_name_are_one_person() -> None:
    moved = {**ANN, "number": "123456789", "zip5": "20002", "street": "2 oak ave", "phone": "", "birthdate": ""}
    linked = link(profiles({**ANN, "number": "123456789"}, {**moved, "email": "x99@else.example"}))
    assert len(linked.same[0]) == 0 and len(linked.unsure[0]) == 1
    at_home = {**moved, "zip5": ANN["zip5"], "street": ANN["street"]}
    assert len(link(profiles({**ANN, "number": "123456789"}, at_home)).same[0]) == 1


def test_nothing_is_compared_where_nothing_could_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_linkage, "_weigh", lambda _: pytest.fail("splink was asked"))
    linked = link(profiles(ANN, {**ANN, "family": "moss", "given": "zoe", "phone": ""}))
    assert linked.compared_people == 0 and not len(linked.unsure[0])


def test_a_block_of_too_many_is_no_evidence_and_is_counted() -> None:
    crowd = profiles(*[{"given": "ann", "family": "lee", "zip5": "10001"}] * (people_linkage.LARGEST_BLOCK + 1))
    linked = link(crowd)
    assert linked.skipped_blocks == 1 and linked.compared_people == 0


def test_no_profile_at_all() -> None:
    assert link(profiles()).compared_people == 0


@lru_cache(maxsize=1)
def measured() -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """(profiles, truth, weighed pairs with `true` and `same_given`) of the test population."""
    table, truth = make_population(HOUSEHOLDS, SEED)
    keyed, _ = people_linkage._with_blocks(table)
    weighed = people_linkage._weigh(keyed)
    weighed["true"] = truth[weighed["person_l"]] == truth[weighed["person_r"]]
    weighed["same_given"] = people_linkage._same_given(keyed, weighed)
    return table, truth, weighed


@pytest.mark.parametrize("weight", [UNSURE_WEIGHT, 8.0, 11.0, 14.0, MERGE_WEIGHT, 22.0])
def test_the_document_prints_what_is_measured(weight: float) -> None:
    _, truth, weighed = measured()
    chosen = weighed[(weighed["match_weight"] >= weight) & weighed["same_given"]]
    right, every = int(chosen["true"].sum()), len(chosen)
    double = int(sum(n * (n - 1) // 2 for n in np.bincount(truth)))
    line = f"| {weight:g} | {every:,} | {every - right:,} | {right / every:.4f} | {right / double:.3f} |"
    assert line in DOCUMENT.read_text(encoding="utf-8"), line


def test_at_the_threshold_nobody_is_merged_with_another() -> None:
    table, truth, _ = measured()
    first, second = link(table).same
    assert len(first) > 1_000 and (truth[first] == truth[second]).all()


def test_the_true_number_of_people_is_inside_the_bounds() -> None:
    table, truth, _ = measured()
    linked = link(table)
    likely = len(np.unique(components(len(table), *linked.same)))
    low = len(np.unique(components(len(table), *map(np.concatenate, zip(linked.same, linked.unsure, strict=True)))))
    assert low <= len(np.unique(truth)) <= likely < len(table)


def test_the_same_pairs_in_every_run_and_order() -> None:
    table, _, _ = measured()
    again = link(table.sample(frac=1, random_state=3))
    first = {tuple(sorted(pair)) for pair in zip(*again.same, strict=True)}
    assert first == {tuple(sorted(pair)) for pair in zip(*link(table).same, strict=True)}
