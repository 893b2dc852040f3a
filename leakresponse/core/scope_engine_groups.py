"""Which records must be looked at together: whatever may decide about one person lies in one partition.

Records hang together by reference, by e-mail and by household. Those that do (over any number of steps) get the same
partition, so that each partition is a small world of its own in which core.people decides as it does over everything.
Keys are 64-bit hashes: two texts with one hash share a partition they need not share, which changes no answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from leakresponse.core.people_nodes import components, links_of
from leakresponse.core.types import ObjectInfo

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]


@dataclass(slots=True)
class Ties:
    """Pairs of hashes that belong together, gathered record by record: 16 bytes for each tie."""

    _first: list[Hashes] = field(default_factory=list)
    _second: list[Hashes] = field(default_factory=list)

    def add_records(self, info: ObjectInfo, frame: pd.DataFrame) -> None:
        """Records of one object: each with itself, and with all that it points to or shares."""
        links = links_of(info, frame)
        own = hashes_of(links["id"])
        self._tie(own, own)
        for column in ("target", "email", "household"):
            filled = (links[column] != "").to_numpy(np.bool_)
            if filled.any():
                self._tie(own[filled], hashes_of(links.loc[filled, column]))

    def add_ids(self, ids: pd.Series) -> None:
        """Records known by their id alone."""
        own = hashes_of(ids)
        self._tie(own, own)

    def add_pairs(self, first: pd.Series, second: pd.Series) -> None:
        """Records that somebody else holds for one person."""
        self._tie(hashes_of(first), hashes_of(second))

    def partitions(self, count: int) -> Partitions:
        """Everything gathered, shared out over so many partitions."""
        if not self._first:
            return Partitions(np.zeros(0, np.uint64), np.zeros(0, np.int32), count)
        first, second = np.concatenate(self._first), np.concatenate(self._second)
        codes, distinct = pd.factorize(np.concatenate([first, second]))
        numbers = np.asarray(codes, dtype=np.int64)
        head = components(len(distinct), numbers[: len(first)], numbers[len(first) :])
        known = np.asarray(distinct, dtype=np.uint64)
        lowest = known.copy()
        np.minimum.at(lowest, head, known)
        order = np.argsort(known)
        return Partitions(known[order], (lowest[head] % np.uint64(count)).astype(np.int32)[order], count)

    def _tie(self, first: Hashes, second: Hashes) -> None:
        self._first.append(first)
        self._second.append(second)


@dataclass(frozen=True, slots=True)
class Partitions:
    """The partition of each known record, by the sorted hashes of their ids."""

    hashes: Hashes
    numbers: Numbers
    count: int

    def of(self, ids: pd.Series) -> Numbers:
        """The partition of each record; every id must have been gathered."""
        return self.numbers[np.searchsorted(self.hashes, hashes_of(ids))]


def hashes_of(texts: pd.Series) -> Hashes:
    """A 64-bit hash of each text, the same wherever the same DuckDB runs; used for grouping only."""
    given = pa.table({"text": pa.array(texts, type=pa.large_string(), from_pandas=True)})
    with duckdb.connect() as connection:
        connection.register("given", given)
        found = connection.execute("SELECT hash(text) AS h FROM given").fetchnumpy()["h"]
    return np.asarray(found, dtype=np.uint64)


def partitions_for(size: int, each: int) -> int:
    """How many partitions so many records (or bytes) take."""
    return max(1, -(-size // each))


def split(table: pa.Table, numbers: Numbers, count: int) -> Iterable[pa.Table]:
    """The rows of each partition in turn, in the order they had; empty tables too."""
    order = np.argsort(numbers, kind="stable")
    sorted_rows = table.take(order)
    bounds = np.searchsorted(numbers[order], np.arange(count + 1))
    return (sorted_rows.slice(start, end - start) for start, end in pairwise(bounds.tolist()))
