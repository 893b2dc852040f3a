"""The user permissions that this org knows, as the flags of profiles and permission sets (names of the v67 schema)."""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_types import Field, flag

PERMISSIONS = (
    "ModifyAllData", "ViewAllData", "ApiEnabled", "BulkApiHardDelete", "DataExport", "RunReports", "ExportReport",
    "QueryAllFiles", "ViewAllFieldsGlobal", "AuthorApex", "ModifyMetadata", "CustomizeApplication", "ManageUsers",
    "ManageInternalUsers", "AssignPermissionSets", "ManageProfilesPermissionsets", "ResetPasswords",
    "PasswordNeverExpires", "BypassMFAForUiLogins", "ManageRemoteAccess", "CanApproveUninstalledApps",
    "UseAnyApiAuth", "ExternalClientAppAdmin", "ExternalClientAppDeveloper", "ViewClientSecret",
    "ManageNamedCredentials", "ManageAuthProviders", "ManageCertificates", "ManageEncryptionKeys",
    "ViewEncryptedData", "ViewEventLogFiles", "TransactionSecurityExempt", "ManageDataIntegrations",
    "ManageSandboxes", "InstallPackaging", "FreezeUsers", "MonitorLoginHistory", "PrivacyDataAccess", "ViewAllUsers",
    "ViewSetup",
)  # fmt: skip


def permission_flags() -> tuple[Field, ...]:
    """One checkbox per permission."""
    return tuple(flag(f"Permissions{name}", name) for name in PERMISSIONS)
