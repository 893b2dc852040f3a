"""moto's S3 and KMS on a port of its own, and buckets as the tests need them."""

from __future__ import annotations

import base64
import hashlib
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

_KEYS = {"aws_access_key_id": "rehearsal", "aws_secret_access_key": "rehearsal", "region_name": "us-east-1"}


@dataclass(frozen=True)
class Aws:
    """Clients of the double, and how the product reaches it."""

    url: str
    s3: Any
    kms: Any

    def client(self, service: str) -> Any:
        """Of any other service."""
        return boto3.client(service, endpoint_url=self.url, **_KEYS)

    @property
    def options(self) -> dict[str, str]:
        """For fsspec's driver."""
        return {"endpoint_url": self.url, "key": "rehearsal", "secret": "rehearsal"}

    def bucket(self, lock: bool = True) -> str:
        """A new bucket, with Object Lock or without."""
        name = f"evidence-{uuid.uuid4().hex[:12]}"
        self.s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=lock)
        return name

    def key(self) -> str:
        """A new KMS key."""
        return str(self.kms.create_key()["KeyMetadata"]["KeyId"])

    def versions(self, bucket: str) -> list[dict[str, Any]]:
        """Every version in a bucket, delete markers left out."""
        return list(self.s3.list_object_versions(Bucket=bucket).get("Versions", []))


def sha256_base64(content: bytes) -> str:
    """As S3 tells it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


@contextmanager
def serving() -> Iterator[Aws]:
    """Start, and stop at the end."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        yield Aws(url, *(boto3.client(service, endpoint_url=url, **_KEYS) for service in ("s3", "kms")))
    finally:
        server.stop()
