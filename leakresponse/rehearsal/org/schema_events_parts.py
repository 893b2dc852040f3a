"""What stored real-time events share (Platform Events Developer Guide, pages of each event; field reference)."""

from __future__ import annotations

from dataclasses import replace

from leakresponse.rehearsal.org.schema_types import Field, SObject, id_field, moment, ref, sobject, text, typed

_FILTERS = frozenset({"EventDate", "EventIdentifier"})
#: ReportEvent filters on its user too (beta).
_USER_FILTERED = frozenset({"ReportEvent"})


def head() -> tuple[Field, ...]:
    """What every stored event has, whoever caused it."""
    kept = {"nillable": False}
    return (
        id_field(), moment("EventDate", "Event Date", **kept), text("EventIdentifier", "Event Identifier", 36, **kept),
        moment("CreatedDate", "Created Date", **kept), ref("UserId", "User", "User"),
    )  # fmt: skip


def session() -> tuple[Field, ...]:
    """Who it was, from where, in which session."""
    return (
        text("Username", "Username", 80), text("SourceIp", "Source IP", 39), text("SessionKey", "Session Key", 24),
        text("LoginKey", "Login Key", 24),
    )  # fmt: skip


def level() -> tuple[Field, ...]:
    """Level of the session, and the login behind it."""
    return (
        typed("picklist", "SessionLevel", "Session Level", 40), text("LoginHistoryId", "Login History ID", 18),
    )  # fmt: skip


def related() -> tuple[Field, ...]:
    """The event that this one belongs to."""
    return (text("RelatedEventIdentifier", "Related Event Identifier", 36),)


def policy() -> tuple[Field, ...]:
    """What a transaction security policy made of it."""
    return (
        text("PolicyId", "Transaction Security Policy", 18), text("PolicyOutcome", "Policy Outcome", 40),
        typed("double", "EvaluationTime", "Policy Evaluation Time"),
    )  # fmt: skip


def whole() -> tuple[Field, ...]:
    """All of these."""
    return (*head(), *related(), *session(), *level(), *policy())


def big_object(name: str, prefix: str, label: str, *fields: Field) -> SObject:
    """A stored event that a big object holds: filters on EventDate and EventIdentifier, newest first, no aggregates."""
    ours = {one.name: one for one in fields}
    made = tuple(
        replace(
            one,
            filterable=one.name in _FILTERS or (one.name == "UserId" and name in _USER_FILTERED),
            sortable=one.name in _FILTERS,
            updateable=False,
        )
        for one in ours.values()
    )
    return sobject(name, prefix, label, *made, event_store=True, updateable=False, createable=False, deletable=False)
