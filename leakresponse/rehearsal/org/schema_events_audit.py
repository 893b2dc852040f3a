"""Stored events of what users do (Platform Events Developer Guide: ApiEvent, ReportEvent, ListViewEvent and so on).

All of them are big objects. Fields are those of the guide; LoginSubType of LoginEvent is the newer reference's.
Key prefixes are the simulator's own.
"""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_events_parts import big_object, head, level, policy, related, session, whole
from leakresponse.rehearsal.org.schema_types import Field, SObject, flag, long_text, moment, text, typed

#: Longest texts of ApiEvent, in characters (object reference, ApiEvent).
QUERY_LENGTH, RECORDS_LENGTH, ENTITIES_LENGTH = 10_000, 250_000, 1_000


def _moved() -> tuple[Field, ...]:
    return (
        long_text("QueriedEntities", "Queried Entities", ENTITIES_LENGTH),
        long_text("Records", "Records", RECORDS_LENGTH), typed("double", "RowsProcessed", "Rows Processed"),
    )  # fmt: skip


def _shown() -> tuple[Field, ...]:
    """What reports and list views have in common; one run is several rows, numbered by Sequence."""
    return (
        *_moved(), text("Name", "Name"), text("OwnerId", "Owner", 18), text("Scope", "Scope"),
        text("EventSource", "Event Source", 40), text("ExecutionIdentifier", "Execution Identifier", 36),
        typed("int", "Sequence", "Sequence"), typed("int", "NumberOfColumns", "Number of Columns"),
        long_text("ColumnHeaders", "Column Headers", 10_000),
    )  # fmt: skip


def api_event() -> SObject:
    """One query call: `RowsProcessed` is the whole query's total, `RowsReturned` the batch, `Records` its ids."""
    return big_object(
        "ApiEvent", "7pV", "API Event", *whole(), *_moved(),
        text("ApiType", "API Type", 40), typed("double", "ApiVersion", "API Version"),
        text("Application", "Application"),
        text("Client", "Client"), text("ConnectedAppId", "Connected App ID", 18),
        typed("int", "ElapsedTime", "Elapsed Time"),
        text("Operation", "Operation", 40), text("Platform", "Platform"), long_text("Query", "Query", QUERY_LENGTH),
        typed("double", "RowsReturned", "Rows Returned"), text("UserAgent", "User Agent"),
        long_text("AdditionalInfo", "Additional Information", 5_000),
    )  # fmt: skip


def bulk_result_event() -> SObject:
    """One download of a bulk result: no job id, no row count."""
    query = long_text("Query", "Query", QUERY_LENGTH)
    return big_object("BulkApiResultEventStore", "7pW", "Bulk API Result Event Store", *whole(), query)


def login_event() -> SObject:
    """One login attempt. Kept for ten years."""
    return big_object(
        "LoginEvent", "7pX", "Login Event", *whole(),
        text("LoginType", "Login Type", 40), text("LoginSubType", "Login Subtype", 40), text("LoginUrl", "Login URL"),
        text("Status", "Status", 128), text("Application", "Application"), text("Browser", "Browser"),
        text("Platform", "Platform"),
        text("ApiType", "API Type", 40), text("ApiVersion", "API Version", 32),
        text("AuthServiceId", "Authentication Service ID", 18),
        text("CipherSuite", "Cipher Suite", 64), text("TlsProtocol", "TLS Protocol", 64), *_place(),
        typed("double", "LoginLatitude", "Login Latitude"), typed("double", "LoginLongitude", "Login Longitude"),
        text("ForwardedForIp", "Forwarded-for IP", 256), text("HttpMethod", "HTTP Method", 16),
        text("UserType", "User Type", 40), text("ClientVersion", "Client Version", 64),
        text("LoginGeoId", "Login Geo ID", 18),
        long_text("AdditionalInfo", "Additional Information", 5_000),
    )  # fmt: skip


