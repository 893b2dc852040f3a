"""Log files and stored real-time events (Salesforce: EventLogFile; Real-Time Event Monitoring objects).

Stored events sit in big objects: they filter on EventDate (and EventIdentifier) only, newest first, without aggregates.
Key prefixes of these objects are the simulator's own.
"""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_types import (
    Field,
    SObject,
    audit,
    id_field,
    long_text,
    moment,
    ref,
    sobject,
    text,
    typed,
)

#: Longest texts of ApiEvent, in characters (object reference, ApiEvent).
QUERY_LENGTH, RECORDS_LENGTH, ENTITIES_LENGTH = 10_000, 250_000, 1_000


def event_log_file() -> SObject:
    """One log file of one event type and hour or day. `LogFile` is a relative address to fetch the CSV from."""
    return sobject(
        "EventLogFile", "0AT", "Event Log File", id_field(), *audit(),
        typed("picklist", "EventType", "Event Type", 255), moment("LogDate", "Log Date"),
        typed("picklist", "Interval", "Interval", 40), typed("int", "Sequence", "Sequence"),
        typed("double", "ApiVersion", "API Version"), typed("double", "LogFileLength", "Log File Length"),
        text("LogFileContentType", "Log File Content Type", 120),
        typed("base64", "LogFile", "Log File", filterable=False, sortable=False),
        long_text("LogFileFieldNames", "Log File Field Names", 16_000),
        long_text("LogFileFieldTypes", "Log File Field Types", 16_000),
        updateable=False, createable=False,
    )  # fmt: skip


def _common(policy: bool = True) -> tuple[Field, ...]:
    """The fields that every stored event has."""
    kept = {"nillable": False}
    outcome = (text("PolicyId", "Transaction Security Policy", 18), text("PolicyOutcome", "Policy Outcome", 40))
    return (
        id_field(), moment("EventDate", "Event Date", **kept), text("EventIdentifier", "Event Identifier", 36, **kept),
        text("RelatedEventIdentifier", "Related Event Identifier", 36), moment("CreatedDate", "Created Date", **kept),
        ref("UserId", "User", "User"), text("Username", "Username", 80), text("SourceIp", "Source IP", 39),
        text("SessionKey", "Session Key", 24), typed("picklist", "SessionLevel", "Session Level", 40),
        text("LoginKey", "Login Key", 24), text("LoginHistoryId", "Login History ID", 18),
        typed("double", "EvaluationTime", "Policy Evaluation Time"), *(outcome if policy else ()),
    )  # fmt: skip


def _stored(name: str, prefix: str, label: str, *fields: Field) -> SObject:
    return sobject(
        name, prefix, label, *_common(), *fields, event_store=True, updateable=False, createable=False, deletable=False
    )


def api_event() -> SObject:
    """One query call: `RowsProcessed` is the whole query's total, `RowsReturned` the batch, `Records` its ids."""
    return _stored(
        "ApiEvent", "7pV", "API Event",
        text("ApiType", "API Type", 40), typed("double", "ApiVersion", "API Version"),
        text("Application", "Application"),
        text("Client", "Client"), text("ConnectedAppId", "Connected App ID", 18),
        typed("int", "ElapsedTime", "Elapsed Time"),
        text("Operation", "Operation", 40), text("Platform", "Platform"),
        long_text("QueriedEntities", "Queried Entities", ENTITIES_LENGTH), long_text("Query", "Query", QUERY_LENGTH),
        long_text("Records", "Records", RECORDS_LENGTH), typed("double", "RowsProcessed", "Rows Processed"),
        typed("double", "RowsReturned", "Rows Returned"), text("UserAgent", "User Agent"),
        long_text("AdditionalInfo", "Additional Information", 5_000),
    )  # fmt: skip


def bulk_result_event() -> SObject:
    """One download of a bulk result: no job id, no row count."""
    return _stored(
        "BulkApiResultEventStore", "7pW", "Bulk API Result Event Store", long_text("Query", "Query", QUERY_LENGTH)
    )


def login_event() -> SObject:
    """One login attempt."""
    return _stored(
        "LoginEvent", "7pX", "Login Event",
        text("LoginType", "Login Type", 40), text("LoginSubType", "Login Subtype", 40), text("LoginUrl", "Login URL"),
        text("Status", "Status", 128), text("Application", "Application"), text("Browser", "Browser"),
        text("Platform", "Platform"),
        text("ApiType", "API Type", 40), text("ApiVersion", "API Version", 32),
        text("AuthServiceId", "Authentication Service ID", 18),
        text("CipherSuite", "Cipher Suite", 64), text("TlsProtocol", "TLS Protocol", 64), text("City", "City", 80),
        text("Country", "Country", 80), text("CountryIso", "Country Code", 3), text("PostalCode", "Postal Code", 16),
        text("Subdivision", "Subdivision", 80), text("ForwardedForIp", "Forwarded-for IP", 256),
        text("HttpMethod", "HTTP Method", 16),
        text("UserType", "User Type", 40), text("ClientVersion", "Client Version", 64),
        text("LoginGeoId", "Login Geo ID", 18),
        long_text("AdditionalInfo", "Additional Information", 5_000),
    )  # fmt: skip


def event_objects() -> tuple[SObject, ...]:
    """Log files and stored events."""
    return (event_log_file(), api_event(), bulk_result_event(), login_event())
