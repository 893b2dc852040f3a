"""Sessions: deleted with what hangs on them, proven by query and by id."""

from __future__ import annotations

import pytest

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, CannotGiveBack, Hands, prove_many
from leakresponse.adapters.salesforce.cuts.batched import still_there
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Client, Served

CUT = CUTS["delete_session"]


def _session_of(org: Served, client: Client) -> str:
    """The id of the newest session of a token's user."""
    user = client.call("GET", "/services/oauth2/userinfo").json()["user_id"]
    sql = "SELECT Id FROM AuthSession WHERE UsersId = ? ORDER BY CreatedDate DESC, rowid DESC LIMIT 1"
    row = org.world.store.one(sql, user)
    assert row is not None
    return str(row["Id"])


def _browsers(org: Served) -> list[str]:
    return [row["Id"] for row in org.world.store.all("SELECT Id FROM AuthSession WHERE SessionType = 'UI' ORDER BY Id")]


@pytest.mark.parametrize("user", ["migration", "order.sync"])
def test_an_api_session_is_dead_for_whoever_holds_its_token(org: Served, hands: Hands, user: str) -> None:
    holder = org.client(user)
    target = _session_of(org, holder)
    assert CUT.act(hands, target) == {"deleted": True}
    assert CUT.dead(hands, target).dead
    assert holder.call("GET", "/limits").status_code == 401
    assert CUT.act(hands, target) == {"already": True}


def test_children_go_with_the_parent_and_of_high_assurance_too(org: Served, hands: Hands) -> None:
    parent, child = _browsers(org)[:2]
    with org.world.store.write() as db:
        db.execute("UPDATE AuthSession SET ParentId = ?, SessionSecurityLevel = 'HIGH_ASSURANCE' WHERE Id = ?",
                   (parent, child))  # fmt: skip
    CUT.act(hands, parent)
    assert CUT.act(hands, child) == {"already": True}
    assert all(one.dead for one in prove_many(CUT, hands, [parent, child], 2).values())


def test_a_session_that_the_org_keeps_alive_is_not_proven(org: Served, hands: Hands) -> None:
    target = _browsers(org)[2]
    keep_alive(org, f"*/sobjects/AuthSession/{target}", "DELETE")
    CUT.act(hands, target)
    assert not CUT.dead(hands, target).dead


@pytest.mark.parametrize("fault", [{"kind": "503", "retry_after": 0}, {"kind": "reset"}])
def test_a_fault_never_leads_to_a_wrong_claim(org: Served, hands: Hands, fault: dict[str, object]) -> None:
    target = _browsers(org)[-1]
    order(org, {"match": {"path": "*/sobjects/AuthSession/*", "method": "DELETE", "count": 1}, "fault": fault})
    CUT.act(hands, target)
    assert CUT.dead(hands, target).dead


def test_many_are_asked_for_in_few_queries(org: Served, client: SalesforceClient, hands: Hands) -> None:
    unknown = [f"0Ak{number:012d}AAA" for number in range(900)]
    before = org.world.calls
    assert still_there(client, "AuthSession", [*unknown, *_browsers(org)[:1]], 4) == set(_browsers(org)[:1])
    assert org.world.calls - before <= 4


def test_one_that_cannot_be_asked_leaves_the_proofs_of_the_others(org: Served, hands: Hands) -> None:
    targets = [f"0Ak{number:012d}AAA" for number in range(3)]
    order(org, {"match": {"path": f"*/sobjects/AuthSession/{targets[1]}", "in_a_row": 9}, "fault": "request_limit"})
    proofs = prove_many(CUT, hands, targets, 2)
    assert [proofs[one].dead for one in targets] == [True, False, True]
    assert "could not be carried out" in proofs[targets[1]].how


def test_nobody_can_give_a_session_back(hands: Hands) -> None:
    with pytest.raises(CannotGiveBack):
        CUT.undo(hands, "0Ak", {})
