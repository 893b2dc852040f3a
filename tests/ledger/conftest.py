"""A ledger on a fresh database of each kind, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from leakresponse.ledger import Ledger, open_ledger
from tests.support import postgres


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


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield str(tmp_path / "ledger.sqlite")
        return
    made = postgres.new_database()
    yield made
    postgres.drop(made)


@pytest.fixture
def ledger(address, clock) -> Iterator[Ledger]:
    made = open_ledger(address, clock)
    yield made
    made.close()


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
