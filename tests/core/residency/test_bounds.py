"""People per place come as bounds, and every threshold that lies between them is named."""

from __future__ import annotations

import pandas as pd

from leakresponse.core.residency import PlaceBound, bound_places


def people(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["residency", "candidates", "certainty", "confidence"], dtype="str")


SURE = ("TX", "TX", "certain", "high")


def figures(found: list[PlaceBound]) -> dict[str, tuple[int, int, int | None]]:
    return {one.code: (one.bound.low, one.bound.likely, one.bound.high) for one in found}


def test_low_likely_and_high() -> None:
    table = people(
        SURE, SURE, ("TX", "TX", "possible", "high"), ("TX", "TX", "certain", "low"),
        ("NM", "NM TX", "certain", "medium"),
    )  # fmt: skip
    assert figures(bound_places(table)) == {"NM": (0, 1, 1), "TX": (2, 4, 5)}


def test_the_unknown_are_a_count_of_their_own() -> None:
    table = people(SURE, ("UNKNOWN", "UNKNOWN", "certain", "unknown"), ("UNKNOWN", "", "certain", "unknown"))
    assert figures(bound_places(table))["TX"] == (1, 1, 1)
    assert figures(bound_places(table))["UNKNOWN"] == (2, 2, 2)


def test_possible_doubles_lower_and_unnamed_reads_raise() -> None:
    assert figures(bound_places(people(SURE, SURE), doubles={"TX": 1}, unnamed=3)) == {"TX": (1, 2, 5)}
    assert figures(bound_places(people(SURE), doubles={"TX": 9})) == {"TX": (0, 1, 1)}


def test_without_a_limit_there_is_no_high_count_and_every_threshold_above_is_open() -> None:
    (texas,) = bound_places(people(SURE, SURE), thresholds={"TX": [1, 250, 10_000]}, unnamed=None)
    assert texas.bound.high is None and texas.reached == (1,) and texas.open == (250, 10_000)


def test_thresholds_between_low_and_high_are_named_both_ends_told_apart() -> None:
    table = people(SURE, SURE, ("NM", "NM TX", "certain", "medium"))
    (_, texas) = bound_places(table, thresholds={"TX": {2, 3, 4}})
    assert (texas.bound.low, texas.bound.high) == (2, 3)
    assert texas.reached == (2,) and texas.open == (3,)


def test_lists_and_words_of_candidates_are_the_same() -> None:
    table = people(SURE, ("NM", "NM TX", "certain", "medium"))
    listed = table.assign(candidates=table["candidates"].str.split())
    assert bound_places(listed) == bound_places(table)


def test_nobody() -> None:
    assert bound_places(people()) == []
