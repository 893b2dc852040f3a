"""The hash chain: what a row is, how it is hashed, and how a list of rows is checked. Standard library only.

hash = SHA-256(previous hash in hexadecimal + canonical JSON of {seq, case_id, at, kind, body}), one chain per case,
`seq` counted from 1 in each case, so that the export of one case is checked with nothing else at hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a case's chain. `at` is ISO 8601 in UTC with microseconds, as it was hashed."""

    seq: int
    case_id: str
    at: str
    kind: str
    body: Mapping[str, Any]
    prev_hash: str
    hash: str


def canonical(value: object) -> str:
    """JSON in exactly one form: sorted keys, no spaces, ASCII, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest_of(value: object) -> str:
    """SHA-256 in hexadecimal of the canonical JSON of a value."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def stamp(moment: datetime) -> str:
    """An aware moment in the one form that the chain uses."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def hash_row(prev_hash: str, seq: int, case_id: str, at: str, kind: str, body: Mapping[str, Any]) -> str:
    """The hash of a row that follows `prev_hash`."""
    text = canonical({"seq": seq, "case_id": case_id, "at": at, "kind": kind, "body": body})
    return hashlib.sha256((prev_hash + text).encode()).hexdigest()


def to_line(entry: Entry) -> str:
    """A row as one line of `chain.jsonl`."""
    names = ("seq", "case_id", "at", "kind", "body", "prev_hash", "hash")
    return canonical({name: getattr(entry, name) for name in names})


def from_line(line: str) -> Entry:
    """The row of a line; ValueError where the line is no row."""
    fields = json.loads(line)
    if not isinstance(fields, dict):
        raise ValueError("not a chain row")
    try:
        entry = Entry(**fields)
    except TypeError as error:
        raise ValueError("not a chain row") from error
    if not isinstance(entry.seq, int) or not isinstance(entry.body, dict):
        raise ValueError("not a chain row")
    return entry


def first_break(entries: Sequence[Entry], case_id: str) -> str | None:
    """What is wrong with the first row that does not hold, in words; None where every row holds."""
    prev_hash = GENESIS
    for place, entry in enumerate(entries, start=1):
        problem = _misplaced(entries, place, entry) or _altered(entry, place, case_id, prev_hash)
        if problem:
            return problem
        prev_hash = entry.hash
    return None


def _misplaced(entries: Iterable[Entry], place: int, entry: Entry) -> str | None:
    if entry.seq == place:
        return None
    if any(other.seq == place for other in entries):
        return f"chain row {place}: reordered, row {entry.seq} stands in its place"
    return f"chain row {place}: deleted, row {entry.seq} stands in its place"


def _altered(entry: Entry, place: int, case_id: str, prev_hash: str) -> str | None:
    if entry.case_id != case_id:
        return f"chain row {place}: belongs to another case"
    if hash_row(entry.prev_hash, entry.seq, entry.case_id, entry.at, entry.kind, entry.body) != entry.hash:
        return f"chain row {place}: edited, its hash does not match its content"
    if entry.prev_hash != prev_hash:
        return f"chain row {place}: does not follow row {place - 1}, one of the two was replaced"
    return None
