"""What a cut is: act, proof that it holds, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import LeakResponseError, Refused
from leakresponse.core.redact import Redacted


@dataclass(frozen=True, slots=True)
class Hands:
    """What a cut works with. `secrets` holds DeleteTokens and consumer keys by fingerprint and never shows."""

    client: SalesforceClient
    secrets: Mapping[str, Redacted[str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a path is dead, and how that was seen. `how` holds no personal data."""

    dead: bool
    how: str


class CannotGiveBack(LeakResponseError):
    """This cut has no way back; `code` says who has to do what (`USER_MUST_AUTHORISE_AGAIN`, ...)."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def check_given_back(proof: Proof) -> None:
    """Raises Refused `NOT_RESTORED` where the org still shows as cut what was just given back."""
    if proof.dead:
        raise Refused("the org still shows it cut", "NOT_RESTORED")


class Cut(Protocol):
    """One way to cut. All three verbs are idempotent: a second `act` answers `{"already": True}`.

    `source` names the vendor's fact with its rating. `dead` asks again and tries the use, where there is one to try.
    """

    kind: ActionKind
    source: str

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Cut it. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def dead(self, hands: Hands, target: str) -> Proof:
        """Whether it is cut, by a fresh look and by use."""
        ...

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """Give back what `act` took, and look that it is back. Raises CannotGiveBack, and Refused `NOT_RESTORED`."""
        ...
