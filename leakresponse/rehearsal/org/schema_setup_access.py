"""Who may do what: object and field permissions, groups of permission sets, licences, public groups, roles.

Fields: object reference of v67. Key prefixes other than 00G, 011 and 00E were not found confirmed: nothing may rest on
them. MutingPermissionSet belongs to its group by PermissionSetGroupId, which the reference does not list: the field is
the simulation's own.
"""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_permissions import permission_flags
from leakresponse.rehearsal.org.schema_types import (
    SObject,
    audit,
    flag,
    id_field,
    moment,
    ref,
    sobject,
    text,
    typed,
)

#: Permissions stand under a permission set, or under what a group mutes.
_PARENTS = ("PermissionSet", "MutingPermissionSet")


def object_permissions() -> SObject:
    """What a permission set lets do with an object; no row means nothing."""
    return sobject(
        "ObjectPermissions", "110", "Object Permissions", id_field(), *audit(deleted=False),
        ref("ParentId", "Parent ID", "PermissionSet", "Parent", "ObjectPerms", nillable=False, updateable=False,
            reference_to=_PARENTS),
        typed("picklist", "SobjectType", "Sobject Type", 255, nillable=False, updateable=False),
        flag("PermissionsCreate", "Permissions Create"),
        flag("PermissionsRead", "Permissions Read"),
        flag("PermissionsEdit", "Permissions Edit"),
        flag("PermissionsDelete", "Permissions Delete"),
        flag("PermissionsViewAllRecords", "Permissions View All Records"),
        flag("PermissionsModifyAllRecords", "Permissions Modify All Records"),
        flag("PermissionsViewAllFields", "Permissions View All Fields"),
        plural="Object Permissions",
    )  # fmt: skip


def field_permissions() -> SObject:
    """What a permission set lets do with a field; no row means it is hidden."""
    return sobject(
        "FieldPermissions", "01k", "Field Permissions", id_field(),
        ref("ParentId", "Parent ID", "PermissionSet", "Parent", "FieldPerms", nillable=False, updateable=False,
            reference_to=_PARENTS),
        typed("picklist", "SobjectType", "Sobject Type", 255, nillable=False, updateable=False),
        typed("picklist", "Field", "Field", 255, nillable=False, updateable=False),
        flag("PermissionsRead", "Permissions Read"),
        flag("PermissionsEdit", "Permissions Edit"),
        moment("SystemModstamp", "System Modstamp", nillable=False, updateable=False),
        plural="Field Permissions",
    )  # fmt: skip


def permission_set_group() -> SObject:
    """Several permission sets together, given as one."""
    return sobject(
        "PermissionSetGroup", "0PG", "Permission Set Group", id_field(), *audit(),
        text("DeveloperName", "Developer Name", 80, nillable=False),
        text("MasterLabel", "Master Label", 80, nillable=False),
        text("Description", "Description", 255),
        typed("picklist", "Language", "Language", 255),
        text("NamespacePrefix", "Namespace Prefix", 15, updateable=False),
        typed("picklist", "Status", "Status", 255, nillable=False, updateable=False),
        flag("HasActivationRequired", "Has Activation Required"),
    )  # fmt: skip


def permission_set_group_component() -> SObject:
    """One permission set of a group."""
    return sobject(
        "PermissionSetGroupComponent", "0PF", "Permission Set Group Component", id_field(), *audit(),
        ref("PermissionSetGroupId", "Permission Set Group ID", "PermissionSetGroup", "PermissionSetGroup",
            "PermissionSetGroupComponents", nillable=False, updateable=False),
        ref("PermissionSetId", "Permission Set ID", "PermissionSet", "PermissionSet", nillable=False, updateable=False),
    )  # fmt: skip


def muting_permission_set() -> SObject:
    """What a group takes away again from its sets."""
    return sobject(
        "MutingPermissionSet", "0QM", "Muting Permission Set", id_field(), *audit(deleted=False),
        text("DeveloperName", "Developer Name", 80, nillable=False),
        text("MasterLabel", "Master Label", 80, nillable=False),
        typed("picklist", "Language", "Language", 255),
        ref("PermissionSetGroupId", "Permission Set Group ID", "PermissionSetGroup", "PermissionSetGroup"),
        *permission_flags(),
    )  # fmt: skip


def permission_set_license() -> SObject:
    """A licence that permissions need."""
    return sobject(
        "PermissionSetLicense", "0PL", "Permission Set License", id_field(), *audit(deleted=False),
        text("DeveloperName", "Developer Name", 80, nillable=False, updateable=False),
        text("MasterLabel", "Master Label", 80, nillable=False, updateable=False),
        text("PermissionSetLicenseKey", "Permission Set License Key", nillable=False, updateable=False),
        typed("picklist", "Status", "Status", 255, nillable=False, updateable=False),
        typed("int", "TotalLicenses", "Total Licenses", nillable=False, updateable=False),
        typed("int", "UsedLicenses", "Used Licenses", nillable=False, updateable=False),
        typed("date", "ExpirationDate", "Expiration Date", updateable=False),
        typed("picklist", "Language", "Language", 255, nillable=False, updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def permission_set_license_assign() -> SObject:
    """Who holds such a licence."""
    return sobject(
        "PermissionSetLicenseAssign", "2LA", "Permission Set License Assignment", id_field(), *audit(deleted=False),
        ref("PermissionSetLicenseId", "Permission Set License ID", "PermissionSetLicense", "PermissionSetLicense",
            nillable=False, updateable=False),
        ref("AssigneeId", "Assignee ID", "User", "Assignee", nillable=False, updateable=False),
        flag("IsRevoked", "Is Revoked"),
    )  # fmt: skip


def group() -> SObject:
    """A public group or a queue."""
    return sobject(
        "Group", "00G", "Group", id_field(), *audit(deleted=False),
        text("Name", "Name", nillable=False),
        text("DeveloperName", "Developer Name", 80),
        typed("picklist", "Type", "Type", 255, nillable=False, updateable=False),
        typed("email", "Email", "Email", 80),
        text("Description", "Description", 255),
        ref("RelatedId", "Related ID", "", updateable=False),
        ref("OwnerId", "Owner ID", "", nillable=False, updateable=False),
        flag("DoesSendEmailToMembers", "Does Send Email To Members"),
        flag("DoesIncludeBosses", "Does Include Bosses"),
    )  # fmt: skip


def group_member() -> SObject:
    """Who is in a group."""
    return sobject(
        "GroupMember", "011", "Group Member", id_field(),
        ref("GroupId", "Group ID", "Group", "Group", "GroupMembers", nillable=False, updateable=False),
        ref("UserOrGroupId", "User Or Group ID", "", nillable=False, updateable=False),
        moment("SystemModstamp", "System Modstamp", nillable=False, updateable=False),
    )  # fmt: skip


def user_role() -> SObject:
    """A place in the role hierarchy: who stands above sees what those below own."""
    return sobject(
        "UserRole", "00E", "Role", id_field(), *audit(deleted=False),
        text("Name", "Name", nillable=False),
        text("DeveloperName", "Developer Name", 80),
        ref("ParentRoleId", "Parent Role ID", "UserRole"),
        text("RollupDescription", "Rollup Description"),
        typed("picklist", "OpportunityAccessForAccountOwner", "Opportunity Access For Account Owner", 255,
        nillable=False),
        typed("picklist", "CaseAccessForAccountOwner", "Case Access For Account Owner", 255),
        typed("picklist", "ContactAccessForAccountOwner", "Contact Access For Account Owner", 255, updateable=False),
        ref("ForecastUserId", "Forecast User ID", ""),
        flag("MayForecastManagerShare", "May Forecast Manager Share", updateable=False),
        typed("picklist", "PortalType", "Portal Type", 255, updateable=False),
    )  # fmt: skip


def access_objects() -> tuple[SObject, ...]:
    """Every object of this module."""
    return (
        object_permissions(),
        field_permissions(),
        permission_set_group(),
        permission_set_group_component(),
        muting_permission_set(),
        permission_set_license(),
        permission_set_license_assign(),
        group(),
        group_member(),
        user_role(),
    )
