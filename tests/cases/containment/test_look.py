"""A look into another org: how many ways in are alive there, or that nobody could see."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from leakresponse.core.errors import Unavailable
from tasks import containment
from tests.support.org_faults import order


@pytest.fixture
def look(scene, monkeypatch):
    def looked(*principals):
        made = scene(*principals)
        monkeypatch.setattr(containment, "prepare", SimpleNamespace(fn=lambda *_: made.cutter))
        return containment.look.fn(made.cutter.case_id, "o", "s", "p")

    return looked


def test_an_app_with_tokens_has_ways_in(org, look):
    org.client("order.sync")
    assert look(("connected_app", "Order Sync")) > 0


def test_an_app_that_the_org_does_not_know_has_none(look):
    assert look(("connected_app", "Nobody Knows It")) == 0


def test_an_org_that_cannot_be_read_is_not_called_clean(org, look):
    order(org, {"match": {"object": "AuthSession", "in_a_row": 100}, "fault": "503"})
    with pytest.raises(Unavailable, match="could not be read"):
        look(("connected_app", "Nobody Knows It"))


def test_the_first_cut_of_a_case_keeps_its_time_when_it_is_contained_again(scene):
    made = scene(("connected_app", "Drift"))
    made.cut()
    first = containment.first_cut_at(made.cutter)
    made.cut()
    assert first is not None
    assert containment.first_cut_at(made.cutter) == first
