"""T07 on the real simulated org: what sixty days leave of a grant, and that the waking token reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from leakresponse.rehearsal.client import Denied, OrgClient
from leakresponse.rehearsal.scenarios import t02
from leakresponse.rehearsal.scenarios.t07 import ADDRESS, PEN_TEST, SCANNER
from tests.support.acted import Acted, acted


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t07"), "T07") as found:
        yield found


def grants(scene: Acted, app: str) -> list[dict]:
    soql = f"SELECT UserId, AppMenuItemId, CreatedDate, LastUsedDate, UseCount FROM OauthToken WHERE AppName = '{app}'"
    return scene.rows(soql)


def test_the_missed_grants_are_sixty_days_old_and_one_was_used_today(scene: Acted) -> None:
    found = grants(scene, t02.APP)
    assert len(found) == len(scene.answer.extra["missed_then"]) == 2
    old = datetime.now(UTC) - timedelta(days=59)
    assert all(datetime.fromisoformat(one["CreatedDate"]) < old and one["AppMenuItemId"] is None for one in found)
    used = [datetime.fromisoformat(one["LastUsedDate"]) > datetime.now(UTC) - timedelta(hours=6) for one in found]
    assert sorted(used) == [False, True]


def test_the_innocent_are_an_installed_tester_and_an_idle_app_that_is_not(scene: Acted) -> None:
    assert [bool(one["AppMenuItemId"]) for one in grants(scene, PEN_TEST)] == [True]
    idle = grants(scene, SCANNER)[0]
    assert idle["AppMenuItemId"] is None
    assert datetime.fromisoformat(idle["LastUsedDate"]) < datetime.now(UTC) - timedelta(days=20)


def test_only_what_is_read_now_is_in_the_answer(scene: Acted) -> None:
    assert set(scene.reads["object"]) == {"Contact"}
    assert scene.ids("Contact") == {one["Id"] for one in scene.rows("SELECT Id FROM Contact")}


def test_the_logs_of_then_are_gone_and_those_of_now_are_there(scene: Acted) -> None:
    soql = "SELECT Id, CreatedDate FROM EventLogFile WHERE EventType = 'Login'"
    oldest = min(datetime.fromisoformat(one["CreatedDate"]) for one in scene.rows(soql))
    assert oldest > datetime.now(UTC) - timedelta(days=32)
    logins = scene.rows("SELECT SourceIp, LoginTime FROM LoginHistory WHERE LoginType = 'Remote Access 2.0'")
    assert ADDRESS in {one["SourceIp"] for one in logins}


def test_the_old_way_is_closed_for_new_consents(scene: Acted) -> None:
    key = scene.answer.paths.refresh_tokens[0]["consumer_key"]
    client = OrgClient(scene.connection, ADDRESS, "test/1")
    with pytest.raises(Denied):
        client.call("POST", "/services/oauth2/token", data={"response_type": "device_code", "client_id": key})


def test_without_a_response_every_door_is_open_and_everybody_works(scene: Acted) -> None:
    assert len(scene.doors()) == 3 and all(one.open for one in scene.doors())
    assert all(one.works for one in scene.honest())
