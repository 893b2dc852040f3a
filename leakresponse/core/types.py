"""Small facts that travel between rooms, as frozen dataclasses. Times are aware datetimes in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

PrincipalKind = Literal["user", "connected_app", "session", "address"]
Label = Literal["attack", "legitimate", "uncertain"]
Certainty = Literal["certain", "possible"]
Confidence = Literal["confirmed", "suspected"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody or something that an alert points at.

    `value` is, by kind: a username or a User id; a connected app's name or its id; a SESSION_KEY or an
    AuthSession id; an IP address or network in CIDR form.
    """

    kind: PrincipalKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Window:
    """The span of the attack as the alert knows it, both ends included."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """What opens a case. `summary` is free text of the sender and is never copied into logs or states.

    `confidence` decides by policy which cuts go ahead without a person.
    """

    id: str
    source: str
    detected_at: datetime
    summary: str = field(repr=False)
    window: Window
    principals: tuple[Principal, ...]
    confidence: Confidence = "confirmed"


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of one Salesforce object, as describe gives it.

    `type` is Salesforce's describe type (string, email, phone, date, datetime, reference, textarea, ...).
    `compliance` and `security` are the field's classification, empty where the org has none.
    """

    name: str
    label: str
    type: str
    reference_to: tuple[str, ...] = ()
    relationship_name: str = ""
    compliance: tuple[str, ...] = ()
    security: str = ""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One Salesforce object with its fields, keyed by field API name."""

    name: str
    key_prefix: str
    fields: Mapping[str, FieldInfo] = field(default_factory=dict)
