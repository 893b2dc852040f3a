"""T02 on the real simulated org: what the talked-in app leaves behind, and what a new password does not stop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from leakresponse.rehearsal.client import OrgClient
from leakresponse.rehearsal.client_soap import soap_query
from leakresponse.rehearsal.scenarios.t02 import ADDRESS, APP, CONTACT_FIELDS
from leakresponse.rehearsal.scoring import score_containment
from tests.support.acted import Acted, acted


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t02"), "T02") as found:
        yield found


def tokens(scene: Acted) -> list[dict]:
    return scene.rows(f"SELECT UserId, AppName, AppMenuItemId, UseCount FROM OauthToken WHERE AppName = '{APP}'")


def test_two_users_let_in_an_app_that_nobody_installed(scene: Acted) -> None:
    assert len({one["UserId"] for one in tokens(scene)}) == len(scene.answer.extra["grants"]) == 2
    assert {one["AppMenuItemId"] for one in tokens(scene)} == {None}
    assert not scene.rows(f"SELECT Id FROM ConnectedApplication WHERE Name = '{APP}'")


def test_every_account_and_contact_was_received_and_nothing_else(scene: Acted) -> None:
    for name in ("Account", "Contact"):
        assert scene.ids(name) == {one["Id"] for one in scene.rows(f"SELECT Id FROM {name}")}
    assert set(scene.reads["object"]) == {"Account", "Contact"}
    fields = scene.reads.loc[scene.reads["object"] == "Contact", "fields"].iloc[0]
    assert list(fields) == sorted(CONTACT_FIELDS.split(", "))


def test_small_reads_come_before_the_large_ones(scene: Acted) -> None:
    soql = "SELECT Query, EventDate, SourceIp, ApiType FROM ApiEvent WHERE EventDate > 2020-01-01T00:00:00Z"
    mine = [one for one in scene.rows(soql) if one["SourceIp"] == ADDRESS]
    mine.sort(key=lambda one: one["EventDate"])
    limits = [one["Query"].rpartition(" LIMIT ")[2] for one in mine if " LIMIT " in one["Query"]]
    assert limits == ["10", "100", "1000"]
    assert [one["ApiType"] for one in mine[-2:]] == ["SOAP Partner", "SOAP Partner"]


def test_the_alert_is_the_desks_and_names_app_user_and_address(scene: Acted) -> None:
    named = {(one.kind, one.value) for one in scene.alert.principals}
    used = next(one["username"] for one in scene.answer.extra["grants"] if one["used"])
    assert named == {("connected_app", APP), ("user", used), ("address", ADDRESS)}
    assert scene.alert.window.start <= datetime.fromisoformat(scene.answer.first_act)
    assert timedelta(0) < datetime.now(UTC) - scene.alert.window.end < timedelta(hours=2)


def test_without_a_response_every_door_is_open_and_everybody_works(scene: Acted) -> None:
    doors, honest = scene.doors(), scene.honest()
    assert len(doors) == 4 and all(one.open for one in doors)
    assert all(one.works for one in honest)
    claimed = {"phases": {"contain": {"contained_at": "2026-11-20T08:00:00+00:00"}}}
    assert score_containment(doors, honest, claimed)["false_claim"]


def test_the_real_data_loader_pages_by_query_more(scene: Acted) -> None:
    loader = next(one for one in scene.answer.decoys if one["name"].startswith("Data Loader"))
    client = OrgClient(scene.connection, "192.0.2.60", "test/1")
    client.login_refresh(loader["consumer_key"], loader["consumer_secret"], loader["token"])
    assert soap_query(client, "SELECT Id FROM Contact", page=200) == len(scene.ids("Contact")) > 200


def test_a_new_password_leaves_the_app_reading(scene: Acted) -> None:
    grant = scene.answer.paths.refresh_tokens[0]
    user = scene.rows(f"SELECT Id FROM User WHERE Username = '{grant['username']}'")[0]["Id"]
    scene.responder().call("DELETE", f"/sobjects/User/{user}/password")
    thief = OrgClient(scene.connection, ADDRESS, "test/1")
    thief.resume(scene.answer.paths.access_tokens[0])
    assert thief.query("SELECT Id FROM Contact") == len(scene.ids("Contact"))
    thief.login_refresh(grant["consumer_key"], grant["consumer_secret"], grant["token"])
    assert thief.query("SELECT Id FROM Account LIMIT 3") == 3
