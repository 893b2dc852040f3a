"""The orchestrator's page shows what the report shows, and withholds what the report withholds."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from document_cases import duty, report_facts
from hypothesis import given
from hypothesis import strategies as st
from report_cases import empty_facts, hostile_facts, large_facts

from leakresponse.core.vocabulary import JURISDICTIONS
from leakresponse.documents import artifacts
from leakresponse.documents.facts import ElementScope, NoticeCount, PlaceScope, Scope

BELOW = 10


def scoped(*counts: int, **others: int):
    """Facts with so many people in so many places."""
    places = tuple(PlaceScope(code, n) for code, n in zip(JURISDICTIONS, counts, strict=False))
    scope = Scope(records=sum(counts), people=sum(counts) + sum(others.values()), places=places, **others)
    return report_facts(scope=scope, duties=(), notices=(), variants=(), risks=(), suppress_below=BELOW)


def people(facts) -> list[str]:
    return [row["likely"] for row in artifacts.tables(facts)["people"][1]]


def test_a_small_count_is_withheld_and_a_second_one_with_it():
    *rows, total = people(scoped(4, 50, 200))
    assert rows[0] == "200"
    assert set(rows[1:3]) == {"under 10", "withheld"}
    assert total == "254"


def test_nobody_is_shown_as_nobody():
    assert people(scoped(40, 50))[2:5] == ["0", "0", "0"]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(0, 15), st.integers(0, 15))
def test_a_total_less_what_is_shown_gives_no_small_count_away(counts, foreign, unplaced):
    *rows, total = people(scoped(*counts, foreign=foreign, unplaced=unplaced))
    shown = [int(row) for row in rows if row.isdigit()]
    assert not any(0 < n < BELOW for n in shown)
    if total.isdigit() and len(shown) < len(rows) and any(shown):
        assert int(total) - sum(shown) >= BELOW
        assert len(rows) - len(shown) >= 2


@given(st.lists(st.tuples(*[st.integers(0, 30)] * 3), min_size=1, max_size=6))
def test_notices_give_no_small_count_away(lines):
    places = tuple(PlaceScope(code, 500) for code in JURISDICTIONS[: len(lines)])
    notices = tuple(
        NoticeCount(code, "Harbor & Pine Inc", sent + held + unknown, sent=sent, held=held, unknown=unknown)
        for code, (sent, held, unknown) in zip(JURISDICTIONS, lines, strict=False)
    )
    facts = replace(scoped(), scope=Scope(500, 500 * len(lines), places=places), notices=notices)
    text = json.dumps(artifacts.tables(facts)["notices"][1]) + artifacts.status(facts)
    line = re.search(r"\| Notices \| (.*?) \|", artifacts.status(facts))
    assert line is not None
    for number in re.findall(r"\b(\d+) (?:due|sent|held|unknown)\b", line[1]):
        assert int(number) >= BELOW
    assert not re.search(r'": "[1-9]"', text)


def test_obligations_carry_their_clock_and_no_small_count():
    small = duty(jurisdiction="TX", people=3, recipient_name="Affected residents of Texas")
    rows = artifacts.tables(replace(scoped(3, 900), duties=(duty(), small)))["obligations"][1]
    assert {row["people"] for row in rows} == {"1,200", "under 10"}
    assert all(row["due"] and row["days left"] and row["citation"] for row in rows)


def test_the_duty_to_a_place_does_not_give_a_small_legal_entity_away():
    """The duty says 14 people, so a shown 10 of one entity would give the 4 of the other."""
    lines = tuple(
        NoticeCount("CA", entity, n, sent=n) for entity, n in (("Harbor & Pine Inc", 10), ("Pine Kids LLC", 4))
    )
    facts = replace(scoped(43), duties=(duty(people=14),), notices=lines)
    assert {(row["due"], row["sent"]) for row in artifacts.tables(facts)["notices"][1]} == {
        ("withheld", "withheld"),
        ("under 10", "under 10"),
    }


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (">0", "over 0"),
        ("<1,026", "under 1,026"),
        ("[x](http://evil.example)", "x(http://evil.example)"),
        ("# big", " big"),
    ],
)
def test_a_cell_is_no_markup(cell, shown):
    assert artifacts._readable({"a": cell}) == {"a": shown}


def test_elements_are_withheld_too():
    facts = scoped(100)
    facts = replace(facts, scope=replace(facts.scope, elements=(ElementScope("ssn", 2), ElementScope("name", 100))))
    assert [row["people"] for row in artifacts.tables(facts)["elements"][1]] == ["100", "under 10"]


def test_contained_is_said_with_proof_alone():
    facts = report_facts()
    assert artifacts.status(facts).startswith("# Contained: ")
    unproven = replace(facts, paths=tuple(replace(path, proof="") for path in facts.paths))
    assert artifacts.status(unproven).startswith("# NOT PROVEN CONTAINED")


def test_the_report_is_named_by_its_case_and_no_path_of_a_machine():
    facts = report_facts()
    assert f"**{facts.case.case_id}** in the case store" in artifacts.status(facts)


@pytest.mark.parametrize("make", [empty_facts, large_facts, hostile_facts, report_facts])
def test_any_case_can_be_shown(make):
    facts = make()
    assert facts.case.case_id in artifacts.status(facts)
    json.dumps(artifacts.tables(facts))
