"""Day arithmetic. Holiday dates are the calendar's, written down, not computed."""

from __future__ import annotations

from datetime import date

import pytest

from leakresponse.law import add, federal_holidays, is_business_day


def test_day_one_is_the_day_after() -> None:
    assert add(date(2026, 1, 1), 30, "calendar_days") == date(2026, 1, 31)


def test_a_weekend_does_not_move_a_calendar_deadline() -> None:
    assert add(date(2026, 8, 1), 28, "calendar_days") == date(2026, 8, 29)  # a Saturday


def test_business_days_skip_a_weekend() -> None:
    assert add(date(2026, 8, 7), 1, "business_days") == date(2026, 8, 10)


def test_business_days_skip_thanksgiving() -> None:
    assert add(date(2026, 11, 25), 1, "business_days") == date(2026, 11, 27)


@pytest.mark.parametrize(("hours", "day"), [(24, 2), (48, 3), (72, 4), (73, 5)])
def test_hours_count_as_whole_days(hours: int, day: int) -> None:
    assert add(date(2026, 8, 1), hours, "hours") == date(2026, 8, day)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 5, 25),
        date(2026, 6, 19),
        date(2026, 7, 3),  # the Fourth is a Saturday
        date(2026, 9, 7),
        date(2026, 10, 12),
        date(2026, 11, 11),
        date(2026, 11, 26),
        date(2026, 12, 25),
    ],
)
def test_the_holidays_of_2026(day: date) -> None:
    assert day in federal_holidays(2026)


def test_a_year_has_eleven_holidays_and_no_juneteenth_before_2021() -> None:
    assert (len(federal_holidays(2026)), len(federal_holidays(2020))) == (11, 10)


def test_new_year_on_a_saturday_is_observed_in_the_old_year() -> None:
    assert not is_business_day(date(2021, 12, 31))


def test_a_sunday_holiday_is_observed_on_monday() -> None:
    assert not is_business_day(date(2027, 7, 5))
