"""T04 on the real simulated org: small queries and long pages, one user for thief and honest programs, no bulk job."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from leakresponse.rehearsal.scenarios.rest_drip import (
    APP,
    CONNECTOR_ADDRESS,
    DRIP_FIELDS,
    FACES,
    FEWEST,
    VENDOR_ADDRESS,
)
from tests.support.acted import Acted, acted, api_events

THIEF = {address for _, address in FACES}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t04"), "T04") as found:
        yield found


@pytest.fixture(scope="module")
def events(scene: Acted) -> pd.DataFrame:
    return api_events(scene)


def test_the_burst_takes_a_quarter_of_an_hour_and_the_drip_a_day(scene: Acted, events: pd.DataFrame) -> None:
    mine = events[events["SourceIp"].isin(THIEF)]
    times = pd.to_datetime(mine["EventDate"]).sort_values()
    burst = times[times < times.iloc[0] + pd.Timedelta(minutes=16)]
    assert len(burst) >= FEWEST == scene.answer.extra["queries"]
    assert times.iloc[-1] - times.iloc[0] > pd.Timedelta(hours=20)
    assert set(mine["Operation"]) <= {"Query", "QueryMore"}
    assert set(events.loc[events["SourceIp"] == CONNECTOR_ADDRESS, "Operation"]) == {"Query", "QueryMore"}


def test_six_objects_and_no_bulk_job(scene: Acted, events: pd.DataFrame) -> None:
    assert set(scene.reads["object"]) == set(DRIP_FIELDS)
    user = events.loc[events["SourceIp"].isin(THIEF), "UserId"].unique()
    assert len(user) == 1
    jobs = scene.log("BulkApi2")
    assert user[0] not in set(jobs["USER_ID_DERIVED"])


def test_thief_vendor_and_connector_are_one_user_from_different_addresses(events: pd.DataFrame) -> None:
    users = {name: set(events.loc[events["SourceIp"] == name, "UserId"])
             for name in (*THIEF, VENDOR_ADDRESS, CONNECTOR_ADDRESS)}  # fmt: skip
    assert len(set().union(*users.values())) == 1
    assert all(users.values())


def test_what_was_received_is_what_the_org_says_it_gave(scene: Acted, events: pd.DataFrame) -> None:
    mine = events[events["SourceIp"].isin(THIEF)]
    named = {one for ids in mine["ids"] for one in ids}
    assert named == set(scene.reads["record_id"])


def test_the_drip_leaves_the_contacts_before_their_end_and_the_burst_took_less_of_them(scene: Acted) -> None:
    contacts = scene.reads[scene.reads["object"] == "Contact"]
    dripped = contacts["fields"].map(lambda some: "Birthdate" in some)
    assert 0 < (~dripped).sum() < dripped.sum()
    assert len(contacts) < len(scene.rows("SELECT Id FROM Contact"))


def test_people_of_a_household_share_what_its_account_says(scene: Acted) -> None:
    shared = scene.people[scene.people["shared_ids"].map(len) > 0]
    assert len(shared) > 5
    assert shared["elements"].map(lambda some: "postal_address" in some).mean() > 0.9


def test_the_alert_names_the_app_and_no_innocent_address(scene: Acted) -> None:
    named = {(one.kind, one.value) for one in scene.alert.principals}
    assert ("connected_app", APP) in named
    assert {value for kind, value in named if kind == "address"} == THIEF


def test_without_a_response_every_door_is_open_and_everybody_works(scene: Acted) -> None:
    doors = scene.doors()
    assert len(doors) == 1 + len(FACES) and all(one.open for one in doors)
    assert all(one.works for one in scene.honest())
