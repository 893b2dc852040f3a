"""Keys and second factors.

Fields: object reference of v67. SecretValue and SharedKey are never shown. Key prefixes other than 0Kg were not found
confirmed: nothing may rest on them.
"""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_types import (
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


def tenant_secret() -> SObject:
    """A key of Shield Platform Encryption, as far as it is told."""
    return sobject(
        "TenantSecret", "02G", "Tenant Secret", id_field(), *audit(deleted=False),
        typed("picklist", "Type", "Type", 255, nillable=False, updateable=False),
        typed("int", "Version", "Version", nillable=False, updateable=False),
        typed("picklist", "Status", "Status", 255),
        typed("picklist", "Source", "Source", 255, nillable=False, updateable=False),
        typed("picklist", "KeyDerivationMode", "Key Derivation Mode", 255, nillable=False, updateable=False),
        long_text("Description", "Description"),
        typed("base64", "SecretValue", "Secret Value", filterable=False, sortable=False),
        typed("base64", "SecretValueHash", "Secret Value Hash", filterable=False, sortable=False, nillable=False),
        text("SecretValueCertificate", "Secret Value Certificate"),
        text("RemoteKeyIdentifier", "Remote Key Identifier"),
        text("RemoteKeyCertificate", "Remote Key Certificate"),
        ref("RemoteKeyServiceID", "Remote Key Service ID", ""),
    )  # fmt: skip


def two_factor_info() -> SObject:
    """A user's time-based code generator."""
    return sobject(
        "TwoFactorInfo", "0Kf", "Two-Factor Info", id_field(), *audit(deleted=False),
        ref("UserId", "User ID", "User"),
        typed("picklist", "Type", "Type", 255, nillable=False),
        text("SharedKey", "Shared Key", nillable=False, filterable=False),
        plural="Two-Factor Infos",
    )  # fmt: skip


def two_factor_methods_info() -> SObject:
    """Which second factors a user has registered."""
    return sobject(
        "TwoFactorMethodsInfo", "0Kg", "Two-Factor Methods Info", id_field(),
        ref("UserId", "User ID", "User", updateable=False),
        flag("HasBuiltInAuthenticator", "Has Built In Authenticator", updateable=False),
        flag("HasSalesforceAuthenticator", "Has Salesforce Authenticator", updateable=False),
        flag("HasSecurityKey", "Has Security Key", updateable=False),
        flag("HasTempCode", "Has Temp Code", updateable=False),
        flag("HasTotp", "Has Totp", updateable=False),
        flag("HasU2F", "Has U2F", updateable=False),
        flag("HasUserVerifiedEmailAddress", "Has User Verified Email Address", updateable=False),
        flag("HasUserVerifiedMobileNumber", "Has User Verified Mobile Number", updateable=False),
        flag("HasVerifiedMobileNumber", "Has Verified Mobile Number", updateable=False),
        text("ExternalId", "External ID", updateable=False),
        plural="Two-Factor Methods Infos", updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def verification_history() -> SObject:
    """Attempts to prove who one is, of six months."""
    return sobject(
        "VerificationHistory", "0LZ", "Verification History", id_field(), *audit(deleted=False),
        ref("UserId", "User ID", "User", "User", nillable=False, updateable=False),
        moment("VerificationTime", "Verification Time", nillable=False, updateable=False),
        typed("picklist", "VerificationMethod", "Verification Method", 255, updateable=False),
        typed("picklist", "Activity", "Activity", 255, nillable=False, updateable=False),
        typed("picklist", "Policy", "Policy", 255, nillable=False, updateable=False),
        typed("picklist", "Status", "Status", 255, nillable=False, updateable=False),
        text("SourceIp", "Source Ip", 39, nillable=False, updateable=False),
        ref("LoginHistoryId", "Login History ID", "LoginHistory", "LoginHistory", nillable=False, updateable=False),
        typed("int", "EventGroup", "Event Group", nillable=False, updateable=False),
        text("Remarks", "Remarks", updateable=False),
        ref("ResourceId", "Resource ID", "ConnectedApplication", "Resource", updateable=False),
        ref("LoginGeoId", "Login Geo ID", "", updateable=False),
        plural="Verification Histories", updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def security_objects() -> tuple[SObject, ...]:
    """Every object of this module."""
    return (tenant_secret(), two_factor_info(), two_factor_methods_info(), verification_history())
