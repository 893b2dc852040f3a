"""Evidence in a bucket: put once, locked until its retention is over, encrypted under a given KMS key.

Object Lock protects a version, not a name: anyone who may write can lay a newer version or a delete marker over it.
So what is read, checked and counted is always the oldest version of a name, the one that was put under the lock.
S3 asks for a checksum with every put that carries a lock (PutObject: "Content-MD5 or x-amz-sdk-checksum-algorithm
header is required"); it gets the SHA-256 of the stored bytes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any, cast

from leakresponse.core.errors import BadInput, LeakResponseError, Refused, ToolFailure
from leakresponse.ledger.evidence_errors import NOT_LOCKABLE, TAKEN, told

_BLOCK = 1 << 20
#: From this size on in parts; S3 takes at most ten thousand parts.
PART_BYTES = 16 << 20
_MOST_PARTS = 10_000
_MODE = "COMPLIANCE"
#: A repeat on a later day need not move the lock for a day.
_GRACE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long nobody, the account's root included, can delete a piece (days), and the KMS key that encrypts it."""

    days: int
    kms_key_id: str

    def __post_init__(self) -> None:
        """BadInput for what S3 would not take: 1 to 36,500 days, and a key."""
        if not 1 <= self.days <= 36_500:
            raise BadInput("evidence: retention is between 1 and 36,500 days")
        if not self.kms_key_id:
            raise BadInput("evidence: name the KMS key that encrypts what is kept")


@dataclass(frozen=True, slots=True)
class Held:
    """A piece as the bucket holds it: its locked version, how it is locked, and whether a newer one hides it."""

    version: str
    bytes: int
    mode: str
    until: datetime | None
    key_id: str
    hidden: bool = False

    def problem(self, now: datetime) -> str | None:
        """What is wrong with the lock, in words; None where it holds."""
        if self.mode != _MODE or self.until is None:
            return f"is not locked in {_MODE.lower()} mode"
        return f"was locked until {self.until.date()} only" if self.until <= now else None


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a bucket says of itself. `default_mode` and `default_days` are its default retention, "" and 0 for none."""

    object_lock: bool
    default_mode: str
    default_days: int


@contextmanager
def spooled(stored: Iterable[bytes]) -> Iterator[IO[bytes]]:
    """The stored form of one piece, in memory up to 8 MiB and then in a nameless file of the owner alone.

    The name in the bucket is the hash, known only after the last byte, and a bucket cannot rename. Only what the codec
    made comes here, one piece at a time.
    """
    with tempfile.SpooledTemporaryFile(max_size=8 * _BLOCK) as waiting:
        waiting.writelines(stored)
        waiting.seek(0)
        yield cast("IO[bytes]", waiting)


class Elsewhere:
    """Any other address that fsspec knows: kept once, without lock."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self._files, self._root = filesystem, root

    def keep(self, sha256: str, stored: IO[bytes]) -> bool:
        """Write it where it is not there yet; whether it was written."""
        if self.has(sha256):
            return False
        self._files.makedirs(f"{self._root}/evidence", exist_ok=True)
        with self._files.open(self._address(sha256), "wb") as target:
            while block := stored.read(_BLOCK):
                target.write(block)
        return True

    def open(self, sha256: str) -> IO[bytes]:
        """The stored bytes; FileNotFoundError where there are none."""
        return cast("IO[bytes]", self._files.open(self._address(sha256), "rb"))

    def hold(self, sha256: str) -> None:
        """Nothing to do: nothing locks here."""

    def take_census(self) -> None:
        """Nothing to do: each look is cheap."""

    def has(self, sha256: str) -> bool:
        """Whether it is there."""
        return bool(self._files.exists(self._address(sha256)))

    def _address(self, sha256: str) -> str:
        return f"{self._root}/evidence/{sha256}"


