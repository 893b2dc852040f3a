"""Encrypting the files of a case that was begun unencrypted: by an older version, or by a case store that was plain.

An emergency finds out late that a store is plain: the cut is made, and everything after it refuses. The store is then
given a key, and the case goes on from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from leakresponse.ledger.contents import is_encrypted_at
from leakresponse.ledger.encryption import Encrypted
from leakresponse.ledger.whole_files import fresh_file, sync_folder

#: What may hold a person's data, of a case or of the archive; everything else is ids, counts and hashes.
_PATTERNS = ("alert.json", "*secrets.json", "**/*.parquet", "work/**/*", "evidence/*", "*/reports/*.json")
_BLOCK = 1 << 20


def files_with_persons(folder: Path) -> list[Path]:
    """The files of a case that are to be encrypted, as far as they are there; half-written ones left out."""
    found = {path for pattern in _PATTERNS for path in folder.glob(pattern)}
    ours = (path for path in found if not _is_beside(path.relative_to(folder)))
    return sorted(path for path in ours if path.is_file() and not path.is_symlink())


def encrypt_files(folder: Path, codec: Encrypted) -> None:
    """Encrypt what is not yet, each whole or not at all, so that it can be broken off and begun again."""
    for path in files_with_persons(folder):
        if not is_encrypted_at(path):
            _encrypt(path, codec)


def _encrypt(path: Path, codec: Encrypted) -> None:
    mode = path.stat().st_mode & 0o600
    with fresh_file(path, codec.encode(_blocks(path))) as fresh:
        fresh.chmod(mode)
        fresh.replace(path)
        sync_folder(path.parent)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _is_beside(path: Path) -> bool:
    """Half-written, or of the machinery that runs beside the case."""
    return path.name.endswith(".lock") or any(part.startswith(".") for part in path.parts)
