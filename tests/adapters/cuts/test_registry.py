"""Every kind has a cut, every cut names its fact, and the page says the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from leakresponse.adapters.salesforce.cuts import CUTS
from leakresponse.core.containment import FACTS, ActionKind

PAGE = (Path(__file__).parents[3] / "docs" / "cuts.md").read_text(encoding="utf-8")
ELSEWHERE = {"end_idp_session", "human_task"}


def test_every_kind_has_a_cut() -> None:
    assert set(CUTS) == set(get_args(ActionKind)) - ELSEWHERE


@pytest.mark.parametrize("kind", sorted(CUTS))
def test_a_cut_names_its_fact_with_the_rating_that_plans_go_by(kind: ActionKind) -> None:
    source = CUTS[kind].source
    assert re.match(r"[CVX10]\b", source)
    assert re.search(rf"\b{FACTS[kind].rating}\b", source)


@pytest.mark.parametrize("kind", sorted(CUTS))
def test_the_page_tells_of_it(kind: ActionKind) -> None:
    assert f"| `{kind}` |" in PAGE
