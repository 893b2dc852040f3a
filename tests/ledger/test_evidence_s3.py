"""Evidence in a bucket: put once, locked, encrypted, and every wrong setting is one clear error."""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import UTC, datetime, timedelta

import botocore.exceptions
import fsspec
import pytest
from moto.core.authorization import enable_iam_authentication

from leakresponse.core.errors import BadInput, Refused, ToolFailure, Unavailable
from leakresponse.ledger import EvidenceStore
from leakresponse.ledger.evidence_errors import told
from leakresponse.ledger.evidence_remote import PART_BYTES, Retention, spooled
from tests.support import aws as double

BIG = PART_BYTES + 12_345


@pytest.fixture(scope="module")
def aws():
    with double.serving() as served:
        yield served


@pytest.fixture
def bucket(aws):
    return aws.bucket()


@pytest.fixture
def key(aws):
    return aws.key()


@pytest.fixture
def store(aws, bucket, key):
    return EvidenceStore(f"s3://{bucket}/cases/c1", None, Retention(30, key), aws.options)


class Reversed:
    def encode(self, chunks):
        return (chunk[::-1] for chunk in chunks)

    def decode(self, stored):
        return stored


def head(aws, bucket, sha256, **more):
    return aws.s3.head_object(Bucket=bucket, Key=f"cases/c1/evidence/{sha256}", **more)


def test_content_comes_back_under_its_hash(store):
    ref = store.put("log.csv", iter([b"a,b\n", b"1,2\n"]))
    assert ref.sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert store.open(ref.sha256).read() == b"a,b\n1,2\n"


def test_empty_evidence_is_evidence(store):
    assert store.open(store.put("empty", []).sha256).read() == b""


def test_what_is_not_there_is_one_clear_error(store):
    assert not store.has("0" * 64)
    with pytest.raises(BadInput):
        store.open("0" * 64)


def test_it_is_locked_for_the_days_of_the_policy(aws, bucket, store):
    seen = head(aws, bucket, store.put("x", [b"x"]).sha256)
    wanted = datetime.now(UTC) + timedelta(days=30)
    assert seen["ObjectLockMode"] == "COMPLIANCE"
    assert abs(seen["ObjectLockRetainUntilDate"] - wanted) < timedelta(minutes=5)


def test_it_is_encrypted_under_the_key_that_was_named(aws, bucket, store, key):
    seen = head(aws, bucket, store.put("x", [b"x"]).sha256)
    assert (seen["ServerSideEncryption"], seen["SSEKMSKeyId"]) == ("aws:kms", key)


def test_the_checksum_is_that_of_the_stored_bytes(aws, bucket, key):
    store = EvidenceStore(f"s3://{bucket}/cases/c1", Reversed(), Retention(30, key), aws.options)
    ref = store.put("x", [b"abc"])
    seen = head(aws, bucket, ref.sha256, ChecksumMode="ENABLED")
    assert seen["ChecksumSHA256"] == double.sha256_base64(b"cba")


def test_a_lock_is_not_taken_without_a_checksum_and_ours_carries_one(aws, bucket, key):
    """The header is ours, not the driver's habit: the habit is turned off here."""
    silent = {**aws.options, "config_kwargs": {"request_checksum_calculation": "when_required"}}
    terms = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": datetime.now(UTC) + timedelta(days=1)}
    with pytest.raises(OSError, match="checksum"):
        fsspec.filesystem("s3", **silent).call_s3("put_object", Bucket=bucket, Key="bare", Body=b"x", **terms)
    assert EvidenceStore(f"s3://{bucket}/cases/c1", None, Retention(30, key), silent).put("x", [b"x"])


def test_a_locked_version_cannot_be_deleted(aws, bucket, store):
    ref = store.put("x", [b"x"])
    version = head(aws, bucket, ref.sha256)["VersionId"]
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        aws.s3.delete_object(Bucket=bucket, Key=f"cases/c1/evidence/{ref.sha256}", VersionId=version)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_a_second_put_writes_no_second_version(aws, bucket, store):
    for name in ("one", "two"):
        store.put(name, [b"x"])
    assert len(aws.versions(bucket)) == 1


def test_two_that_put_a_large_piece_at_once_write_one_version(aws, bucket, store, monkeypatch):
    """The second looked before the first had put: S3 says no at the end of its upload, and it takes the first one's."""
    store.put("x", [bytes(BIG)])
    monkeypatch.setattr(type(store._remote), "has", lambda self, sha256: False)
    store.put("x", [bytes(BIG)])
    assert len(aws.versions(bucket)) == 1
    assert "Uploads" not in aws.s3.list_multipart_uploads(Bucket=bucket)


def test_a_longer_policy_moves_the_lock_and_a_shorter_one_does_not(aws, bucket, store, key):
    ref = store.put("x", [b"x"])
    for days in (90, 10):
        EvidenceStore(f"s3://{bucket}/cases/c1", None, Retention(days, key), aws.options).put("x", [b"x"])
    left = head(aws, bucket, ref.sha256)["ObjectLockRetainUntilDate"] - datetime.now(UTC)
    assert left > timedelta(days=89)


