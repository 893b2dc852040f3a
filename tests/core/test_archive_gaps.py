"""Gaps are told from what else is known, never from silence alone; late files with how late they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leakresponse.core.archive import Copy, Interval, file_key
from leakresponse.core.archive_gaps import Gap, find_gaps, find_late, lost_span, predecessor

DAY = datetime(2026, 11, 20, tzinfo=UTC)
NOW = DAY + timedelta(days=2)


def copy(interval: Interval, hour: int = 0, *, of: str = "RestApi", sequence: int = 1, **more: Any) -> Copy:
    starts = DAY + timedelta(hours=hour)
    created = starts + (timedelta(hours=27) if interval == "Daily" else timedelta(hours=5))
    number = 0 if interval == "Daily" else sequence
    key = file_key(f"{interval}{hour}{of}{sequence}", created.isoformat(), 10)
    plain = Copy(key, of, interval, starts, number, f"{interval}{hour}{sequence}", created, 10, "done", 1, "ab", 10, 3)
    return replace(plain, **more)


def hours(**counts: int) -> dict[str, int]:
    return {f"2026-11-20T{hour[1:]}": rows for hour, rows in counts.items()}


def kinds(gaps: list[Gap]) -> list[tuple[str, int, int, bool]]:
    return [(gap.kind, gap.since.hour, gap.rows, gap.covered) for gap in gaps]


def test_an_hour_that_only_the_day_knows_is_missing_and_covered() -> None:
    files = [copy("Hourly", 8), copy("Daily", hours=hours(h08=3, h09=7))]
    assert kinds(find_gaps(files, NOW)) == [("missing_hour", 9, 7, True)]


def test_an_hour_of_silence_is_no_gap() -> None:
    assert find_gaps([copy("Hourly", 8), copy("Hourly", 11), copy("Daily", hours=hours(h08=3, h11=1))], NOW) == []


def test_a_type_without_hourly_files_misses_none() -> None:
    assert find_gaps([copy("Hourly", 8, of="Login"), copy("Daily", hours=hours(h08=3))], NOW) == []


def test_stored_events_tell_of_an_hour_that_no_file_has() -> None:
    files = [copy("Daily", of="Login", hours=hours(h08=1)), copy("RealTime", of="LoginEvent", hours=hours(h09=2))]
    assert kinds(find_gaps(files, NOW + timedelta(seconds=1))) == [("missing_hour", 9, 2, False)]


def test_stored_events_are_satisfied_by_any_log_that_holds_the_same_acts() -> None:
    files = [copy("Hourly", 9, of="API", hours=hours(h09=2)), copy("Daily", of="API", hours=hours(h09=2)),
             copy("Daily", hours=hours(h08=4)), copy("RealTime", of="ApiEvent", hours=hours(h09=2))]  # fmt: skip
    assert find_gaps(files, NOW) == []


def test_an_hour_whose_file_may_still_come_is_not_missed_yet() -> None:
    files = [copy("Hourly", 8, of="Login", hours=hours(h08=1)), copy("RealTime", of="LoginEvent", hours=hours(h09=2))]
    assert find_gaps(files, DAY + timedelta(hours=16)) == []
    assert kinds(find_gaps(files, DAY + timedelta(hours=16, seconds=1))) == [("missing_hour", 9, 2, False)]


def test_an_org_without_hourly_files_has_until_its_daily_ones_are_due() -> None:
    files = [copy("Daily", of="Login", hours=hours(h08=1)), copy("RealTime", of="LoginEvent", hours=hours(h09=2))]
    assert find_gaps(files, NOW) == []


def test_a_number_left_out_is_a_hole() -> None:
    files = [copy("Hourly", 8, sequence=1), copy("Hourly", 8, sequence=3)]
    assert kinds(find_gaps(files, DAY + timedelta(hours=12))) == [("sequence_hole", 8, 0, False)]


def test_a_hole_is_covered_by_the_day_with_the_rows_it_has_more() -> None:
    files = [copy("Hourly", 8, sequence=2, rows=20), copy("Daily", hours=hours(h08=23))]
    assert kinds(find_gaps(files, NOW)) == [("sequence_hole", 8, 3, True)]


@pytest.mark.parametrize(("after", "missed"), [(timedelta(hours=47), 0), (timedelta(hours=49), 1)])
def test_a_daily_file_is_missed_a_day_after_its_day(after: timedelta, missed: int) -> None:
    assert [gap.kind for gap in find_gaps([copy("Hourly", 8)], DAY + after)] == ["missing_day"] * missed


def test_a_file_that_vanished_uncopied_is_lost_unless_its_successor_was_copied() -> None:
    gone = copy("Daily", state="gone", hours={})
    (gap,) = find_gaps([gone], NOW)
    assert (gap.kind, gap.lost) == ("gone_file", True)
    successor = replace(copy("Daily"), key="other", created=gone.created + timedelta(hours=1))
    assert find_gaps([gone, successor], NOW) == []


def test_a_further_file_of_the_hour_takes_no_gone_files_place() -> None:
    gone, further = copy("Hourly", 8, sequence=2, state="gone"), copy("Hourly", 8, sequence=3)
    files = [copy("Hourly", 8, sequence=1), gone, further]
    assert [(gap.kind, gap.lost) for gap in find_gaps(files, DAY + timedelta(hours=12))] == [
        ("gone_file", True),
        ("sequence_hole", False),
    ]
    again = replace(gone, key="other", state="done", created=gone.created + timedelta(hours=1))
    assert find_gaps([*files, again], DAY + timedelta(hours=12)) == []


def test_a_file_that_is_not_as_long_as_said_is_named() -> None:
    assert [gap.kind for gap in find_gaps([copy("Daily", state="short")], NOW)] == ["short_file"]


@pytest.mark.parametrize(("days", "lost"), [(0.9, False), (1.5, True)])
def test_what_ran_out_between_two_runs_is_lost_for_ever(days: float, lost: bool) -> None:
    gap = lost_span(NOW - timedelta(days=days), timedelta(days=1), NOW)
    assert (gap is not None) is lost
    if gap:
        assert (gap.until - gap.since, gap.lost) == (timedelta(hours=12), True)


def test_before_the_first_run_nothing_was_lost() -> None:
    assert lost_span(None, timedelta(days=1), NOW) is None


def test_late_files_say_how_late() -> None:
    late = copy("Hourly", 8, sequence=2, created=DAY + timedelta(hours=20))
    assert [(one.sequence, one.hours) for one in find_late([copy("Hourly", 8), copy("Daily"), late])] == [(2, 11.0)]


def test_a_daily_file_follows_the_newest_one_before_it() -> None:
    first, second, third = (
        replace(copy("Daily"), key=str(n), created=DAY + timedelta(days=1, hours=n)) for n in range(3)
    )
    assert predecessor(third, [second, first, copy("Hourly")]) == second
    assert predecessor(first, [second, third]) is None
