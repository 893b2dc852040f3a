"""What the Tooling API alone serves, and what it serves beside the other APIs (Tooling API reference of v67).

An org keeps one set of tables; each API sees its part. Objects of the Tooling API are hidden from `/query` and
`/sobjects`, business objects from `/tooling`. Organization is in no list of the Tooling API's objects; whether it
answers there is not confirmed, here it does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from leakresponse.core.soql import ast, parse
from leakresponse.core.soql.errors import SoqlSyntaxError
from leakresponse.rehearsal.org.schema_types import (
    Schema,
    SObject,
    audit,
    flag,
    id_field,
    long_text,
    moment,
    ref,
    sobject,
    text,
    typed,
)

#: Objects of the Tooling API alone.
TOOLING_ONLY = frozenset({
    "SandboxInfo", "SandboxProcess", "SourceMember", "SourceTrackingSettings",
    "ExternalCredential", "RemoteProxy", "InstalledSubscriberPackage", "SubscriberPackage", "SubscriberPackageVersion",
})  # fmt: skip
#: Objects of both.
_BOTH = frozenset({
    "ApexClass", "ConnectedApplication", "CspTrustedSite", "EntityDefinition", "FieldDefinition", "Group",
    "NamedCredential", "Organization", "PermissionSet", "PermissionSetAssignment", "PermissionSetGroup",
    "PermissionSetGroupComponent", "Profile", "RecordType", "TransactionSecurityPolicy", "User",
})  # fmt: skip
#: Objects of sandboxes with source tracking.
_TRACKED = frozenset({"SourceMember"})
#: Objects of orgs that make sandboxes; that a sandbox lacks them is not confirmed.
_MAKERS = frozenset({"SandboxInfo", "SandboxProcess"})
#: SandboxProcess.Status: SOQL compares the code, the answer shows the label (salesforce_api.md section 9).
STATUS_CODES = {
    "0": "Pending", "1": "Completed", "2": "Processing", "4": "Pending Activation", "5": "Activation Confirmed",
    "6": "Deactivation Confirmed", "7": "Deactivation Finished", "8": "Activating", "B": "Locked", "D": "Deleted",
    "E": "Deleting", "F": "Discarding", "G": "Stopped", "L": "Locking", "S": "Suspended", "X": "Sampling",
}  # fmt: skip


def tooling_view(schema: Schema, sandbox: bool, tracked: bool) -> Schema:
    """What the Tooling API sees of an org; `tracked` is true in a sandbox that tracks its sources."""
    unseen = (frozenset() if tracked else _TRACKED) | (_MAKERS if sandbox else frozenset())
    seen = (TOOLING_ONLY | _BOTH) - unseen
    return replace(schema, hidden=frozenset(schema.objects) - seen)


def by_label(soql: str) -> str:
    """A query of SandboxProcess with the labels that the store keeps in the place of codes; any other as it is."""
    if "sandboxprocess" not in soql.lower():
        return soql
    try:
        asked = parse(soql)
    except SoqlSyntaxError:
        return soql
    if asked.object.lower() != "sandboxprocess" or asked.where is None:
        return soql
    return str(replace(asked, where=_labelled(asked.where)))


def _labelled(condition: ast.Condition) -> ast.Condition:
    if isinstance(condition, ast.And | ast.Or):
        return replace(condition, items=tuple(_labelled(one) for one in condition.items))
    if isinstance(condition, ast.Not):
        return replace(condition, item=_labelled(condition.item))
    if not isinstance(condition.left, ast.Path) or condition.left.parts[-1].lower() != "status":
        return condition
    if isinstance(condition, ast.Compare):
        return replace(condition, right=_label(condition.right))
    if isinstance(condition, ast.InList) and not isinstance(condition.values, ast.Bind):
        return replace(condition, values=tuple(_label(one) for one in condition.values))
    return condition


def _label(value: ast.Value) -> ast.Value:
    return ast.Text(STATUS_CODES.get(value.value, value.value)) if isinstance(value, ast.Text) else value


def sandbox_info() -> SObject:
    """A sandbox; making the record makes the sandbox, changing it refreshes it (Tooling API, SandboxInfo)."""
    return sobject(
        "SandboxInfo", "0GQ", "Sandbox Info", id_field(), *audit(),
        text("SandboxName", "Sandbox Name", 10, nillable=False), *_wishes(),
        typed("picklist", "LicenseType", "License Type", 40),
        flag("IsNonPreview", "Is Non Preview"), long_text("PostCopyConfig", "Post Copy Config"),
    )  # fmt: skip


def sandbox_process() -> SObject:
    """One copy of a sandbox: its making or a refresh (Tooling API, SandboxProcess)."""
    return sobject(
        "SandboxProcess", "0GR", "Sandbox Process", id_field(), *audit(),
        text("SandboxName", "Sandbox Name", 10), ref("SandboxInfoId", "Sandbox Info ID", "SandboxInfo", "SandboxInfo"),
        text("Status", "Status", 40), typed("int", "CopyProgress", "Copy Progress"),
        text("SandboxOrganization", "Sandbox Organization", 15), *_wishes(),
        typed("picklist", "LicenseType", "License Type", 40), typed("picklist", "RefreshAction", "Refresh Action", 40),
        moment("StartDate", "Start Date"), moment("EndDate", "End Date"), moment("ActivatedDate", "Activated Date"),
        ref("ActivatedById", "Activated By ID", "User", "ActivatedBy"),
        createable=False, deletable=False, plural="Sandbox Processes",
    )  # fmt: skip


def _wishes() -> tuple[Any, ...]:
    """What a sandbox's maker may ask for."""
    return (
        ref("TemplateId", "Template ID", ""), ref("SourceId", "Source ID", "SandboxInfo", "Source"),
        ref("ApexClassId", "Apex Class ID", "ApexClass", "ApexClass"), flag("AutoActivate", "Auto Activate"),
        flag("CopyChatter", "Copy Chatter"), flag("CopyArchivedActivities", "Copy Archived Activities"),
        typed("int", "HistoryDays", "History Days"),
        ref("ActivationUserGroupId", "Activation User Group ID", "Group", "ActivationUserGroup"),
        long_text("Features", "Features"), text("Description", "Description", 1000),
    )  # fmt: skip