def test_a_large_piece_goes_in_parts_and_is_locked_like_any_other(aws, bucket, store):
    content = bytes(range(256)) * (BIG // 256 + 1)
    ref = store.put("large", (content[at : at + 1_000_000] for at in range(0, len(content), 1_000_000)))
    assert head(aws, bucket, ref.sha256, PartNumber=1)["PartsCount"] == 2
    assert store.problem(ref.sha256) is None


def test_a_piece_can_be_sought_in(store):
    ref = store.put("x", [b"0123456789"])
    with store.open(ref.sha256) as file:
        file.seek(-3, 2)
        assert file.read() == b"789"


def test_what_is_planted_under_a_hash_is_not_taken_for_it(aws, bucket, store):
    sha256 = hashlib.sha256(b"x").hexdigest()
    aws.s3.put_object(Bucket=bucket, Key=f"cases/c1/evidence/{sha256}", Body=b"y")
    with pytest.raises(Refused) as refused:
        store.put("x", [b"x"])
    assert refused.value.code == "EVIDENCE_PLANTED"
    assert "ObjectLockMode" not in head(aws, bucket, sha256), "and it is not locked for anybody's good"


@pytest.mark.parametrize("over", ["marker", "version"])
def test_what_lies_over_a_piece_hides_it_from_others_not_from_us(aws, bucket, store, over):
    ref = store.put("x", [b"x"])
    name = {"Bucket": bucket, "Key": f"cases/c1/evidence/{ref.sha256}"}
    aws.s3.delete_object(**name) if over == "marker" else aws.s3.put_object(**name, Body=b"y")
    assert store.open(ref.sha256).read() == b"x"
    assert store.problem(ref.sha256) is None and store.hidden(ref.sha256)


def test_a_piece_without_lock_is_named(aws, bucket, store):
    sha256 = hashlib.sha256(b"x").hexdigest()
    aws.s3.put_object(Bucket=bucket, Key=f"cases/c1/evidence/{sha256}", Body=b"x")
    assert store.problem(sha256) == "is not locked in compliance mode"


def test_changed_and_missing_pieces_are_named(aws, bucket, store):
    aws.s3.put_object(Bucket=bucket, Key=f"cases/c1/evidence/{'a' * 64}", Body=b"x")
    assert (store.problem("a" * 64), store.problem("b" * 64)) == ("changed", "missing")


def test_bucket_without_object_lock_is_refused(aws, key):
    store = EvidenceStore(f"s3://{aws.bucket(lock=False)}/c1", None, Retention(30, key), aws.options)
    with pytest.raises(Refused, match="no Object Lock") as refused:
        store.put("x", [b"x"])
    assert refused.value.code == "NO_OBJECT_LOCK"


def test_a_large_piece_is_refused_by_a_bucket_without_object_lock_too(aws, key):
    store = EvidenceStore(f"s3://{aws.bucket(lock=False)}/c1", None, Retention(30, key), aws.options)
    with pytest.raises(Refused) as refused:
        store.put("x", [bytes(BIG)])
    assert refused.value.code == "NO_OBJECT_LOCK"


def test_bucket_that_is_not_there_is_refused(aws, key):
    with pytest.raises(Refused, match="no such bucket"):
        EvidenceStore("s3://nowhere-at-all/c1", None, Retention(30, key), aws.options).put("x", [b"x"])


def test_a_role_without_permission_is_refused_and_told_which_policy(aws, bucket, key):
    iam = aws.client("iam")
    iam.create_user(UserName=bucket)
    made = iam.create_access_key(UserName=bucket)["AccessKey"]
    options = {**aws.options, "key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}
    store = EvidenceStore(f"s3://{bucket}/c1", None, Retention(30, key), options)
    with enable_iam_authentication(), pytest.raises(Refused, match=r"evidence-role\.json"):
        store.put("x", [b"x"])


def test_store_that_does_not_answer_may_be_tried_again(key):
    options = {"endpoint_url": "http://127.0.0.1:9", "key": "k", "secret": "s"}
    with pytest.raises(Unavailable):
        EvidenceStore("s3://bucket/c1", None, Retention(30, key), options).put("x", [b"x"])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", Refused),
        ("KMS.DisabledException", Refused),
        ("SlowDown", Unavailable),
        ("ConditionalRequestConflict", Unavailable),
        ("BadDigest", ToolFailure),
    ],
)
def test_what_the_service_says_is_decided_on_its_code(code, kind):
    said = botocore.exceptions.ClientError({"Error": {"Code": code, "Message": "x"}}, "PutObject")
    with pytest.raises(kind, match=code), told("putting a piece"):
        raise OSError("text that nobody reads") from said


@pytest.mark.parametrize("retention", [(0, "key"), (40_000, "key"), (30, "")])
def test_retention_that_s3_would_not_take(retention):
    with pytest.raises(BadInput):
        Retention(*retention)


@pytest.mark.parametrize(("root", "retention"), [("s3://bucket/c1", None), ("memory://c1", Retention(1, "k"))])
def test_retention_belongs_to_s3_and_s3_needs_one(root, retention):
    with pytest.raises(BadInput):
        EvidenceStore(root, None, retention)


def test_what_waits_on_disk_has_no_name_and_is_of_the_owner_alone():
    with spooled(bytes(1 << 20) for _ in range(9)) as waiting:
        seen = os.fstat(waiting.fileno())
    assert (stat.S_IMODE(seen.st_mode), seen.st_nlink, seen.st_size) == (0o600, 0, 9 << 20)


def test_broken_stream_leaves_nothing(aws, bucket, store):
    def stream():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put("x", stream())
    assert aws.versions(bucket) == []
