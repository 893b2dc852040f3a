"""One Salesforce org and the responder's own way into it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from leakresponse.core.errors import BadInput
from leakresponse.core.redact import Redacted

if TYPE_CHECKING:
    from leakresponse.adapters.salesforce import SalesforceClient

#: A Salesforce User id, in either length.
USER_ID = r"^005[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$"
UserId = Annotated[str, Field(pattern=USER_ID)]


class SalesforceOrg(Block):
    """The org a flow acts on, reached by OAuth 2.0 JWT bearer as a user of its own."""

    _block_type_name = "Salesforce org"
    _block_type_slug = "salesforce-org"
    _description = "A Salesforce org and the responder's own login (JWT bearer). Flows take this block's name."

    instance_url: str = Field(
        title="My Domain address", description="For example https://harborpine.my.salesforce.com; no path behind it."
    )
    consumer_key: str = Field(
        title="Consumer key", description="Of the responder's own external client app or connected app."
    )
    username: SecretStr = Field(
        title="Responder user",
        description="A user made for this product; it is never cut off. Kept encrypted: a username is an e-mail "
        "address, and Prefect writes other fields of a block into its events.",
    )
    private_key: SecretStr | None = Field(
        default=None, title="Private key (PEM)", description="Kept encrypted. Leave empty when a file is given below."
    )
    private_key_file: str = Field(
        default="", title="Private key file", description="Path on the machine that runs the flows; read when used."
    )
    audience: str = Field(
        default="https://login.salesforce.com",
        title="Audience",
        description="https://login.salesforce.com for production, https://test.salesforce.com for a sandbox.",
    )
    ca_file: str = Field(
        default="", title="Certificate authority file", description="Only where the server's certificate is private."
    )
    api_version: str = Field(default="67.0", title="API version", description="For example 67.0 (Summer '26).")
    sandbox: bool = Field(default=False, title="Sandbox", description="True for sandboxes and simulated orgs.")
    simulated: bool = Field(
        default=False, title="Simulated org", description="True for the simulated org of rehearsals: nothing is real."
    )
    protected_user_ids: list[UserId] = Field(
        default_factory=list,
        title="Users never to cut off",
        description="Salesforce ids (005...) of break-glass and approvers' users. The responder's own user is always "
        "protected.",
    )

    def client(self) -> SalesforceClient:
        """A client of its own session; the adapter is imported only when one is wanted."""
        from leakresponse.adapters.salesforce import OrgAccess, SalesforceClient

        access = OrgAccess(
            instance_url=self.instance_url.rstrip("/"),
            consumer_key=self.consumer_key,
            username=self.username.get_secret_value(),
            private_key=self._key(),
            audience=self.audience,
            ca_file=self.ca_file or None,
            api_version=self.api_version,
        )
        return SalesforceClient(access)

    def _key(self) -> Redacted[str]:
        if self.private_key is not None and self.private_key.get_secret_value():
            return Redacted(self.private_key.get_secret_value())
        try:
            return Redacted(Path(self.private_key_file).read_text(encoding="utf-8"))
        except OSError:
            raise BadInput("the org's private key file cannot be read") from None

    @classmethod
    def from_connection(cls, connection: dict[str, Any]) -> SalesforceOrg:
        """The block for an org that `leak-response org` serves, from its connection.json."""
        try:
            return cls(
                instance_url=connection["instance_url"],
                consumer_key=connection["consumer_key"],
                username=connection["username"],
                private_key_file=connection["private_key_file"],
                ca_file=connection.get("ca_file") or "",
                audience="https://test.salesforce.com" if connection.get("sandbox") else "https://login.salesforce.com",
                api_version=connection.get("api_version", "67.0"),
                sandbox=bool(connection.get("sandbox")),
                simulated=bool(connection.get("simulated")),
            )
        except KeyError as missing:
            raise BadInput(f"connection: '{missing.args[0]}' is missing") from None
