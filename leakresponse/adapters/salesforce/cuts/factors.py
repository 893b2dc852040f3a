"""Second factors: a code generator that the attacker enrolled proves every later login.

Security keys, built-in authenticators and Salesforce Authenticator can be seen (TwoFactorMethodsInfo, query alone) and
removed by nobody but a person in Setup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Hands, Proof
from leakresponse.core.containment import ActionKind
from leakresponse.core.soql.build import equals, select

_OBJECT = "TwoFactorInfo"


class RemoveFactor:
    """A TwoFactorInfo row: a time-based code generator."""

    kind: ActionKind = "remove_factor"
    source = "V: object reference, TwoFactorInfo (delete is a supported call; Manage MFA in API)"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Delete."""
        return {"removed": True} if hands.client.delete(_OBJECT, target) else {"already": True}

    def dead(self, hands: Hands, target: str) -> Proof:
        """Asked by query and read by its id."""
        listed = list(hands.client.query(select(_OBJECT, ["Id"], where=equals("Id", target))))
        if listed or hands.client.exists(_OBJECT, target):
            return Proof(False, "still listed in TwoFactorInfo")
        return Proof(True, "listed no more; read by id answered not found")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """Its shared key is never told by the org, so the user enrols anew."""
        raise CannotGiveBack("the user has to enrol the second factor again", "USER_MUST_ENROL_AGAIN")