def _place() -> tuple[Field, ...]:
    return (
        text("City", "City", 80), text("Country", "Country", 80), text("CountryIso", "Country Code", 3),
        text("PostalCode", "Postal Code", 16), text("Subdivision", "Subdivision", 80),
    )  # fmt: skip


def login_as_event() -> SObject:
    """An administrator logged in as somebody else: `UserId` is the person taken over."""
    return big_object(
        "LoginAsEvent", "7pA", "Login As Event", *head(), *session(), *level(),
        text("Application", "Application"), text("Browser", "Browser"), text("Platform", "Platform"),
        text("DelegatedOrganizationId", "Delegated Organization", 18), text("DelegatedUsername", "Delegated Username"),
        text("LoginAsCategory", "Login As Category", 40), text("LoginType", "Login Type", 40),
        text("TargetUrl", "Target URL", 1_000), text("UserType", "User Type", 40),
    )  # fmt: skip


def logout_event() -> SObject:
    """A logout by the user; sessions that time out leave none."""
    fields = (*head(), *session(), *level()[:1])
    return big_object("LogoutEvent", "7pB", "Logout Event", *fields)


def report_event() -> SObject:
    """A run or export of a report."""
    return big_object(
        "ReportEvent", "7pC", "Report Event", *whole(), *_shown(),
        text("ReportId", "Report ID", 18), text("Operation", "Operation", 64), text("Format", "Format", 40),
        text("ExportFileFormat", "Export File Format", 40), text("Description", "Description"),
        flag("IsScheduled", "Is Scheduled"), text("DashboardId", "Dashboard ID", 18),
        text("DashboardName", "Dashboard Name"),
        long_text("DisplayedFieldEntities", "Displayed Field Entities", 1_000),
        long_text("GroupedColumnHeaders", "Grouped Column Headers", 10_000),
    )  # fmt: skip


def list_view_event() -> SObject:
    """A page of a list view."""
    return big_object(
        "ListViewEvent", "7pD", "List View Event", *whole(), *_shown(),
        text("ListViewId", "List View ID", 18), text("DeveloperName", "Developer Name"), text("AppName", "App Name"),
        long_text("FilterCriteria", "Filter Criteria", 10_000), text("OrderBy", "Order By", 1_000),
    )  # fmt: skip


def uri_event() -> SObject:
    """A record seen or changed in Salesforce Classic."""
    return big_object(
        "UriEvent", "7pE", "URI Event", *head(), *related(), *session(), *level()[:1],
        text("Message", "Message"), text("Name", "Name"), text("Operation", "Operation", 40),
        text("OperationStatus", "Operation Status", 40),
        long_text("QueriedEntities", "Queried Entities", ENTITIES_LENGTH), text("RecordId", "Record ID", 18),
        text("UserType", "User Type", 40),
    )  # fmt: skip


def lightning_uri_event() -> SObject:
    """A record seen or changed in Lightning; its time is when the server got the browser's batch."""
    return big_object(
        "LightningUriEvent", "7pF", "Lightning URI Event", *head(), *related(), *session(), *level()[:1],
        text("AppName", "App Name"), text("ConnectionType", "Connection Type", 40), text("DeviceId", "Device ID"),
        text("DeviceModel", "Device Model"), text("DevicePlatform", "Device Platform"),
        text("DeviceSessionId", "Device Session ID"), typed("double", "Duration", "Duration"),
        typed("double", "EffectivePageTime", "Effective Page Time"), text("Operation", "Operation", 40),
        text("OsName", "OS Name", 40), text("OsVersion", "OS Version", 40), moment("PageStartTime", "Page Start Time"),
        text("PageUrl", "Page URL", 1_000), text("PreviousPageAppName", "Previous Page App Name"),
        text("PreviousPageEntityId", "Previous Page Entity ID", 18),
        text("PreviousPageEntityType", "Previous Page Entity Type"),
        text("PreviousPageUrl", "Previous Page URL", 1_000),
        long_text("QueriedEntities", "Queried Entities", ENTITIES_LENGTH), text("RecordId", "Record ID", 18),
        text("SdkAppType", "SDK App Type", 40), text("SdkAppVersion", "SDK App Version", 40),
        text("SdkVersion", "SDK Version", 40), text("UserType", "User Type", 40),
    )  # fmt: skip


