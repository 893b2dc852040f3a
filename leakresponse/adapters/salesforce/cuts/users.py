"""Users: what stops a person from logging in again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.adapters.salesforce.cuts.types import Hands, Proof
from leakresponse.core.containment import ActionKind
from leakresponse.core.soql.build import equals, select


class FreezeUser:
    """UserLogin.IsFrozen: no new login. Live sessions and tokens may go on, so it never stands alone."""

    kind: ActionKind = "freeze_user"
    source = "C for new logins, X for live ones: containment facts, freeze a user"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Freeze."""
        hands.client.update("UserLogin", target, {"IsFrozen": True})
        return {"frozen": True}

    def dead(self, hands: Hands, target: str) -> Proof:
        """Read again."""
        rows = hands.client.query(select("UserLogin", ["IsFrozen"], where=equals("Id", target)))
        return Proof(any(row["IsFrozen"] for row in rows), "re-query shows the user frozen")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """Thaw, unless the user was frozen before."""
        frozen = inverse.get("IsFrozen") == "true"
        hands.client.update("UserLogin", target, {"IsFrozen": frozen})
        return {"frozen": frozen}
