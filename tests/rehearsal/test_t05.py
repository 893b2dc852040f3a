"""T05 on the real simulated org: what guests took, what it leaves in the logs, and why freezing is no answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leakresponse.rehearsal.client_pages import Browser
from leakresponse.rehearsal.population import generate
from leakresponse.rehearsal.scenarios.applicants import APPLICANT, applicants
from leakresponse.rehearsal.scenarios.t05 import ADDRESSES, FEWEST, OPEN
from tests.support.acted import PEOPLE, SEED, Acted, acted, freeze


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t05"), "T05") as found:
        yield found


def test_hundreds_of_addresses_sent_the_requests(scene: Acted) -> None:
    assert len(scene.answer.addresses) == ADDRESSES
    rows = scene.log("AuraRequest")
    sent = rows["CLIENT_IP"].isin(scene.answer.addresses).sum()
    assert sent == scene.answer.extra["requests"] >= FEWEST * 0.9
    assert set(rows["USER_TYPE"]) == {"Guest"}
    assert len(set(rows["CLIENT_IP"]) - set(scene.answer.addresses)) > 100


def test_the_answer_is_what_a_guest_reaches(scene: Acted) -> None:
    guest = Browser(scene.connection, "192.0.2.60")
    for name, fields in OPEN.items():
        guest.graphql(name, fields)
        assert scene.ids(name) == set(guest.seen(name))
    assert set(scene.reads["object"]) == set(OPEN)


def test_people_with_a_number_are_those_of_the_applications(scene: Acted) -> None:
    made = applicants(generate(PEOPLE, SEED), SEED)
    owners = {owner for owner, given in zip(made.owners, made.table["SSN__c"].notna(), strict=True) if given}
    assert set(scene.people.loc[scene.people["elements"].map(lambda some: "ssn" in some), "person_id"]) == owners
    assert "applicant" in set(scene.people["kind"])
    assert len(scene.ids(APPLICANT)) == len(made.table)


def test_graphql_and_the_anomaly_are_seen_by_the_org(scene: Acted) -> None:
    asked = " ".join(scene.log("GraphQLQuery")["QUERY"])
    assert all(name in asked for name in OPEN)
    assert scene.rows("SELECT Id FROM GuestUserAnomalyEventStore")


def test_the_alert_names_the_guest_user(scene: Acted) -> None:
    users = [one.value.partition("@")[0] for one in scene.alert.principals if one.kind == "user"]
    assert users == ["help.center.guest"]


def test_without_a_response_every_door_is_open_and_everybody_works(scene: Acted) -> None:
    doors = scene.doors()
    assert len(doors) == 3 * len(OPEN) and all(one.open for one in doors)
    assert all(one.works for one in scene.honest())


def test_freezing_the_guest_takes_the_site_down(scene: Acted) -> None:
    guest = next(one.value for one in scene.alert.principals if one.kind == "user")
    freeze(scene, guest)
    assert not any(one.open for one in scene.doors())
    broken = {one.name for one in scene.honest() if not one.works}
    assert broken == {"a visitor of the site", "a search engine's crawler", "self-registration"}
