"""Every cut that the product can make has words of its own in the report."""

from __future__ import annotations

from typing import get_args

import pytest

from leakresponse.core.containment import ActionKind
from leakresponse.documents import action_words as words


@pytest.mark.parametrize("kind", sorted(set(get_args(ActionKind)) - {"human_task"}))
def test_every_cut_has_words_and_a_phase(kind):
    assert kind in words.DONE
    assert words.phase_of(kind) == "contain"


def test_a_way_back_is_named_after_its_cut():
    assert words.done("undo_restrict_guest") == "given back: guest profiles stripped of their rights"
    assert words.phase_of("undo_restrict_guest") == "recover"


def test_a_kind_without_words_shows_its_own():
    assert (words.done("make_coffee"), words.phase_of("make_coffee")) == ("make coffee", "")


def test_whose_turn_it_was_is_no_news():
    assert "phase_run" in words.SILENT