def identity_verification_event() -> SObject:
    """A second factor asked for. Kept for ten years; it has no stream."""
    return big_object(
        "IdentityVerificationEvent", "7pG", "Identity Verification Event", *head(), *session(), *level(),
        text("Activity", "Activity", 64), text("EventGroup", "Verification Attempt", 40), text("Policy", "Policy", 64),
        text("Remarks", "Remarks"), text("ResourceId", "Connected App ID", 18), text("Status", "Status", 64),
        text("VerificationMethod", "Verification Method", 64), *_place(),
        typed("double", "Latitude", "Latitude"), typed("double", "Longitude", "Longitude"),
    )  # fmt: skip


def identity_provider_event() -> SObject:
    """A sign-on to another service with this org as the identity provider."""
    return big_object(
        "IdentityProviderEventStore", "7pH", "Identity Provider Event Store", *head(),
        text("AppId", "App ID", 18), text("AuthSessionId", "Auth Session ID", 18), text("ErrorCode", "Error Code", 64),
        flag("HasLogoutUrl", "Has Logout URL"), text("IdentityUsed", "Identity Used"),
        text("InitiatedBy", "Initiated By", 40), text("SamlEntityUrl", "SAML Entity URL"),
        text("SsoType", "SSO Type", 40),
    )  # fmt: skip


def permission_set_event() -> SObject:
    """Permissions given or taken: AssignedToUsers, UnassignedFromUsers, PermsEnabled, PermsDisabled."""
    return big_object(
        "PermissionSetEventStore", "7pI", "Permission Set Event Store", *whole(),
        text("Operation", "Operation", 40), text("PermissionType", "Permission Type", 64),
        long_text("PermissionList", "Permission List", 10_000),
        long_text("PermissionExpirationList", "Permission Expiration List", 10_000),
        long_text("ParentIdList", "Parent ID List", 10_000), long_text("ParentNameList", "Parent Name List", 10_000),
        long_text("ImpactedUserIds", "Impacted Users", 20_000), text("UserCount", "User Count", 40),
        flag("HasExternalUsers", "Has External Users"), text("EventSource", "Event Source", 40),
    )  # fmt: skip


def file_event() -> SObject:
    """A file downloaded (API_DOWNLOAD, UI_DOWNLOAD), previewed or uploaded."""
    return big_object(
        "FileEventStore", "7pJ", "File Event Store", *head(), *related(), *session(), *level()[:1], *policy(),
        text("FileAction", "File Action", 20), long_text("FileName", "File Name", 10_000),
        long_text("FileSource", "File Source", 10_000), long_text("FileType", "File Type", 10_000),
        typed("int", "ContentSize", "Content Size"), text("DocumentId", "Content Document ID", 18),
        text("VersionId", "Content Version ID", 18), text("VersionNumber", "Version Number", 40),
        flag("IsLatestVersion", "Is Latest Version"), flag("CanDownloadPdf", "Can Download PDF"),
        typed("double", "ProcessDuration", "Process Duration"), text("ProfileId", "Profile ID", 18),
        text("RoleId", "Role ID", 18),
    )  # fmt: skip


def audit_events() -> tuple[SObject, ...]:
    """Every stored event of what users do."""
    return (
        api_event(), bulk_result_event(), login_event(), login_as_event(), logout_event(), report_event(),
        list_view_event(), uri_event(), lightning_uri_event(), identity_verification_event(),
        identity_provider_event(), permission_set_event(), file_event(),
    )  # fmt: skip
