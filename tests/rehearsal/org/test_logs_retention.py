"""How long logs are there, and what an org without the add-on sees of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org import retention
from leakresponse.rehearsal.org.clock import Clock, compact, iso
from leakresponse.rehearsal.org.logs import Logbook
from leakresponse.rehearsal.org.retention import EventSettings, keep_settings
from leakresponse.rehearsal.org.store import Store, put
from tests.support.served_org import Served

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
FREE = EventSettings(add_on=False)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "org.sqlite")
    made.create_tables()
    return made


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.move(NOW)
    return made


@pytest.fixture
def book(store: Store, clock: Clock, tmp_path: Path) -> Logbook:
    return Logbook(store, clock, tmp_path / "logs", "005SIM000000001AAA")


def write(book: Logbook, store: Store, *kinds: str, at: datetime = NOW) -> None:
    with store.write() as db:
        book.write(db, [(kind, {"TIMESTAMP": compact(at)}) for kind in kinds])
    book.close_hours()


def pass_days(book: Logbook, clock: Clock, *days: int) -> None:
    """So many days after NOW, files are made and let go."""
    for one in days:
        clock.move(NOW + timedelta(days=one))
        book.close_hours()


def seen(store: Store) -> set[str]:
    return {row["EventType"] for row in store.all("SELECT EventType FROM EventLogFile")}


def event(name: str, at: datetime) -> dict[str, Any]:
    return {"Id": f"{name}-{iso(at)}", "EventDate": iso(at), "EventIdentifier": iso(at), "CreatedDate": iso(at)}


@pytest.mark.parametrize(("days", "there"), [(30, False), (90, True)])
def test_files_go_after_the_days_of_the_setting(
    book: Logbook, store: Store, clock: Clock, tmp_path: Path, days: int, there: bool
) -> None:
    keep_settings(store, EventSettings(retention_days=days), NOW)
    write(book, store, "RestApi")
    pass_days(book, clock, 1, 32)
    assert (seen(store) == {"RestApi"}) is there
    assert bool(list((tmp_path / "logs").iterdir())) is there


@pytest.mark.parametrize("days", [29, 366])
def test_other_days_are_refused(store: Store, days: int) -> None:
    with pytest.raises(BadInput):
        keep_settings(store, EventSettings(retention_days=days), NOW)


def test_without_the_add_on_only_free_types_have_files_and_those_by_the_day(
    book: Logbook, store: Store, clock: Clock
) -> None:
    keep_settings(store, FREE, NOW)
    write(book, store, "RestApi", "Login", "ApiTotalUsage", "UniqueQuery", "Logout")
    assert seen(store) == set()
    pass_days(book, clock, 1)
    assert seen(store) == {"Login", "ApiTotalUsage", "Logout"}


def test_giving_up_the_add_on_hides_what_it_showed(book: Logbook, store: Store, clock: Clock) -> None:
    write(book, store, "RestApi", "Login")
    pass_days(book, clock, 1)
    keep_settings(store, FREE, clock.now())
    assert [(row["EventType"], row["Interval"]) for row in store.all("SELECT * FROM EventLogFile")] == [
        ("Login", "Daily")
    ]


def test_a_hidden_file_cannot_be_fetched(book: Logbook, store: Store) -> None:
    keep_settings(store, FREE, NOW)
    write(book, store, "RestApi")
    (file,) = store.all("SELECT file_id FROM sim_log_file")
    assert book.path_of(file["file_id"]) is None


def test_free_files_go_after_a_day_and_the_add_on_looks_back_thirty(book: Logbook, store: Store, clock: Clock) -> None:
    keep_settings(store, FREE, NOW)
    write(book, store, "Login", "RestApi")
    pass_days(book, clock, 1, 3)
    assert seen(store) == set()
    keep_settings(store, EventSettings(), clock.now())
    assert seen(store) == {"Login", "RestApi"}


def test_nothing_is_written_while_generation_is_off(book: Logbook, store: Store) -> None:
    keep_settings(store, EventSettings(generation=False), NOW)
    write(book, store, "RestApi")
    assert seen(store) == set()


def test_stored_events_go_after_six_months_and_logins_after_ten_years(store: Store) -> None:
    with store.write() as db:
        for name in ("ApiEvent", "LoginEvent"):
            for age in (10, 200, 4000):
                put(db, name, event(name, NOW - timedelta(days=age)))
    retention.sweep(store, NOW)
    left = {name: len(store.all(f"SELECT Id FROM {name}")) for name in ("ApiEvent", "LoginEvent")}
    assert left == {"ApiEvent": 1, "LoginEvent": 2}


def test_the_setup_trail_goes_after_180_days(store: Store) -> None:
    with store.write() as db:
        for number, age in enumerate((170, 190)):
            put(db, "SetupAuditTrail", {"Id": str(number), "CreatedDate": iso(NOW - timedelta(days=age))})
    retention.sweep(store, NOW)
    assert [row["Id"] for row in store.all("SELECT Id FROM SetupAuditTrail")] == ["0"]


def test_stored_events_are_unknown_without_the_add_on(another: Callable[..., Served]) -> None:
    org = another()
    keep_settings(org.world.store, FREE, org.world.clock.now())
    responder = org.responder()
    asked = responder.call("GET", "/query", params={"q": "SELECT EventDate FROM ApiEvent"})
    assert asked.json()[0]["errorCode"] == "INVALID_TYPE"
    assert responder.call("GET", "/sobjects/LoginEvent/describe").status_code == 404
    assert not {"ApiEvent", "ReportEvent"} & {
        one["name"] for one in responder.call("GET", "/sobjects").json()["sobjects"]
    }
    org.client("migration").rows("SELECT Id FROM Contact LIMIT 5")
    keep_settings(org.world.store, EventSettings(), org.world.clock.now())
    assert len(responder.rows("SELECT EventDate FROM ApiEvent")) >= 1
