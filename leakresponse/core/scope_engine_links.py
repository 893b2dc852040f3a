"""People under two keys, over the stored pages of a case: which records are one person, and what doubt is left.

links = find_links(files, sources, describe)      # before the people are looked for; then prepare(..., links)
doubt = doubt_left(files, links)                  # after finish(): in people, for the bounds
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leakresponse.core.people_linkage_records import LINKAGE_COLUMNS, RecordPairs, linked_records
from leakresponse.core.people_nodes import about_people, components
from leakresponse.core.scope_engine_files import Files, read_table
from leakresponse.core.types import ObjectInfo


class Stored(Protocol):
    """Stored rows of one object."""

    @property
    def object(self) -> str: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Doubt:
    """How many fewer people there are if every pair in doubt is one person: in all, and of each place."""

    people: int = 0
    by_state: Mapping[str, int] = field(default_factory=dict)

    def facts(self, links: RecordPairs) -> dict[str, Any]:
        """For the ledger: what was merged, what was not, and how much was compared."""
        return {
            "people_doubles": self.people,
            "doubles": dict(self.by_state),
            "linkage": {
                "merged_pairs": len(links.same),
                "unsure_pairs": len(links.unsure),
                "compared": links.people,
                "blocks_left_out": links.skipped_blocks,
            },
        }


def find_links(files: Files, sources: Sequence[Stored], describe: Mapping[str, ObjectInfo]) -> RecordPairs:
    """Pairs of records of one person, over all sources that are about people."""
    about = [one for one in sources if one.object in describe and about_people(describe[one.object])]

    def tables() -> Iterator[tuple[str, pa.Table]]:
        for one in about:
            yield one.object, read_table(files, one.name, LINKAGE_COLUMNS)

    return linked_records(tables)


def doubt_left(files: Files, links: RecordPairs, people: str = "people.parquet") -> Doubt:
    """The pairs in doubt as people: those of one person by now, or of nobody that is counted, are none."""
    if links.unsure.empty:
        return Doubt()
    owners = _owners(files, people, pd.concat([links.unsure["first"], links.unsure["second"]]))
    pairs = pd.DataFrame({side: links.unsure[side].map(owners["person"]) for side in ("first", "second")}).dropna()
    pairs = pairs[pairs["first"] != pairs["second"]]
    states = owners.drop_duplicates("person").set_index("person")["state"]
    first, second = (pairs[side].map(states) for side in ("first", "second"))
    alike = pairs[(first == second).to_numpy()]
    by_state = {str(state): _fewer(some) for state, some in alike.groupby(first[alike.index])}
    return Doubt(_fewer(pairs), dict(sorted(by_state.items())))


def _fewer(pairs: pd.DataFrame) -> int:
    """How many persons vanish if all pairs are one."""
    if pairs.empty:
        return 0
    codes, everybody = pd.factorize(np.concatenate([pairs["first"].to_numpy(), pairs["second"].to_numpy()]))
    half = len(pairs)
    groups = components(len(everybody), codes[:half].astype(np.int64), codes[half:].astype(np.int64))
    return len(everybody) - len(np.unique(groups))


def _owners(files: Files, people: str, ids: pd.Series) -> pd.DataFrame:
    """(person, state) of each of these records, row group by row group."""
    wanted = pa.array(ids.unique(), type=pa.string())
    parts = []
    with files.open(people) as opened, pq.ParquetFile(opened) as file:
        for number in range(file.num_row_groups):
            table = file.read_row_group(number, columns=["person_id", "residency", "record_ids"])
            lists = table["record_ids"].combine_chunks()
            flat = pc.list_flatten(lists)
            here = pc.is_in(flat, value_set=wanted)
            rows = pc.list_parent_indices(lists).filter(here)
            parts.append(
                pd.DataFrame(
                    {
                        "record": flat.filter(here).to_pylist(),
                        "person": table["person_id"].take(rows).to_pylist(),
                        "state": table["residency"].take(rows).to_pylist(),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True).drop_duplicates("record").set_index("record")
