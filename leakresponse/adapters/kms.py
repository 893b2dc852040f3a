"""AWS KMS, asked whether a key can be used; keys themselves stay there."""

from __future__ import annotations

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from leakresponse.core.errors import Refused, Unavailable

_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"max_attempts": 3, "mode": "standard"})
_BUSY = frozenset({"ThrottlingException", "KMSInternalException", "DependencyTimeoutException"})
#: How KMS says that a dry run would have gone through (API_GenerateDataKey, DryRun).
_WOULD_DO = "DryRunOperationException"


class KeyService:
    """One account and region. Without explicit keys boto3's own chain (role, profile) applies."""

    def __init__(self, region: str, endpoint_url: str | None = None, keys: tuple[str, str] | None = None) -> None:
        secret = {"aws_access_key_id": keys[0], "aws_secret_access_key": keys[1]} if keys else {}
        session = boto3.session.Session(region_name=region, **secret)
        self._client = session.client("kms", endpoint_url=endpoint_url, config=_CONFIG)

    def usable(self, key_id: str) -> str:
        """Its state, "Enabled", where this role could encrypt with it now; no key is made. Else Refused with a code."""
        try:
            state = str(self._client.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"])
            if state != "Enabled":
                raise Refused(f"kms: the key is {state}", state)
            self._client.generate_data_key(KeyId=key_id, KeySpec="AES_256", DryRun=True)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "Unknown")
            if code in _BUSY:
                raise Unavailable(f"kms: {code}") from None
            if code != _WOULD_DO:
                raise Refused(f"kms refused: {code}", code) from None
        except BotoCoreError as error:
            raise Unavailable(f"kms: {type(error).__name__}") from None
        return state
