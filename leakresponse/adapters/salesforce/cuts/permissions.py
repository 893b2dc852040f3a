"""Risky permissions: one assignment, or one permission of one permission set or profile, and nothing besides.

Never by deploying a permission set: its file replaces the whole set (notes on the Metadata API, unconfirmed).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.adapters.salesforce.cuts.types import Hands, Proof, check_given_back
from leakresponse.adapters.salesforce.inventory_users import metadata_name
from leakresponse.adapters.salesforce.metadata import component, deploy, element
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import BadInput, Refused
from leakresponse.core.soql.build import all_of, equals, select

_ASSIGNMENT, _SET = "PermissionSetAssignment", "PermissionSet"
_PREFIX = "Permissions"


class StripPermission:
    """`assignment:<id>` takes a permission set from one user, `set:<id>:<permission>` one permission from all holders.

    The permission set that belongs to a profile is changed by a deploy of the profile, which changes what it names.
    """

    kind: ActionKind = "strip_permission"
    source = "V: object reference, PermissionSetAssignment and PermissionSet; Metadata API guide, Profile"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Take it away."""
        how, record_id, permission = _parts(target)
        if how == "set":
            return _set(hands, record_id, permission, on=False)
        return {"removed": True} if hands.client.delete(_ASSIGNMENT, record_id, repeatable=False) else {"already": True}

    def dead(self, hands: Hands, target: str) -> Proof:
        """Asked by query."""
        how, record_id, permission = _parts(target)
        if how == "set":
            on = _row(hands, record_id, permission)[permission]
            return Proof(on is False, f"the permission set shows {permission} {on}")
        rows = list(hands.client.query(select(_ASSIGNMENT, ["Id"], where=equals("Id", record_id))))
        return Proof(not rows, "the assignment is still there" if rows else "the assignment is listed no more")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """The same permission, or the same set for the same user in an assignment with an id of its own."""
        how, record_id, permission = _parts(target)
        if how == "assignment":
            return _assign(hands, inverse)
        on = inverse.get(permission, "true") == "true"
        done = _set(hands, record_id, permission, on)
        if on:
            check_given_back(self.dead(hands, target))
        return done


def _parts(target: str) -> tuple[str, str, str]:
    how, _, rest = target.partition(":")
    record_id, _, permission = rest.partition(":")
    if how not in {"assignment", "set"} or not record_id or (how == "set") is not bool(permission):
        raise BadInput("a permission is `assignment:<id>` or `set:<id>:<permission>`")
    known = not permission or permission.startswith(_PREFIX)
    return how, record_id, permission if known else f"{_PREFIX}{permission}"


def _row(hands: Hands, set_id: str, permission: str) -> dict[str, Any]:
    fields = ["IsOwnedByProfile", "Profile.Name", permission]
    rows = list(hands.client.query(select(_SET, fields, where=equals("Id", set_id))))
    if not rows:
        raise Refused("no such permission set", "NOT_FOUND")
    return rows[0]


def _set(hands: Hands, set_id: str, permission: str, on: bool) -> dict[str, Any]:
    row = _row(hands, set_id, permission)
    if row[permission] is on:
        return {"already": True}
    if row["IsOwnedByProfile"]:
        name = metadata_name(row["Profile"]["Name"])
        inside = element("enabled", on) + element("name", permission.removeprefix(_PREFIX))
        inside = f"<userPermissions>{inside}</userPermissions>"
        deploy(hands.client, [component("Profile", name, f"profiles/{name}.profile", inside)])
    else:
        hands.client.update(_SET, set_id, {permission: on})
    return {permission: on}


def _assign(hands: Hands, inverse: Mapping[str, str]) -> dict[str, Any]:
    user, set_id = inverse["AssigneeId"], inverse["PermissionSetId"]
    there = _assigned(hands, user, set_id)
    if there:
        return {"already": True, "id": there}
    values = {"AssigneeId": user, **_of_group(hands, set_id)}
    try:
        return {"created": hands.client.create(_ASSIGNMENT, values, repeatable=True)}
    except Refused as refused:
        if refused.code != "DUPLICATE_VALUE":
            raise
        return {"created": _assigned(hands, user, set_id)}


def _assigned(hands: Hands, user: str, set_id: str) -> str:
    where = all_of(equals("AssigneeId", user), equals("PermissionSetId", set_id))
    return next((str(row["Id"]) for row in hands.client.query(select(_ASSIGNMENT, ["Id"], where=where))), "")


def _of_group(hands: Hands, set_id: str) -> dict[str, str]:
    """What to assign: the set, or the group whose computed set it is, since such a set is assigned by its group."""
    fields = ["Type", "PermissionSetGroupId"]
    rows = list(hands.client.query(select(_SET, fields, where=equals("Id", set_id))))
    group = rows[0].get("PermissionSetGroupId") if rows and rows[0].get("Type") == "Group" else None
    return {"PermissionSetGroupId": str(group)} if group else {"PermissionSetId": set_id}
