"""T12 on the real simulated org: who read the sync's rows, and which of them hold a card. No number is printed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from stdnum import luhn

from leakresponse.rehearsal.population import generate
from leakresponse.rehearsal.scenarios.cards import ALONE, CODED, LOG, card_log
from leakresponse.rehearsal.scenarios.t12 import COPIER, HELPER, READERS
from tests.support.acted import PEOPLE, SEED, Acted, acted


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t12"), "T12") as found:
        yield found


def test_shares_of_codes_and_of_broken_numbers_are_those_of_the_plan() -> None:
    made = card_log(generate(2_000, 1), 2_000, 1)
    cards = made.kinds.count(ALONE) + made.kinds.count(CODED)
    count = round(1.6 * 2_000)
    assert abs(cards / count - 0.95) < 0.02
    assert abs(made.kinds.count(CODED) / count - 0.12) < 0.02


def test_only_rows_with_a_valid_number_count_as_cards() -> None:
    made = card_log(generate(250, 3), 250, 3)
    valid = [bool(row["CardNumber__c"]) and luhn.is_valid(str(row["CardNumber__c"])) for row in made.rows]
    counted = [bool(kind) for kind in made.kinds]
    owned = [bool(owner) for owner in made.owners]
    in_field = [bool(row["CardNumber__c"]) for row in made.rows]
    wrong = sum(c and f and not v for c, f, v in zip(counted, in_field, valid, strict=True))
    tests = sum(v and not c and not o for v, c, o in zip(valid, counted, owned, strict=True))
    missed = sum(v and not c and o for v, c, o in zip(valid, counted, owned, strict=True))
    assert (wrong, missed) == (0, 0)
    assert tests >= 3


def test_a_seed_gives_the_same_rows_and_another_seed_others() -> None:
    population = generate(250, 3)
    first, again, other = (card_log(population, 250, seed) for seed in (3, 3, 4))
    same = first == again  # apart, since a failing comparison would print numbers
    assert same
    assert sum(one == two for one, two in zip(first.rows, other.rows, strict=True)) < 20


def test_everybody_who_read_is_in_the_logs(scene: Acted) -> None:
    rows = {one["Id"] for one in scene.rows(f"SELECT Id FROM {LOG}")}
    assert scene.ids(LOG) == rows and len(rows) == scene.answer.extra["rows"]
    queries = scene.rows("SELECT Query FROM BulkApiResultEventStore WHERE EventDate > 2020-01-01T00:00:00Z")
    assert any(LOG in one["Query"] for one in queries)
    soql = "SELECT Username FROM LightningUriEvent WHERE EventDate > 2020-01-01T00:00:00Z"
    assert len({one["Username"] for one in scene.rows(soql)}) == len(READERS) == 14


def test_people_with_a_code_are_fewer_than_people_with_a_card(scene: Acted) -> None:
    held = scene.people["elements"].explode().value_counts()
    assert 0 < held[CODED] < held[ALONE]
    assert set(held.index) == {ALONE, CODED}


def test_no_log_holds_a_number(scene: Acted) -> None:
    made = card_log(generate(PEOPLE, SEED), PEOPLE, SEED)
    numbers = [str(row["CardNumber__c"]) for row in made.rows if row["CardNumber__c"]][:50]
    text = " ".join(path.read_text(encoding="utf-8") for path in (scene.state / "logs").glob("*.csv"))
    leaked = sum(number in text for number in numbers)
    assert text and leaked == 0


def test_without_a_response_every_door_is_open_and_everybody_works(scene: Acted) -> None:
    doors = scene.doors()
    assert [one.kind for one in doors] == ["refresh_token"] * 2 + ["access_token"] * 2
    assert all(one.open for one in doors)
    assert all(one.works for one in scene.honest())
    assert {(one.kind, one.value) for one in scene.alert.principals} == {
        ("connected_app", COPIER[0]), ("connected_app", HELPER[0]),
    }  # fmt: skip
