"""AWS Secrets Manager: versions and stages, with the gaps of the service's own rotation closed.

Moving AWSCURRENT does not drop AWSPENDING (aws-secrets-manager-rotation-lambdas #168; measured on moto 5.2), so it is
removed explicitly. Values never leave this module but as the return value of `read`.
"""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import NoRegionError

from leakresponse.adapters.aws_calls import asked
from leakresponse.core.errors import BadInput, Refused
from leakresponse.core.redact import HiddenDict, Redacted

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 4, "mode": "standard"})
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SecretInfo:
    """What the inventory knows of one secret; never its value. `stages` maps version id to its labels.

    `last_accessed` has the grain of a day, and our own reads move it too (API reference, DescribeSecret). `rotates`:
    the service rotates it on a schedule of its own.
    """

    name: str
    tags: Mapping[str, str]
    stages: Mapping[str, tuple[str, ...]]
    arn: str = ""
    last_accessed: datetime | None = None
    rotates: bool = False


class SecretsManager:
    """One account and region. Without region or keys boto3's own chain (environment, profile, role) applies."""

    def __init__(
        self, region: str | None, endpoint_url: str | None = None, keys: tuple[str, str] | None = None
    ) -> None:
        secret = {"aws_access_key_id": keys[0], "aws_secret_access_key": keys[1]} if keys else {}
        session = boto3.session.Session(region_name=region, **secret)
        try:
            self._client = session.client("secretsmanager", endpoint_url=endpoint_url, config=_CONFIG)
        except NoRegionError:
            raise BadInput("secrets manager: no region is known; set AWS_DEFAULT_REGION") from None

    def listed(self, filters: Iterable[Mapping[str, Any]] = ()) -> Iterator[SecretInfo]:
        """Every secret of the account and region that the role may list, a hundred a call."""
        more: dict[str, Any] = {"Filters": list(filters)} if filters else {}
        while True:
            page = self._call("list_secrets", MaxResults=100, **more)
            yield from (_info(row, row.get("SecretVersionsToStages")) for row in page["SecretList"])
            if not page.get("NextToken"):
                return
            more["NextToken"] = page["NextToken"]

    def tagged(self, key: str, value: str) -> Iterator[SecretInfo]:
        """Every secret whose tag `key` has exactly this value."""
        named = self.listed([{"Key": "tag-key", "Values": [key]}])
        return (info for info in named if info.tags.get(key) == value)

    def describe(self, name: str) -> SecretInfo:
        """Tags and version stages of one secret."""
        row = self._call("describe_secret", SecretId=name)
        return _info(row, row.get("VersionIdsToStages"))

    def create(self, name: str, value: Mapping[str, str], tags: Mapping[str, str]) -> None:
        """Store a new secret; an existing one of that name is left as it is."""
        labels = [{"Key": k, "Value": v} for k, v in tags.items()]
        try:
            self._call("create_secret", Name=name, SecretString=json.dumps(dict(value)), Tags=labels)
        except Refused as refused:
            if refused.code != "ResourceExistsException":
                raise

    def read(self, name: str, stage: str = "AWSCURRENT", version: str = "") -> dict[str, str]:
        """The JSON object at a stage or version. Raises Refused: `NO_JSON` where it is none, `NO_TEXT` where binary."""
        try:
            found = json.loads(self.read_text(name, stage, version).reveal())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Refused("secrets manager: the secret is no JSON object", "NO_JSON")
        return HiddenDict(found)

    def current_since(self, name: str) -> datetime | None:
        """When the current value was stored: the last rotation, whoever made it."""
        for row in self._call("list_secret_version_ids", SecretId=name)["Versions"]:
            if "AWSCURRENT" in row.get("VersionStages", ()):
                moment: datetime | None = row.get("CreatedDate")
                return moment
        return None

    def read_text(self, name: str, stage: str = "AWSCURRENT", version: str = "") -> Redacted[str]:
        """The value at a stage or version as it is, JSON or not. Raises Refused `NO_TEXT` for a binary one."""
        which = {"VersionId": version} if version else {"VersionStage": stage}
        found = self._call("get_secret_value", SecretId=name, **which)
        if "SecretString" not in found:
            raise Refused("secrets manager: the secret is binary", "NO_TEXT")
        return Redacted(str(found["SecretString"]))

    def replace(self, name: str, value: Mapping[str, str]) -> None:
        """Make this the current value at once; the one before stays as AWSPREVIOUS."""
        self._call("put_secret_value", SecretId=name, SecretString=json.dumps(dict(value)))

    def put_pending(self, name: str, version: str, value: Mapping[str, str]) -> None:
        """Store a version as AWSPENDING. The version id is the idempotency token: a repeat changes nothing."""
        self._call(
            "put_secret_value",
            SecretId=name,
            ClientRequestToken=version,
            SecretString=json.dumps(dict(value)),
            VersionStages=["AWSPENDING"],
        )

    def promote(self, name: str, version: str) -> None:
        """Make a version AWSCURRENT (the old one becomes AWSPREVIOUS) and take AWSPENDING off it."""
        stages = self.describe(name).stages
        current = next((v for v, labels in stages.items() if "AWSCURRENT" in labels), "")
        if current != version:
            move = {"RemoveFromVersionId": current} if current else {}
            self._call(
                "update_secret_version_stage", SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=version, **move
            )
        self.drop_pending(name)

    def drop_pending(self, name: str, but: str = "") -> None:
        """Take the AWSPENDING label off whatever holds it; the version `but` may keep it."""
        for version, labels in self.describe(name).stages.items():
            if "AWSPENDING" in labels and version != but:
                self._call(
                    "update_secret_version_stage",
                    SecretId=name,
                    VersionStage="AWSPENDING",
                    RemoveFromVersionId=version,
                )

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return asked("secrets manager", self._client, operation, **arguments)


