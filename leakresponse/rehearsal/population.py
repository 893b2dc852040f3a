"""A retailer's customers for the simulated org: the records as Salesforce would hold them, and the truth behind them.

The truth is known because the generator made it; nothing of the pipeline's own reading of records goes into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from leakresponse.core.errors import BadInput
from leakresponse.core.vocabulary import UNKNOWN
from leakresponse.rehearsal.population_humans import BRANDS, Humans, make_humans
from leakresponse.rehearsal.population_ids import Column, numbered_after, pc, take, where, words
from leakresponse.rehearsal.population_places import Places, make_places
from leakresponse.rehearsal.population_tables import Records, make_records, record_lists

SMALLEST = 100
#: People made at a time: some 300 MB of memory.
BLOCK = 100_000


@dataclass(frozen=True, slots=True)
class Population:
    """Tables by object name, the truth per human, and what case texts hide.

    `truth`: person_id, kind (customer, lead, web), record_ids, residency, candidates, definite, legal_entity, minor.
    `findings`: record_id, person_id, kind, fingerprint (secrets only).
    """

    tables: Mapping[str, pd.DataFrame]
    truth: pd.DataFrame
    findings: pd.DataFrame


def generate(people: int, seed: int) -> Population:
    """`people` humans with all their records; the same seed gives the same. Raises BadInput below SMALLEST."""
    blocks = list(generate_blocks(people, seed))
    if len(blocks) == 1:
        return blocks[0]
    names = blocks[0].tables
    tables = {name: pd.concat([one.tables[name] for one in blocks if name in one.tables]) for name in names}
    whole = {name: table.reset_index(drop=True) for name, table in tables.items()}
    truth, findings = (pd.concat(parts) for parts in zip(*((one.truth, one.findings) for one in blocks), strict=True))
    return Population(whole, truth.reset_index(drop=True), findings.reset_index(drop=True))


def generate_blocks(people: int, seed: int) -> Iterator[Population]:
    """The same in blocks of BLOCK people, so that millions need not be in memory at once; the staff is in the first."""
    if people < SMALLEST:
        raise BadInput(f"a population has at least {SMALLEST} people")
    staff: Column | None = None
    start = 0
    for size in _sizes(people):
        with numbered_after(start):
            made, staff = _block(size, seed, start, staff)
        yield made
        start += size


def _sizes(people: int) -> list[int]:
    """Blocks of BLOCK, the last one with what is left; too few for a block of their own go with the one before."""
    whole, rest = divmod(people, BLOCK)
    sizes = [BLOCK] * whole
    if rest >= SMALLEST or not sizes:
        return [*sizes, rest]
    sizes[-1] += rest
    return sizes


def _block(people: int, seed: int, start: int, staff: Column | None) -> tuple[Population, Column]:
    rng = np.random.default_rng(seed if not start else (seed, start))
    humans = make_humans(rng, people)
    places = make_places(rng, humans.places)
    records = make_records(rng, humans, places, staff)
    tables = {name: table.to_pandas() for name, table in records.tables.items()}
    return Population(tables, _truth(humans, places, records, start), _findings(records, start)), records.staff


def _truth(humans: Humans, places: Places, records: Records, start: int) -> pd.DataFrame:
    nowhere = np.arange(humans.count) >= humans.customers + humans.leads
    residency = where(nowhere, words([UNKNOWN] * humans.count), take(places.residency, humans.place))
    candidates = where(nowhere, words([""] * humans.count), take(places.candidates, humans.place))
    kinds = np.repeat(["customer", "lead", "web"], [humans.customers, humans.leads, humans.web])
    no_brand = where(~nowhere, humans.brand, words([BRANDS[0]] * humans.count))
    table = pa.table(
        {
            "person_id": _person_ids(humans.count, start),
            "kind": words(list(kinds)),
            "record_ids": record_lists(records.pairs, humans.count),
            "residency": residency,
            "candidates": _split(candidates),
            "definite": pa.array(places.definite[humans.place] | nowhere),
            "legal_entity": no_brand,
            "minor": pa.array(humans.minor),
        }
    )
    return table.to_pandas()


def _person_ids(count: int, start: int) -> Column:
    return words([f"h{number:07d}" for number in range(start, start + count)])


def _split(candidates: Column) -> Column:
    lists = pc.split_pattern(candidates, " ")
    return pc.if_else(pc.equal(candidates, ""), pa.scalar([], type=lists.type), lists)


def _findings(records: Records, start: int) -> pd.DataFrame:
    texts = records.texts
    case_ids = take(records.tables["Case"]["Id"], texts.rows).to_pylist()
    people = take(_person_ids(records.humans.count, start), records.case_humans[texts.rows]).to_pylist()
    return pd.DataFrame(
        {"record_id": case_ids, "person_id": people, "kind": texts.kind, "fingerprint": texts.fingerprint}
    )


def is_minor(birthdate: str, on: date) -> bool:
    """Whether somebody born on that ISO day is under 18 on a day."""
    born = date.fromisoformat(birthdate)
    return (on.year - born.year) - ((on.month, on.day) < (born.month, born.day)) < 18
