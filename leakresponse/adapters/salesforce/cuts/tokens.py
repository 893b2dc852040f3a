"""Tokens, sessions and grants: the ways in of an app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Hands, Proof
from leakresponse.core.containment import ActionKind


class RevokeToken:
    """A refresh token, by the DeleteToken of its OauthToken row: its access tokens die with it."""

    kind: ActionKind = "revoke_token"
    source = "C: containment facts, revoke a refresh token (Help remoteaccess_revoke_token)"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Revoke; one whose secret nobody holds is no longer listed."""
        secret = hands.secrets.get(target)
        return {"already": secret is None or not hands.client.revoke(secret)}

    def dead(self, hands: Hands, target: str) -> Proof:
        """A second revoke is refused as invalid_token."""
        secret = hands.secrets.get(target)
        if secret is None:
            return Proof(True, "no longer listed in OauthToken")
        return Proof(not hands.client.revoke(secret), "use answered invalid_token")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """A revoked token never comes back."""
        raise CannotGiveBack("a revoked token must be authorised again", "USER_MUST_AUTHORISE_AGAIN")


class DeleteSession:
    """An AuthSession row: ends that API token or browser session; children go with the parent."""

    kind: ActionKind = "delete_session"
    source = "C: containment facts, delete an AuthSession row; for tokens born of JWT: 0"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Delete; gone with its parent counts as done."""
        return {"already": not hands.client.delete("AuthSession", target)}

    def dead(self, hands: Hands, target: str) -> Proof:
        """Read by its id."""
        return Proof(not hands.client.exists("AuthSession", target), "read by id answered not found")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """A session is opened by its user."""
        raise CannotGiveBack("the user has to log in again", "USER_MUST_LOG_IN_AGAIN")


class RemoveGrant:
    """A SetupEntityAccess row: without it a new JWT login is refused (invalid_app_access)."""

    kind: ActionKind = "remove_grant"
    source = "C for new logins: containment facts, remove the app's grant; live tokens: 0"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Delete the row."""
        return {"already": not hands.client.delete("SetupEntityAccess", target)}

    def dead(self, hands: Hands, target: str) -> Proof:
        """Read by its id."""
        return Proof(not hands.client.exists("SetupEntityAccess", target), "read by id answered not found")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """Make the row anew; it gets another id."""
        values = {"ParentId": inverse["ParentId"], "SetupEntityId": inverse["SetupEntityId"]}
        return {"created": hands.client.create("SetupEntityAccess", values, repeatable=True)}
