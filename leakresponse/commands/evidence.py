"""`leak-response evidence verify|export`: from the folder alone, or with what the case store can reach."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leakresponse.core.errors import BadInput, Refused
from leakresponse.ledger.export import Export, export
from leakresponse.ledger.verification import CHAIN, KEY_FILE, Verification, earlier_timestamps, read_manifest, verify
from leakresponse.ledger.witness import TIMESTAMP

if TYPE_CHECKING:
    from blocks import CaseStore
    from leakresponse.ledger import CaseFiles, EvidenceStore


@dataclass
class _Access:
    """What a case store reaches: evidence elsewhere, with its key, and the authority that it trusts."""

    evidence: EvidenceStore | None
    trusted: bytes
    hidden: list[str] = field(default_factory=list)

    def problem(self, sha256: str) -> str | None:
        """Of one piece that lies elsewhere; remembers those that somebody laid something over."""
        assert self.evidence is not None
        found = self.evidence.problem(sha256)
        if found is None and self.evidence.hidden(sha256):
            self.hidden.append(sha256)
        return found


def verify_case(
    case_dir: Path, opened: CaseFiles | None = None, store: str = "", timestamp_ca: Path | None = None
) -> Verification:
    """Check a sealed case; with its files `opened` what is encrypted too, with the name of a case store its bucket too.

    With the authority's CA certificate (given, or of the store) the signature of the timestamp is checked.
    """
    access = _reach(case_dir, store) if store else _Access(None, b"")
    found = verify(case_dir, access.problem if access.evidence else None, opened.open if opened else None)
    if access.hidden:
        said = f"evidence: {len(access.hidden)} pieces are hidden by a newer version or a delete marker; they hold"
        found = replace(found, notes=(*found.notes, said))
    trusted = _read(timestamp_ca) if timestamp_ca else access.trusted
    asked = timestamp_ca is not None
    return _with_timestamps(case_dir, found, trusted, asked) if found.ok and (asked or trusted) else found


def with_ledger(case_dir: Path, found: Verification, address: str) -> Verification:
    """The same check, and the ledger beside it: its own chain and tables hold, and the folder's chain is part of it.

    A ledger may have gone on after the seal. BadInput where it cannot be opened or does not know the case.
    """
    from leakresponse.ledger import open_ledger

    case_id = str(read_manifest(case_dir)["case_id"])
    ledger = open_ledger(address)
    entries, problem = ledger.checked_chain(case_id)
    theirs = [entry.hash for entry in entries]
    ours = [str(json.loads(line)["hash"]) for line in (case_dir / CHAIN).read_text(encoding="utf-8").splitlines()]
    if problem is None and theirs[: len(ours)] != ours:
        pairs = zip(ours, theirs, strict=False)
        place = next((n for n, (our, their) in enumerate(pairs, 1) if our != their), len(theirs) + 1)
        problem = f"chain row {place}: the ledger has another one than the folder"
    if problem:
        return replace(found, ok=False, problem=f"ledger: {problem}")
    return replace(found, checked=found.checked + len(theirs) + 1)


def export_case(case_dir: Path, out: Path, opened: CaseFiles | None = None, store: str = "") -> Export:
    """Write the zip; with the name of a case store its evidence elsewhere comes along, decrypted.

    BadInput where the rest of the case would stay encrypted: that is asked for with `opened`.
    """
    access = _reach(case_dir, store) if store else _Access(None, b"")
    if access.evidence and opened is None and (case_dir / KEY_FILE).exists():
        raise BadInput("export: evidence of a bucket comes out decrypted, so the rest must too (--open)")
    return export(case_dir, out, access.evidence, opened)


def _reach(case_dir: Path, store: str) -> _Access:
    manifest = read_manifest(case_dir)
    block = _block(store)
    from tasks.support import files_in

    files, sealed_at = files_in(block, case_dir, manifest["case_id"], begin=False), manifest.get("evidence_at")
    if sealed_at and sealed_at != block.evidence_address(manifest["case_id"]):
        raise BadInput(f"verify: the evidence lies at {sealed_at}, which the case store {store} does not reach")
    return _Access(files.evidence if sealed_at else None, _trusted(block))


def _block(store: str) -> CaseStore:
    from leakresponse.services.home import use_server

    use_server()
    from tasks.support import store_block

    return store_block(store)


def _trusted(block: CaseStore) -> bytes:
    if not block.timestamp_authority:
        return b""
    from tasks.support import authority_block

    return authority_block(block.timestamp_authority).trusted()


def _with_timestamps(case_dir: Path, found: Verification, trusted: bytes, wanted: bool) -> Verification:
    """The signatures of the timestamp of this seal and of earlier ones, and what they state."""
    from leakresponse.adapters.timestamp_authority import check

    tokens, said = list(_tokens(case_dir)), []
    if wanted and not tokens:
        return replace(found, ok=False, problem=f"{TIMESTAMP}: there is none to check")
    for name, row, head in tokens:
        try:
            at = check((case_dir / name).read_bytes(), head.encode(), trusted)
        except Refused as refused:
            return replace(found, ok=False, problem=f"{name}: {refused.code}, {refused}")
        said.append(f"timestamp: {name}, its signature checked, states chain row {row} at {at.isoformat()}")
    kept = tuple(note for note in found.notes if not tokens or not note.startswith("timestamp: http"))
    return replace(found, notes=(*kept, *said))


def _tokens(case_dir: Path) -> Iterator[tuple[str, int, str]]:
    """Name, chain row and head of every timestamp in the folder."""
    manifest = read_manifest(case_dir)
    yield from earlier_timestamps(case_dir)
    if (case_dir / TIMESTAMP).exists():
        yield TIMESTAMP, manifest["chain_length"], manifest["chain_head"]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({type(error).__name__})") from None
