"""Guests read nothing any more, the site stays up, and exactly the same rights come back."""

from __future__ import annotations

from typing import Any

import requests

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, Hands
from leakresponse.adapters.salesforce.inventory_users import read_guests
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.store import put
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Served

CUT = CUTS["restrict_guest"]


def _rows(org: Served) -> list[dict[str, Any]]:
    """Every right of every profile and set, but for ids and times of the rows."""
    found = []
    for table in ("ObjectPermissions", "FieldPermissions"):
        for row in org.world.store.all(f"SELECT * FROM {table}"):
            left_out = {"Id", "CreatedDate", "LastModifiedDate", "SystemModstamp", "CreatedById", "LastModifiedById"}
            found.append({name: value for name, value in row.items() if name not in left_out})
    return sorted(found, key=str)


def test_taken_proven_as_a_guest_and_given_back(org: Served, client: SalesforceClient, hands: Hands) -> None:
    (guest,), before = read_guests(client), _rows(org)
    assert not CUT.dead(hands, guest.profile_id).dead
    assert CUT.act(hands, guest.profile_id) == {"taken": len(guest.rights)}
    proof = CUT.dead(hands, guest.profile_id)
    assert (proof.dead, proof.how) == (True, "no rights; a guest lists nothing")
    assert requests.get(f"{org.url}/s", timeout=10).status_code == 200
    assert CUT.act(hands, guest.profile_id) == {"already": True}
    CUT.undo(hands, guest.profile_id, dict(guest.rights))
    assert _rows(org) == before
    assert read_guests(client) == (guest,)
    assert CUT.undo(hands, guest.profile_id, dict(guest.rights)) == {"already": True}


def test_rights_that_the_org_keeps_are_not_proven_gone(org: Served, client: SalesforceClient, hands: Hands) -> None:
    (guest,) = read_guests(client)
    keep_alive(org, "*/metadata/deployRequest", "POST")
    CUT.act(hands, guest.profile_id)
    assert not CUT.dead(hands, guest.profile_id).dead


def test_a_lost_answer_restores_all_the_same(org: Served, client: SalesforceClient, hands: Hands) -> None:
    (guest,), before = read_guests(client), _rows(org)
    order(org, {"match": {"path": "*/metadata/deployRequest*", "count": 3}, "fault": "reset", "share": 0.7})
    CUT.act(hands, guest.profile_id)
    assert CUT.dead(hands, guest.profile_id).dead
    CUT.undo(hands, guest.profile_id, dict(guest.rights))
    assert _rows(org) == before


def test_rights_by_a_permission_set_are_not_overlooked(org: Served, client: SalesforceClient, hands: Hands) -> None:
    (guest,) = read_guests(client)
    drift = org.world.store.one("SELECT Id FROM PermissionSet WHERE Name = 'Drift_Access'")
    assert drift is not None
    made, right = new_id("0Pa"), new_id("110")
    with org.world.store.write() as db:
        put(db, "PermissionSetAssignment", {
            "Id": made, "AssigneeId": guest.user_id, "PermissionSetId": drift["Id"], "IsActive": 1, "IsRevoked": 0,
        })  # fmt: skip
        put(db, "ObjectPermissions", {
            "Id": right, "ParentId": drift["Id"], "SobjectType": "Order", "PermissionsRead": 1,
        })  # fmt: skip
    CUT.act(hands, guest.profile_id)
    assert "permission sets besides: 1" in CUT.dead(hands, guest.profile_id).how
    with org.world.store.write() as db:
        db.execute("DELETE FROM PermissionSetAssignment WHERE Id = ?", (made,))
        db.execute("DELETE FROM ObjectPermissions WHERE Id = ?", (right,))
    assert CUT.dead(hands, guest.profile_id).dead
    CUT.undo(hands, guest.profile_id, dict(guest.rights))
