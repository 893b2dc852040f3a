"""Having a seal witnessed from outside. A witness that fails never stops a seal: it is recorded, and asked again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from leakresponse.core.errors import LeakResponseError, Refused
from leakresponse.core.timestamps import Timestamp
from leakresponse.ledger.chain import Entry, stamp
from leakresponse.ledger.whole_files import fresh_file
from leakresponse.ledger.witness import EARLIER, TIMESTAMP, is_for

#: Asks the authority about a message (the head as ASCII); LeakResponseError where there is no answer that holds.
Witness: TypeAlias = Callable[[bytes], Timestamp]


def set_aside(folder: Path, entries: Sequence[Entry]) -> str | None:
    """Move the timestamp of the seal before, if any, to the files that the next one covers; the answer names it.

    It still proves how old the rows up to that seal are: its head stays in the chain, in the row that names the file.
    """
    path = folder / TIMESTAMP
    if not path.exists():
        return None
    der = path.read_bytes()
    row = next((entry.seq for entry in reversed(entries) if is_for(der, entry.hash)), 0)
    kept = folder / EARLIER / f"{row}.tsr"
    kept.parent.mkdir(exist_ok=True, mode=0o700)
    path.replace(kept)
    return kept.relative_to(folder).as_posix()


def witnessed(folder: Path, head: str, before: Mapping[str, Any], ask: Witness | None) -> dict[str, Any] | None:
    """What the manifest says of the timestamp. One that is there for this head is kept; else the authority is asked."""
    named, path = before.get("timestamp"), folder / TIMESTAMP
    there = path.read_bytes() if path.is_file() else b""
    if isinstance(named, dict) and named.get("sha256") == _sha256(there) and is_for(there, head):
        return named
    path.unlink(missing_ok=True)
    if ask is None:
        return None
    try:
        found = ask(head.encode())
    except LeakResponseError as problem:
        code = problem.code if isinstance(problem, Refused) else ""
        return {"problem": f"{type(problem).__name__} {code}".strip()}
    with fresh_file(path, [found.der]) as fresh:
        fresh.replace(path)
    return {"sha256": _sha256(found.der), "at": stamp(found.at), "authority": found.authority}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
