"""Who may read and write what: one place that queries, single records, bulk jobs and pages ask.

Business objects need object and field permissions, and sharing (`permissions`, `sharing`); setup and log objects need
user permissions: object reference pages of AuthSession, UserLogin, OauthToken, LoginHistory, SetupEntityAccess,
SetupAuditTrail and EventLogFile. The permission for stored real-time events (View Real-Time Event Monitoring Data) has
no field in the schema: View Event Log Files stands for it.

Refusals: an object that may not be read is unknown to a query (INVALID_TYPE) and not found elsewhere, a hidden field is
no column; words as published from real orgs. The status of INSUFFICIENT_ACCESS_OR_READONLY follows the REST guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, TypedDict

from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_access, not_found
from leakresponse.rehearsal.org.identity import permissions
from leakresponse.rehearsal.org.permissions import Held, held_by
from leakresponse.rehearsal.org.schema import SObject, quoted
from leakresponse.rehearsal.org.sharing import Act, rows_of
from leakresponse.rehearsal.org.soql_engine_names import Rows, Visible
from leakresponse.rehearsal.org.world import World

Write: TypeAlias = Literal["Create", "Edit", "Delete"]
_SETUP = ("ViewSetup",)
_SETUP_OBJECTS = (
    "SetupEntityAccess", "SetupAuditTrail", "ObjectPermissions", "FieldPermissions", "PermissionSetGroup",
    "PermissionSetGroupComponent", "MutingPermissionSet", "NamedCredential", "ExternalCredential", "RemoteProxy",
    "CspTrustedSite", "InstalledSubscriberPackage", "SubscriberPackage", "SubscriberPackageVersion", "PackageLicense",
)  # fmt: skip
_READ: Mapping[str, tuple[str, ...]] = {
    "AuthSession": ("ManageUsers",),
    "UserLogin": ("ManageUsers",),
    "CronTrigger": _SETUP,
    "CronJobDetail": _SETUP,
    "TwoFactorInfo": ("ManageUsers",),
    "TwoFactorMethodsInfo": ("ManageUsers",),
    "VerificationHistory": ("ManageUsers", "MonitorLoginHistory"),
    "TenantSecret": ("ManageEncryptionKeys", "ViewSetup"),
    "EventLogFile": ("ViewEventLogFiles", "ViewAllData"),
    "PrivacyRequest": ("PrivacyDataAccess", "ViewAllData"),
    **dict.fromkeys(_SETUP_OBJECTS, _SETUP),
}
_EVENTS = ("ViewEventLogFiles",)
#: Objects of which everybody sees the own rows, and whoever has a permission sees all: owner's field, permissions.
_OWN_ROWS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "OauthToken": ("UserId", ("CustomizeApplication",)),
    "LoginHistory": ("UserId", ("ManageUsers", "MonitorLoginHistory")),
    "PermissionSetAssignment": ("AssigneeId", ("ViewSetup",)),
    "PermissionSetLicenseAssign": ("AssigneeId", ("ViewSetup",)),
}
_PERMISSIONS = ("ManageProfilesPermissionsets",)
_WRITE: Mapping[str, tuple[str, ...]] = {
    "AuthSession": ("ManageUsers",),
    "UserLogin": ("ManageUsers", "FreezeUsers"),
    "User": ("ManageUsers",),
    "UserRole": ("ManageUsers",),
    "Group": ("ManageUsers",),
    "GroupMember": ("ManageUsers",),
    "SetupEntityAccess": ("ManageProfilesPermissionsets", "AssignPermissionSets"),
    "PermissionSetAssignment": ("AssignPermissionSets", "ManageUsers"),
    "PermissionSetLicenseAssign": ("AssignPermissionSets", "ManageUsers"),
    "PermissionSet": _PERMISSIONS,
    "Profile": _PERMISSIONS,
    "ObjectPermissions": _PERMISSIONS,
    "FieldPermissions": _PERMISSIONS,
    "PermissionSetGroup": _PERMISSIONS,
    "PermissionSetGroupComponent": _PERMISSIONS,
    "MutingPermissionSet": _PERMISSIONS,
    "ConnectedApplication": ("ManageRemoteAccess",),
    "Organization": ("CustomizeApplication",),
    "Network": ("CustomizeApplication",),
    "CspTrustedSite": ("CustomizeApplication",),
    "NamedCredential": ("CustomizeApplication", "ManageNamedCredentials"),
    "TenantSecret": ("ManageEncryptionKeys",),
    "TwoFactorInfo": ("ManageUsers",),
    "EventLogFile": ("ModifyAllData",),
}


class Lens(TypedDict):
    """What `compile_query` needs to keep a query to what a user sees."""

    visible: Visible | None
    rows: Rows


def lens(world: World, user_id: str) -> Lens:
    """The objects, fields and records that a user sees."""
    held, schema = held_by(world, user_id), world.store.schema
    shared = rows_of(held, schema)

    def sees(name: str, field: str) -> bool:
        obj = schema.objects.get(name)
        if obj is None:
            return not held.guest
        return held.may("Read", obj) if field == "Id" else field in held.readable(obj)

    def rows(obj: SObject, alias: str) -> str:
        return _own_rows(held, obj, alias) or shared(obj, alias)

    unlimited = {"ModifyAllData", "ViewAllFieldsGlobal"} <= held.system and not held.guest
    return {"visible": None if unlimited else sees, "rows": rows}


def lens_of(call: Call) -> Lens:
    """The same of a call's caller."""
    return lens(call.world, call.caller.user_id)


