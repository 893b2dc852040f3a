"""Seal a case: export its chain, name every file of its folder by hash, and bind the two together.

The chain's last row, `sealed`, holds the hash of the file list; `manifest.json` holds the list and the chain's head.
So neither a file, nor the list, nor a row of the chain can change without the others telling.
The last row also says where evidence lies that is not in the folder, and whether an outside timestamp was wanted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakresponse.core.errors import BadInput
from leakresponse.ledger.case_files import CaseFiles
from leakresponse.ledger.chain import Entry, canonical, digest_of, stamp, to_line
from leakresponse.ledger.contents import is_encrypted_at, measure
from leakresponse.ledger.ledger import Ledger
from leakresponse.ledger.stamping import Witness, set_aside, witnessed
from leakresponse.ledger.verification import CHAIN, MANIFEST, describe_files


@dataclass(frozen=True, slots=True)
class Seal:
    """What was sealed: the head of the chain is what a report or a letter quotes."""

    case_id: str
    chain_head: str
    chain_length: int
    files: int


def seal(
    case_dir: str | Path,
    ledger: Ledger,
    case_id: str,
    evidence_at: str = "",
    witness: Witness | None = None,
    files_of_case: CaseFiles | None = None,
) -> Seal:
    """Write `chain.jsonl` and, last, `manifest.json`. Sealing again after more work seals the whole anew.

    `evidence_at` is the address of evidence outside the folder; `witness` timestamps the head, where there is one.
    `files_of_case` opens what is encrypted, which is sealed by its content too; DoesNotOpen where it was not given.
    BadInput where the folder is missing, or where the ledger's own chain does not hold: a broken record is not sealed.
    """
    folder = Path(case_dir)
    if not folder.is_dir():
        raise BadInput("seal: no such case folder")
    problem = ledger.broken_link(case_id)
    if problem:
        raise BadInput(f"seal: {problem}")
    files = _with_contents(describe_files(folder), files_of_case or CaseFiles(folder))
    files.pop(CHAIN, None)
    more = {**({"evidence_at": evidence_at} if evidence_at else {}), **({"timestamp": True} if witness else {})}
    entries = _bound(folder, ledger, case_id, files, more)
    _write(folder / CHAIN, "".join(to_line(entry) + "\n" for entry in entries))
    files[CHAIN] = describe_files(folder, only=CHAIN)[CHAIN]
    timestamp = witnessed(folder, entries[-1].hash, _before(folder), witness)
    manifest = _manifest(case_id, stamp(ledger.clock()), entries, files)
    _write(folder / MANIFEST, canonical(manifest | ({"timestamp": timestamp} if timestamp else {})) + "\n")
    return Seal(case_id, entries[-1].hash, len(entries), len(files))


def _with_contents(files: dict[str, dict[str, Any]], opened: CaseFiles) -> dict[str, dict[str, Any]]:
    """The files with hash and size of the content of those that are encrypted."""
    for name, described in files.items():
        path = opened.folder / name
        if not path.is_symlink() and is_encrypted_at(path):
            with opened.open(name) as file:
                content = measure(file)
            described |= {"content_sha256": content["sha256"], "content_bytes": content["bytes"]}
    return files


def _bound(
    folder: Path, ledger: Ledger, case_id: str, files: dict[str, Any], more: Mapping[str, object]
) -> list[Entry]:
    """The chain ending with a seal of exactly these files; the timestamp of a seal before becomes one of them."""
    entries = ledger.timeline(case_id)
    if entries and entries[-1].kind == "sealed" and entries[-1].body == {"files_sha256": digest_of(files), **more}:
        return entries
    kept = set_aside(folder, entries)
    if kept:
        files.update(describe_files(folder, only=kept))
    ledger.note(case_id, "sealed", {"files_sha256": digest_of(files), **more})
    return ledger.timeline(case_id)


def _before(folder: Path) -> dict[str, Any]:
    """The manifest of the seal before, where there is one that can be read."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _manifest(case_id: str, sealed_at: str, entries: list[Entry], files: Mapping[str, Any]) -> dict[str, Any]:
    chain = {"chain_head": entries[-1].hash, "chain_length": len(entries)}
    where = {"evidence_at": entries[-1].body["evidence_at"]} if "evidence_at" in entries[-1].body else {}
    return {"case_id": case_id, "sealed_at": sealed_at, **chain, **where, "files": dict(files)}


def _write(path: Path, text: str) -> None:
    """All of it or nothing, and on the disk before the next step."""
    temporary = path.with_name(path.name + ".lock")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
