"""Where a rotation keeps its record: the ledger in a flow; in AWS Lambda the vault's own stages are all there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from leakresponse.ledger import Ledger

Act = Callable[[], Mapping[str, Any]]


class Journal(Protocol):
    """The record. `rotation_id` is part of every version id, so that a repeat meets its own half-done work."""

    rotation_id: str

    def once(self, key: str, kind: str, target: str, act: Act, lease_seconds: float = 60) -> Mapping[str, Any]:
        """Carry out `act` unless it is done; the answer is its receipt."""
        ...

    def note(self, kind: str, body: Mapping[str, Any]) -> None:
        """Add a fact."""
        ...

    def state(self, key: str) -> str:
        """How an action stood when this rotation was taken up: empty where it had not begun."""
        ...


@dataclass(slots=True)
class LedgerJournal:
    """The case's ledger. States are read once, at the start: what was half done is decided by what they say."""

    ledger: Ledger = field(repr=False)
    rotation_id: str
    _states: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._states = {one.key: one.state for one in self.ledger.actions(self.rotation_id)}

    def once(self, key: str, kind: str, target: str, act: Act, lease_seconds: float = 60) -> Mapping[str, Any]:
        """See `Ledger.once`: every step may be repeated, so an abandoned one is taken over."""
        return self.ledger.once(self.rotation_id, key, kind, target, act, lease_seconds=lease_seconds).data

    def note(self, kind: str, body: Mapping[str, Any]) -> None:
        """A row of the case's chain."""
        self.ledger.note(self.rotation_id, kind, body)

    def state(self, key: str) -> str:
        """As the ledger had it at the start."""
        return self._states.get(key, "")


@dataclass(slots=True)
class NoJournal:
    """No ledger: each step is idempotent by the version id that Secrets Manager gave, and asks the vault."""

    rotation_id: str = ""

    def once(self, key: str, kind: str, target: str, act: Act, lease_seconds: float = 60) -> Mapping[str, Any]:
        """Carry it out."""
        return act()

    def note(self, kind: str, body: Mapping[str, Any]) -> None:
        """Nobody to tell."""

    def state(self, key: str) -> str:
        """Nothing is known."""
        return ""
