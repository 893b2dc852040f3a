"""Tokens: what mints new access tokens for an app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leakresponse.adapters.salesforce.cuts.batched import each
from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Hands, Proof
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint, read_tokens
from leakresponse.core.containment import ActionKind
from leakresponse.core.redact import Redacted


class RevokeToken:
    """A refresh token, by the DeleteToken of its OauthToken row: its access tokens die with it.

    The user's browser session and what a JWT login got go on: they are sessions.
    """

    kind: ActionKind = "revoke_token"
    source = "C: containment facts, revoke a refresh token (Help remoteaccess_revoke_token, object OauthToken)"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Revoke. Where the DeleteToken is not at hand, as after a restart, it is looked for in the org."""
        secret = hands.secrets.get(target) or _found(hands, target)
        if secret is None:
            return {"already": True}
        return {"revoked": True} if hands.client.revoke(secret) else {"already": True}

    def dead(self, hands: Hands, target: str) -> Proof:
        """See `dead_many`."""
        return self.dead_many(hands, [target], 1)[target]

    def dead_many(self, hands: Hands, targets: Sequence[str], parallel: int) -> dict[str, Proof]:
        """One look at the list for all, and one use of each: a second revoke has to be refused as invalid_token.

        A token that was alive until this proof is dead after it, and yet counts as alive: the next proof tells.
        """
        tokens = read_tokens(hands.client, parallel)
        listed = {fingerprint(row["DeleteToken"]): Redacted(row["DeleteToken"]) for row in tokens.rows}
        return each(targets, parallel, lambda one: _proof(hands, one, listed, tokens.unseen))

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """A revoked token never comes back."""
        raise CannotGiveBack("a revoked token must be authorised again", "USER_MUST_AUTHORISE_AGAIN")


def _found(hands: Hands, handle: str) -> Redacted[str] | None:
    rows = read_tokens(hands.client).rows
    return next((Redacted(row["DeleteToken"]) for row in rows if fingerprint(row["DeleteToken"]) == handle), None)


def _proof(hands: Hands, handle: str, listed: Mapping[str, Redacted[str]], unseen: int) -> Proof:
    secret = hands.secrets.get(handle) or listed.get(handle)
    if secret is None:
        how = "not listed in OauthToken, and no DeleteToken to try"
        return Proof(unseen == 0, how if unseen == 0 else f"{how}; {unseen} rows are beyond the cap")
    worked = hands.client.revoke(secret)
    if handle in listed:
        return Proof(False, "still listed in OauthToken")
    return Proof(not worked, "listed no more, but its use worked" if worked else "listed no more; use is invalid_token")
