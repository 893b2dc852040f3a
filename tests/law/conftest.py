"""Builders that every law test uses: a case is facts plus groups of people, and an answer is looked up by id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leakresponse.law import Assessment, Facts, Obligation, PopulationGroup, assess, facts_from_mapping

BASE: dict[str, Any] = {
    "discovered_on": "2026-08-01",
    "determined_on": "2026-08-05",
    "event": "acquisition",
    "harm_likely": None,
    "entity": {"role": "owner", "kind": "retailer", "source_of_breach": True},
    "as_of": "2026-08-10",
}


class Case:
    """One assessment, with its obligations by id."""

    def __init__(self, answer: Assessment) -> None:
        self.answer = answer
        self.by_id: dict[str, Obligation] = {o.id: o for o in answer.obligations}

    def __getitem__(self, key: str) -> Obligation:
        return self.by_id[key]


def make_facts(**changes: Any) -> Facts:
    entity = {**BASE["entity"], **changes.pop("entity", {})}
    return facts_from_mapping({**BASE, **changes, "entity": entity})


def make_group(
    place: str,
    count: int = 1,
    elements: str = "name;ssn",
    encrypted: bool = False,
    key_taken: bool = False,
    **more: Any,
) -> PopulationGroup:
    return PopulationGroup(
        more.pop("group_id", place), place, count, frozenset(elements.split(";")), encrypted, key_taken, **more
    )


@pytest.fixture
def facts() -> Callable[..., Facts]:
    return make_facts


@pytest.fixture
def group() -> Callable[..., PopulationGroup]:
    return make_group


@pytest.fixture
def case() -> Callable[..., Case]:
    """`case(group, group, event="access")`: groups by position, changed facts by name."""

    def run(*groups: PopulationGroup, **changes: Any) -> Case:
        return Case(assess(groups, make_facts(**changes)))

    return run


@pytest.fixture
def one() -> Callable[..., Case]:
    """`one("CA", 501, "name;ssn", event="access")`: a single group."""

    def run(place: str, count: int = 1, elements: str = "name;ssn", **changes: Any) -> Case:
        kept = {k: changes.pop(k) for k in ("encrypted", "key_taken", "candidates", "minors") if k in changes}
        return Case(assess([make_group(place, count, elements, **kept)], make_facts(**changes)))

    return run
