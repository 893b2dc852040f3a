"""People per place as bounds, and the thresholds of law that lie between low and high.

low: people whose data was read for certain and who surely live there, less those who may be somebody else's second
key. likely: everybody placed there. high: with everybody of whom the place is a candidate, and with people whom no log
names at all, since each of those may live anywhere. People without any candidate are UNKNOWN: a count of their own,
never spread over places.

A threshold is handed in (law files are not read here) and is inclusive: "more than 500" is 501. Where it lies above
low and not above high, whether it is reached depends on the open questions, and the report says so by name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leakresponse.core.bounds import Bound


@dataclass(frozen=True, slots=True)
class PlaceBound:
    """People of one place. `reached` thresholds hold at the low count already, `open` ones lie between low and high."""

    code: str
    bound: Bound
    reached: tuple[int, ...] = ()
    open: tuple[int, ...] = ()


def bound_places(
    people: pd.DataFrame,
    *,
    thresholds: Mapping[str, Collection[int]] | None = None,
    doubles: Mapping[str, int] | None = None,
    unnamed: int | None = 0,
) -> list[PlaceBound]:
    """One bound per place that anybody may live in, by code.

    `people` has `residency, candidates` (list or words), `certainty` and `confidence`. `doubles`: people of a place who
    may be one with another of it. `unnamed`: how many more people the logs allow without naming them, None for no
    limit.
    """
    counted = _counts(people)
    found = []
    for code in sorted({place for counts in counted for place in counts}):
        low, likely, high = (counts.get(code, 0) for counts in counted)
        low = max(0, low - (doubles or {}).get(code, 0))
        top = None if unnamed is None else high + unnamed
        bound = Bound(low, likely, top, _basis(low, likely, high, unnamed))
        found.append(_against(code, bound, (thresholds or {}).get(code, ())))
    return found


def _against(code: str, bound: Bound, thresholds: Collection[int]) -> PlaceBound:
    reached = tuple(sorted(one for one in set(thresholds) if one <= bound.low))
    reachable = (one for one in set(thresholds) if bound.low < one and (bound.high is None or one <= bound.high))
    return PlaceBound(code, bound, reached, tuple(sorted(reachable)))


def _basis(low: int, likely: int, high: int, unnamed: int | None) -> str:
    if unnamed is None:
        return "no log limits how many more were read"
    if low == likely == high and not unnamed:
        return "every person's place is sure"
    return "places with several candidates, reads that are only possible, people who may be one, reads without names"


def _counts(people: pd.DataFrame) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """(sure, placed, possible at most) by place; rows that look alike are counted once for all of them."""
    words = people["candidates"].map(lambda some: some if isinstance(some, str) else " ".join(some))
    table = pd.DataFrame({"residency": people["residency"].to_numpy(), "words": words.to_numpy()})
    table["sure"] = (people["certainty"] == "certain").to_numpy() & (people["confidence"] != "low").to_numpy()
    sizes = table.groupby(["residency", "words", "sure"], sort=False).size()
    low: dict[str, int] = {}
    likely: dict[str, int] = {}
    high: dict[str, int] = {}
    for (residency, text, sure), people_alike in zip(sizes.index, sizes.to_numpy(np.int64).tolist(), strict=True):
        candidates = dict.fromkeys((residency, *text.split()))
        likely[residency] = likely.get(residency, 0) + people_alike
        if sure and set(candidates) == {residency}:
            low[residency] = low.get(residency, 0) + people_alike
        for place in candidates:
            high[place] = high.get(place, 0) + people_alike
    return low, likely, high
