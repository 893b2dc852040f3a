"""The content of files that are encrypted at rest: sealed with its own hash beside that of what is stored.

So a case verifies with no key by what is stored, an opened copy of it verifies by its content, and whoever has the key
can check that the two belong together. Standard library only: this goes along with an export.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from leakresponse.core.errors import LeakResponseError

#: Opens a file of the case by its name, decrypted.
Open = Callable[[str], IO[bytes]]
#: What an encrypted file begins with, as `encryption` writes it: no format that is collected as evidence does. The high
#: bit and the line end show damage in transfer.
MAGIC = b"\x8fLRCASE\n"
CHECKED, NOT_CHECKED = "checked", "not checked (no key)"
_BLOCK = 1 << 20


def measure(file: IO[bytes]) -> dict[str, Any]:
    """SHA-256 and size of all that is left to read."""
    content, size = hashlib.sha256(), 0
    while block := file.read(_BLOCK):
        content.update(block)
        size += len(block)
    return {"sha256": content.hexdigest(), "bytes": size}


def stored_form(sealed: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest says of a file as it was stored."""
    return {"sha256": sealed.get("sha256"), "bytes": sealed.get("bytes")}


def content_form(sealed: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest says of a file's content; of a file that was not encrypted the same as of what was stored."""
    if "content_sha256" not in sealed:
        return stored_form(sealed)
    return {"sha256": sealed["content_sha256"], "bytes": sealed.get("content_bytes")}


def is_unchanged(found: Mapping[str, Any], sealed: Mapping[str, Any]) -> bool:
    """Whether a file is as it was stored, or (in an opened copy) the content that was encrypted then."""
    return found in (stored_form(sealed), content_form(sealed))


def check_contents(folder: Path, sealed: Mapping[str, Any], open_content: Open | None) -> tuple[str, str | None]:
    """Whether contents were checked, and the first problem in words. All files are known to be unchanged."""
    closed = [name for name in sorted(sealed) if "content_sha256" in sealed[name] and is_encrypted_at(folder / name)]
    if closed and open_content is None:
        return NOT_CHECKED, None
    for name in closed:
        assert open_content is not None
        try:
            with open_content(name) as file:
                found = measure(file)
        except LeakResponseError:
            return CHECKED, f"{name}: does not open with the key of the case"
        if found != content_form(sealed[name]):
            return CHECKED, f"{name}: its content is not what was sealed"
    return CHECKED, None


def is_encrypted_at(path: Path) -> bool:
    """Whether a file begins as an encrypted one does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC
