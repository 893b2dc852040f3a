"""Setup objects: who may log in with what, and what happened at the login.

Field lists: Salesforce object reference pages of each object (v67). Key prefixes beyond 00D, 005, 00e, 0PS, 0H4 and
0Ya were not found confirmed: nothing may rest on them.
"""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_permissions import permission_flags
from leakresponse.rehearsal.org.schema_setup_access import access_objects
from leakresponse.rehearsal.org.schema_setup_outward import outward_objects
from leakresponse.rehearsal.org.schema_setup_schedules import schedule_objects
from leakresponse.rehearsal.org.schema_setup_security import security_objects
from leakresponse.rehearsal.org.schema_types import (
    SObject,
    address,
    address_parts,
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


def organization() -> SObject:
    """The org itself: one row."""
    return sobject(
        "Organization", "00D", "Organization", id_field(), *audit(deleted=False),
        text("Name", "Name", 80),
        *address_parts("", ""), address("Address", "Address", ""),
        typed("phone", "Phone", "Phone", 40),
        text("PrimaryContact", "Primary Contact", 80),
        text("OrganizationType", "Edition", 40),
        text("InstanceName", "Instance Name", 5),
        flag("IsSandbox", "Is Sandbox"),
        text("NamespacePrefix", "Namespace Prefix", 15),
        text("LanguageLocaleKey", "Language", 40),
        text("TimeZoneSidKey", "Time Zone", 40),
        moment("TrialExpirationDate", "Trial Expiration Date"),
        createable=False, deletable=False,
    )  # fmt: skip


def profile() -> SObject:
    """A user's profile."""
    return sobject(
        "Profile", "00e", "Profile", id_field(), *audit(deleted=False),
        text("Name", "Name"), text("UserType", "User Type", 40), long_text("Description", "Description", 255),
        *permission_flags(), createable=False, deletable=False,
    )  # fmt: skip


def permission_set() -> SObject:
    """A set of permissions; profiles own one each."""
    return sobject(
        "PermissionSet", "0PS", "Permission Set", id_field(), *audit(deleted=False),
        text("Name", "Permission Set Name", 80, nillable=False),
        text("Label", "Permission Set Label", 80, nillable=False),
        text("Description", "Description", 255), text("Type", "Permission Set Type", 40),
        flag("IsOwnedByProfile", "Is Owned By Profile"), flag("IsCustom", "Is Custom"),
        ref("ProfileId", "Profile ID", "Profile", "Profile"),
        ref("PermissionSetGroupId", "Permission Set Group ID", "PermissionSetGroup", "PermissionSetGroup"),
        text("NamespacePrefix", "Namespace Prefix", 15), *permission_flags(),
    )  # fmt: skip


def permission_set_assignment() -> SObject:
    """Who has a permission set. Deleting the row takes it away."""
    return sobject(
        "PermissionSetAssignment", "0Pa", "Permission Set Assignment", id_field(),
        ref("AssigneeId", "Assignee ID", "User", "Assignee", "PermissionSetAssignments", nillable=False),
        ref("PermissionSetId", "Permission Set ID", "PermissionSet", "PermissionSet", "Assignments"),
        ref("PermissionSetGroupId", "Permission Set Group ID", "PermissionSetGroup",
            "PermissionSetGroup", "Assignments"),
        moment("ExpirationDate", "Expiration Date"), flag("IsActive", "Is Active"), flag("IsRevoked", "Is Revoked"),
        moment("SystemModstamp", "System Modstamp", nillable=False, updateable=False), updateable=False,
    )  # fmt: skip


def setup_entity_access() -> SObject:
    """What a permission set grants: here, the connected apps that its users may log in to."""
    return sobject(
        "SetupEntityAccess", "0J0", "Setup Entity Access", id_field(),
        ref("ParentId", "Parent ID", "PermissionSet", "Parent", "SetupEntityAccessItems", nillable=False),
        ref("SetupEntityId", "Setup Entity ID", "", nillable=False),
        typed("picklist", "SetupEntityType", "Setup Entity Type", 40),
        moment("SystemModstamp", "System Modstamp", nillable=False, updateable=False), updateable=False,
        plural="Setup Entity Access",
    )  # fmt: skip


def connected_application() -> SObject:
    """Installed and locally made connected apps; it shows neither the consumer key nor whether the app is blocked."""
    unsorted = {"sortable": False}
    return sobject(
        "ConnectedApplication", "0H4", "Connected App", id_field(), *audit(deleted=False),
        text("Name", "Connected App Name", 80, nillable=False), typed("url", "StartUrl", "Start URL", 255),
        typed("url", "MobileStartUrl", "Mobile Start URL", 255),
        flag("OptionsAllowAdminApprovedUsersOnly", "Admin approved users are pre-authorized", **unsorted),
        flag("OptionsHasSessionLevelPolicy", "High Assurance session required", **unsorted),
        flag("OptionsRefreshTokenValidityMetric", "Refresh token policy", **unsorted),
        flag("OptionsIsInternal", "Internal", **unsorted),
        typed("int", "RefreshTokenValidityPeriod", "Refresh Token Validity Period"),
        typed("int", "MobileSessionTimeout", "Require Pin after"), typed("int", "PinLength", "Pin Length"),
        createable=False, deletable=False,
    )  # fmt: skip


def app_menu_item() -> SObject:
    """An entry of the app menu; the way from an OauthToken row to its connected app."""
    return sobject(
        "AppMenuItem", "0DS", "App Menu Item", id_field(), *audit(),
        text("Name", "Developer Name", 80), text("Label", "Label", 80), text("ApplicationId", "Application ID", 18),
        typed("picklist", "Type", "Type", 40), flag("IsUsingAdminAuthorization", "Is Using Admin Authorization"),
        createable=False, deletable=False,
    )  # fmt: skip


def oauth_token() -> SObject:
    """One authorisation of an app by a user. `Id` is always null; rows are told apart by `DeleteToken`."""
    return sobject(
        "OauthToken", "0CQ", "OAuth Token", id_field(),
        text("AccessToken", "Access Token", 255, filterable=False, sortable=False),
        ref("AppMenuItemId", "App Menu Item ID", "AppMenuItem", "AppMenuItem"),
        text("AppName", "Application Name"), moment("CreatedDate", "Created Date"),
        text("DeleteToken", "Delete Token", 255, nillable=False, sortable=False),
        moment("LastUsedDate", "Last Used Date"),
        text("RequestToken", "Request Token", 255, filterable=False, sortable=False),
        typed("int", "UseCount", "Use Count"),
        ref("UserId", "User ID", "User", "User"),
        updateable=False, createable=False, deletable=False, key="DeleteToken",
    )  # fmt: skip


def auth_session() -> SObject:
    """A live session. The user is in `UsersId`; the app is known only through `LoginHistory.Application`."""
    return sobject(
        "AuthSession", "0Ak", "Auth Session", id_field(),
        ref("UsersId", "Users ID", "User", "Users"), moment("CreatedDate", "Created"),
        moment("LastModifiedDate", "Updated"),
        typed("int", "NumSecondsValid", "Valid For (Seconds)"), typed("picklist", "UserType", "User Type", 40),
        text("SourceIp", "Source IP", 39), typed("picklist", "LoginType", "Login Type", 40),
        typed("picklist", "LoginSubType", "Login Subtype", 40), typed("picklist", "SessionType", "Session Type", 40),
        typed("picklist", "SessionSecurityLevel", "Session Security Level", 40), text("LogoutUrl", "Logout URL"),
        ref("ParentId", "Parent ID", "AuthSession", "Parent"),
        ref("LoginHistoryId", "Login History ID", "LoginHistory", "LoginHistory"),
        text("LoginGeoId", "Login Geo ID", 18),
        flag("IsCurrent", "Is Current"), flag("IsAssociatedWithJwtAccessToken", "Is Associated With JWT Access Token"),
        updateable=False, createable=False,
    )  # fmt: skip


def user_login() -> SObject:
    """Freezing: `IsFrozen` stops new logins of a user."""
    return sobject(
        "UserLogin", "0Yw", "User Login", id_field(), ref("UserId", "User ID", "User"),
        flag("IsFrozen", "Frozen"), flag("IsPasswordLocked", "Is Password Locked"),
        moment("LastModifiedDate", "Last Modified Date", updateable=False),
        ref("LastModifiedById", "Last Modified By ID", "User", updateable=False),
        createable=False, deletable=False,
    )  # fmt: skip


def login_history() -> SObject:
    """One row per login. Most fields can be read but not filtered (object reference, LoginHistory)."""
    read_only = {"filterable": False}
    return sobject(
        "LoginHistory", "0Ya", "Login History", id_field(), ref("UserId", "User ID", "User"),
        moment("LoginTime", "Login Time"), typed("picklist", "LoginType", "Login Type", 40),
        text("LoginUrl", "Login URL"), text("SourceIp", "Source IP", 39, **read_only),
        text("ForwardedForIp", "Forwarded-for IP", 256), text("Status", "Status", 128, **read_only),
        text("Application", "Application", 80, **read_only), text("Browser", "Browser", 64, **read_only),
        text("Platform", "Platform", 64, **read_only), text("ApiType", "API Type", 64, **read_only),
        text("ApiVersion", "API Version", 32, **read_only), text("ClientVersion", "Client Version", 64, **read_only),
        text("AuthenticationServiceId", "Authentication Service ID", 18), text("CipherSuite", "TLS Cipher Suite", 64),
        text("TlsProtocol", "TLS Protocol", 64), text("CountryIso", "Country Code", 3),
        text("LoginGeoId", "Login Geo ID", 18, **read_only),
        text("LoginSubType", "Login Subtype", 40, **read_only), text("NetworkId", "Network ID", 18),
        flag("OptionsIsGet", "Is Get"), flag("OptionsIsPost", "Is Post"),
        updateable=False, createable=False, deletable=False, plural="Login History",
    )  # fmt: skip


def setup_audit_trail() -> SObject:
    """What administrators changed. `Display` and `Section` cannot be filtered."""
    return sobject(
        "SetupAuditTrail", "0Ym", "Setup Audit Trail Entry", id_field(), text("Action", "Action", 40),
        ref("CreatedById", "Created By ID", "User", "CreatedBy"), moment("CreatedDate", "Created Date"),
        text("CreatedByContext", "Created By Context"), text("CreatedByIssuer", "Created By Issuer"),
        text("DelegateUser", "Delegate User"), text("Display", "Display", 1000, filterable=False),
        text("Section", "Section", filterable=False),
        text("ResponsibleNamespacePrefix", "Responsible Namespace Prefix", 15),
        updateable=False, createable=False, deletable=False, plural="Setup Audit Trail Entries",
    )  # fmt: skip


def entity_definition() -> SObject:
    """The objects of the org, as data."""
    return sobject(
        "EntityDefinition", "4ie", "Entity Definition", id_field(), text("DurableId", "Durable ID"),
        text("QualifiedApiName", "Qualified API Name"), text("DeveloperName", "Developer Name"), text("Label", "Label"),
        text("PluralLabel", "Plural Label"), text("KeyPrefix", "Key Prefix", 3), flag("IsQueryable", "Is Queryable"),
        flag("IsCustomizable", "Is Customizable"),
        typed("picklist", "InternalSharingModel", "Internal Sharing Model", 40),
        typed("picklist", "ExternalSharingModel", "External Sharing Model", 40),
        updateable=False, createable=False, deletable=False, key="DurableId",
    )  # fmt: skip


def field_definition() -> SObject:
    """The fields of the org, as data, with their classification; a filter on the entity is required."""
    return sobject(
        "FieldDefinition", "4fe", "Field Definition", id_field(), text("DurableId", "Durable ID"),
        ref("EntityDefinitionId", "Entity Definition ID", "EntityDefinition", "EntityDefinition", "Fields"),
        text("QualifiedApiName", "Qualified API Name"), text("DeveloperName", "Developer Name"), text("Label", "Label"),
        text("DataType", "Data Type"), typed("int", "Length", "Length"), text("RelationshipName", "Relationship Name"),
        typed("picklist", "SecurityClassification", "Data Sensitivity Level", 40),
        typed("multipicklist", "ComplianceGroup", "Compliance Categorization", 765),
        typed("picklist", "BusinessStatus", "Field Usage", 40), text("BusinessOwnerId", "Data Owner ID", 18),
        flag("IsNillable", "Is Nillable"), flag("IsIndexed", "Is Indexed"), flag("IsCompound", "Is Compound"),
        updateable=False, createable=False, deletable=False, key="DurableId",
    )  # fmt: skip


def setup_objects() -> tuple[SObject, ...]:
    """Every setup object."""
    return (
        organization(), profile(), permission_set(), permission_set_assignment(), setup_entity_access(),
        connected_application(), app_menu_item(), oauth_token(), auth_session(), user_login(), login_history(),
        setup_audit_trail(), entity_definition(), field_definition(), *access_objects(), *outward_objects(),
        *security_objects(), *schedule_objects(),
    )  # fmt: skip
