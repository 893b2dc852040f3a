"""T08 on the real simulated org: pages and nothing else, and the honest agent who opens nearly as many."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leakresponse.rehearsal.scenarios.t08 import CURIOUS, DAYS, FORMER_VIEWED, HONEST, VIEWS, count_of
from tests.support.acted import PEOPLE, Acted, acted


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t08"), "T08") as found:
        yield found


def viewed(scene: Acted, user: str) -> list[dict]:
    soql = "SELECT RecordId, QueriedEntities, EventDate, Username FROM LightningUriEvent " \
           "WHERE EventDate > 2020-01-01T00:00:00Z"  # fmt: skip
    return [one for one in scene.rows(soql) if one["Username"].startswith(f"{user}@")]


def test_the_pages_are_what_was_received(scene: Acted) -> None:
    pages = viewed(scene, CURIOUS)
    assert len(pages) == count_of(VIEWS, PEOPLE) == scene.answer.extra["views"]
    assert {one["RecordId"] for one in pages} == set(scene.reads["record_id"])
    assert {one["QueriedEntities"] for one in pages} == {"Contact"}


def test_three_weeks_and_no_export(scene: Acted) -> None:
    days = {one["EventDate"][:10] for one in viewed(scene, CURIOUS)}
    assert len(days) >= DAYS - 1
    user = scene.rows(f"SELECT Id FROM User WHERE Username = '{scene.answer.usernames[0]}'")[0]["Id"]
    assert user not in set(scene.log("ReportExport").get("USER_ID_DERIVED", []))
    kinds = scene.log("LightningPageView")
    assert set(kinds.loc[kinds["USER_ID_DERIVED"] == user, "PAGE_ENTITY_TYPE"]) == {"Contact"}


def test_the_honest_agent_opens_cases_of_his_own(scene: Acted) -> None:
    pages = viewed(scene, HONEST)
    honest = scene.rows(f"SELECT Id FROM User WHERE Username LIKE '{HONEST}@%'")[0]["Id"]
    own = {one["Id"] for one in scene.rows(f"SELECT Id FROM Case WHERE OwnerId = '{honest}'")}
    assert pages and {one["RecordId"] for one in pages} <= own
    assert not {one["RecordId"] for one in pages} & set(scene.reads["record_id"])


def test_former_customers_and_protected_addresses_are_among_them(scene: Acted) -> None:
    former = scene.people["former"].mean()
    assert abs(former - FORMER_VIEWED) < 0.06
    assert scene.people["protected"].sum() == scene.answer.extra["views"] // 4
    notes = scene.rows("SELECT Id FROM Contact WHERE Customer_Status__c = 'Former'")
    assert len({one["Id"] for one in notes} & set(scene.reads["record_id"])) == scene.answer.extra["former"]


def test_hidden_numbers_were_not_seen(scene: Acted) -> None:
    seen = set(scene.people["elements"].explode())
    assert "ssn" not in seen and {"name", "email", "dob"} <= seen


def test_without_a_response_the_shift_goes_on(scene: Acted) -> None:
    assert [one.open for one in scene.doors()] == [True]
    assert all(one.works for one in scene.honest())
