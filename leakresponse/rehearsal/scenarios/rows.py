"""Rows that a scenario adds to the generated people: in the org's tables before the act, in the truth after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from leakresponse.rehearsal.org.build import load
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import Population, generate
from leakresponse.rehearsal.population_ids import record_ids

#: When rows were made that say nothing else; fixed, so that a seed gives the same org on every day.
MADE = "2026-05-04T09:00:00.000Z"


def population_of(world: World) -> Population:
    """The people that the org was made of."""
    built = world.store.fact("built")
    return generate(built["people"], built["seed"])


def finished(population: Population, prefix: str, table: pd.DataFrame) -> pd.DataFrame:
    """The rows with ids of their own and the audit fields that every record has; the first of the staff made them."""
    made = table.copy()
    made.insert(0, "Id", record_ids(prefix, len(made), 1).to_pylist())
    for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
        made[name] = MADE
    made["OwnerId"] = made["CreatedById"] = made["LastModifiedById"] = population.tables["User"]["Id"].iloc[0]
    return made


def owner_of_records(population: Population) -> pd.Series:
    """The human of each record id."""
    rows = population.truth[["person_id", "record_ids"]].explode("record_ids")
    return rows.drop_duplicates("record_ids").set_index("record_ids")["person_id"]


def with_rows(population: Population, name: str, table: pd.DataFrame, owners: Sequence[str]) -> Population:
    """The population with these rows in its tables and, under their owners, in its truth; "" owns nothing."""
    own: dict[str, list[str]] = {}
    for person, record in zip(owners, table["Id"], strict=True):
        own.setdefault(person, []).append(record)
    truth = population.truth.copy()
    listed = zip(truth["person_id"], truth["record_ids"], strict=True)
    truth["record_ids"] = [[*records, *own.get(person, [])] for person, records in listed]
    there = population.tables.get(name)
    whole = table if there is None else pd.concat([there, table], ignore_index=True)
    tables: Mapping[str, pd.DataFrame] = {**population.tables, name: whole}
    return replace(population, tables=tables, truth=truth)


def load_rows(world: World, name: str, table: pd.DataFrame) -> None:
    """Write the rows into the org."""
    load(world.store, name, table)
