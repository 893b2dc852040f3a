"""T06 on the real simulated org and the provider double: 48 minutes, and which cut shuts which door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from leakresponse.rehearsal.idp_double import read_orders
from leakresponse.rehearsal.probes import Door
from leakresponse.rehearsal.scenarios.t06 import ABROAD, ADDRESS, REPORTS
from tests.support.acted import Acted, acted, freeze, hook


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t06"), "T06") as found:
        yield found


def open_kinds(doors: list[Door]) -> list[str]:
    return sorted(one.kind for one in doors if one.open)


def test_from_the_factor_to_the_last_export_it_is_less_than_an_hour(scene: Acted) -> None:
    first, last = map(datetime.fromisoformat, (scene.answer.first_act, scene.answer.last_act))
    assert last - first == timedelta(minutes=48)
    made = scene.rows("SELECT Id, CreatedDate FROM TwoFactorInfo")
    mine = next(one for one in made if one["Id"] == scene.answer.paths.factors[0]["factor"])
    assert scene.alert.window.start < datetime.fromisoformat(mine["CreatedDate"]) < scene.alert.window.end
    assert len(made) == 3


def test_the_sign_on_is_saml_and_brings_no_app(scene: Acted) -> None:
    logins = scene.rows("SELECT SourceIp, LoginType, Application FROM LoginHistory WHERE LoginType LIKE 'SAML%'")
    assert {one["SourceIp"] for one in logins} == {ADDRESS, ABROAD}
    assert {one["LoginType"] for one in logins} == {"SAML Idp Initiated SSO"}


def test_three_reports_and_two_lists_were_received(scene: Acted) -> None:
    exported = scene.rows(
        "SELECT Name, Operation, RowsProcessed FROM ReportEvent WHERE EventDate > 2020-01-01T00:00:00Z"
    )
    names = {one["Name"] for one in exported if one["Operation"] == "ReportExported"}
    assert names == {name for name, _, _ in REPORTS}
    for _, kind, _ in REPORTS:
        assert scene.ids(kind) == {one["Id"] for one in scene.rows(f"SELECT Id FROM {kind}")}


def test_a_session_has_a_child(scene: Acted) -> None:
    soql = f"SELECT Id, ParentId, SessionType FROM AuthSession WHERE SourceIp = '{ADDRESS}' AND SessionType = 'UI'"
    found = scene.rows(soql)
    assert len(found) == 2
    assert len({one["ParentId"] for one in found}) == 1


def test_each_cut_shuts_its_own_doors_and_no_others(scene: Acted) -> None:
    assert all(one.works for one in scene.honest())
    every = ["browser_session", "browser_session", "factor", "idp_session"]
    assert open_kinds(scene.doors()) == every
    freeze(scene, scene.answer.usernames[0])
    assert open_kinds(scene.doors()) == every
    assert hook(scene, username=scene.answer.usernames[0]).json() == {"ended": 1}
    assert open_kinds(scene.doors()) == every[:3]
    scene.responder().call("DELETE", f"/sobjects/TwoFactorInfo/{scene.answer.paths.factors[0]['factor']}")
    assert open_kinds(scene.doors()) == every[:2]
    parent = scene.rows(f"SELECT ParentId FROM AuthSession WHERE SourceIp = '{ADDRESS}' LIMIT 1")[0]["ParentId"]
    scene.responder().call("DELETE", f"/sobjects/AuthSession/{parent}")
    assert open_kinds(scene.doors()) == []
    assert all(one.works for one in scene.honest())


def test_the_provider_keeps_a_journal_without_names(scene: Acted) -> None:
    hook(scene, usernames=["nobody@example"])
    journal = scene.state.parent / "idp.jsonl"
    assert [one["ended"] for one in read_orders(journal)][-1] == 0
    assert "@" not in journal.read_text()
