"""Grants: a key logs in no more, and exactly the same grant comes back."""

from __future__ import annotations

from typing import Any

import pytest

from leakresponse.adapters.salesforce.cuts import CUTS, Hands
from leakresponse.core.errors import OutcomeUnknown
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Served

CUT = CUTS["remove_grant"]


def _grant(org: Served, app: str = "Order Sync") -> dict[str, Any]:
    sql = (
        "SELECT g.Id, g.ParentId, g.SetupEntityId FROM SetupEntityAccess g JOIN sim_app a ON a.app_id = g.SetupEntityId"
        " WHERE a.name = ?"
    )
    row = org.world.store.one(sql, app)
    assert row is not None
    return row


def _all(org: Served) -> list[tuple[str, str, str]]:
    """Every grant, without ids: what an administrator sees of them."""
    sql = "SELECT ParentId, SetupEntityId, SetupEntityType FROM SetupEntityAccess ORDER BY 1, 2"
    return [tuple(row.values()) for row in org.world.store.all(sql)]


def _inverse(row: dict[str, Any]) -> dict[str, str]:
    return {"ParentId": row["ParentId"], "SetupEntityId": row["SetupEntityId"]}


def test_without_its_grant_a_key_logs_in_no_more_and_with_it_again(org: Served, hands: Hands) -> None:
    facts, before, row = org.integration("order.sync"), _all(org), _grant(org)
    assert CUT.act(hands, row["Id"]) == {"removed": True}
    assert CUT.dead(hands, row["Id"]).dead
    assert org.key_login(facts).json()["error"] == "invalid_app_access"
    assert CUT.act(hands, row["Id"]) == {"already": True}
    assert "created" in CUT.undo(hands, row["Id"], _inverse(row))
    assert _all(org) == before
    assert org.key_login(facts).status_code == 200


def test_giving_back_twice_says_already(org: Served, hands: Hands) -> None:
    row = _grant(org)
    assert CUT.undo(hands, row["Id"], _inverse(row)) == {"already": True, "id": row["Id"]}


def test_a_grant_that_the_org_keeps_is_not_proven_gone(org: Served, hands: Hands) -> None:
    row = _grant(org, "Drift")
    keep_alive(org, "*/sobjects/SetupEntityAccess/*", "DELETE")
    CUT.act(hands, row["Id"])
    assert not CUT.dead(hands, row["Id"]).dead


def test_a_busy_answer_makes_one_grant_not_two(org: Served, hands: Hands) -> None:
    before, row = _all(org), _grant(org)
    fault = {"kind": "503", "retry_after": 0}
    order(org, {"match": {"path": "*/sobjects/SetupEntityAccess*", "count": 2, "times": [1, 3]}, "fault": fault})
    CUT.act(hands, row["Id"])
    CUT.undo(hands, row["Id"], _inverse(row))
    assert _all(org) == before


def test_a_lost_answer_is_said_and_makes_one_grant_not_two(org: Served, hands: Hands) -> None:
    before, row = _all(org), _grant(org)
    order(org, {"match": {"path": "*/sobjects/SetupEntityAccess*", "count": 2, "times": [1, 3]}, "fault": "reset"})
    with pytest.raises(OutcomeUnknown):
        CUT.act(hands, row["Id"])
    assert CUT.act(hands, row["Id"]) == {"already": True}
    CUT.undo(hands, row["Id"], _inverse(row))
    assert _all(org) == before
