"""Log files as they come: in slices, again, late, in place of others."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from leakresponse.rehearsal.org.clock import Clock, compact
from leakresponse.rehearsal.org.logs import Logbook
from leakresponse.rehearsal.org.store import Store

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
USER = "005SIM000000001AAA"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "org.sqlite")
    made.create_tables()
    return made


@pytest.fixture
def book(store: Store, tmp_path: Path) -> Logbook:
    clock = Clock()
    clock.move(NOW)
    return Logbook(store, clock, tmp_path / "logs", USER)


def orders(*kinds: str) -> Callable[[Any, str], Any]:
    """Faults of these kinds, always; a late file is late by less than a second."""
    return lambda kind, _subject: SimpleNamespace(lasting=0.3) if kind in kinds else None


def write(book: Logbook, store: Store, *queries: str, at: datetime = NOW) -> None:
    with store.write() as db:
        book.write(db, [("UniqueQuery", {"TIMESTAMP": compact(at), "QUERY_IDENTIFIER": one}) for one in queries])


def files(store: Store) -> list[dict[str, Any]]:
    return store.all("SELECT * FROM EventLogFile ORDER BY LogDate, Interval, Sequence")


def queries(book: Logbook, file: dict[str, Any]) -> list[str]:
    path = book.path_of(file["Id"])
    assert path is not None
    with path.open(newline="", encoding="utf-8") as content:
        return [row["QUERY_IDENTIFIER"] for row in csv.DictReader(content)]


def frame(*stamps: str, **more: Any) -> pd.DataFrame:
    return pd.DataFrame({"TIMESTAMP": list(stamps), "QUERY_IDENTIFIER": [f"q{n}" for n in range(len(stamps))], **more})


def test_slices_of_a_day_become_one_file_made_in_the_night(book: Logbook, store: Store) -> None:
    with book.importing() as taken:
        taken.add("UniqueQuery", frame("20261118230000.000", "20261119010000.000"))
        taken.add("UniqueQuery", frame("20261118235959.999"))
    found = files(store)
    assert [(one["Interval"], one["LogDate"][:10]) for one in found] == [
        ("Daily", "2026-11-18"), ("Daily", "2026-11-19"),
    ]  # fmt: skip
    assert found[0]["CreatedDate"] == "2026-11-19T03:00:00.000Z"
    assert queries(book, found[0]) == ["q0", "q0"]
    assert (taken.files, taken.rows) == (2, 3)


def test_hours_of_today_are_hourly_files_not_made_in_the_future(book: Logbook, store: Store) -> None:
    book.import_rows("UniqueQuery", frame("20261120010000.000", "20261120093000.000"))
    assert [(one["Interval"], one["Sequence"], one["CreatedDate"][:16]) for one in files(store)] == [
        ("Hourly", 1, "2026-11-20T05:00"), ("Hourly", 1, "2026-11-20T10:30"),
    ]  # fmt: skip


def test_missing_values_are_quoted_empty_texts(book: Logbook, store: Store) -> None:
    book.import_rows("UniqueQuery", frame("20261118010000.000", SQL_ID=[None]))
    path = book.path_of(files(store)[0]["Id"])
    assert path is not None
    assert path.read_text().splitlines()[1] == '"","20261118010000.000","","","","","","","q0","",""'


def test_past_rows_come_to_those_that_a_day_has(book: Logbook, store: Store) -> None:
    book.import_rows("UniqueQuery", frame("20261118010000.000"))
    book.import_rows("UniqueQuery", frame("20261118020000.000", "20261118030000.000"))
    (found,) = files(store)
    assert queries(book, found) == ["q0", "q0", "q1"]


def test_an_import_that_fails_leaves_nothing(book: Logbook, store: Store, tmp_path: Path) -> None:
    with pytest.raises(KeyError), book.importing() as taken:
        taken.add("UniqueQuery", frame("20261118010000.000"))
        taken.add("UniqueQuery", pd.DataFrame({"QUERY_IDENTIFIER": ["x"]}))
    assert files(store) == []
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_day_of_each_users_rows_is_remembered(book: Logbook, store: Store) -> None:
    rows = pd.DataFrame({"TIMESTAMP": ["20261118010000.000"] * 2, "USER_ID_DERIVED": [USER] * 2,
                         "ROWS_PROCESSED": ["40", "2"]})  # fmt: skip
    book.import_rows("RestApi", rows)
    assert store.all("SELECT who, day, number FROM sim_volume") == [{"who": USER, "day": "20261118", "number": 42}]


def test_a_repeated_file_holds_the_same_rows_and_does_not_double_the_day(book: Logbook, store: Store) -> None:
    book.wants = orders("duplicate_log_file")
    write(book, store, "one", at=datetime(2026, 11, 19, 8, tzinfo=UTC))
    book.close_hours()
    daily, first, second = files(store)
    assert [(one["Interval"], one["Sequence"]) for one in (first, second)] == [("Hourly", 1), ("Hourly", 2)]
    assert queries(book, first) == queries(book, second) == queries(book, daily) == ["one"]


def test_a_late_file_is_incomplete_first_and_whole_by_the_next(book: Logbook, store: Store) -> None:
    book.wants = orders("late_log_file")
    write(book, store, "one", "two", "three")
    book.close_hours()
    assert [queries(book, one) for one in files(store)] == [["one"]]
    book.close_hours()
    assert len(files(store)) == 1
    with store.write() as db:
        db.execute("UPDATE sim_log SET written = 0")
    book.close_hours()
    assert [(one["Sequence"], queries(book, one)) for one in files(store)] == [(1, ["one"]), (2, ["two", "three"])]


@pytest.mark.parametrize(("ordered", "same"), [((), True), (("new_log_file_id",), False)])
def test_a_replaced_daily_file_keeps_its_id_unless_ordered(
    book: Logbook, store: Store, ordered: tuple[str, ...], same: bool
) -> None:
    day = datetime(2026, 11, 19, 8, tzinfo=UTC)
    book.wants = orders(*ordered)
    ids = []
    for query in ("one", "two"):
        write(book, store, query, at=day)
        book.close_hours()
        ids += [one["Id"] for one in files(store) if one["Interval"] == "Daily"]
    assert len(ids) == 2
    assert (ids[0] == ids[1]) is same
    assert queries(book, next(one for one in files(store) if one["Interval"] == "Daily")) == ["one", "two"]


def test_csvs_that_nothing_points_to_are_tidied_away(book: Logbook, store: Store, tmp_path: Path) -> None:
    write(book, store, "one")
    book.close_hours()
    (tmp_path / "logs" / "left-behind.csv").write_text("x")
    book.tidy()
    assert [path.name for path in (tmp_path / "logs").iterdir()] == [
        store.all("SELECT path FROM sim_log_file")[0]["path"]
    ]


def test_an_hour_without_its_file_comes_with_the_day(book: Logbook, store: Store) -> None:
    book.wants = orders("missing_log_file")
    write(book, store, "one", at=datetime(2026, 11, 19, 8, tzinfo=UTC))
    book.close_hours()
    (daily,) = files(store)
    assert (daily["Interval"], queries(book, daily)) == ("Daily", ["one"])


def test_the_number_of_a_file_that_never_appeared_stays_free(book: Logbook, store: Store) -> None:
    book.wants = orders("missing_log_file")
    write(book, store, "one")
    book.close_hours()
    assert files(store) == []
    book.wants = orders()
    write(book, store, "two")
    book.close_hours()
    assert [(one["Sequence"], queries(book, one)) for one in files(store)] == [(2, ["two"])]
