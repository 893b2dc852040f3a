"""What a rule is, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from leakresponse.core.types import Principal

Severity = Literal["low", "medium", "high", "critical"]
RANK: dict[Severity, int] = {"low": 0, "medium": 1, "high": 2, "critical": 3}


@dataclass(frozen=True, slots=True)
class Rule:
    """Metadata of a rule: what it is called, how bad it is, what it reads, what it follows from."""

    name: str
    title: str
    severity: Severity
    event_types: tuple[str, ...]
    because: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `evidence` is lines for a person to read, without people's data; `keys` make it known again.

    `first_seen` and `last_seen` span the whole session of the attack, so that an alert's window covers it.
    """

    rule: str
    severity: Severity
    principals: tuple[Principal, ...]
    first_seen: datetime
    last_seen: datetime
    evidence: tuple[str, ...]
    keys: tuple[str, ...] = ()

    @property
    def principal(self) -> Principal:
        """Whom it points at first: the app, else the user."""
        return self.principals[0]
