"""What an operator fills in: typed Prefect blocks. Flows take their names, never their secrets."""

from blocks.aws_vault import AwsVault
from blocks.case_store import CaseStore
from blocks.identity_provider import IdentityProvider
from blocks.mail_channel import MailChannel
from blocks.pager import Pager
from blocks.response_policy import ResponsePolicy
from blocks.rotation_endpoint import RotationEndpoint
from blocks.salesforce_org import SalesforceOrg
from blocks.timestamp_authority import TimestampAuthority

ALL = (
    SalesforceOrg, AwsVault, CaseStore, MailChannel, ResponsePolicy, Pager, IdentityProvider, TimestampAuthority,
    RotationEndpoint,
)  # fmt: skip

__all__ = [
    "ALL",
    "AwsVault",
    "CaseStore",
    "IdentityProvider",
    "MailChannel",
    "Pager",
    "ResponsePolicy",
    "RotationEndpoint",
    "SalesforceOrg",
    "TimestampAuthority",
]
