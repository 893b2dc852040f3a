"""What the logs do not tell of the window is said, and an hour without events is no gap by itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from leakresponse.core.log_gaps import FileSpan, Unknown, unknown_spans
from leakresponse.core.types import Window

START = datetime(2026, 11, 24, 8, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=6))
NOW = START + timedelta(days=5)


def hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600


def files(since: datetime, until: datetime, kind: str = "RestApi") -> list[FileSpan]:
    """One hourly file for each hour."""
    count = int((until - since) / timedelta(hours=1))
    return [FileSpan(kind, "Hourly", since + timedelta(hours=n), 1) for n in range(count)]


def rows(*lists: list[FileSpan], without: Collection[int] = ()) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for one in (span for some in lists for span in some):
        found.setdefault(one.event_type, set()).add(hour(one.starts))
    return {kind: hours - set(without) for kind, hours in found.items()}


MONTH = files(START - timedelta(days=20), WINDOW.end + timedelta(hours=3))


def test_logs_of_every_hour_leave_nothing_open() -> None:
    assert unknown_spans(WINDOW, MONTH, rows(MONTH), NOW) == []


def test_no_file_at_all_leaves_the_whole_window_open() -> None:
    (one,) = unknown_spans(WINDOW, [], {}, NOW)
    assert (one.start, one.end) == (WINDOW.start, WINDOW.end) and "no log file at all" in one.because


def test_what_was_not_kept_is_open_up_to_the_oldest_file() -> None:
    young = files(START + timedelta(hours=2), WINDOW.end)
    (one,) = unknown_spans(WINDOW, young, rows(young), NOW)
    assert (one.start, one.end) == (START, START + timedelta(hours=2)) and "not kept" in one.because


def test_free_types_alone_say_neither_queries_nor_rows() -> None:
    free = files(START - timedelta(days=1), WINDOW.end, "ApiTotalUsage")
    (one,) = unknown_spans(WINDOW, free, rows(free), NOW)
    assert (one.start, one.end) == (WINDOW.start, WINDOW.end) and "free" in one.because


def test_a_number_left_out_among_an_hours_files_is_a_gap() -> None:
    late = [*MONTH, FileSpan("RestApi", "Hourly", START + timedelta(hours=1), 3)]
    (one,) = unknown_spans(WINDOW, late, rows(late), NOW)
    assert (one.start, one.end) == (START + timedelta(hours=1), START + timedelta(hours=2))
    assert one.types == ("RestApi",)


def test_a_daily_file_fills_the_number_left_out() -> None:
    day = FileSpan("RestApi", "Daily", START.replace(hour=0), 0)
    late = [*MONTH, FileSpan("RestApi", "Hourly", START + timedelta(hours=1), 3), day]
    assert unknown_spans(WINDOW, late, rows(MONTH), NOW) == []


def test_stored_events_of_an_hour_without_log_rows_show_the_gap() -> None:
    gone = hour(START + timedelta(hours=3))
    seen = rows(MONTH, without={gone}) | {"ApiEvent": {gone}, "Login": {gone}}
    (one,) = unknown_spans(WINDOW, MONTH, seen, NOW)
    assert (one.start, one.end) == (START + timedelta(hours=3), START + timedelta(hours=4))
    assert "ApiEvent" in one.because and "RestApi" in one.types


def test_an_hour_of_silence_is_a_gap_in_an_org_that_is_never_silent() -> None:
    gone = [hour(START + timedelta(hours=n)) for n in (2, 3)]
    (one,) = unknown_spans(WINDOW, MONTH, rows(MONTH, without=gone), NOW)
    assert (one.start, one.end) == (START + timedelta(hours=2), START + timedelta(hours=4))
    assert "never silent" in one.because


def test_an_hour_of_silence_says_nothing_in_an_org_that_is_often_silent() -> None:
    quiet = {hour(one.starts) for one in MONTH[::3]}
    assert unknown_spans(WINDOW, MONTH, rows(MONTH, without=quiet), NOW) == []


def test_files_not_due_yet_may_still_come() -> None:
    gone = hour(START + timedelta(hours=5))
    (one,) = unknown_spans(WINDOW, MONTH, rows(MONTH, without={gone}), START + timedelta(hours=7))
    assert "on the way" in one.because


def test_a_window_that_is_not_over_ends_now() -> None:
    now = START + timedelta(hours=2)
    assert unknown_spans(WINDOW, [], {}, now) == [
        Unknown(START, now, "no log file at all: none is written, or none may be read")
    ]
