"""One risky permission goes and comes back, and nothing besides it moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from leakresponse.adapters.salesforce.cuts import CUTS, Hands
from leakresponse.core.errors import BadInput, OutcomeUnknown
from leakresponse.rehearsal.org.store import put
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Served

CUT = CUTS["strip_permission"]
_ALL = "SELECT Id, AssigneeId, PermissionSetId FROM PermissionSetAssignment"


@pytest.fixture(autouse=True)
def as_before(org: Served) -> Iterator[None]:
    """The org is shared: assignments that a test made are gone after it."""
    there = {row["AssigneeId"] + row["PermissionSetId"] for row in org.world.store.all(_ALL)}
    yield
    with org.world.store.write() as db:
        for row in org.world.store.all(_ALL):
            if row["AssigneeId"] + row["PermissionSetId"] not in there:
                db.execute("DELETE FROM PermissionSetAssignment WHERE Id = ?", (row["Id"],))


def _one(org: Served, sql: str, *values: str) -> dict[str, Any]:
    row = org.world.store.one(sql, *values)
    assert row is not None
    return row


def _sets(org: Served) -> list[dict[str, Any]]:
    times = {"LastModifiedDate", "SystemModstamp", "LastModifiedById"}
    rows = org.world.store.all("SELECT * FROM PermissionSet ORDER BY Id")
    rows += org.world.store.all("SELECT * FROM Profile ORDER BY Id")
    return [{name: value for name, value in row.items() if name not in times} for row in rows]


def _assignments(org: Served) -> list[tuple[str, ...]]:
    sql = "SELECT AssigneeId, PermissionSetId, PermissionSetGroupId FROM PermissionSetAssignment ORDER BY 1, 2"
    return [tuple(row.values()) for row in org.world.store.all(sql)]


def _target(org: Served, name: str, permission: str) -> str:
    return f"set:{_one(org, 'SELECT Id FROM PermissionSet WHERE Name = ? OR Label = ?', name, name)['Id']}:{permission}"


@pytest.mark.parametrize(
    ("name", "permission"), [("Drift_Access", "PermissionsApiEnabled"), ("Support Night Desk", "ExportReport")]
)
def test_one_permission_of_a_set_or_a_profile(org: Served, hands: Hands, name: str, permission: str) -> None:
    before, target = _sets(org), _target(org, name, permission)
    field = f"Permissions{permission.removeprefix('Permissions')}"
    assert CUT.act(hands, target) == {field: False}
    assert CUT.dead(hands, target).dead
    assert CUT.act(hands, target) == {"already": True}
    assert CUT.undo(hands, target, {}) == {field: True}
    assert _sets(org) == before
    assert CUT.undo(hands, target, {}) == {"already": True}


def test_one_assignment_is_given_back_to_the_same_user(org: Served, hands: Hands) -> None:
    before = _assignments(org)
    row = _one(org, "SELECT a.Id, a.AssigneeId, a.PermissionSetId FROM PermissionSetAssignment a JOIN PermissionSet p "
               "ON p.Id = a.PermissionSetId WHERE p.Name = 'Order_Sync_Access'")  # fmt: skip
    target, inverse = f"assignment:{row['Id']}", {key: row[key] for key in ("AssigneeId", "PermissionSetId")}
    assert CUT.act(hands, target) == {"removed": True}
    assert CUT.dead(hands, target).dead
    assert CUT.act(hands, target) == {"already": True}
    assert "created" in CUT.undo(hands, target, inverse)
    assert _assignments(org) == before
    assert CUT.undo(hands, target, inverse)["already"]


def test_an_assignment_through_a_group_comes_back_through_the_group(org: Served, hands: Hands) -> None:
    responder, holder = org.responder(), _one(org, "SELECT Id FROM \"User\" WHERE Username LIKE 'migration@%'")["Id"]
    name = "Night_Shift"
    made = responder.call("POST", "/sobjects/PermissionSetGroup", json={"DeveloperName": name, "MasterLabel": name})
    group = made.json()["id"]
    given = {"AssigneeId": holder, "PermissionSetGroupId": group}
    assignment = responder.call("POST", "/sobjects/PermissionSetAssignment", json=given).json()["id"]
    before = _assignments(org)
    row = _one(org, "SELECT AssigneeId, PermissionSetId FROM PermissionSetAssignment WHERE Id = ?", assignment)
    CUT.act(hands, f"assignment:{assignment}")
    CUT.undo(hands, f"assignment:{assignment}", row)
    assert _assignments(org) == before


def test_what_the_org_keeps_is_not_proven_gone(org: Served, hands: Hands) -> None:
    target = _target(org, "Drift_Access", "PermissionsApiEnabled")
    keep_alive(org, "*/sobjects/PermissionSet/*", "PATCH")
    CUT.act(hands, target)
    assert not CUT.dead(hands, target).dead


def test_a_lost_answer_makes_no_second_assignment(org: Served, hands: Hands) -> None:
    set_id = _one(org, "SELECT Id FROM PermissionSet WHERE Name = 'Drift_Access'")["Id"]
    user = _one(org, "SELECT Id FROM \"User\" WHERE Username LIKE 'migration@%'")["Id"]
    with org.world.store.write() as db:
        put(db, "PermissionSetAssignment", {
            "Id": "0Pa000000000009AAA", "AssigneeId": user, "PermissionSetId": set_id, "IsActive": 1, "IsRevoked": 0,
        })  # fmt: skip
    before = _assignments(org)
    order(
        org, {"match": {"path": "*/sobjects/PermissionSetAssignment*", "times": [1, 4], "count": 2}, "fault": "reset"}
    )
    with pytest.raises(OutcomeUnknown):
        CUT.act(hands, "assignment:0Pa000000000009AAA")
    assert CUT.act(hands, "assignment:0Pa000000000009AAA") == {"already": True}
    CUT.undo(hands, "assignment:0Pa000000000009AAA", {"AssigneeId": user, "PermissionSetId": set_id})
    assert _assignments(org) == before


@pytest.mark.parametrize("target", ["assignment:", "set:0PS", "0PS:ExportReport"])
def test_a_target_of_another_form_is_refused(hands: Hands, target: str) -> None:
    with pytest.raises(BadInput):
        CUT.act(hands, target)
