"""T15 on the real simulated org: the same theft, and next to nothing in the logs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from leakresponse.rehearsal.client import Denied
from leakresponse.rehearsal.org.log_columns import FREE_TYPES
from tests.support.acted import Acted, acted


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t15"), "T15") as found:
        yield found


def test_the_org_shows_free_types_by_the_day_alone(scene: Acted) -> None:
    files = scene.rows("SELECT EventType, Interval FROM EventLogFile")
    assert files
    assert {one["EventType"] for one in files} <= FREE_TYPES
    assert {one["Interval"] for one in files} == {"Daily"}


def test_stored_events_are_not_there(scene: Acted) -> None:
    with pytest.raises(Denied) as refused:
        scene.rows("SELECT EventDate FROM ApiEvent")
    assert refused.value.code == "INVALID_TYPE"


def test_twenty_hours_have_gone_by_and_the_last_object_was_not_begun(scene: Acted) -> None:
    first, last = (datetime.fromisoformat(one) for one in (scene.answer.first_act, scene.answer.last_act))
    assert timedelta(hours=20) < last - first < timedelta(hours=21)
    assert scene.ids("Contact") and not scene.ids("Account")


def test_the_answer_says_that_the_logs_give_bounds(scene: Acted) -> None:
    assert scene.answer.extra["bounded"]
    assert scene.answer.extra["lost"]
    assert len(scene.people) > 150
