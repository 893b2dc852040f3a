"""Files that are there whole or not at all, also after a kill or a power cut."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def fresh_file(path: Path, chunks: Iterable[bytes]) -> Iterator[Path]:
    """The chunks on the disk beside `path` under a name of their own, for their owner alone.

    The caller moves or links it to where it belongs; what is left at the end is taken away.
    """
    fresh = path.with_name(f".{path.name}-{uuid.uuid4().hex}.lock")
    try:
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename or a new name in this folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
