"""Which rows of a log file the archive has already: rows are counted by the hash of the whole row, never by an id.

Facts (log notes, "Joining" and "Completeness"): REQUEST_ID can be set by the client, so it is no key; files arrive at
least once; hourly and daily files hold the same rows; a late hourly file may hold only new rows or all of them. So a
row is told apart by all its columns by name, empty ones left out (column sets differ between files), and by how often
it stands in one file: an archive holds each row as often as the file that has it most often. Two equal rows of one
file stay two, the same row in two files stays one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as compute

#: Sixteen bytes each: BLAKE2b cut to 128 bits, so that nobody who writes log rows can make two of them meet.
Hashes: TypeAlias = npt.NDArray[np.bytes_]
HASH_BYTES = 16
#: Columns of stored threat events that change when somebody looks at the row (object reference, system fields).
UNSTEADY = frozenset({"LastModifiedDate", "SystemModstamp", "LastViewedDate", "LastReferencedDate"})
#: pyarrow.compute without its stubs, which know fewer argument types than it takes.
pc: Any = compute


def hash_rows(rows: pa.Table, leave_out: Collection[str] = ()) -> Hashes:
    """One hash per row, the same for any order of columns. `rows` has text columns only.

    Each value is written with the lengths of its name and of itself, so that no value can pass for another column.
    """
    named = [_marked(name, rows[name]) for name in sorted(rows.column_names) if name not in leave_out]
    if not named or not rows.num_rows:
        return np.zeros(rows.num_rows, dtype=f"S{HASH_BYTES}")
    joined = pc.binary_join_element_wise(*named, _text("")) if len(named) > 1 else named[0]
    digests = [hashlib.blake2b(text.encode(), digest_size=HASH_BYTES).digest() for text in joined.to_pylist()]
    return hashes_from(b"".join(digests))


def hashes_from(raw: bytes) -> Hashes:
    """Hashes that lie one after the other in bytes."""
    return np.frombuffer(raw, dtype=f"S{HASH_BYTES}")


def no_hashes() -> Hashes:
    """None at all."""
    return hashes_from(b"")


def join_hashes(parts: Collection[Hashes]) -> Hashes:
    """Several lists of hashes as one."""
    return np.concatenate([no_hashes(), *parts])


def count_off(hashes: Hashes) -> npt.NDArray[np.int64]:
    """For each row, the how-manieth it is among the rows with its hash, from 1, in their order."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    first = np.ones(len(hashes), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(first)
    numbers = np.empty(len(hashes), dtype=np.int64)
    numbers[order] = np.arange(len(hashes)) - np.repeat(starts, np.diff(np.append(starts, len(hashes)))) + 1
    return numbers


def fresh_rows(incoming: Hashes, archived: Hashes) -> npt.NDArray[np.bool_]:
    """Which rows of one file the archive lacks: the third of three equal rows, where it holds two so far."""
    known = np.sort(archived)
    held = np.searchsorted(known, incoming, "right") - np.searchsorted(known, incoming, "left")
    return np.asarray(count_off(incoming) > held, dtype=np.bool_)


def difference(old: Hashes, new: Hashes) -> tuple[int, int]:
    """How many rows a file gained and lost when it was replaced."""
    return int(fresh_rows(new, old).sum()), int(fresh_rows(old, new).sum())


def _marked(name: str, column: Any) -> Any:
    """`6:STATUS3:200` for a value, an empty text for an empty value."""
    texts = pc.cast(column, pa.large_string())
    length = pc.cast(pc.binary_length(texts), pa.large_string())
    marked = pc.binary_join_element_wise(_text(f"{len(name)}:{name}"), length, _text(":"), texts, _text(""))
    return pc.if_else(pc.equal(texts, _text("")), _text(""), marked)


def _text(value: str) -> Any:
    return pa.scalar(value, pa.large_string())
