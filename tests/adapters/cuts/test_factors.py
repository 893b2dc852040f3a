"""A second factor of the attacker goes; the real one is enrolled anew by its user."""

from __future__ import annotations

import pytest

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, CannotGiveBack, Hands, check_human_task
from leakresponse.adapters.salesforce.inventory_users import read_factors
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


def test_a_security_key_is_seen_and_a_person_looks_at_it(org: Served, client: SalesforceClient, hands: Hands) -> None:
    user, made = org.world.system_user, new_id("0Kg")
    assert check_human_task(hands, f"factors:{user}").dead
    with org.world.store.write() as db:
        put(db, "TwoFactorMethodsInfo", {"Id": made, "UserId": user, "HasSecurityKey": 1, "HasTotp": 1})
    assert [(row.factor_id, row.kind) for row in read_factors(client, [user]) if not row.factor_id] == [
        ("", "SecurityKey")
    ]
    assert not check_human_task(hands, f"factors:{user}").dead
    with org.world.store.write() as db:
        db.execute("DELETE FROM TwoFactorMethodsInfo WHERE Id = ?", (made,))
