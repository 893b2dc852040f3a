"""Which files a run fetches, and how far its cursor moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leakresponse.core.archive import (
    MOST_ATTEMPTS,
    OVERLAP,
    Copy,
    ask_since,
    file_key,
    next_cursor,
    retention_of,
    wanted,
)

MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)
FILE = Copy(file_key("0AT1", "2026-11-20", 10), "Login", "Daily", MADE, 0, "0AT1", MADE, 10)


@pytest.mark.parametrize(
    ("state", "attempts", "again"),
    [("done", 1, False), ("kept", 1, False), ("listed", 0, True), ("gone", 0, True), ("short", 1, True),
     ("short", MOST_ATTEMPTS, False)],
)  # fmt: skip
def test_what_is_fetched_again(state: str, attempts: int, again: bool) -> None:
    held = replace(FILE, state=state, attempts=attempts)  # type: ignore[arg-type]
    assert wanted([FILE], {FILE.key: held}) == ([held] if again else [])


def test_the_same_id_with_another_date_or_length_is_another_file() -> None:
    keys = {file_key("0AT1", made, length) for made in ("2026-11-20", "2026-11-21") for length in (10, 11)}
    assert len(keys) == 4


def test_the_oldest_comes_first() -> None:
    older = replace(FILE, key="older", created=MADE - timedelta(hours=1))
    assert wanted([FILE, older], {}) == [older, FILE]


def test_the_cursor_stays_before_what_is_left() -> None:
    newer = replace(FILE, created=MADE + timedelta(hours=3))
    assert next_cursor(None, [FILE, newer], []) == newer.created
    assert next_cursor(None, [FILE, newer], [FILE]) == FILE.created


def test_the_cursor_never_goes_back() -> None:
    later = MADE + timedelta(days=1)
    assert next_cursor(later, [FILE], [FILE]) == later
    assert next_cursor(later, [], []) == later


def test_files_are_asked_for_with_an_overlap() -> None:
    assert ask_since(MADE) == MADE - OVERLAP
    assert ask_since(None) is None


@pytest.mark.parametrize(
    ("types", "said", "days"), [({"Login"}, 0, 1), ({"Login", "RestApi"}, 0, 30), ({"Login"}, 365, 365)]
)
def test_retention_is_as_said_or_told_by_the_types(types: set[str], said: int, days: int) -> None:
    assert retention_of(types, said) == timedelta(days=days)
