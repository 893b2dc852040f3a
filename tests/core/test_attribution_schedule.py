"""Hours of the week tell good from bad where a plain habit goes on beside the odd hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from leakresponse.core.attribution import attribute
from leakresponse.core.attribution_schedule import off_schedule
from leakresponse.core.events import normalise_elf
from leakresponse.core.events_ids import to18
from leakresponse.core.types import Alert, Principal, Window

APP, USER = to18("0H4000000000001"), "005000000000001AAA"
DAY = datetime(2026, 11, 24, tzinfo=UTC)


def row(at: datetime, session: str) -> dict[str, str]:
    return {
        "TIMESTAMP_DERIVED": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "CLIENT_IP": "52.32.118.10", "SESSION_KEY": session,
        "USER_ID_DERIVED": USER, "CONNECTED_APP_ID": APP, "USER_AGENT": "Sync/1", "STATUS_CODE": "200",
    }  # fmt: skip


def labels(hours: list[int], *today: tuple[int, str], days: int = 30) -> dict[str, str]:
    """Labels of today's sessions, after days of work at these hours; same network, address and agent throughout."""
    past = [row(DAY - timedelta(days=back, hours=-hour), "old") for back in range(1, days) for hour in hours]
    rows = [*past, *(row(DAY + timedelta(hours=hour), session) for hour, session in today)]
    events = normalise_elf("RestApi", pd.DataFrame(rows, dtype="str"), "f").events
    window = Window(DAY, DAY + timedelta(hours=23))
    alert = Alert("a", "test", DAY, "", window, (Principal("connected_app", APP),))
    found = attribute(events, alert, cut_at=DAY + timedelta(days=1))
    return dict(zip(found["session_key"], found["label"], strict=True))


def test_work_at_an_odd_hour_beside_the_usual_one_is_the_attack() -> None:
    found = labels([2, 3], (2, "usual"), (14, "odd"))
    assert (found["odd"], found["usual"]) == ("attack", "uncertain")


def test_work_that_only_moved_is_in_doubt() -> None:
    assert labels([2, 3], (14, "moved"))["moved"] == "uncertain"


@pytest.mark.parametrize("hour", [1, 4])
def test_an_hour_beside_the_usual_ones_is_usual(hour: int) -> None:
    assert labels([2, 3], (2, "usual"), (hour, "near"))["near"] == "uncertain"


def test_who_works_at_all_hours_has_no_odd_one() -> None:
    assert labels(list(range(0, 24, 2)), (2, "usual"), (13, "other"))["other"] == "uncertain"


def test_few_days_make_no_habit() -> None:
    assert labels([2, 3], (2, "usual"), (14, "odd"), days=6)["odd"] == "uncertain"


def test_a_weekday_habit_makes_the_weekend_odd() -> None:
    monday = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp()) // 3600
    weekdays = [monday + 24 * day + 9 for day in range(21) if day % 7 < 5]
    hours = np.array([*weekdays, monday + 24 * 21 + 9, monday + 24 * 26 + 9])
    past = np.arange(len(hours)) < len(weekdays)
    assert off_schedule(np.zeros(len(hours), np.int64), hours, past)[-2:].tolist() == [False, True]


def test_rows_without_an_actor_are_never_odd() -> None:
    assert not off_schedule(np.array([-1, -1]), np.array([5, 6]), np.array([True, False])).any()
