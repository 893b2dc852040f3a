"""The report names the numbers of the law that a place's open questions decide, and gives no small count away."""

from __future__ import annotations

from dataclasses import replace

from document_cases import report_facts

from leakresponse.documents.facts import PlaceScope
from leakresponse.documents.report_blocks import Bullets
from leakresponse.documents.report_scope import places
from leakresponse.documents.report_view import View


def bullets(*found: PlaceScope) -> list[str]:
    facts = report_facts()
    scope = replace(facts.scope, places=found, people=sum(p.people for p in found) + facts.scope.unplaced)
    facts = replace(facts, scope=scope)
    section = places(facts, View(facts))
    lists = [block for block in section.blocks if isinstance(block, Bullets)]
    return ["".join(span.text for span in item) for block in lists for item in block.items]


def test_a_number_between_low_and_high_is_named_with_both() -> None:
    found = bullets(PlaceScope("TX", 300, 60, 200, (250,)), PlaceScope("CA", 900, 0, 900))
    assert found == ["Texas: 250, with 200 to 360 residents"]


def test_a_place_whose_count_is_withheld_names_none() -> None:
    assert (
        bullets(PlaceScope("TX", 4, 300, 2, (250,)), PlaceScope("CA", 900, 0, 900), PlaceScope("WA", 800, 0, 800)) == []
    )


def test_without_a_limit_the_high_count_says_so() -> None:
    assert bullets(PlaceScope("TX", 300, None, 200, (250, 10_001)), PlaceScope("CA", 900, 0, 900)) == [
        "Texas: 250 and 10,001, with 200 to no known limit residents"
    ]


def test_nothing_open_no_list() -> None:
    assert bullets(PlaceScope("CA", 900, 0, 900)) == []
