"""Where the keys of a service outside are rotated: the operator's own program, asked by signed requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

if TYPE_CHECKING:
    from leakresponse.adapters.webhook import SignedHook


class RotationEndpoint(Block):
    """A program that makes new keys of a service, puts them into the vault as AWSPENDING, and ends the old ones."""

    _block_type_name = "Rotation endpoint"
    _block_type_slug = "rotation-endpoint"
    _description = "Rotates the keys of a service outside. Without it the rotation asks a person to do so."

    url: SecretStr = Field(
        title="Address", description="Takes a signed JSON POST with action, kind, secret and fingerprint; no value."
    )
    signing_secret: SecretStr = Field(
        title="Signing secret", description="Shared with the endpoint, which checks the HMAC-SHA256 of each request."
    )

    def hook(self) -> SignedHook:
        """The way to ask it."""
        from leakresponse.adapters.webhook import SignedHook
        from leakresponse.core.redact import Redacted

        return SignedHook(Redacted(self.url.get_secret_value()), Redacted(self.signing_secret.get_secret_value()))
