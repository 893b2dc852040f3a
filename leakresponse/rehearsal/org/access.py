"""Who may read and write what: setup and log objects need their permissions, business objects only API access.

Permissions by object: object reference pages of AuthSession, UserLogin, OauthToken, LoginHistory, SetupEntityAccess,
SetupAuditTrail and EventLogFile. The permission for stored real-time events (View Real-Time Event Monitoring Data) has
no field in the schema: View Event Log Files stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leakresponse.core.soql import ast
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.errors import no_access
from leakresponse.rehearsal.org.identity import permissions

_READ: Mapping[str, tuple[str, ...]] = {
    "AuthSession": ("ManageUsers",),
    "UserLogin": ("ManageUsers",),
    "SetupEntityAccess": ("ViewSetup",),
    "SetupAuditTrail": ("ViewSetup",),
    "EventLogFile": ("ViewEventLogFiles", "ViewAllData"),
    "ApiEvent": ("ViewEventLogFiles",),
    "LoginEvent": ("ViewEventLogFiles",),
    "BulkApiResultEventStore": ("ViewEventLogFiles",),
}
#: Objects of which everybody sees the own rows, and whoever has a permission sees all: owner's field, permissions.
_OWN_ROWS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "OauthToken": ("UserId", ("CustomizeApplication",)),
    "LoginHistory": ("UserId", ("ManageUsers", "MonitorLoginHistory")),
}
_WRITE: Mapping[str, tuple[str, ...]] = {
    "AuthSession": ("ManageUsers",),
    "UserLogin": ("ManageUsers", "FreezeUsers"),
    "User": ("ManageUsers",),
    "SetupEntityAccess": ("ManageProfilesPermissionsets", "AssignPermissionSets"),
    "PermissionSetAssignment": ("AssignPermissionSets", "ManageUsers"),
    "PermissionSet": ("ManageProfilesPermissionsets",),
    "ConnectedApplication": ("ManageRemoteAccess",),
    "Organization": ("CustomizeApplication",),
    "Profile": ("ManageProfilesPermissionsets",),
    "EventLogFile": ("ModifyAllData",),
}


def check_read(call: Call, objects: Iterable[str]) -> None:
    """Raises 403 where one of the objects needs a permission that the caller lacks."""
    needed = [_READ[name] for name in objects if name in _READ]
    if needed:
        held = permissions(call.world, call.caller.user_id)
        if not all(held.intersection(one) for one in needed):
            raise no_access("insufficient access rights on object")


def check_write(call: Call, name: str) -> None:
    """Raises 403 where writing this object needs a permission that the caller lacks."""
    if name in _WRITE and not permissions(call.world, call.caller.user_id).intersection(_WRITE[name]):
        raise no_access("insufficient access rights on cross-reference id")


def own_rows_only(call: Call, name: str) -> ast.Condition | None:
    """The condition that keeps a caller without the permission to the own rows."""
    if name not in _OWN_ROWS:
        return None
    owner, needed = _OWN_ROWS[name]
    if permissions(call.world, call.caller.user_id).intersection(needed):
        return None
    return ast.Compare(ast.Path(owner), "=", ast.Text(call.caller.user_id))
