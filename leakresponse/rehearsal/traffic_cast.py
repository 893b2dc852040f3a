"""Who makes ordinary traffic in the simulated org: its integrations and its staff, as the log generator needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LoginKind = Literal["refresh_token", "jwt"]
#: When somebody is active: all day long, once an hour, once a night, on weekdays, or copying everything for some days.
Rhythm = Literal["steady", "hourly", "nightly", "office", "migration"]


@dataclass(frozen=True, slots=True)
class Integration:
    """One user of one connected app. Ids have 18 characters; addresses are single ones or /24 networks.

    `since_days` says how long ago the app was first seen: a new tool has no longer history.
    """

    app: str
    app_id: str
    user_id: str
    username: str
    addresses: tuple[str, ...]
    agent: str
    login: LoginKind = "refresh_token"
    rhythm: Rhythm = "office"
    since_days: int = 30


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who works in the user interface."""

    user_id: str
    username: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody whose ordinary days are written to the logs."""

    org_id: str
    integrations: tuple[Integration, ...]
    staff: tuple[Staff, ...] = ()
