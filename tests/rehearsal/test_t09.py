"""T09 on the real simulated org: a report as it was for half an hour, a session that lives on, and mails that go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest

from leakresponse.rehearsal.scenarios.t09 import ADDED, COLUMNS, HOME, LAST_DAY
from tests.support.acted import Acted, acted


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t09"), "T09") as found:
        yield found


def runs(scene: Acted) -> list[dict]:
    soql = (
        "SELECT ReportId, Operation, ColumnHeaders, RowsProcessed, UserId, SourceIp, SessionKey, IsScheduled, "
        "EventDate FROM ReportEvent WHERE EventDate > 2020-01-01T00:00:00Z"
    )
    return scene.rows(soql)


def test_the_export_had_three_more_columns_than_the_report_has_now(scene: Acted) -> None:
    clone = scene.answer.extra["report"]
    exported = next(one for one in runs(scene) if one["ReportId"] == clone and one["Operation"] == "ReportExported")
    assert exported["ColumnHeaders"] == f"[{', '.join((*COLUMNS, *ADDED))}]"
    now = scene.responder().call("GET", f"/analytics/reports/{clone}/describe").json()
    assert now["reportMetadata"]["detailColumns"] == list(COLUMNS)


def test_it_was_exported_from_home_two_days_after_the_last_day(scene: Acted) -> None:
    user = scene.rows(f"SELECT {LAST_DAY} FROM User WHERE Username = '{scene.answer.usernames[0]}'")[0]
    took = next(one for one in runs(scene) if one["SourceIp"] == HOME and one["Operation"] == "ReportExported")
    gone, done = date.fromisoformat(user[LAST_DAY]), datetime.fromisoformat(took["EventDate"]).date()
    assert 1 <= (done - gone).days <= 2
    assert user[LAST_DAY] == scene.answer.extra["last_day"]


def test_every_contact_was_received_with_the_added_columns(scene: Acted) -> None:
    assert scene.ids("Contact") == {one["Id"] for one in scene.rows("SELECT Id FROM Contact")}
    assert {"dob", "postal_address"} <= set(scene.people["elements"].explode())
    assert "ssn" not in set(scene.people["elements"].explode())


def test_the_mail_is_a_run_of_the_report_without_session_and_address(scene: Acted) -> None:
    (mail,) = [one for one in runs(scene) if one["Operation"] == "ReportRunAndNotificationSent"]
    assert mail["IsScheduled"] and not mail["SessionKey"] and not mail["SourceIp"]
    assert mail["RowsProcessed"] == len(scene.ids("Contact"))
    row = scene.log("Report")
    assert set(row.loc[row["ORIGIN"] == "ReportRunAndNotificationSent", "USER_TYPE"]) == {"Standard"}


def test_the_manager_exports_the_same_report_as_every_month(scene: Acted) -> None:
    clone, leaver = scene.answer.extra["report"], next(one["UserId"] for one in runs(scene) if one["SourceIp"] == HOME)
    others = [one for one in runs(scene) if one["Operation"] == "ReportExported" and one["ReportId"] != clone]
    assert len(others) == 2
    assert leaver not in {one["UserId"] for one in others}


def test_the_mail_goes_on_until_its_subscription_is_paused(scene: Acted) -> None:
    doors = {one.kind: one for one in scene.doors()}
    assert doors["browser_session"].open and doors["mailing"].open
    assert all(one.works for one in scene.honest())
    wanted = scene.answer.paths.mailings[0]["subscription"]
    facts = scene.responder().call("GET", f"/analytics/notifications/{wanted}").json()
    scene.responder().call("PUT", f"/analytics/notifications/{wanted}", json={**facts, "active": False})
    assert not {one.kind: one for one in scene.doors()}["mailing"].open
