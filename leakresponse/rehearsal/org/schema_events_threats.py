"""Stored threat events (Platform Events Developer Guide: ApiAnomalyEventStore and its kin; ThreatDetectionFeedback).

These are ordinary objects, so that SOQL runs on all their fields. The events themselves, without `Store`, can only be
subscribed to: a query of them is refused. Key prefixes are the simulator's own.
"""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_events_parts import head, policy, session
from leakresponse.rehearsal.org.schema_types import Field, SObject, audit, long_text, moment, ref, sobject, text, typed

#: Longest texts, in characters (field reference, GuestUserAnomalyEventStore).
DATA_LENGTH, SUMMARY_LENGTH = 131_000, 1_000
#: The highest score of each threat: scales differ by object and release, and must never be compared raw.
SCORE_TOPS = {
    "ApiAnomalyEventStore": 1.0, "ReportAnomalyEventStore": 100.0, "CredentialStuffingEventStore": 1.0,
    "SessionHijackingEventStore": 1.0, "GuestUserAnomalyEventStore": 1.0,
}  # fmt: skip
#: Events that can be subscribed to, but not queried; each is stored under its name with `Store`.
STREAMS = (
    "ApiAnomalyEvent", "BulkApiResultEvent", "CredentialStuffingEvent", "FileEvent", "GuestUserAnomalyEvent",
    "PermissionSetEvent", "ReportAnomalyEvent", "SessionHijackingEvent",
)  # fmt: skip


def _threat(name: str, prefix: str, label: str, *fields: Field) -> SObject:
    number = f"{name.removesuffix('EventStore')}EventNumber"
    kept = {"nillable": False, "updateable": False}
    return sobject(
        name, prefix, label, *head(), text(number, "Event Name", **kept), *session(), *policy(),
        typed("double", "Score", "Score"), long_text("Summary", "Summary", SUMMARY_LENGTH), *fields,
        moment("LastModifiedDate", "Last Modified Date", **kept), moment("SystemModstamp", "System Modstamp", **kept),
        moment("LastViewedDate", "Last Viewed Date"), moment("LastReferencedDate", "Last Referenced Date"),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def _data() -> Field:
    """JSON text: a list of `{featureName, featureValue, featureContribution}`."""
    return long_text("SecurityEventData", "Security Event Data", DATA_LENGTH)


def _before_and_now() -> tuple[Field, ...]:
    lengths = {"Ip": 39, "Platform": 255, "Screen": 255, "UserAgent": 1_000, "Window": 255}
    times = ("Current", "Previous")
    return tuple(text(f"{when}{what}", f"{when} {what}", length) for what, length in lengths.items() for when in times)


def threat_events() -> tuple[SObject, ...]:
    """What Threat Detection stores."""
    return (
        _threat(
            "ApiAnomalyEventStore", "0aA", "API Anomaly Event Store", _data(), text("Operation", "Operation", 40),
            long_text("QueriedEntities", "Queried Entities", 1_000), text("RequestIdentifier", "Request Identifier"),
            typed("double", "RowsProcessed", "Rows Processed"), text("Uri", "URI", 1_000),
            text("UserAgent", "User Agent", 1_000),
        ),
        _threat("ReportAnomalyEventStore", "0aB", "Report Anomaly Event Store", _data(), text("Report", "Report", 18)),
        _threat(
            "SessionHijackingEventStore", "0aC", "Session Hijacking Event Store", _data(), *_before_and_now()
        ),
        _threat(
            "CredentialStuffingEventStore", "0aD", "Credential Stuffing Event Store",
            text("AcceptLanguage", "Accept Language"), text("LoginType", "Login Type", 40),
            text("LoginUrl", "Login URL"), text("UserAgent", "User Agent", 1_000),
        ),
        _threat(
            "GuestUserAnomalyEventStore", "0aE", "Guest User Anomaly Event Store", _data(),
            long_text("RequestedEntities", "Requested Entities", DATA_LENGTH),
            long_text("SoqlCommands", "SOQL Commands", DATA_LENGTH),
            typed("int", "TotalControllerEvents", "Total Controller Events"),
            text("UserAgent", "Current User Agent", 1_000), text("UserType", "Current User Type"),
        ),
        threat_feedback(),
    )  # fmt: skip


def threat_feedback() -> SObject:
    """What a person made of a threat: Malicious, Suspicious, Not a Threat, Unknown."""
    return sobject(
        "ThreatDetectionFeedback", "0aF", "Threat Detection Feedback",
        *_feedback_head(), *audit(deleted=False), deletable=False,
    )  # fmt: skip


def _feedback_head() -> tuple[Field, ...]:
    return (
        head()[0], text("ThreatDetectionFeedbackNumber", "Feedback Name", updateable=False),
        ref("ThreatDetectionEventId", "Threat Detection Event", ""),
        typed("picklist", "Response", "Response", 40), ref("UserId", "User", "User"), text("Username", "Username", 80),
    )  # fmt: skip


def stream_events() -> tuple[SObject, ...]:
    """Events without storage of their own, described but not queryable."""
    return tuple(
        sobject(
            name, f"7q{number}", name, *head()[1:], text("EventUuid", "Event UUID", 36), *session(), queryable=False,
            updateable=False, createable=False, deletable=False, key="EventUuid",
        )
        for number, name in enumerate(STREAMS)
    )  # fmt: skip
