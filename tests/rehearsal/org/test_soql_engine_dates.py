"""The days that a date literal spans."""

from __future__ import annotations

from datetime import date

import pytest

from leakresponse.core.soql.ast import DateLiteral
from leakresponse.rehearsal.org.soql_engine_dates import span

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("name", "n", "start", "end"),
    [
        ("TODAY", None, "2026-11-23", "2026-11-24"),
        ("YESTERDAY", None, "2026-11-22", "2026-11-23"),
        ("TOMORROW", None, "2026-11-24", "2026-11-25"),
        ("THIS_WEEK", None, "2026-11-22", "2026-11-29"),
        ("LAST_WEEK", None, "2026-11-15", "2026-11-22"),
        ("NEXT_WEEK", None, "2026-11-29", "2026-12-06"),
        ("LAST_N_WEEKS", 2, "2026-11-08", "2026-11-22"),
        ("N_WEEKS_AGO", 2, "2026-11-08", "2026-11-15"),
        ("THIS_MONTH", None, "2026-11-01", "2026-12-01"),
        ("LAST_MONTH", None, "2026-10-01", "2026-11-01"),
        ("NEXT_MONTH", None, "2026-12-01", "2027-01-01"),
        ("LAST_N_MONTHS", 12, "2025-11-01", "2026-11-01"),
        ("NEXT_N_MONTHS", 2, "2026-12-01", "2027-02-01"),
        ("THIS_QUARTER", None, "2026-10-01", "2027-01-01"),
        ("LAST_FISCAL_QUARTER", None, "2026-07-01", "2026-10-01"),
        ("N_QUARTERS_AGO", 2, "2026-04-01", "2026-07-01"),
        ("THIS_YEAR", None, "2026-01-01", "2027-01-01"),
        ("LAST_N_FISCAL_YEARS", 2, "2024-01-01", "2026-01-01"),
        ("LAST_90_DAYS", None, "2026-08-25", "2026-11-24"),
        ("NEXT_90_DAYS", None, "2026-11-24", "2027-02-22"),
        ("LAST_N_DAYS", 1, "2026-11-22", "2026-11-24"),
        ("NEXT_N_DAYS", 3, "2026-11-24", "2026-11-27"),
        ("N_DAYS_AGO", 3, "2026-11-20", "2026-11-21"),
        ("LAST_N_DAYS", 10**9, "0001-01-01", "2026-11-24"),
        ("NEXT_N_YEARS", 10**9, "2027-01-01", "9999-12-31"),
    ],
)
def test_a_span(name: str, n: int | None, start: str, end: str) -> None:
    assert span(DateLiteral(name, n), MONDAY) == (date.fromisoformat(start), date.fromisoformat(end))


def test_a_week_starts_on_sunday() -> None:
    assert span(DateLiteral("THIS_WEEK"), date(2026, 11, 22))[0] == date(2026, 11, 22)
