"""A second factor of the attacker goes; the real one is enrolled anew by its user."""

from __future__ import annotations

import pytest

from leakresponse.adapters.salesforce.cuts import CUTS, CannotGiveBack, Hands
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.store import put
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Served

CUT = CUTS["remove_factor"]


@pytest.fixture
def factor(org: Served) -> str:
    """A code generator that was just enrolled."""
    factor_id = new_id("0Kf")
    with org.world.store.write() as db:
        put(db, "TwoFactorInfo", {"Id": factor_id, "UserId": org.world.system_user, "Type": "TOTP"})
    return factor_id


def test_it_is_gone_and_cannot_be_given_back(hands: Hands, factor: str) -> None:
    assert not CUT.dead(hands, factor).dead
    assert CUT.act(hands, factor) == {"removed": True}
    assert CUT.dead(hands, factor).dead
    assert CUT.act(hands, factor) == {"already": True}
    with pytest.raises(CannotGiveBack):
        CUT.undo(hands, factor, {})


def test_one_that_the_org_keeps_is_not_proven_gone(org: Served, hands: Hands, factor: str) -> None:
    keep_alive(org, "*/sobjects/TwoFactorInfo/*", "DELETE")
    CUT.act(hands, factor)
    assert not CUT.dead(hands, factor).dead


def test_a_lost_answer_is_asked_for_again(org: Served, hands: Hands, factor: str) -> None:
    order(org, {"match": {"path": "*/sobjects/TwoFactorInfo/*", "count": 1}, "fault": "reset"})
    CUT.act(hands, factor)
    assert CUT.dead(hands, factor).dead
