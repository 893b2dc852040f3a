"""Where people sign on: its sessions open new ones in Salesforce."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr


class IdentityProvider(Block):
    """A webhook that ends a user's sessions at the identity provider (a workflow of Okta, Entra or the like)."""

    _block_type_name = "Identity provider"
    _block_type_slug = "identity-provider"
    _description = "Ends a user's sign-on sessions. Without it the plan asks a person to do so."

    url: SecretStr = Field(
        title="Webhook address", description="Takes a JSON POST with case_id, action and username; kept encrypted."
    )
    token: SecretStr = Field(
        default=SecretStr(""), title="Bearer token", description="Sent as Authorization header; empty for none."
    )

    def end_sessions(self, case_id: str, username: str) -> int:
        """Ask for the end of a user's sessions; the answer is the HTTP status. Raises Refused or Unavailable."""
        from leakresponse.adapters.webhook import post_json

        document = {"case_id": case_id, "action": "end_sessions", "username": username}
        return post_json(self.url.get_secret_value(), document, self.token.get_secret_value())
