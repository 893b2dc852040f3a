"""Where data may leave the org: credentials, remote sites, trusted sites, packages, public sites.

Fields: object reference and Tooling API reference of v67. Served by the Tooling API alone: ExternalCredential,
RemoteProxy, InstalledSubscriberPackage, SubscriberPackage, SubscriberPackageVersion; by both: NamedCredential (whose
`CalloutStatus` and `NamedCredentialType` are columns of Tooling), CspTrustedSite. ExternalCredential's principals are
its Metadata there. Key prefixes other than 0XA, 033, 04t and 0DB were not found confirmed.
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


def named_credential() -> SObject:
    """An address that code calls, with its login. Disabled, nothing goes out through it."""
    return sobject(
        "NamedCredential", "0XA", "Named Credential", id_field(), *audit(deleted=False),
        typed("picklist", "NamedCredentialType", "Named Credential Type", 40),
        typed("picklist", "CalloutStatus", "Callout Status", 40),
        text("DeveloperName", "Developer Name", 80, nillable=False, updateable=False),
        text("MasterLabel", "Master Label", 80, nillable=False, updateable=False),
        long_text("Endpoint", "Endpoint", updateable=False),
        typed("picklist", "PrincipalType", "Principal Type", 255, nillable=False, updateable=False),
        ref("AuthProviderId", "Auth Provider ID", "", updateable=False),
        flag("CalloutOptionsGenerateAuthorizationHeader", "Callout Options Generate Authorization Header",
        updateable=False),
        flag("CalloutOptionsAllowMergeFieldsInHeader", "Callout Options Allow Merge Fields In Header",
        updateable=False),
        flag("CalloutOptionsAllowMergeFieldsInBody", "Callout Options Allow Merge Fields In Body", updateable=False),
        text("JwtIssuer", "Jwt Issuer", updateable=False),
        long_text("JwtAudience", "Jwt Audience", updateable=False),
        typed("picklist", "Language", "Language", 255, nillable=False, updateable=False),
        text("NamespacePrefix", "Namespace Prefix", 15, updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def external_credential() -> SObject:
    """How a named credential logs in; secrets never come back."""
    return sobject(
        "ExternalCredential", "0pk", "External Credential", id_field(), *audit(deleted=False),
        text("DeveloperName", "Developer Name", 80, nillable=False, updateable=False),
        text("MasterLabel", "Master Label", 80, nillable=False, updateable=False),
        typed("picklist", "AuthenticationProtocol", "Authentication Protocol", 255, nillable=False, updateable=False),
        text("Description", "Description", updateable=False),
        typed("picklist", "Language", "Language", 255, updateable=False),
        text("NamespacePrefix", "Namespace Prefix", 15, updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def remote_proxy() -> SObject:
    """A remote site that Apex may call (metadata type RemoteSiteSetting)."""
    return sobject(
        "RemoteProxy", "0rp", "Remote Proxy", id_field(), *audit(deleted=False),
        text("SiteName", "Site Name", nillable=False, updateable=False),
        text("EndpointUrl", "Endpoint Url", nillable=False, updateable=False),
        flag("IsActive", "Is Active", updateable=False),
        flag("ProtocolMismatch", "Protocol Mismatch", updateable=False),
        text("Description", "Description", updateable=False),
        text("NamespacePrefix", "Namespace Prefix", 15, updateable=False),
        plural="Remote Proxies", updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def csp_trusted_site() -> SObject:
    """A site that pages may load from, or with connect-src send to."""
    return sobject(
        "CspTrustedSite", "08y", "Trusted URL", id_field(), *audit(deleted=False),
        text("DeveloperName", "Developer Name", 80, nillable=False),
        text("MasterLabel", "Master Label", 80, nillable=False),
        text("EndpointUrl", "Endpoint Url", nillable=False),
        text("Description", "Description", 255),
        flag("IsActive", "Is Active"),
        typed("picklist", "Context", "Context", 255, nillable=False),
        flag("IsApplicableToConnectSrc", "Is Applicable To Connect Src"),
        flag("IsApplicableToFrameSrc", "Is Applicable To Frame Src"),
        flag("IsApplicableToImgSrc", "Is Applicable To Img Src"),
        flag("IsApplicableToStyleSrc", "Is Applicable To Style Src"),
        flag("IsApplicableToFontSrc", "Is Applicable To Font Src"),
        flag("IsApplicableToMediaSrc", "Is Applicable To Media Src"),
        flag("CanAccessCamera", "Can Access Camera"),
        flag("CanAccessMicrophone", "Can Access Microphone"),
        typed("picklist", "Language", "Language", 255),
        text("NamespacePrefix", "Namespace Prefix", 15, updateable=False),
    )  # fmt: skip


def installed_subscriber_package() -> SObject:
    """A package in this org."""
    return sobject(
        "InstalledSubscriberPackage", "0A3", "Installed Package", id_field(),
        ref("SubscriberPackageId", "Subscriber Package ID", "SubscriberPackage", updateable=False),
        ref("SubscriberPackageVersionId", "Subscriber Package Version ID", "SubscriberPackageVersion",
            updateable=False),
        ref("MinPackageVersionId", "Min Package Version ID", "", updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def subscriber_package() -> SObject:
    """A package, whatever its version."""
    return sobject(
        "SubscriberPackage", "033", "Package", id_field(),
        text("Name", "Name", nillable=False, updateable=False, filterable=False),
        text("NamespacePrefix", "Namespace Prefix", 15, updateable=False, filterable=False),
        text("Description", "Description", updateable=False, filterable=False),
        flag("IsPackageValid", "Is Package Valid", updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def subscriber_package_version() -> SObject:
    """One version of a package."""
    return sobject(
        "SubscriberPackageVersion", "04t", "Package Version", id_field(),
        text("Name", "Name", nillable=False, updateable=False, filterable=False),
        ref("SubscriberPackageId", "Subscriber Package ID", "SubscriberPackage", updateable=False, filterable=False),
        typed("int", "MajorVersion", "Major Version", updateable=False, filterable=False),
        typed("int", "MinorVersion", "Minor Version", updateable=False, filterable=False),
        typed("int", "PatchVersion", "Patch Version", updateable=False, filterable=False),
        typed("int", "BuildNumber", "Build Number", updateable=False, filterable=False),
        flag("IsManaged", "Is Managed", updateable=False),
        flag("IsBeta", "Is Beta", updateable=False),
        flag("IsDeprecated", "Is Deprecated", updateable=False),
        flag("IsSecurityReviewed", "Is Security Reviewed", updateable=False),
        text("PublisherName", "Publisher Name", updateable=False, filterable=False),
        typed("picklist", "ReleaseState", "Release State", 255, updateable=False, filterable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def package_license() -> SObject:
    """Licences of a managed package."""
    return sobject(
        "PackageLicense", "050", "Package License", id_field(), *audit(deleted=False),
        text("NamespacePrefix", "Namespace Prefix", 15, nillable=False, updateable=False),
        typed("picklist", "Status", "Status", 255, nillable=False, updateable=False),
        typed("int", "AllowedLicenses", "Allowed Licenses", nillable=False, updateable=False),
        typed("int", "UsedLicenses", "Used Licenses", nillable=False, updateable=False),
        moment("ExpirationDate", "Expiration Date", updateable=False),
        flag("IsProvisioned", "Is Provisioned", updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def network() -> SObject:
    """An Experience Cloud site and what its guests may do."""
    return sobject(
        "Network", "0DB", "Network", id_field(), *audit(deleted=False),
        text("Name", "Name", nillable=False),
        text("Description", "Description"),
        typed("picklist", "Status", "Status", 255, nillable=False),
        text("UrlPathPrefix", "Url Path Prefix"),
        text("EmailSenderName", "Email Sender Name", nillable=False),
        typed("email", "EmailSenderAddress", "Email Sender Address", 80, nillable=False, updateable=False),
        typed("date", "FirstActivationDate", "First Activation Date", updateable=False),
        ref("SelfRegProfileId", "Self Reg Profile ID", "Profile"),
        flag("OptionsGuestChatterEnabled", "Options Guest Chatter Enabled"),
        flag("OptionsGuestFileAccessEnabled", "Options Guest File Access Enabled"),
        flag("OptionsGuestMemberVisibility", "Options Guest Member Visibility"),
        flag("OptionsMemberVisibility", "Options Member Visibility"),
        flag("OptionsSelfRegistrationEnabled", "Options Self Registration Enabled"),
        flag("OptionsInvitationsEnabled", "Options Invitations Enabled"),
        flag("OptionsAllowInternalUserLogin", "Options Allow Internal User Login"),
        flag("OptionsNicknameDisplayEnabled", "Options Nickname Display Enabled"),
        createable=False, deletable=False,
    )  # fmt: skip


def site() -> SObject:
    """A public site with its guest user."""
    return sobject(
        "Site", "0DM", "Site", id_field(), *audit(deleted=False),
        text("Name", "Name", nillable=False, updateable=False),
        text("MasterLabel", "Master Label", 80, nillable=False, updateable=False),
        typed("picklist", "Status", "Status", 255, nillable=False, updateable=False),
        typed("picklist", "SiteType", "Site Type", 255, nillable=False, updateable=False),
        text("Subdomain", "Subdomain", updateable=False),
        text("UrlPathPrefix", "Url Path Prefix", updateable=False),
        ref("GuestUserId", "Guest User ID", "User", updateable=False),
        ref("GuestRecordDefaultOwnerId", "Guest Record Default Owner ID", "User", updateable=False),
        ref("AdminId", "Admin ID", "User", nillable=False, updateable=False),
        text("Description", "Description", 255, updateable=False),
        typed("picklist", "ClickjackProtectionLevel", "Clickjack Protection Level", 255, nillable=False,
        updateable=False),
        flag("OptionsAllowGuestSupportApi", "Options Allow Guest Support Api", updateable=False),
        flag("OptionsRequireHttps", "Options Require Https", updateable=False),
        flag("OptionsAllowStandardSearch", "Options Allow Standard Search", updateable=False),
        flag("OptionsAllowStandardLookups", "Options Allow Standard Lookups", updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def outward_objects() -> tuple[SObject, ...]:
    """Every object of this module."""
    return (
        named_credential(),
        external_credential(),
        remote_proxy(),
        csp_trusted_site(),
        installed_subscriber_package(),
        subscriber_package(),
        subscriber_package_version(),
        package_license(),
        network(),
        site(),
    )
