"""A statement by somebody outside that something was there at a moment (RFC 3161)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Timestamp:
    """`der` is the authority's whole answer (TimeStampResp), `at` the moment it states, `authority` its address."""

    der: bytes = field(repr=False)
    at: datetime
    authority: str
