"""Check a sealed case folder with nothing but the folder: every hash, every link, and nothing more than was sealed.

Standard library only, so that the same check can go along with an export.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakresponse.core.errors import BadInput
from leakresponse.ledger.chain import GENESIS, Entry, digest_of, first_break, from_line
from leakresponse.ledger.contents import CHECKED, Open, check_contents, content_form, is_unchanged, measure
from leakresponse.ledger.witness import EARLIER, TIMESTAMP, timestamp_note, timestamp_problem

CHAIN = "chain.jsonl"
MANIFEST = "manifest.json"
#: The wrapped key of an encrypted case: beside the record, so that a case still verifies after it was destroyed.
KEY_FILE = "key.json"
#: Not part of the record: databases that live on, and locks.
_BESIDE = ("", "-wal", "-shm", "-journal")
_SQLITE = tuple(f"{end}{beside}" for end in (".sqlite", ".sqlite3", ".db") for beside in _BESIDE)
_LIVING = (*_SQLITE, ".lock")


@dataclass(frozen=True, slots=True)
class Verification:
    """`checked` counts chain rows, files and pieces; `problem` names the first broken link, None where all holds.

    `notes` say what was not checked, or is not here; `elsewhere` is the evidence that is not, by SHA-256; `content`
    says whether what lies encrypted was looked into.
    """

    ok: bool
    checked: int
    problem: str | None
    notes: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    content: str = CHECKED


class _Broken(Exception):
    """Ends the check at the first broken link."""


def verify(
    case_dir: str | Path, piece: Callable[[str], str | None] | None = None, open_content: Open | None = None
) -> Verification:
    """Recompute everything. BadInput where there is no such folder; anything else that is wrong is the answer.

    `piece` looks at evidence that lies elsewhere, by its SHA-256, and says what is wrong with it, None for nothing.
    `open_content` opens a file of the case by its name, decrypted; without it files are checked as they are stored.
    """
    folder = Path(case_dir)
    if not folder.is_dir():
        raise BadInput("verify: no such case folder")
    try:
        manifest = _manifest(folder)
        entries = _chain(folder, manifest)
        files, elsewhere = _files(folder, manifest, entries)
        note = _look(elsewhere, manifest.get("evidence_at"), piece)
        problem = timestamp_problem(folder, manifest, bool(entries[-1].body.get("timestamp")))
        if problem:
            raise _Broken(problem)
        content, problem = check_contents(folder, manifest["files"], open_content)
        if problem:
            raise _Broken(problem)
    except _Broken as broken:
        return Verification(False, 0, str(broken))
    checked = len(entries) + files + (len(elsewhere) if piece else 0)
    notes = tuple(said for said in (note, timestamp_note(manifest)) if said)
    return Verification(True, checked, None, notes, tuple(elsewhere), content)


def read_manifest(case_dir: str | Path) -> dict[str, Any]:
    """The manifest of a sealed case. BadInput where there is none that can be read."""
    try:
        return _manifest(Path(case_dir))
    except _Broken as broken:
        raise BadInput(f"verify: {broken}") from broken


def earlier_timestamps(case_dir: str | Path) -> list[tuple[str, int, str]]:
    """Name, chain row and head of each timestamp of an earlier seal, of a case that holds."""
    heads = {f"{EARLIER}/{entry.seq}.tsr": (entry.seq, entry.hash) for entry in _rows(Path(case_dir) / CHAIN)}
    return [(name, *heads[name]) for name in read_manifest(case_dir)["files"] if name in heads]


def describe_files(folder: Path, only: str | None = None) -> dict[str, dict[str, Any]]:
    """SHA-256 and size of every file below a folder by its relative path; a link counts by where it points."""
    paths = (
        [folder / only] if only else sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    )
    found = {}
    for path in paths:
        relative = path.relative_to(folder).as_posix()
        if relative not in (MANIFEST, TIMESTAMP, KEY_FILE) and not relative.endswith(_LIVING):
            found[relative] = _describe(path)
    return found


def _describe(path: Path) -> dict[str, Any]:
    if path.is_symlink():
        return {"sha256": hashlib.sha256(f"link:{path.readlink()}".encode()).hexdigest(), "bytes": 0}
    with path.open("rb") as file:
        return measure(file)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _Broken(f"{MANIFEST}: missing, the case was not sealed") from error
    except (ValueError, OSError) as error:
        raise _Broken(f"{MANIFEST}: cannot be read") from error
    shape = {"case_id": str, "sealed_at": str, "chain_head": str, "chain_length": int, "files": dict}
    if not isinstance(manifest, dict) or any(not isinstance(manifest.get(k), kind) for k, kind in shape.items()):
        raise _Broken(f"{MANIFEST}: edited, it has not the form of a manifest")
    return manifest


def _chain(folder: Path, manifest: Mapping[str, Any]) -> list[Entry]:
    entries = _rows(folder / CHAIN)
    problem = first_break(entries, manifest["case_id"])
    if problem:
        raise _Broken(problem)
    length, head = manifest["chain_length"], entries[-1].hash if entries else GENESIS
    if len(entries) < length:
        raise _Broken(f"chain row {len(entries) + 1}: deleted, the manifest counts {length} rows")
    if len(entries) > length:
        raise _Broken(f"chain row {length + 1}: added after the seal")
    if head != manifest["chain_head"]:
        raise _Broken(f"chain row {length}: its hash is not the head that the manifest names")
    if not entries or entries[-1].kind != "sealed":
        raise _Broken(f"chain row {length}: the chain does not end with the seal")
    return entries


def _rows(path: Path) -> list[Entry]:
    entries: list[Entry] = []
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                entries.append(from_line(line))
    except FileNotFoundError as error:
        raise _Broken(f"{CHAIN}: missing") from error
    except (ValueError, OSError) as error:
        raise _Broken(f"chain row {len(entries) + 1}: edited, it cannot be read") from error
    return entries


def _files(folder: Path, manifest: Mapping[str, Any], entries: list[Entry]) -> tuple[int, list[str]]:
    """How many files are there, and the SHA-256 of the evidence that is not."""
    sealed, present, last = manifest["files"], describe_files(folder), entries[-1].body
    if manifest.get("evidence_at") != last.get("evidence_at"):
        raise _Broken(f"{MANIFEST}: edited, it does not say where evidence lies as the chain does")
    collected = {f"evidence/{e.body.get('sha256')}": e.seq for e in entries if e.kind == "evidence"}
    for name in sorted(sealed.keys() | present.keys()):
        if name not in present:
            raise _Broken(f"{name}: missing")
        if name not in sealed and not (last.get("evidence_at") and _brought(name, present[name], collected)):
            raise _Broken(f"{name}: added after the seal")
        if name in sealed and not is_unchanged(present[name], sealed[name]):
            raise _Broken(f"{name}: changed")
        if name in sealed and name in collected and not name.endswith(f"/{content_form(sealed[name])['sha256']}"):
            raise _Broken(f"{name}: it does not hold the content of that hash")
    bound = {name: value for name, value in sealed.items() if name != CHAIN}
    if digest_of(bound) != last.get("files_sha256"):
        raise _Broken(f"{MANIFEST}: edited, its list of files is not the one that the chain sealed")
    elsewhere = [name for name in collected if name not in present]
    if elsewhere and not last.get("evidence_at"):
        raise _Broken(f"{elsewhere[0]}: missing, chain row {collected[elsewhere[0]]} says it was collected")
    return len(present), [name.rpartition("/")[2] for name in elsewhere]


def _brought(name: str, described: Mapping[str, Any], collected: Mapping[str, int]) -> bool:
    """Evidence fetched from elsewhere after the seal: the chain vouches for its name, which is its hash."""
    return name in collected and name == f"evidence/{described['sha256']}"


def _look(elsewhere: list[str], address: str | None, piece: Callable[[str], str | None] | None) -> str | None:
    """Look at what lies elsewhere, or say that nobody did."""
    if not elsewhere:
        return None
    if piece is None:
        return f"evidence: {len(elsewhere)} pieces at {address}, not checked"
    for sha256 in elsewhere:
        problem = piece(sha256)
        if problem:
            raise _Broken(f"evidence/{sha256}: {problem} ({address})")
    return f"evidence: {len(elsewhere)} pieces at {address}, each with its hash and lock checked"
