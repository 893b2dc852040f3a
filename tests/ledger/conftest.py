"""A ledger on a fresh file, and a clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leakresponse.ledger import Ledger, open_ledger


class MovableClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def ledger(tmp_path, clock) -> Ledger:
    return open_ledger(tmp_path / "ledger.sqlite", clock)


@pytest.fixture
def case_id(ledger) -> str:
    return ledger.open_case("alert-1", b'{"id": "alert-1"}', {"source": "test"}).case_id


@pytest.fixture
def notice_rows():
    def rows(count: int, start: int = 0, **changes):
        base = {"legal_entity": "HP", "jurisdiction": "CA", "variant": "ca", "variant_hash": "h1", "channel": "email"}
        return [
            {"notice_id": f"n{i:05d}", "person_id": f"p{i}", **base, **changes} for i in range(start, start + count)
        ]

    return rows
