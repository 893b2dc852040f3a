"""Bounds per place for the report: unnamed people raise them, the law's numbers are held against them."""

from __future__ import annotations

from datetime import date

import pandas as pd

from tasks.report_places import places_of, unnamed_people

ON = date(2026, 3, 2)


def people(count: int) -> pd.DataFrame:
    rows = [{"residency": "TX", "candidates": ["TX"], "certainty": "certain", "confidence": "high"}] * count
    return pd.DataFrame([*rows, {**rows[0], "residency": "FOREIGN:CA", "candidates": ["FOREIGN:CA"]}])


def scoped(high: int | None) -> dict[str, object]:
    return {"records": 10, "exposures": {"bounds": {"records": {"low": 10, "likely": 10, "high": high}}}}


def test_records_that_no_log_names_are_people_more() -> None:
    assert [unnamed_people(scoped(high)) for high in (10, 25, None)] == [0, 15, None]
    assert unnamed_people({"records": 10}) == 0


def test_the_laws_number_lies_between() -> None:
    (texas,) = places_of(people(240), scoped(30), ON)
    assert (texas.code, texas.sure, texas.people, texas.possible) == ("TX", 240, 240, 20)
    assert texas.open_thresholds == (250,)


def test_without_a_limit_every_number_above_is_open() -> None:
    (texas,) = places_of(people(2), scoped(None), ON)
    assert texas.possible is None and texas.open_thresholds == (250, 10_001)
