"""Scoring a scope that gives bounds: whether the truth lies inside, and how sharp the bounds are.

What a case claims of people is what `people.parquet` says of each: the certain ones are the lower bound, all of them
the upper one. What it claims of records is in its facts, object by object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True, slots=True)
class Span:
    """At least, and at most."""

    low: int
    high: int

    def holds(self, least: int, most: int) -> bool:
        """Whether the truth can lie inside, which itself is known to lie between two numbers."""
        return self.low <= most and least <= self.high


@dataclass(frozen=True, slots=True)
class Claim:
    """How many people, of each element and of each state, and how many records of each object.

    What is named nowhere is claimed to be nobody, or nothing.
    """

    exact: bool
    people: Span
    elements: Mapping[str, Span]
    states: Mapping[str, Span]
    objects: Mapping[str, Span]


def claim_of(found: pd.DataFrame, case: Mapping[str, Any]) -> Claim:
    """What a case claims; `found` are its people without the staff, `case` its case.json."""
    sure = found["certainty"].eq("certain") if "certainty" in found else pd.Series(True, index=found.index)
    listed = found.assign(sure=sure)
    elements = listed[["elements", "sure"]].explode("elements").dropna()
    objects = case["phases"].get("scope", {}).get("exposures", {}).get("bounds", {}).get("objects", {})
    return Claim(
        bool(sure.all()), Span(int(sure.sum()), len(found)), _spans(elements["elements"], elements["sure"]),
        _spans(listed["residency"], listed["sure"]),
        {name: Span(int(one["low"]), int(one["high"])) for name, one in objects.items()},
    )  # fmt: skip


def _spans(names: pd.Series, sure: pd.Series) -> dict[str, Span]:
    low, high = names[sure.astype(bool)].value_counts(), names.value_counts()
    return {str(name): Span(int(low.get(name, 0)), int(most)) for name, most in high.items()}


def score_bounds(claim: Claim, truth: pd.DataFrame, reads: pd.DataFrame) -> dict[str, Any]:
    """`truth_inside`, what lies outside, and `sharpness`: the upper bound of people over the lower one (1 is exact).

    The state of some people is open in truth as well: they may count for any of their candidates.
    """
    outside = [] if claim.people.holds(len(truth), len(truth)) else ["people"]
    outside += _outside(claim.elements, _exactly(truth["elements"].explode().dropna()))
    outside += _outside(claim.states, _states(truth))
    if claim.objects:
        outside += [f"records of {name}" for name in _outside(claim.objects, _exactly(reads["object"]))]
    return {
        "people_low": claim.people.low, "people_high": claim.people.high, "truth_inside": not outside,
        "outside": outside, "sharpness": round(claim.people.high / max(1, claim.people.low), 3),
        "over_truth": round(claim.people.high / max(1, len(truth)), 3),
    }  # fmt: skip


def _exactly(names: pd.Series) -> dict[str, tuple[int, int]]:
    return {str(name): (int(count), int(count)) for name, count in names.value_counts().items()}


def _outside(claimed: Mapping[str, Span], real: Mapping[str, tuple[int, int]]) -> list[str]:
    return [
        name for name in sorted({*claimed, *real})
        if not claimed.get(name, Span(0, 0)).holds(*real.get(name, (0, 0)))
    ]  # fmt: skip


def _states(truth: pd.DataFrame) -> dict[str, tuple[int, int]]:
    known = truth["definite"].astype(bool)
    sure = truth.loc[known, "residency"].value_counts()
    open_ones = truth.loc[~known]
    possible = [{str(home), *map(str, others)} for home, others in
                zip(open_ones["residency"], open_ones["candidates"], strict=True)]  # fmt: skip
    soft = pd.Series([name for some in possible for name in some], dtype="str").value_counts()
    names = {*map(str, sure.index), *map(str, soft.index)}
    return {name: (int(sure.get(name, 0)), int(sure.get(name, 0) + soft.get(name, 0))) for name in names}