class LockedBucket:
    """`s3://bucket/prefix` through fsspec's driver; every call goes to the S3 operation of that name."""

    def __init__(self, filesystem: Any, root: str, retention: Retention, clock: Callable[[], datetime]) -> None:
        bucket, _, prefix = root.partition("://")[2].partition("/")
        if not bucket:
            raise BadInput("evidence: the address names no bucket")
        self._files, self._bucket, self._retention, self._clock = filesystem, bucket, retention, clock
        self._ready, self._counted = False, False
        self._seen: dict[str, tuple[str, bool]] = {}
        self._prefix = f"{prefix.strip('/')}/evidence/" if prefix.strip("/") else "evidence/"

    def keep(self, sha256: str, stored: IO[bytes]) -> bool:
        """Put it under the lock where it is not there yet, and see that the lock is really there.

        The answer is whether it was put by this call. A small piece is just sent: S3 says whether it is there, and a
        look before would cost every piece a request.
        """
        self._asked_once()
        large = stored.seek(0, io.SEEK_END) > PART_BYTES
        version = None if large and self.has(sha256) else self._put(sha256, stored)
        if version is None:
            return False
        self._seen[sha256] = (version, False)
        self._lock(sha256, self._look(sha256, version), fresh=True)
        return True

    def hold(self, sha256: str) -> None:
        """Move the lock of a piece to a later day where the retention asks for it, never to an earlier one."""
        held = self.held(sha256)
        if held is None:
            raise ToolFailure("evidence: a piece is gone right after the store said that it was there")
        self._lock(sha256, held, fresh=False)

    def open(self, sha256: str) -> IO[bytes]:
        """The stored bytes of the locked version; FileNotFoundError where there is none."""
        held = self.held(sha256)
        if held is None:
            raise FileNotFoundError(sha256)
        path = f"{self._bucket}/{self._prefix}{sha256}"

        def read(start: int, end: int) -> bytes:
            with told("reading a piece"):
                return cast("bytes", self._files.cat_file(path, version_id=held.version, start=start, end=end))

        return io.BufferedReader(_Piece(read, held.bytes), 8 * _BLOCK)

    def has(self, sha256: str) -> bool:
        """Whether a version of it is there, hidden or not."""
        return bool(self._oldest(sha256)[0])

    def held(self, sha256: str) -> Held | None:
        """The version that counts, with its lock; None where there is none."""
        version, hidden = self._oldest(sha256)
        return self._look(sha256, version, hidden) if version else None

    def describe(self) -> Bucket:
        """What the bucket is set to. Refused or Unavailable where it cannot be asked."""
        try:
            answer = self._call("looking at the bucket's Object Lock", "get_object_lock_configuration")
        except Refused as refused:
            if refused.code not in NOT_LOCKABLE:
                raise
            return Bucket(False, "", 0)
        found = answer.get("ObjectLockConfiguration", {})
        default = found.get("Rule", {}).get("DefaultRetention", {})
        days = int(default.get("Days") or 0) + 365 * int(default.get("Years") or 0)
        return Bucket(found.get("ObjectLockEnabled") == "Enabled", default.get("Mode") or "", days)

    def _asked_once(self) -> None:
        """Before any byte leaves: a bucket without Object Lock takes pieces without a word, or refuses them vaguely."""
        if not self._ready and not self.describe().object_lock:
            raise Refused("evidence: the bucket has no Object Lock; turn it on (docs/ledger.md)", "NO_OBJECT_LOCK")
        self._ready = True

    def _put(self, sha256: str, stored: IO[bytes]) -> str | None:
        """Its version; None where somebody else put the same at the same time."""
        try:
            return self._send(sha256, stored)
        except Refused as refused:
            if refused.code not in TAKEN:
                raise
            return None

    def _send(self, sha256: str, stored: IO[bytes]) -> str:
        size = stored.seek(0, io.SEEK_END)
        stored.seek(0)
        if size > PART_BYTES:
            return self._send_parts(sha256, stored, max(PART_BYTES, -(-size // _MOST_PARTS)))
        body = stored.read()
        how = {"IfNoneMatch": "*", **self._terms(), **_checksum(body)}
        return str(self._call("putting a piece", "put_object", sha256, Body=body, **how)["VersionId"])

    def _send_parts(self, sha256: str, stored: IO[bytes], part_bytes: int) -> str:
        terms = {**self._terms(), "ChecksumAlgorithm": "SHA256"}
        upload = self._call("putting a piece", "create_multipart_upload", sha256, **terms)["UploadId"]
        try:
            parts = list(self._parts(sha256, upload, stored, part_bytes))
            done = {"UploadId": upload, "MultipartUpload": {"Parts": parts}, "IfNoneMatch": "*"}
            return str(self._call("putting a piece", "complete_multipart_upload", sha256, **done)["VersionId"])
        except LeakResponseError:
            self._call("giving up a piece", "abort_multipart_upload", sha256, UploadId=upload)
            raise

    def _parts(self, sha256: str, upload: str, stored: IO[bytes], part_bytes: int) -> Iterator[dict[str, Any]]:
        number = 0
        while block := stored.read(part_bytes):
            number += 1
            how = {"UploadId": upload, "PartNumber": number, **_checksum(block)}
            answer = self._call("putting a piece", "upload_part", sha256, Body=block, **how)
            yield {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": how["ChecksumSHA256"]}

    def _terms(self) -> dict[str, Any]:
        return {
            "ObjectLockMode": _MODE,
            "ObjectLockRetainUntilDate": self._until(),
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": self._retention.kms_key_id,
        }

    def _until(self) -> datetime:
        return (self._clock() + timedelta(days=self._retention.days)).replace(microsecond=0)

    def _lock(self, sha256: str, held: Held, fresh: bool) -> None:
        """Proof by use: what is asked for is compared with what the bucket says it did."""
        if fresh and not _same_key(held.key_id, self._retention.kms_key_id):
            raise ToolFailure("evidence: the bucket did not encrypt the piece under the KMS key that was named")
        if self._enough(held):
            return
        until = max(self._until(), held.until or self._until())
        kept = {"Mode": _MODE, "RetainUntilDate": until}
        checked = {"VersionId": held.version, "ChecksumAlgorithm": "SHA256"}
        self._call("locking a piece", "put_object_retention", sha256, Retention=kept, **checked)
        if not self._enough(self._look(sha256, held.version)):
            raise ToolFailure(
                "evidence: the lock of a piece cannot be seen after it was put: the bucket does not lock, "
                "or the role lacks s3:GetObjectRetention"
            )

    def _enough(self, held: Held) -> bool:
        return held.mode == _MODE and held.until is not None and held.until >= self._until() - _GRACE

    def _look(self, sha256: str, version: str, hidden: bool = False) -> Held:
        seen = self._call("looking at a piece", "head_object", sha256, VersionId=version)
        until = seen.get("ObjectLockRetainUntilDate")
        key = seen.get("SSEKMSKeyId", "") if seen.get("ServerSideEncryption") == "aws:kms" else ""
        return Held(version, seen["ContentLength"], seen.get("ObjectLockMode") or "", until, key, hidden)

    def take_census(self) -> None:
        """List once what lies here, for whoever looks at many pieces; what is put later by this store is added."""
        if not self._counted:
            self._seen, self._counted = dict(self._list(self._prefix)), True

    def _oldest(self, sha256: str) -> tuple[str, bool]:
        """The version that was put first ("" for none), and whether something newer hides it."""
        if not self._counted and sha256 not in self._seen:
            return dict(self._list(f"{self._prefix}{sha256}")).get(sha256, ("", False))
        return self._seen.get(sha256, ("", False))

    def _list(self, prefix: str) -> Iterator[tuple[str, tuple[str, bool]]]:
        """Name, version, and whether it is hidden. S3 lists the newest of a name first, so the last one counts."""
        at: dict[str, str] = {}
        while True:
            page = self._call("looking for pieces", "list_object_versions", Prefix=prefix, **at)
            for row in page.get("Versions", []):
                yield row["Key"].removeprefix(self._prefix), (row["VersionId"], not row["IsLatest"])
            if not page.get("IsTruncated"):
                return
            at = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}

    def _call(self, doing: str, operation: str, sha256: str = "", **arguments: Any) -> Mapping[str, Any]:
        which = {"Bucket": self._bucket, **({"Key": f"{self._prefix}{sha256}"} if sha256 else {})}
        with told(doing):
            return cast("Mapping[str, Any]", self._files.call_s3(operation, **which, **arguments))


class _Piece(io.RawIOBase):
    """One version, read in ranges, so that it can be sought in and is never whole in memory."""

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        super().__init__()
        self._read, self._size, self._at = read, size, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As files do."""
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer; 0 at the end."""
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        found = self._read(self._at, end)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def _checksum(body: bytes) -> dict[str, str]:
    """Both: the value, and the header by which S3 knows that a put with a lock carries one."""
    value = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": value}


def _same_key(found: str, asked: str) -> bool:
    """S3 answers with the key's address; an alias cannot be compared with it."""
    alias = asked.rpartition(":")[2].startswith("alias/")
    return bool(found) and (alias or found.split("/")[-1] == asked.split("/")[-1])


def _driver(options: Mapping[str, Any]) -> dict[str, Any]:
    """Bounded waits (s): a cut must not wait for a store that does not answer."""
    bounds = {"connect_timeout": 5, "read_timeout": 60, "retries": {"max_attempts": 3, "mode": "standard"}}
    return {**options, "config_kwargs": {**bounds, **options.get("config_kwargs", {})}}


def remote_pieces(
    root: str, retention: Retention | None, options: Mapping[str, Any], clock: Callable[[], datetime] | None = None
) -> Elsewhere | LockedBucket:
    """What keeps the pieces below an address. BadInput for S3 without retention, or retention without S3."""
    in_s3 = root.startswith("s3://")
    if in_s3 != (retention is not None):
        raise BadInput("evidence: a retention belongs to an s3:// address, and every s3:// address needs one")
    try:
        import fsspec

        filesystem = fsspec.filesystem(root.partition("://")[0], **_driver(options) if in_s3 else options)
    except (ImportError, ValueError) as error:
        raise ToolFailure("evidence: no driver for this kind of address is installed") from error
    if retention is None:
        return Elsewhere(filesystem, root)
    return LockedBucket(filesystem, root, retention, clock or (lambda: datetime.now(UTC)))
