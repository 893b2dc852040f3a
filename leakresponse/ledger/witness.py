"""The outside timestamp of a seal, as far as bare Python can check it: that it is there, whole, and for this head.

It states the chain's head, so it cannot be in what the head covers: `timestamp.tsr` lies beside the manifest, which
names its hash. That a seal wants one is in the chain's last row, so that taking both away shows. Standard library only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TIMESTAMP = "timestamp.tsr"
#: Timestamps of earlier seals; files like any other.
EARLIER = "timestamps"


def is_for(der: bytes, head: str) -> bool:
    """Whether a token names this head: its SHA-256 or SHA-512 stands in it as an octet string (messageImprint)."""
    digests = (hashlib.sha256(head.encode()).digest(), hashlib.sha512(head.encode()).digest())
    return any(b"\x04" + bytes([len(digest)]) + digest in der for digest in digests)


def timestamp_problem(folder: Path, manifest: Mapping[str, Any], wanted: bool) -> str | None:
    """What is wrong with the timestamp, in words; None where nothing is."""
    named, path = manifest.get("timestamp"), folder / TIMESTAMP
    if not isinstance(named, dict) or "sha256" not in named:
        if path.exists() or path.is_symlink():
            return f"{TIMESTAMP}: added after the seal"
        return f"{TIMESTAMP}: missing, the seal asked for one" if wanted and not isinstance(named, dict) else None
    if not path.is_file() or path.is_symlink():
        return f"{TIMESTAMP}: missing"
    der = path.read_bytes()
    if hashlib.sha256(der).hexdigest() != named["sha256"]:
        return f"{TIMESTAMP}: changed"
    return None if is_for(der, manifest["chain_head"]) else f"{TIMESTAMP}: it is for another head than this seal's"


def timestamp_note(manifest: Mapping[str, Any]) -> str | None:
    """What the reader is told about it; None where none was ever asked for."""
    named = manifest.get("timestamp")
    if not isinstance(named, dict):
        return None
    if "sha256" not in named:
        return f"timestamp: asked for and not had ({named.get('problem')}); sealing again asks again"
    said = f"timestamp: {named.get('authority')} states the head {manifest['chain_head']} at {named.get('at')}"
    return f"{said}; its signature is not checked here (openssl ts -verify, or --timestamp-ca)"
