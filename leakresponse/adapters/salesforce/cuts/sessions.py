"""Sessions: browser sessions and the sessions of access tokens, whatever login they were born of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leakresponse.adapters.salesforce.cuts.batched import each, still_there
from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Hands, Proof
from leakresponse.core.containment import ActionKind


class DeleteSession:
    """An AuthSession row, of standard or of high assurance. Its children go with it, so 404 is success.

    At once for most services, up to 30 minutes for some: quiet in the events is what a flow has to wait for besides.
    A refresh token survives it.
    """

    kind: ActionKind = "delete_session"
    source = "C: containment facts, delete an AuthSession row; for tokens born of JWT: 0"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Delete."""
        return {"deleted": True} if hands.client.delete("AuthSession", target) else {"already": True}

    def dead(self, hands: Hands, target: str) -> Proof:
        """See `dead_many`."""
        return self.dead_many(hands, [target], 1)[target]

    def dead_many(self, hands: Hands, targets: Sequence[str], parallel: int) -> dict[str, Proof]:
        """Asked by query, some hundreds at a time, then each read by its id. The bearer token is not ours to try."""
        there = still_there(hands.client, "AuthSession", targets, parallel)
        return each(targets, parallel, lambda one: _proof(hands, one, one in there))

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """A session is opened by its user."""
        raise CannotGiveBack("the user has to log in again", "USER_MUST_LOG_IN_AGAIN")


def _proof(hands: Hands, session_id: str, listed: bool) -> Proof:
    if listed:
        return Proof(False, "still listed in AuthSession")
    if hands.client.exists("AuthSession", session_id):
        return Proof(False, "still read by its id")
    return Proof(True, "listed no more; read by id answered not found")