def _info(row: Mapping[str, Any], stages: Mapping[str, list[str]] | None) -> SecretInfo:
    tags = {tag["Key"]: tag["Value"] for tag in row.get("Tags", [])}
    labels = {version: tuple(some) for version, some in (stages or {}).items()}
    rotates = bool(row.get("RotationEnabled"))
    return SecretInfo(row["Name"], tags, labels, row.get("ARN", ""), row.get("LastAccessedDate"), rotates)


class VaultKeys:
    """Wrapping keys of one name: one secret that holds every version, and which of them is current.

    Not the service's own versions: those without a label may be deleted by it at any time, and with them every case
    that was wrapped long ago (docs: "What's in a Secrets Manager secret?", deprecated versions).
    """

    kind = "aws-secrets-manager"

    def __init__(self, secrets: SecretsManager, name: str) -> None:
        self._secrets = secrets
        self.name = name

    def current(self) -> tuple[str, bytes]:
        """Version and key to wrap with now; the secret is made on first use."""
        ring = self._ring()
        if not ring:
            self._secrets.create(self.name, _with_new_version({}), {"leak-response:use": "case keys"})
            ring = self._ring()
        return ring["current"], base64.b64decode(ring[ring["current"]])

    def version(self, version: str) -> bytes:
        """The key of a version, current or old."""
        ring = self._ring()
        if version not in ring or version == "current":
            raise Refused("secrets manager: the secret does not hold this version of the key", "NO_SUCH_KEY")
        return base64.b64decode(ring[version])

    def renew(self) -> str:
        """Make a new version and wrap with it from now on; old ones stay and still open."""
        ring = _with_new_version(self._ring())
        self._secrets.replace(self.name, ring)
        return ring["current"]

    def ready(self) -> bool:
        """Whether the secret can be read, or is absent and would be made; else the vault's own refusal."""
        self._ring()
        return True

    def _ring(self) -> dict[str, str]:
        try:
            return self._secrets.read(self.name)
        except Refused as refused:
            if refused.code != "ResourceNotFoundException":
                raise
            return {}


def _with_new_version(ring: Mapping[str, str]) -> dict[str, str]:
    version = uuid.uuid4().hex
    return {**ring, version: base64.b64encode(os.urandom(_KEY_BYTES)).decode("ascii"), "current": version}
