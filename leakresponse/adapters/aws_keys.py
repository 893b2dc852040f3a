"""Access keys of IAM users: made, used, switched off, deleted.

IAM API reference: a user has at most two keys (`LimitExceeded`); UpdateAccessKey makes one Inactive, which can be taken
back, DeleteAccessKey cannot. STS GetCallerIdentity needs no permission, so it tells whether a key is good and nothing
else. IAM is eventually consistent: a key that was just switched off or made may answer the other way for a while.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from leakresponse.adapters.aws_calls import asked
from leakresponse.core.errors import Refused
from leakresponse.core.redact import Redacted
from leakresponse.core.secret_rules import fingerprint

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 4, "mode": "standard"})
_GONE = "NoSuchEntity"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key pair of IAM. The id is no secret to AWS, but its shape is masked everywhere: it stays hidden here too."""

    key_id: Redacted[str]
    secret: Redacted[str] = field(repr=False)


class AwsKeys:
    """IAM and STS of one account, by the role that runs this, or by given keys against a local double."""

    def __init__(
        self, region: str | None, endpoint_url: str | None = None, keys: tuple[str, str] | None = None
    ) -> None:
        self._region, self._endpoint = region, endpoint_url
        given = {"aws_access_key_id": keys[0], "aws_secret_access_key": keys[1]} if keys else {}
        session = boto3.session.Session(region_name=region, **given)
        self._iam = session.client("iam", endpoint_url=endpoint_url, config=_CONFIG)

    def by_fingerprint(self) -> dict[str, tuple[str, Redacted[str]]]:
        """Every key of every user: the fingerprint of its id to user and id. One call for each user of the account."""
        found: dict[str, tuple[str, Redacted[str]]] = {}
        for user in self._pages("list_users", "Users"):
            for key_id, _ in self.keys_of(user["UserName"]):
                found[fingerprint(key_id.reveal())] = (user["UserName"], key_id)
        return found

    def make(self, user: str) -> AccessKey:
        """A second key. Raises Refused `LimitExceeded` where the user has two."""
        made = self._call("create_access_key", UserName=user)["AccessKey"]
        return AccessKey(Redacted(made["AccessKeyId"]), Redacted(made["SecretAccessKey"]))

    def keys_of(self, user: str) -> list[tuple[Redacted[str], bool]]:
        """A user's keys, each with whether it is Active."""
        return [
            (Redacted(str(one["AccessKeyId"])), one["Status"] == "Active")
            for one in self._pages("list_access_keys", "AccessKeyMetadata", UserName=user)
        ]

    def was_used(self, key_id: Redacted[str]) -> bool:
        """Whether anybody has used a key since it was made, as far as IAM tells."""
        answer = self._call("get_access_key_last_used", AccessKeyId=key_id.reveal())
        return bool((answer.get("AccessKeyLastUsed") or {}).get("LastUsedDate"))

    def switch(self, user: str, key_id: Redacted[str], on: bool) -> bool:
        """Make a key Active or Inactive; False for one that is not there."""
        state = "Active" if on else "Inactive"
        return self._changed("update_access_key", UserName=user, AccessKeyId=key_id.reveal(), Status=state)

    def delete(self, user: str, key_id: Redacted[str]) -> bool:
        """Delete a key for good; False for one that is not there."""
        return self._changed("delete_access_key", UserName=user, AccessKeyId=key_id.reveal())

    def try_key(self, key: AccessKey) -> str:
        """Use a key: empty where STS knows it, else the refusal's code (`InvalidClientTokenId`)."""
        sts = boto3.session.Session(
            aws_access_key_id=key.key_id.reveal(), aws_secret_access_key=key.secret.reveal(), region_name=self._region
        ).client("sts", endpoint_url=self._endpoint, config=_CONFIG)
        try:
            asked("sts", sts, "get_caller_identity")
        except Refused as refused:
            return refused.code
        return ""

    def _pages(self, operation: str, part: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        more: dict[str, Any] = {}
        while True:
            page = self._call(operation, **arguments, **more)
            yield from page[part]
            if not page.get("IsTruncated"):
                return
            more = {"Marker": page["Marker"]}

    def _changed(self, operation: str, **arguments: Any) -> bool:
        try:
            self._call(operation, **arguments)
        except Refused as refused:
            if refused.code != _GONE:
                raise
            return False
        return True

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return asked("iam", self._iam, operation, **arguments)
