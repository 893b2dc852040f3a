"""Evidence by its content: `evidence/<sha256>`, written once, hashed as it streams in, never changed.

A folder by default; any other address goes through fsspec. At-rest encryption has its place in `Codec`.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol, cast

from leakresponse.core.errors import BadInput, ToolFailure
from leakresponse.ledger.types import EvidenceRef

_BLOCK = 1 << 20
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
        """Unchanged."""
        return stored


class EvidenceStore:
    """The evidence of one case below `root`: a folder, or an address that fsspec knows (`s3://...`, `memory://...`)."""

    def __init__(self, root: str | Path, codec: Codec | None = None) -> None:
        self._codec = codec or Plain()
        self._remote = "://" in str(root)
        self._root = str(root).rstrip("/")

    def put(self, name: str, chunks: Iterable[bytes]) -> EvidenceRef:
        """Keep a piece of evidence as it streams in. The same content is kept once, whatever its names."""
        return self._put_remote(name, chunks) if self._remote else self._put_local(name, chunks)

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
        return bool(self._filesystem().exists(self._address(sha256))) if self._remote else self._path(sha256).exists()

    def _opened(self, sha256: str) -> IO[bytes]:
        if self._remote:
            return cast("IO[bytes]", self._filesystem().open(self._address(sha256), "rb"))
        return self._path(sha256).open("rb")

    def _put_local(self, name: str, chunks: Iterable[bytes]) -> EvidenceRef:
        folder = Path(self._root) / "evidence"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = folder / f".incoming-{uuid.uuid4().hex}"
        counted = _Counted(chunks)
        try:
            with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.writelines(self._codec.encode(counted))
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o400)
            if not self._path(counted.sha256).exists():
                temporary.replace(self._path(counted.sha256))
                sync_folder(folder)
        finally:
            temporary.unlink(missing_ok=True)
        return EvidenceRef(counted.sha256, counted.bytes, name)

    def _put_remote(self, name: str, chunks: Iterable[bytes]) -> EvidenceRef:
        """The name is known only after the last byte, and an object store cannot rename: so it waits on local disk."""
        counted = _Counted(chunks)
        with tempfile.SpooledTemporaryFile(max_size=8 * _BLOCK) as waiting:
            waiting.writelines(self._codec.encode(counted))
            waiting.seek(0)
            filesystem, address = self._filesystem(), self._address(counted.sha256)
            if not filesystem.exists(address):
                filesystem.makedirs(address.rpartition("/")[0], exist_ok=True)
                with filesystem.open(address, "wb") as target:
                    while block := waiting.read(_BLOCK):
                        target.write(block)
        return EvidenceRef(counted.sha256, counted.bytes, name)

    def _path(self, sha256: str) -> Path:
        return Path(self._root) / "evidence" / sha256

    def _address(self, sha256: str) -> str:
        return f"{self._root}/evidence/{sha256}"

    def _filesystem(self) -> Any:
        try:
            import fsspec

            return fsspec.core.url_to_fs(self._root)[0]
        except (ImportError, ValueError) as error:
            raise ToolFailure("evidence: no driver for this kind of address is installed") from error


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


def sync_folder(folder: Path) -> None:
    """Make a rename or a new name in this folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
