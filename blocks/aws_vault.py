"""The AWS Secrets Manager that holds the integrations' credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.blocks.core import Block
from pydantic import Field

if TYPE_CHECKING:
    from leakresponse.adapters.aws_keys import AwsKeys
    from leakresponse.adapters.cloudtrail import SecretReads
    from leakresponse.adapters.secrets_manager import SecretsManager


class AwsVault(Block):
    """One account and region of AWS Secrets Manager, reached by the role that runs the flows."""

    _block_type_name = "AWS vault"
    _block_type_slug = "aws-vault"
    _description = "AWS Secrets Manager holding the credentials of Salesforce-integrated services."

    region: str = Field(default="us-east-1", title="Region", description="AWS region of the secrets.")
    endpoint_url: str = Field(
        default="",
        title="Endpoint",
        description="Empty for AWS. Rehearsals fill in their local double, which takes no real keys.",
    )
    org_tag: str = Field(
        default="leak-response:org",
        title="Tag that names the org",
        description="Secrets carrying this tag, with the org's id as value, belong to that org's integrations.",
    )

    access_keys: bool = Field(
        default=False,
        title="Rotate access keys",
        description="The role may also make, switch off and delete access keys of IAM users.",
    )

    def aws_keys(self) -> AwsKeys | None:
        """Access keys of the account; None where the role has no such rights."""
        from leakresponse.adapters.aws_keys import AwsKeys

        if not self.access_keys:
            return None
        return AwsKeys(self.region, self.endpoint_url or None, self._keys())

    def secrets(self) -> SecretsManager:
        """A client; a given endpoint is a local double and gets throwaway keys."""
        from leakresponse.adapters.secrets_manager import SecretsManager

        return SecretsManager(self.region, self.endpoint_url or None, self._keys())

    def _keys(self) -> tuple[str, str] | None:
        return ("rehearsal", "rehearsal") if self.endpoint_url else None

    def reads(self) -> SecretReads | None:
        """Who read which secret; None for a local double, which has no CloudTrail."""
        if self.endpoint_url:
            return None
        from leakresponse.adapters.cloudtrail import SecretReads

        return SecretReads(self.region)
