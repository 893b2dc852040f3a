"""T14 on the real simulated org: customers of two companies, of both, and neighbours under one roof."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leakresponse.rehearsal.population_humans import BRANDS
from leakresponse.rehearsal.scenarios.t14 import OVERLAP
from tests.support.acted import Acted, acted


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t14"), "T14") as found:
        yield found


def test_a_record_type_says_whose_customer_a_contact_is(scene: Acted) -> None:
    rows = scene.rows("SELECT Id, Brand__c, RecordType.Name FROM Contact")
    assert all(one["RecordType"]["Name"] == one["Brand__c"] for one in rows)
    assert {one["Brand__c"] for one in rows} == set(BRANDS)


def test_nine_in_a_hundred_belong_to_both(scene: Acted) -> None:
    both = scene.people["legal_entities"].map(len) == 2
    assert both.sum() == scene.answer.extra["both"]
    assert abs(both.mean() - OVERLAP) < 0.02
    assert (scene.people.loc[both, "record_ids"].map(len) >= 2).all()


def test_households_hold_customers_of_either(scene: Acted) -> None:
    rows = scene.rows("SELECT AccountId, Brand__c FROM Contact")
    brands: dict[str, set[str]] = {}
    for one in rows:
        brands.setdefault(one["AccountId"], set()).add(one["Brand__c"])
    alone = scene.people["legal_entities"].map(len) == 1
    assert sum(len(some) == 2 for some in brands.values()) > scene.answer.extra["both"] / 2
    assert alone.sum() > 100


def test_one_theft_took_every_contact(scene: Acted) -> None:
    assert scene.ids("Contact") == {one["Id"] for one in scene.rows("SELECT Id FROM Contact")}
    assert set(scene.reads["object"]) == {"Contact"}


def test_without_a_response_every_door_is_open_and_everybody_works(scene: Acted) -> None:
    assert len(scene.doors()) == 2 and all(one.open for one in scene.doors())
    assert all(one.works for one in scene.honest())