def _own_rows(held: Held, obj: SObject, alias: str) -> str:
    """The condition that keeps a user without the permission to the own rows."""
    owner, needed = _OWN_ROWS.get(obj.name, ("", ()))
    if not owner or held.system.intersection(needed):
        return ""
    return f"{alias}.{quoted(owner)} = '{held.user_id}'"


def check_read(call: Call, objects: Iterable[str]) -> None:
    """Raises 403 where one of the objects needs a permission that the caller lacks."""
    needed = [found for name in objects if (found := _needed(call, name))]
    if needed:
        held = permissions(call.world, call.caller.user_id)
        if not all(held.intersection(one) for one in needed):
            raise no_access("insufficient access rights on object")


def _needed(call: Call, name: str) -> tuple[str, ...]:
    if name in _READ:
        return _READ[name]
    obj = call.world.store.schema.objects.get(name)
    stored = obj is not None and (obj.event_store or name.endswith(("EventStore", "EventLog")))
    return _EVENTS if stored else ()


def readable_objects(call: Call) -> frozenset[str]:
    """Names of the objects that the caller may read."""
    held = held_by(call.world, call.caller.user_id)
    return frozenset(
        obj.name for obj in call.world.store.schema
        if held.may("Read", obj) and (not (needed := _needed(call, obj.name)) or held.system.intersection(needed))
    )  # fmt: skip


def readable_fields(call: Call, obj: SObject) -> frozenset[str]:
    """Names of the fields that the caller sees of an object."""
    return held_by(call.world, call.caller.user_id).readable(obj)


def check_write(call: Call, name: str, act: Write = "Edit") -> None:
    """Raises 403 where writing this object needs a permission that the caller lacks, 404 where it may not be read."""
    held, obj = held_by(call.world, call.caller.user_id), call.world.store.schema[name]
    if name in _WRITE:
        if not held.system.intersection(_WRITE[name]):
            raise no_access("insufficient access rights on cross-reference id")
        return
    if not held.may("Read", obj):
        raise not_found()
    if held.may(act, obj):
        return
    if act == "Create":
        raise bad_request("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {obj.label}")
    raise _read_only()


def check_fields(call: Call, obj: SObject, names: Iterable[str]) -> None:
    """Raises 400 for a field that the caller does not see, or sees and may not write."""
    held = held_by(call.world, call.caller.user_id)
    shown = held.readable(obj)
    refused = []
    for name in names:
        if name not in shown:
            raise bad_request("INVALID_FIELD", f"No such column '{name}' on sobject of type {obj.name}")
        if not held.writes(obj, obj.fields[name]):
            refused.append(name)
    if refused:
        words = (
            f"Unable to create/update fields: {', '.join(refused)}. Please check the security settings of this field "
            "and verify that it is read/write for your profile or permission set."
        )
        raise bad_request("INVALID_FIELD_FOR_INSERT_UPDATE", words, refused)


def check_record(call: Call, obj: SObject, record_id: str, act: Act) -> None:
    """Raises 404 for a record that sharing hides, 403 for one that may be read alone; a missing one raises nothing."""
    held = held_by(call.world, call.caller.user_id)
    if obj.name in _WRITE or not _kept_from(call, held, obj, record_id, act):
        return
    raise not_found() if _kept_from(call, held, obj, record_id, "Read") else _read_only()


def _kept_from(call: Call, held: Held, obj: SObject, record_id: str, act: Act) -> bool:
    condition = rows_of(held, call.world.store.schema, act)(obj, "t")
    if not condition:
        return False
    sql = " ".join(("SELECT", condition, "AS reached FROM", quoted(obj.name), "AS t WHERE t.Id = ?"))
    found = call.world.store.one(sql, record_id)
    return found is not None and not found["reached"]


def _read_only() -> ApiRefused:
    return ApiRefused(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
