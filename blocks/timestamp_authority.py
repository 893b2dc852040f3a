"""Who states, from outside, that a sealed case was there at a moment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from prefect.blocks.core import Block
from pydantic import Field

if TYPE_CHECKING:
    from leakresponse.adapters.timestamp_authority import TimestampAuthority as Client


class TimestampAuthority(Block):
    """An RFC 3161 authority. Only the hash of a chain's head goes to it, never anything of the case."""

    _block_type_name = "Timestamp authority"
    _block_type_slug = "timestamp-authority"
    _description = "An outside authority that timestamps the seal of every case (RFC 3161). Optional."

    url: str = Field(title="Address", description="Where it answers timestamp queries, for example http://tsa.example.")
    ca_certificate: str = Field(
        default="",
        title="CA certificates",
        description="PEM text of the root, and of those between it and the signer where the answers do not carry them.",
    )
    ca_file: str = Field(default="", title="CA file", description="The same as a file, where no text is given.")
    hash: Literal["sha256", "sha512"] = Field(default="sha256", title="Hash", description="Of the chain's head.")
    seconds: float = Field(default=10.0, gt=0, le=120, title="Time-out (s)", description="For one answer.")

    def trusted(self) -> bytes:
        """The certificates in PEM; BadInput where there are none to be had."""
        from leakresponse.core.errors import BadInput

        if self.ca_certificate:
            return self.ca_certificate.encode()
        try:
            return Path(self.ca_file).read_bytes() if self.ca_file else b""
        except OSError as error:
            raise BadInput(f"timestamp authority: the CA file cannot be read ({type(error).__name__})") from None

    def client(self) -> Client:
        """What asks it."""
        from leakresponse.adapters.timestamp_authority import TimestampAuthority as Client

        return Client(self.url, self.trusted(), self.hash, self.seconds)
