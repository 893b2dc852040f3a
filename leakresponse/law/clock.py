"""Deadline arithmetic: day 1 is the day after the start event; a deadline on a weekend or holiday is not moved.

Business days leave out Saturdays, Sundays and the federal holidays of 5 U.S.C. 6103(a), observed as the federal
government observes them: on Friday when the day is a Saturday (6103(b)), on Monday when it is a Sunday (E.O. 11582).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

_MONDAY = 0
_THURSDAY = 3
#: First year in which Juneteenth is a federal holiday (Pub. L. 117-17, 17 June 2021).
_JUNETEENTH_FROM = 2021


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=(last.weekday() - _MONDAY) % 7)


def _observed(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """The observed days of the year's federal holidays; New Year's may fall on 31 December of the year before."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= _JUNETEENTH_FROM:
        fixed.append(date(year, 6, 19))
    floating = [
        _nth(year, 1, _MONDAY, 3),
        _nth(year, 2, _MONDAY, 3),
        _last_monday_of_may(year),
        _nth(year, 9, _MONDAY, 1),
        _nth(year, 10, _MONDAY, 2),
        _nth(year, 11, _THURSDAY, 4),
    ]
    return frozenset([_observed(day) for day in fixed] + floating)


def is_business_day(day: date) -> bool:
    """Neither a weekend nor an observed federal holiday."""
    holidays = federal_holidays(day.year) | federal_holidays(day.year + 1)
    return day.weekday() < 5 and day not in holidays


def _add_business_days(start: date, number: int) -> date:
    day = start
    while number > 0:
        day += timedelta(days=1)
        number -= is_business_day(day)
    return day


_ADD: dict[str, Callable[[date, int], date]] = {
    "calendar_days": lambda start, number: start + timedelta(days=number),
    "business_days": _add_business_days,
    "hours": lambda start, number: start + timedelta(days=-(-number // 24)),
}


def add(start: date, number: int, unit: str) -> date:
    """The last day in time for a duty of `number` `unit` after `start`. Hours count as whole days, rounded up."""
    return _ADD[unit](start, number)
