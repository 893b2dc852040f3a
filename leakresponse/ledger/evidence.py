"""Evidence by its content: `evidence/<sha256>`, written once, hashed as it streams in, never changed.

A folder by default; any other address is `evidence_remote`'s. At-rest encryption has its place in `Codec`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from leakresponse.core.errors import BadInput, Refused
from leakresponse.ledger.contents import measure
from leakresponse.ledger.encryption import DoesNotOpen, is_encrypted
from leakresponse.ledger.types import EvidenceRef
from leakresponse.ledger.whole_files import fresh_file, sync_folder

if TYPE_CHECKING:
    from leakresponse.ledger.evidence_remote import Held, Retention

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Codec(Protocol):
    """What stands between evidence and the disk. The content address is always of the evidence itself."""

    def encode(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """To the form that is stored."""

    def decode(self, stored: IO[bytes]) -> IO[bytes]:
        """Back to the evidence."""


class Plain:
    """Stored as it is."""

    def encode(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Unchanged."""
        return iter(chunks)

    def decode(self, stored: IO[bytes]) -> IO[bytes]:
        """Unchanged; DoesNotOpen where it is encrypted, which its reader must not take for content."""
        if is_encrypted(stored):
            stored.close()
            raise DoesNotOpen("the file is encrypted, and the key of its case was not given")
        return stored


class EvidenceStore:
    """The evidence of one case below `root`: a folder, or an address that fsspec knows (`s3://...`, `memory://...`).

    `retention` belongs to S3 and to nothing else; `options` go to fsspec's driver (an endpoint, for example).
    """

    def __init__(
        self,
        root: str | Path,
        codec: Codec | None = None,
        retention: Retention | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._codec = codec or Plain()
        self._root = str(root).rstrip("/")
        self._remote = None
        if "://" in self._root:
            from leakresponse.ledger.evidence_remote import remote_pieces

            self._remote = remote_pieces(self._root, retention, options or {})

    @property
    def address(self) -> str:
        """Where it lies, for a seal to name; empty for a folder, which lies in the case itself."""
        return self._root if self._remote else ""

    def put(self, name: str, chunks: Iterable[bytes]) -> EvidenceRef:
        """Keep a piece of evidence as it streams in. The same content is kept once, whatever its names."""
        if self._remote is None:
            return self._put_local(name, chunks)
        from leakresponse.ledger.evidence_remote import spooled

        counted = _Counted(chunks)
        with spooled(self._codec.encode(counted)) as stored:
            fresh = self._remote.keep(counted.sha256, stored)
        if not fresh:
            if not self._holds(counted.sha256):
                raise Refused("evidence: something else lies under the hash of a piece", "EVIDENCE_PLANTED")
            self._remote.hold(counted.sha256)
        return EvidenceRef(counted.sha256, counted.bytes, name)

    def open(self, sha256: str) -> IO[bytes]:
        """A piece of evidence, to be read; BadInput where the store does not hold it."""
        if not _SHA256.fullmatch(sha256):
            raise BadInput("evidence: not a SHA-256 in hexadecimal")
        try:
            return self._codec.decode(self._opened(sha256))
        except FileNotFoundError as error:
            raise BadInput("evidence: the store does not hold it") from error

    def has(self, sha256: str) -> bool:
        """Whether the store holds it."""
        return self._remote.has(sha256) if self._remote else self._path(sha256).exists()

    def problem(self, sha256: str) -> str | None:
        """What is wrong with a piece, in words: gone, other content, or not under lock; None where it holds."""
        if self._remote:
            self._remote.take_census()
        if not self.has(sha256):
            return "missing"
        try:
            if not self._holds(sha256):
                return "changed"
        except DoesNotOpen:
            return "changed, or does not open with the key that was given"
        held = self._held(sha256)
        return held.problem(datetime.now(UTC)) if held else None

    def hidden(self, sha256: str) -> bool:
        """Whether a newer version or a delete marker lies over a locked piece: harmless, but somebody's act."""
        held = self._held(sha256)
        return held is not None and held.hidden

    def _held(self, sha256: str) -> Held | None:
        from leakresponse.ledger.evidence_remote import LockedBucket

        return self._remote.held(sha256) if isinstance(self._remote, LockedBucket) else None

    def _holds(self, sha256: str) -> bool:
        with self.open(sha256) as file:
            return bool(measure(file)["sha256"] == sha256)

    def _opened(self, sha256: str) -> IO[bytes]:
        return self._remote.open(sha256) if self._remote else self._path(sha256).open("rb")

    def _put_local(self, name: str, chunks: Iterable[bytes]) -> EvidenceRef:
        folder = Path(self._root) / "evidence"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        counted = _Counted(chunks)
        with fresh_file(folder / "incoming", self._codec.encode(counted)) as fresh:
            fresh.chmod(0o400)
            if not self._path(counted.sha256).exists():
                fresh.replace(self._path(counted.sha256))
                sync_folder(folder)
        return EvidenceRef(counted.sha256, counted.bytes, name)

    def _path(self, sha256: str) -> Path:
        return Path(self._root) / "evidence" / sha256


class _Counted:
    """Passes chunks on and keeps their hash and size."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._hash = hashlib.sha256()
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._hash.update(chunk)
            self.bytes += len(chunk)
            yield chunk

    @property
    def sha256(self) -> str:
        """Of what has passed so far."""
        return self._hash.hexdigest()
