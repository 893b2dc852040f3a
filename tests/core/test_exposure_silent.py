"""Silence of the logs is no innocence: whoever the alert names may have read what it could, and at least nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leakresponse.core.exposure import data_export_reads, resolve_reads, silent_reads
from leakresponse.core.types import Window
from tests.core.test_permissions import SNAPSHOT
from tests.support.exposure_events import DESCRIBE, QUERY, USER, C, api_event, reads

WINDOW = Window(datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))
SILENT = {"because": "only the free log types have files", "types": []}


def test_a_named_reader_of_a_silent_log_may_have_read_what_it_could() -> None:
    (read,) = silent_reads([USER], WINDOW, [], [SILENT])
    assert read.logged is not None
    assert (read.logged.low, read.logged.high, read.certainty) == (0, None, "possible")
    assert [one.object for one in resolve_reads([read], DESCRIBE, SNAPSHOT)] == ["Contact"]


@pytest.mark.parametrize("unknown", [[], [{"because": "a file of the hour is missing", "types": ["RestApi"]}]])
def test_logs_that_are_there_are_no_silence(unknown: list[dict[str, object]]) -> None:
    assert list(silent_reads([USER], WINDOW, [], unknown)) == []


def test_a_reader_of_whom_a_log_tells_is_not_silent() -> None:
    assert list(silent_reads([USER], WINDOW, reads(api_event(1, QUERY, C[:1], 1)), [SILENT])) == []


def test_a_data_export_holds_whatever_its_user_could_read() -> None:
    (read,) = data_export_reads([(USER, WINDOW.start)])
    assert (read.channel, read.first_seen) == ("data_export", WINDOW.start)
    assert [one.object for one in resolve_reads([read], DESCRIBE, SNAPSHOT)] == ["Contact"]
