"""Bringing logs home: each version of a file once, late files awaited, real-time events by the handful."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from leakresponse.adapters.salesforce import logs as adapter
from leakresponse.adapters.salesforce.logs import LogFile
from leakresponse.core.log_tables import Loader
from leakresponse.core.types import Alert, Window
from tasks import logs

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
FILE = LogFile("0AT1", "RestApi", "Daily", "2026-11-24T00:00:00.000+0000", 0, "2026-11-25T03:00:00.000+0000", 9, "/1")
CLIENT: Any = SimpleNamespace()


def csv_of(*minutes: int) -> bytes:
    stamps = [(START + timedelta(minutes=one)).strftime("%Y-%m-%dT%H:%M:%S.000Z") for one in minutes]
    return "\n".join(["EVENT_TYPE,TIMESTAMP_DERIVED", *(f"RestApi,{one}" for one in stamps)]).encode()


class Org:
    """The files that an org lists; what each holds can change, as a replaced file does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.files: dict[LogFile, bytes] = {}
        self.downloads = 0
        monkeypatch.setattr(adapter, "list_files", lambda client, types, since: list(self.files))
        monkeypatch.setattr(adapter, "download", self._download)

    def _download(self, client: Any, file: LogFile) -> Iterator[bytes]:
        self.downloads += 1
        yield self.files[file]


def keep(_file: LogFile, chunks: Iterator[bytes]) -> io.BytesIO:
    return io.BytesIO(b"".join(chunks))


@pytest.fixture
def taken() -> logs.Taken:
    return logs.Taken(Loader(lambda name, content: b"".join(content)))


def fetch(taken: logs.Taken) -> None:
    logs.fetch_files(CLIENT, START, taken, keep, 2)


def test_a_file_is_taken_once_and_its_replacement_adds_what_is_new(monkeypatch, taken) -> None:
    org = Org(monkeypatch)
    org.files = {FILE: csv_of(1, 2)}
    fetch(taken)
    fetch(taken)
    org.files = {replace(FILE, created="2026-11-25T09:00:00.000+0000"): csv_of(1, 2, 3)}
    fetch(taken)
    loaded = taken.loader.close()
    assert (org.downloads, loaded.rows, loaded.repeated) == (2, 3, 2)
    assert taken.newest == START + timedelta(minutes=3)


def test_files_are_awaited_until_they_reach_the_newest_event(monkeypatch, taken) -> None:
    org, waits = Org(monkeypatch), []
    org.files = {FILE: csv_of(1)}

    def a_later_file_comes(_seconds: float) -> None:
        waits.append(1)
        org.files[replace(FILE, file_id="0AT2")] = csv_of(30)

    monkeypatch.setattr(logs.time, "sleep", a_later_file_comes)
    rules: Any = SimpleNamespace(log_wait_seconds=60, parallel=2)
    assert logs._fetch_until(CLIENT, taken, keep, START, START + timedelta(minutes=30), rules) == 0
    assert len(waits) == 1


def test_files_that_do_not_come_leave_a_gap_of_so_many_seconds(monkeypatch, taken) -> None:
    Org(monkeypatch).files = {FILE: csv_of(1)}
    rules: Any = SimpleNamespace(log_wait_seconds=0, parallel=2)
    assert logs._fetch_until(CLIENT, taken, keep, START, START + timedelta(minutes=2), rules) == 59


def test_real_time_events_are_read_by_the_handful_and_our_own_do_not_count_as_news(monkeypatch, taken) -> None:
    def stored(
        client: Any, name: str, fields: Any, start: datetime, end: datetime
    ) -> Iterator[dict[str, object]] | None:
        if name != "ApiEvent":
            return None
        users = ["005000000000001AAA"] * 6 + ["005000000000009AAA"]
        return iter(
            {"EventDate": (START + timedelta(minutes=n)).isoformat(), "UserId": user} for n, user in enumerate(users)
        )

    monkeypatch.setattr(adapter, "stored_events", stored)
    monkeypatch.setattr(logs, "_LIVE_ROWS", 3)
    last = START + timedelta(minutes=9)
    newest = logs.real_time(CLIENT, taken.loader, START, last, {"005000000000009AAA"})
    assert newest == START + timedelta(minutes=5)
    assert taken.loader.close().rows == 7


def test_silent_logs_are_told_as_facts(monkeypatch, taken) -> None:
    alert = Alert("a", "siem", START, "", Window(START, START + timedelta(hours=2)), ())
    (fact,) = logs._unknown(alert, taken, {})
    assert fact["from"] == START.isoformat() and fact["types"] == [] and "no log file" in fact["because"]
