"""What the retailer decided in peacetime about each kind of cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from leakresponse.core.containment.types import ActionKind

#: approval: never without a person; confirmed: by itself when the alert is confirmed; suspected: on suspicion too.
Level = Literal["approval", "confirmed", "suspected"]

#: Cuts that a person has to want: they take away work from people, or cannot be given back by a machine.
DEFAULT_LEVELS: Mapping[ActionKind, Level] = MappingProxyType(
    {
        "deactivate_user": "approval",
        "block_app": "approval",
        "strip_permission": "confirmed",
        "restrict_guest": "confirmed",
        "close_named_credential": "approval",
        "add_login_ranges": "approval",
        "delete_session": "suspected",
        "abort_job": "suspected",
    }
)


#: The observation that a session born of a key login ends with its AuthSession row: the vendor's pages do not say it.
KEY_SESSION = "delete_session:jwt"


@dataclass(frozen=True, slots=True)
class Trial:
    """What the cuts did in this org's own sandbox, or in this org today: kind, or KEY_SESSION, to the day it was seen.

    `failed` are those that were tried and did not cut.
    """

    proven: Mapping[str, str] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()

    def later(self, newer: Trial) -> Trial:
        """Both; where they speak of the same, the newer one counts."""
        mine = {name: day for name, day in self.proven.items() if name not in newer.failed}
        return Trial({**mine, **newer.proven}, (self.failed - newer.proven.keys()) | newer.failed)

    def with_proven(self, name: str, day: str) -> Trial:
        """The same with one more observation."""
        return Trial({**self.proven, name: day}, self.failed - {name})


@dataclass(frozen=True, slots=True)
class Policy:
    """Levels by kind, business owners by app name or user id, networks of the retailer, and the waits in seconds."""

    levels: Mapping[ActionKind, Level] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    identity_provider: bool = False
    proof_seconds: float = 90.0
    watch_seconds: float = 3.0
    idle_days: int = 90

    def level(self, kind: ActionKind) -> Level:
        """How freely this kind may be done by itself."""
        return self.levels.get(kind) or DEFAULT_LEVELS.get(kind, "confirmed")
