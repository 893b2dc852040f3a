"""What the ledger answers with, as frozen dataclasses. Times are aware datetimes in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from leakresponse.core.errors import Unavailable

AlertStatus = Literal["stored", "escalated", "opened"]
ActionState = Literal["in_progress", "done", "failed", "unknown"]
NoticeState = Literal["queued", "sending", "sent", "held", "unknown", "undeliverable"]
PhaseStatus = Literal["running", "done", "failed"]
Decision = Literal["approved", "refused"]

NOTICE_STATES: tuple[NoticeState, ...] = ("queued", "sending", "sent", "held", "unknown", "undeliverable")


class InProgress(Unavailable):
    """A live worker holds the action; its receipt comes, or its lease ends after `retry_after` seconds."""


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert as received. `key` is the SHA-256 of its bytes; `alert_id` is None where it could not be read."""

    key: str
    alert_id: str | None
    status: AlertStatus
    problem: str | None
    case_id: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A case. `fresh` says that this very call opened it."""

    case_id: str
    alert_id: str
    status: str
    opened_at: datetime
    facts: Mapping[str, Any]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a finished action answered. `fresh` is False where the action was done before and only its receipt read."""

    key: str
    data: Mapping[str, Any]
    finished_at: datetime
    attempts: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """An action as the ledger holds it, with what would undo it."""

    key: str
    kind: str
    target: str
    state: ActionState
    inverse: Mapping[str, Any] | None
    receipt: Mapping[str, Any] | None
    problem: str | None
    attempts: int
    started_at: datetime
    finished_at: datetime | None
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of a case."""

    phase: str
    status: PhaseStatus
    started_at: datetime
    finished_at: datetime | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision on exactly what was seen: `subject_hash` is the SHA-256 of it. `policy` where no person decided."""

    subject: str
    subject_hash: str
    decision: Decision
    by: str
    policy: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of the outbox. Names no person: `person_id` is the pseudonym of the case."""

    notice_id: str
    person_id: str
    legal_entity: str
    jurisdiction: str
    variant: str
    variant_hash: str
    channel: str
    state: NoticeState
    batch_id: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeResult:
    """What became of a notice; `queued` means known not sent, to be tried again. `receipt` is the provider's id."""

    state: NoticeState
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Notices leased to one sender. Empty where nothing is left to send."""

    case_id: str
    batch_id: str
    notices: tuple[Notice, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.notices)


@dataclass(frozen=True, slots=True)
class Queued:
    """What queueing did: rows new, rows changed before they were sent, rows left as they were."""

    added: int
    changed: int
    kept: int


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """A piece of evidence: SHA-256 in hexadecimal, size in bytes, and the name it was collected under."""

    sha256: str
    bytes: int
    name: str
