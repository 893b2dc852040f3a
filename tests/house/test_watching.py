"""The progress artifact follows what steps report, says no count, and stops nothing where the server is away."""

from __future__ import annotations

import time
from uuid import uuid4

import httpx
import pytest

from leakresponse.core import progress
from tasks import watching


@pytest.fixture
def written(monkeypatch):
    lines: list[tuple[float, str]] = []
    monkeypatch.setattr(watching, "UPDATE_SECONDS", 0.01)
    monkeypatch.setattr(watching, "create_progress_artifact", lambda share, **_: lines.append((share, "")) or uuid4())
    monkeypatch.setattr(watching, "update_progress_artifact", lambda _id, share, words: lines.append((share, words)))
    return lines


def test_what_is_reported_is_shown(written):
    with watching.shown("case-1", "scope"):
        progress.report("event log files", 3, 4)
        deadline = time.monotonic() + 5
        while (75.0, "scope: event log files") not in written and time.monotonic() < deadline:
            time.sleep(0.01)
    assert (75.0, "scope: event log files") in written
    assert written[-1] == (100.0, "scope: done")


def test_a_phase_that_fails_is_not_shown_as_done(written):
    with pytest.raises(RuntimeError), watching.shown("case-1", "scope"):
        progress.report("event log files", 1, 4)
        raise RuntimeError
    assert written[-1] == (25.0, "scope: stopped")


def test_a_server_that_is_away_from_the_beginning_stops_nothing(written, monkeypatch):
    def away(*_, **__):
        raise httpx.ConnectError("away")

    monkeypatch.setattr(watching, "create_progress_artifact", away)
    with watching.shown("case-1", "scope"):
        progress.report("event log files", 1, 4)
    assert written == []


def test_a_server_that_is_away_stops_nothing(written, monkeypatch):
    def away(*_):
        raise httpx.ConnectError("away")

    monkeypatch.setattr(watching, "update_progress_artifact", away)
    with watching.shown("case-1", "scope"):
        progress.report("event log files", 1, 4)
