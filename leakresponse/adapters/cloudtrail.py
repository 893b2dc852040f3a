"""Who read a secret, by the event history of AWS CloudTrail: the only place where AWS tells a consumer's last use.

LookupEvents knows 90 days of management events of one region, GetSecretValue among them, some minutes late (CloudTrail
user guide, "Working with CloudTrail event history"; Secrets Manager user guide, "Log AWS Secrets Manager events").
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config

from leakresponse.adapters.aws_calls import asked

#: Two calls a second are allowed (CloudTrail API reference, LookupEvents): adaptive retries keep to it.
_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 6, "mode": "adaptive"})


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of a secret. `secret` is the name or ARN that was asked for, `who` the user or role name."""

    secret: str
    who: str
    at: datetime


class SecretReads:
    """The event history of one region, reached by the role that runs the flows."""

    def __init__(self, region: str | None) -> None:
        self._client = boto3.session.Session(region_name=region).client("cloudtrail", config=_CONFIG)

    def since(self, moment: datetime) -> list[Read]:
        """Every GetSecretValue from that moment on. Raises Refused where the role may not look it up."""
        wanted: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "GetSecretValue"}],
            "StartTime": moment,
        }
        found: list[Read] = []
        while True:
            page = asked("cloudtrail", self._client, "lookup_events", **wanted)
            found += [read for event in page.get("Events", []) if (read := _read_of(event)) is not None]
            if not page.get("NextToken"):
                return found
            wanted["NextToken"] = page["NextToken"]


def _read_of(event: dict[str, Any]) -> Read | None:
    """None for an event that names no secret, as of a refused call."""
    detail = json.loads(event.get("CloudTrailEvent") or "{}")
    secret = (detail.get("requestParameters") or {}).get("secretId")
    if not secret or detail.get("errorCode"):
        return None
    return Read(str(secret), str(event.get("Username") or ""), event["EventTime"])
