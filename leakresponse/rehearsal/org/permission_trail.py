"""What a change of permissions leaves: a PermissionUpdate row, a stored PermissionSetEvent, a row of the audit trail.

DESCRIPTION `UserPerm: ConvertLeads disabled` and PERMISSION_TYPE `EntityObject` are the samples of the event type's
page; the other texts follow them and are not confirmed, nor are the trail's names for object and field permissions.
Stored events are written for assignments and for user permissions (platform events guide, PermissionSetEvent).
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.setup_trail import audit
from leakresponse.rehearsal.org.store import all_rows, first_row, put

_TRAIL = {
    ("UserPerm", True): "PermSetEnableUserPerm", ("UserPerm", False): "PermSetDisableUserPerm",
    ("EntityObject", True): "PermSetEntityPermChanged", ("EntityObject", False): "PermSetEntityPermChanged",
    ("EntityField", True): "PermSetFlsChanged", ("EntityField", False): "PermSetFlsChanged",
}  # fmt: skip
_SECTION = "Manage Users"


@dataclass(frozen=True, slots=True)
class Change:
    """One permission given or taken: `kind` is UserPerm, EntityObject or EntityField."""

    kind: str
    name: str
    enabled: bool

    @property
    def words(self) -> str:
        """The change as the log tells it."""
        return f"{self.kind}: {self.name} {'enabled' if self.enabled else 'disabled'}"


def changed(call: Call, db: sqlite3.Connection, set_id: str, changes: Sequence[Change]) -> None:
    """Write what changes of a permission set or profile leave; rows name the profile where the set belongs to one."""
    parent = first_row(db, "SELECT Label, ProfileId, IsOwnedByProfile FROM PermissionSet WHERE Id = ?", set_id)
    label = parent["Label"] if parent else set_id
    feature = (parent["ProfileId"] if parent and parent["IsOwnedByProfile"] else None) or set_id
    what = "profile" if feature != set_id else "permission set"
    for one in changes:
        call.world.logs.write(db, [("PermissionUpdate", _row(call, feature, one))])
        audit(call, db, _TRAIL[one.kind, one.enabled], _SECTION, f"Changed {what} {label}: {one.words}")
    user = [one for one in changes if one.kind == "UserPerm"]
    for enabled in (True, False):
        named = [one.name for one in user if one.enabled is enabled]
        if named:
            _event(
                call, db, "PermsEnabled" if enabled else "PermsDisabled", named, (set_id, label), _holders(db, set_id)
            )


def assigned(call: Call, db: sqlite3.Connection, set_id: str, user_id: str, given: bool) -> None:
    """Write what giving a permission set to a user, or taking it, leaves."""
    parent = first_row(db, "SELECT Label FROM PermissionSet WHERE Id = ?", set_id)
    user = first_row(db, 'SELECT Username FROM "User" WHERE Id = ?', user_id)
    label, name = parent["Label"] if parent else set_id, user["Username"] if user else user_id
    words = f"Permission set {label}: {'assigned to' if given else 'unassigned from'} user {name}"
    audit(call, db, "PermSetAssign" if given else "PermSetUnassign", _SECTION, words)
    operation = "AssignedToUsers" if given else "UnassignedFromUsers"
    _event(call, db, operation, [], (set_id, label), [user_id])


def _row(call: Call, feature: str, one: Change) -> dict[str, Any]:
    caller = call.caller
    return {
        **events.common(call.world, "PermissionUpdate", call.now, caller.user_id, call.request_id),
        "FEATURE_ID": feature[:15], "UPDATE_TYPE": "Enabled" if one.enabled else "Disabled",
        "PERMISSION_TYPE": one.kind, "DESCRIPTION": one.words, "SESSION_KEY": caller.session_key,
        "LOGIN_KEY": caller.login_key,
    }  # fmt: skip


def _holders(db: sqlite3.Connection, set_id: str) -> list[str]:
    sql = "SELECT AssigneeId FROM PermissionSetAssignment WHERE PermissionSetId = ? ORDER BY AssigneeId"
    return [row["AssigneeId"] for row in all_rows(db, sql, set_id)]


def _event(
    call: Call, db: sqlite3.Connection, operation: str, names: Sequence[str], parent: tuple[str, str],
    users: Sequence[str],
) -> None:  # fmt: skip
    """PermissionSetEventStore; at most 1,000 users are named."""
    known, caller, at = call.world.store.schema.objects["PermissionSetEventStore"].fields, call.caller, iso(call.now)
    row = {
        "Id": new_id("7pI"), "EventDate": at, "EventIdentifier": str(uuid.uuid4()), "CreatedDate": at,
        "UserId": caller.user_id, "Username": caller.username, "SourceIp": call.client.address,
        "SessionKey": caller.session_key, "SessionLevel": "STANDARD", "LoginKey": caller.login_key,
        "LoginHistoryId": caller.login_history_id, "EvaluationTime": 0.0, "Operation": operation,
        "PermissionType": "UserPermission" if names else None,
        "PermissionList": json.dumps(list(names)), "ParentIdList": json.dumps([parent[0]]),
        "ParentNameList": json.dumps([parent[1]]), "ImpactedUserIds": json.dumps(list(users[:1000])),
        "UserCount": str(len(users)), "HasExternalUsers": 0, "EventSource": "API",
    }  # fmt: skip
    put(db, "PermissionSetEventStore", {name: value for name, value in row.items() if name in known})