def source_member() -> SObject:
    """A piece of metadata that was changed in a sandbox with source tracking (Tooling API, SourceMember)."""
    return sobject(
        "SourceMember", "0MZ", "Source Member", id_field(), *audit(deleted=False),
        text("MemberIdOrName", "Member ID Or Name"), text("MemberName", "Member Name"),
        text("MemberType", "Member Type", 80), typed("int", "RevisionCounter", "Revision Counter"),
        typed("int", "RevisionNum", "Revision Number"), flag("IsNameObsolete", "Is Name Obsolete"),
        flag("IsNewMember", "Is New Member"), text("ChangedBy", "Changed By"), text("IgnoreConflicts", "Ignore", 5),
        createable=False, updateable=False, deletable=False,
    )  # fmt: skip


def source_tracking_settings() -> SObject:
    """Whether new sandboxes track their sources; the Salesforce CLI asks before it makes one."""
    return sobject(
        "SourceTrackingSettings", "7dz", "Source Tracking Settings", id_field(), text("DurableId", "Durable ID"),
        flag("IsSourceTrackingSandboxesEnabled", "Enable Source Tracking for Sandboxes"),
        createable=False, updateable=False, deletable=False, key="DurableId", plural="Source Tracking Settings",
    )  # fmt: skip


def apex_class() -> SObject:
    """Apex code; the simulated retailer has none."""
    return sobject(
        "ApexClass", "01p", "Apex Class", id_field(), *audit(deleted=False),
        text("Name", "Name"), text("NamespacePrefix", "Namespace Prefix", 15),
        typed("double", "ApiVersion", "Api Version"),
        typed("picklist", "Status", "Status", 40), flag("IsValid", "Is Valid"), typed("double", "BodyCrc", "Body CRC"),
        long_text("Body", "Body", 1_000_000), typed("int", "LengthWithoutComments", "Size Without Comments"),
        createable=False, updateable=False, deletable=False, plural="Apex Classes",
    )  # fmt: skip


def tooling_objects() -> tuple[SObject, ...]:
    """The objects of this module."""
    return (
        sandbox_info(), sandbox_process(), source_member(), source_tracking_settings(), apex_class(),
    )  # fmt: skip
