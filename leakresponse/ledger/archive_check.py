"""Whether an archive of access logs holds: chain, receipts, raw files, Parquet; the first broken link is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leakresponse.core.archive import Copy
from leakresponse.core.errors import BadInput
from leakresponse.ledger.archive import archive_id_of, receipt_of
from leakresponse.ledger.case_files import CaseFiles
from leakresponse.ledger.chain import Entry
from leakresponse.ledger.contents import measure
from leakresponse.ledger.encryption import DoesNotOpen
from leakresponse.ledger.ledger import Ledger
from leakresponse.ledger.verification import Verification


def verify_archive(ledger: Ledger, files: CaseFiles, org_id: str) -> Verification:
    """Recompute everything. BadInput where the ledger knows no archive of this org."""
    case_id = archive_id_of(org_id)
    entries, problem = ledger.checked_chain(case_id)
    if problem is not None:
        return Verification(False, 0, problem)
    checked = len(entries)
    for problem in _problems(entries, {one.key: one for one in ledger.archive_files(case_id)}, files):
        if problem:
            return Verification(False, checked, problem)
        checked += 1
    return Verification(True, checked, None)


def _problems(entries: Sequence[Entry], copies: Mapping[str, Copy], files: CaseFiles) -> Iterator[str]:
    """One text for each thing that is checked, empty where it holds."""
    receipts = {str(entry.body["key"]): entry for entry in entries if entry.kind == "archive_file"}
    for key, entry in receipts.items():
        copy = copies.get(key)
        known = "" if copy is not None else f"file {key}: deleted, chain row {entry.seq} says it was archived"
        yield known or _edited(copy, entry)
    for entry in entries:
        if entry.kind == "archive_kept":
            yield _evidence(files, str(entry.body["sha256"]), entry.seq)
    for entry in receipts.values():
        for name, sha256 in entry.body["parts"].items():
            yield _part(files, name, sha256)


def _edited(copy: Copy | None, entry: Entry) -> str:
    """A file that is being fetched again has moved on from its receipt; its next receipt will tell."""
    if copy is None or copy.state in {"kept", "listed"}:
        return ""
    return "" if receipt_of(copy) == entry.body else f"file {copy.key}: edited, chain row {entry.seq} says otherwise"


def _evidence(files: CaseFiles, sha256: str, seq: int) -> str:
    try:
        with files.evidence.open(sha256) as raw:
            return "" if measure(raw)["sha256"] == sha256 else f"evidence/{sha256}: changed"
    except DoesNotOpen:
        return f"evidence/{sha256}: changed, or does not open with the key that was given"
    except BadInput:
        return f"evidence/{sha256}: missing or unreadable, chain row {seq} says it was collected"


def _part(files: CaseFiles, name: str, sha256: str) -> str:
    try:
        with files.open(name) as part:
            return "" if measure(part)["sha256"] == sha256 else f"{name}: changed"
    except DoesNotOpen:
        return f"{name}: changed, or does not open with the key that was given"
    except BadInput:
        return f"{name}: missing or unreadable"
