"""One key per case, kept beside the case wrapped by a key that is kept elsewhere.

`key.json` names the wrapping key and its version, never the key: whoever has the folder alone has nothing. Deleting it
(and its copies) destroys the content of one case for good; deleting the wrapping key does so for every case under it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from leakresponse.core.errors import BadInput
from leakresponse.ledger.contents import is_encrypted_at
from leakresponse.ledger.encryption import KEY_BYTES, DoesNotOpen, Encrypted
from leakresponse.ledger.in_place import encrypt_files, files_with_persons
from leakresponse.ledger.verification import KEY_FILE, MANIFEST
from leakresponse.ledger.whole_files import fresh_file, sync_folder

_NONCE_BYTES = 12


class KeyHolder(Protocol):
    """Where wrapping keys live: a vault, or the keyring of the operating system. Keys have 32 bytes."""

    kind: str
    name: str

    def current(self) -> tuple[str, bytes]:
        """Version and key to wrap with now; made on first use."""

    def version(self, version: str) -> bytes:
        """The key of a version, current or old; Refused where it is gone."""

    def ready(self) -> bool:
        """Whether a key could be had; raises what stands against it. Makes nothing."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A case's key as `key.json` has it; everything but the last two is bound to them.

    `begun_plain` while files from before the key are still to be encrypted.
    """

    format: int
    case_id: str
    wrapped_by: str
    key_name: str
    key_version: str
    begun_plain: bool
    nonce: str
    wrapped_key: str


def wrapped_key_of(folder: Path) -> WrappedKey | None:
    """What `key.json` says, None where there is none. BadInput where it cannot be read."""
    try:
        return WrappedKey(**json.loads((folder / KEY_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        raise BadInput(f"case keys: {KEY_FILE} cannot be read") from None


def codec_of(folder: Path, case_id: str, holder: Callable[[], KeyHolder]) -> Encrypted:
    """The codec of one case; its key is made where there is none. `holder` is asked once per process and case.

    Files of a case that was begun unencrypted are encrypted first. DoesNotOpen where the key was changed or is another
    case's; BadInput where the case is encrypted and its key is gone, or where it was sealed unencrypted.
    """
    holder = cache(holder)
    with _LOCK:
        wrapped = wrapped_key_of(folder)
        if wrapped is None:
            wrapped = _make(folder, case_id, holder())
        known = _known(wrapped, case_id)
        if known not in _OPENED:
            key = _unwrap(wrapped, case_id, holder())
            codec = Encrypted(key, case_id)
            if wrapped.begun_plain:
                encrypt_files(folder, codec)
                wrapped = _wrap(case_id, key, holder(), begun_plain=False)
                with _written(folder, wrapped) as fresh:
                    fresh.replace(folder / KEY_FILE)
                    sync_folder(folder)
            _OPENED[_known(wrapped, case_id)] = codec
            return codec
        return _OPENED[known]


#: Codecs by what their `key.json` said. A case whose `key.json` is gone is never found here.
_OPENED: dict[bytes, Encrypted] = {}
_LOCK = threading.RLock()


def _known(wrapped: WrappedKey, case_id: str) -> bytes:
    return hashlib.sha256(f"{case_id}|{asdict(wrapped)}".encode()).digest()


def _make(folder: Path, case_id: str, holder: KeyHolder) -> WrappedKey:
    """Make and keep a key. Of several processes at once one wins, and all use its key."""
    begun = files_with_persons(folder)
    if any(is_encrypted_at(path) for path in begun):
        raise BadInput(f"case keys: the case is encrypted and has no {KEY_FILE}: its key is gone")
    if begun and (folder / MANIFEST).exists():
        raise BadInput("case keys: the case was sealed unencrypted; it goes on with a case store that is plain")
    made = _wrap(case_id, os.urandom(KEY_BYTES), holder, bool(begun))
    with _written(folder, made) as fresh:
        try:
            os.link(fresh, folder / KEY_FILE)
            sync_folder(folder)
        except FileExistsError:
            found = wrapped_key_of(folder)
            assert found is not None
            return found
    return made


def _wrap(case_id: str, key: bytes, holder: KeyHolder, begun_plain: bool) -> WrappedKey:
    version, wrapping = holder.current()
    nonce = os.urandom(_NONCE_BYTES)
    bare = WrappedKey(1, case_id, holder.kind, holder.name, version, begun_plain, _text(nonce), "")
    return replace(bare, wrapped_key=_text(AESGCM(wrapping).encrypt(nonce, key, _bound(bare))))


def _written(folder: Path, wrapped: WrappedKey) -> AbstractContextManager[Path]:
    """The content of a `key.json`, on the disk under a name of its own."""
    return fresh_file(folder / KEY_FILE, [json.dumps(asdict(wrapped), indent=1).encode()])


def _unwrap(wrapped: WrappedKey, case_id: str, holder: KeyHolder) -> bytes:
    if (wrapped.format, wrapped.case_id) != (1, case_id):
        raise DoesNotOpen("the key beside this case is another case's")
    if (wrapped.wrapped_by, wrapped.key_name) != (holder.kind, holder.name):
        raise BadInput(f"case keys: the case's key is wrapped by {wrapped.wrapped_by} {wrapped.key_name!r}")
    try:
        nonce, sealed = base64.b64decode(wrapped.nonce), base64.b64decode(wrapped.wrapped_key)
        return AESGCM(holder.version(wrapped.key_version)).decrypt(nonce, sealed, _bound(wrapped))
    except (InvalidTag, ValueError):
        raise DoesNotOpen("the key beside this case was changed, or its wrapping key is another") from None


def _bound(wrapped: WrappedKey) -> bytes:
    named = {**asdict(wrapped), "nonce": "", "wrapped_key": ""}
    return json.dumps(named, sort_keys=True, separators=(",", ":")).encode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
