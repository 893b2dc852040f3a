"""Which days a date literal spans, counted from the day of the query in UTC.

Source: SOQL and SOSL Reference, "Date Formats and Date Literals in WHERE". Weeks start on Sunday (locale en_US); the
fiscal year is the calendar year, as in an org that never changed it. LAST_N_DAYS:n includes today, so n = 1 is
yesterday and today; the weeks, months, quarters and years of LAST_N do not include the current one.
"""

from __future__ import annotations

from datetime import date, timedelta

from leakresponse.core.soql.ast import DateLiteral

_FIXED = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


def span(literal: DateLiteral, today: date) -> tuple[date, date]:
    """First day and the day after the last one."""
    if literal.name in _FIXED:
        return _units("DAY", today, _FIXED[literal.name], 1)
    word, rest = literal.name.replace("FISCAL_", "").split("_", 1)
    if rest == "90_DAYS":
        return span(DateLiteral(f"{word}_N_DAYS", 90), today)
    count = literal.n if literal.n is not None else 1
    unit = rest.removeprefix("N_").removesuffix("_AGO").removesuffix("S")
    if word == "N":
        return _units(unit, today, -count, 1)
    if word == "THIS":
        return _units(unit, today, 0, 1)
    if word == "NEXT":
        return _units(unit, today, 1, count)
    return _units(unit, today, -count, count + (unit == "DAY"))


def _units(unit: str, today: date, first: int, count: int) -> tuple[date, date]:
    """`count` units from the one that is `first` units away from today's."""
    if unit in {"DAY", "WEEK"}:
        length = 7 if unit == "WEEK" else 1
        start = today - timedelta(days=(today.weekday() + 1) % 7) if unit == "WEEK" else today
        return _add_days(start, first * length), _add_days(start, (first + count) * length)
    months = _MONTHS[unit]
    start_month = today.year * 12 + (today.month - 1) // months * months
    return _month(start_month + first * months), _month(start_month + (first + count) * months)


def _add_days(start: date, days: int) -> date:
    wanted = start.toordinal() + days
    return date.fromordinal(min(max(wanted, date.min.toordinal()), date.max.toordinal()))


def _month(index: int) -> date:
    year, month = divmod(index, 12)
    return date.min if year < 1 else date.max if year > 9999 else date(year, month + 1, 1)
