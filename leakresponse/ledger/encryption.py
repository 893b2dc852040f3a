"""Files encrypted at rest: a stream of AES-256-GCM segments that can be sought in, bound to the case.

The format is Tink's "AES-GCM-HKDF streaming AEAD" with the parameters of its template AES256_GCM_HKDF_1MB
(developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming), after eight bytes of our own:

    MAGIC | 40 (length of this header) | salt (32) | nonce prefix (7) | segment 0 | segment 1 | ...

The file's key is HKDF-SHA256(case key, salt, info = case id). A segment's nonce is the prefix, the segment's number
(4 bytes, big endian), and 1 for the last segment, else 0. So a segment of another file, place or case does not open,
and a file that was cut off at a segment's end has no last one. Segments are 1 MiB; the header counts to the first.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from leakresponse.core.errors import LeakResponseError
from leakresponse.ledger.contents import MAGIC

SEGMENT_BYTES = 1 << 20
KEY_BYTES = 32
_SALT_BYTES, _PREFIX_BYTES, _TAG_BYTES = 32, 7, 16
_HEADER_BYTES = 1 + _SALT_BYTES + _PREFIX_BYTES
_FIRST = SEGMENT_BYTES - _HEADER_BYTES - _TAG_BYTES
_REST = SEGMENT_BYTES - _TAG_BYTES
_BUFFER_BYTES = 64 << 10


class DoesNotOpen(LeakResponseError):
    """Not whole, changed, of another case, or under another key: nothing of it can be trusted."""


class Encrypted:
    """The codec of one case: what it writes can be read with the same key and for the same case alone."""

    def __init__(self, key: bytes, case_id: str) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a case key has 256 bits")
        self._key = key
        self._case = case_id.encode()

    def encode(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Header and segments as the content streams in; holds one segment."""
        salt, prefix = os.urandom(_SALT_BYTES), os.urandom(_PREFIX_BYTES)
        cipher = self._cipher(salt)
        yield MAGIC + bytes([_HEADER_BYTES]) + salt + prefix
        number, capacity, waiting = 0, _FIRST, bytearray()
        for piece in chunks:
            view = memoryview(piece)
            while len(view):
                if len(waiting) == capacity:
                    yield cipher.encrypt(_nonce(prefix, number, last=False), bytes(waiting), None)
                    number, capacity = number + 1, _REST
                    waiting.clear()
                room = capacity - len(waiting)
                waiting += view[:room]
                view = view[room:]
        yield cipher.encrypt(_nonce(prefix, number, last=True), bytes(waiting), None)

    def decode(self, stored: IO[bytes]) -> IO[bytes]:
        """The content of a seekable file, itself seekable. DoesNotOpen here for the ends, later for what is read."""
        try:
            return io.BufferedReader(_Content(stored, self._cipher), _BUFFER_BYTES)
        except DoesNotOpen:
            stored.close()
            raise

    def _cipher(self, salt: bytes) -> AESGCM:
        return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=salt, info=self._case).derive(self._key))

    def __repr__(self) -> str:
        return "Encrypted(...)"


def is_encrypted(stored: IO[bytes]) -> bool:
    """Whether a seekable file, at its start, begins like one of ours; it is at its start again afterwards."""
    found = stored.read(len(MAGIC))
    stored.seek(0)
    return found == MAGIC


class _Content(io.RawIOBase):
    """What an encrypted file holds, a segment at a time; its ends are checked before anything of it is given."""

    def __init__(self, stored: IO[bytes], cipher_of: Any) -> None:
        self._stored = stored
        size = stored.seek(0, os.SEEK_END) - len(MAGIC)
        stored.seek(0)
        head = stored.read(len(MAGIC) + _HEADER_BYTES)
        if head[: len(MAGIC)] != MAGIC:
            raise DoesNotOpen("not an encrypted file of a case")
        if len(head) < len(MAGIC) + _HEADER_BYTES or head[len(MAGIC)] != _HEADER_BYTES:
            raise DoesNotOpen("an encrypted file of a case is not whole")
        salt = head[len(MAGIC) + 1 :][:_SALT_BYTES]
        self._prefix = head[-_PREFIX_BYTES:]
        self._cipher: AESGCM = cipher_of(salt)
        self._segments = max(1, -(-size // SEGMENT_BYTES))
        self._size = size - _HEADER_BYTES - self._segments * _TAG_BYTES
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")
        self._segment(self._segments - 1)  # the last one proves the size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if self._at >= self._size or not len(view):
            return 0
        number, within = (0, self._at) if self._at < _FIRST else _place(self._at - _FIRST)
        some = self._segment(number)[within : within + len(view)]
        view[: len(some)] = some
        self._at += len(some)
        return len(some)

    def close(self) -> None:
        if not self.closed:
            self._held = (-1, b"")
            self._stored.close()
        super().close()

    def _segment(self, number: int) -> bytes:
        if self._held[0] != number:
            start = number * SEGMENT_BYTES
            skipped = _HEADER_BYTES if number == 0 else 0
            self._stored.seek(len(MAGIC) + start + skipped)
            sealed = self._stored.read(SEGMENT_BYTES - skipped)
            nonce = _nonce(self._prefix, number, last=number == self._segments - 1)
            try:
                self._held = (number, self._cipher.decrypt(nonce, sealed, None))
            except InvalidTag:
                raise DoesNotOpen("an encrypted file was changed, or is of another case or key") from None
        return self._held[1]


def _place(beyond_first: int) -> tuple[int, int]:
    number, within = divmod(beyond_first, _REST)
    return number + 1, within


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
