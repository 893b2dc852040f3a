"""Log files and stored real-time events (Salesforce: EventLogFile; Real-Time Event Monitoring objects).

To add a stored event, add an object to `schema_events_audit` (big objects) or `schema_events_threats` (ordinary ones).
"""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_events_audit import ENTITIES_LENGTH, QUERY_LENGTH, RECORDS_LENGTH, audit_events
from leakresponse.rehearsal.org.schema_events_threats import stream_events, threat_events
from leakresponse.rehearsal.org.schema_types import SObject, audit, id_field, long_text, moment, sobject, text, typed

__all__ = ["ENTITIES_LENGTH", "QUERY_LENGTH", "RECORDS_LENGTH", "event_log_file", "event_objects"]


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


def event_objects() -> tuple[SObject, ...]:
    """Log files and stored events."""
    return (event_log_file(), *audit_events(), *threat_events(), *stream_events())
