"""Readiness of evidence buckets and of who timestamps seals: each found by asking, each with the fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blocks import CaseStore, TimestampAuthority
    from leakresponse.ledger.evidence_remote import Bucket

#: Name of the check, what finds out (empty: not ready), and what to do then.
Question = tuple[str, Callable[[], str], str]
_ROLE = "give the role what deployments/aws/evidence-role.json lists"


def bucket_questions(name: str, store: CaseStore) -> list[Question]:
    """About the bucket of a case store; none where evidence lies in the case's folder."""
    if not store.evidence_url:
        return []
    days = store.retention_days
    return [
        (f"evidence bucket {name}", lambda: _reached(store), f"check the bucket's name and region, and {_ROLE}"),
        (
            f"object lock {name}",
            lambda: "on" if _bucket(store).object_lock else "",
            "turn Object Lock on: aws s3api put-object-lock-configuration (docs/ledger.md)",
        ),
        (
            f"default retention {name}",
            lambda: _default(_bucket(store)),
            f"set a default of {days} days in compliance mode, so that nothing lies in this bucket unlocked",
        ),
        (f"evidence key {name}", lambda: _key(store), f"enable the KMS key, or name another one, and {_ROLE}"),
    ]


def authority_questions(name: str, authority: TimestampAuthority) -> list[Question]:
    """About a timestamp authority: it is asked for one timestamp."""
    fix = "check the address, and that the CA certificates are those of this authority"
    return [(f"timestamp authority {name}", lambda: _stamped(authority), fix)]


def _bucket(store: CaseStore) -> Bucket:
    from leakresponse.ledger.evidence_remote import LockedBucket, Retention, remote_pieces

    retention = Retention(store.retention_days, store.kms_key_id)
    found = remote_pieces(store.evidence_address("doctor"), retention, store.evidence_options())
    assert isinstance(found, LockedBucket)
    return found.describe()


def _reached(store: CaseStore) -> str:
    _bucket(store)
    return store.evidence_url


def _default(bucket: Bucket) -> str:
    return f"{bucket.default_days} days" if bucket.default_mode == "COMPLIANCE" else ""


def _key(store: CaseStore) -> str:
    from leakresponse.adapters.kms import KeyService

    keys = ("rehearsal", "rehearsal") if store.evidence_endpoint_url else None
    return KeyService(store.evidence_region, store.evidence_endpoint_url or None, keys).usable(store.kms_key_id)


def _stamped(authority: TimestampAuthority) -> str:
    return f"answered {authority.client().stamp(b'leak-response doctor').at.isoformat()}"
