"""The worked cases beside the law files: written from the statutes by hand, never from what the engine says.

Each lies in `leakresponse/law/cases/XX.yaml`, those of files that are not in use yet below `drafts/`, and holds `name`,
`citation`, `facts` (what differs from an ordinary retailer's case), `groups` (each in the file's own jurisdiction
unless it says another), `expect` (obligation id to the fields that matter), and where they matter `services` and
`letter` (phrases that must and must not be there).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from leakresponse.law import Registry, assess, load_registry, read_registry
from leakresponse.law.registry import LAW_FILES
from tests.law.conftest import make_facts, make_group

LAW = LAW_FILES.parent
DRAFTS = LAW / "drafts"
FILES = [*sorted((LAW / "cases").glob("*.yaml")), *sorted((DRAFTS / "cases").glob("*.yaml"))]
EVERY = Registry({**load_registry().files, **read_registry(DRAFTS).files})
LEAST = 6


def cases_of(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load(path.read_text(encoding="utf-8")))


ALL = [(path.stem, one) for path in FILES for one in cases_of(path)]


@pytest.mark.parametrize(("place", "one"), ALL, ids=[f"{place}-{one['name']}" for place, one in ALL])
def test_the_engine_answers_as_the_statute_says(place: str, one: dict[str, Any]) -> None:
    groups = [
        make_group(
            group.get("jurisdiction", place), group["count"], ";".join(group["elements"]),
            group.get("encrypted", False), group.get("key_taken", False), group_id=str(number),
            candidates=tuple(group.get("candidates", ())), minors=group.get("minors", 0),
        )
        for number, group in enumerate(one["groups"])
    ]  # fmt: skip
    answer = assess(groups, make_facts(**one.get("facts", {})), EVERY)
    found = {duty.id: duty for duty in answer.obligations}
    for key, wanted in one["expect"].items():
        assert {name: getattr(found[key], name) for name in wanted} == wanted, key
    if "services" in one:
        offered = [{"kind": s.kind, "months": s.months, "status": s.status} for s in answer.services]
        assert offered == one["services"]
    if "letter" in one:
        rules = next(rule for rule in answer.notice_rules if rule.jurisdiction == place)
        assert set(one["letter"].get("must_include", ())) <= {phrase.id for phrase in rules.must_include}
        assert set(one["letter"].get("must_omit", ())) <= {phrase.id for phrase in rules.must_omit}
        assert not set(one["letter"].get("not_in_it", ())) & {phrase.id for phrase in rules.must_include}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_there_are_enough_and_each_is_cited(path: Path) -> None:
    cases = cases_of(path)
    assert len(cases) >= LEAST
    assert len({one["name"] for one in cases}) == len(cases)
    assert all(one["citation"] and one["expect"] for one in cases)


def test_every_law_file_has_its_cases() -> None:
    assert {path.stem for path in FILES} == set(EVERY.files)


def test_a_draft_answers_nobody() -> None:
    assert not set(read_registry(DRAFTS).files) & set(load_registry().files)
