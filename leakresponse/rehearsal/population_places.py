"""Addresses as a CRM holds them: mostly fine, partly dirty, and for each the residency that the dirt leaves knowable.

The truth is what was drawn, never what a resolver makes of the text. `definite` is false where a careful reader may
answer with a set or with "unknown"; then every member of `candidates` is a right answer, and so is `UNKNOWN`.
Kinds and shares of dirt follow the lists of typed addresses that the residency notes measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from leakresponse.core.vocabulary import FOREIGN_PREFIX, MILITARY_PREFIX, UNKNOWN
from leakresponse.rehearsal import population_words as vocabulary
from leakresponse.rehearsal.population_geography import FOREIGN, MISSPELT, OLD_STYLE, STATE_NAMES, Geography, geography
from leakresponse.rehearsal.population_ids import Column, Ints, Mask, join, pc, pick, take, words

#: Kind of dirt to share of addresses; the rest is clean. Zeros are lost only where a ZIP begins with one.
SHARES: Mapping[str, float] = {
    "name": 0.12, "old_style": 0.03, "misspelt": 0.01, "zip9": 0.05, "zip9_bare": 0.01, "zero_lost": 0.10,
    "state_blank": 0.03, "zip_blank": 0.03, "state_in_city": 0.01, "capitals": 0.02, "conflict": 0.003,
    "placeholder_zip": 0.006, "nothing": 0.008, "nothing_on_contact": 0.006, "foreign": 0.01, "military": 0.004,
    "territory_as_country": 0.5, "two_state_named": 0.002, "two_state_blank": 0.001,
}  # fmt: skip
_ONLY_PUERTO_RICO = "territory_as_country"
FIELDS = ("street", "city", "state", "postal", "country")
_Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Places:
    """One row per address. `on_contact` is false where only the household's account has it."""

    columns: Mapping[str, Column]
    residency: Column
    candidates: Column  # codes separated by a space
    definite: Mask
    on_contact: Mask
    kind: Column


def make_places(rng: np.random.Generator, count: int) -> Places:
    """Draw states by their size, a ZIP of each, then spoil a share of the rows."""
    table = geography()
    state = rng.choice(len(table.states), size=count, p=table.weights)
    row = table.start[state] + (rng.random(count) * table.count[state]).astype(np.int64)
    codes = take(words(table.states), state)
    columns: dict[str, Column] = {
        "street": _streets(rng, count),
        "city": take(words(table.cities), row),
        "state": codes,
        "postal": take(words(table.zips), row),
        "country": pick(rng, ["US"] * 8 + ["United States"] * 7 + ["USA"] * 2 + [""] * 3, count),
    }
    kinds = _kinds(rng, count, codes, columns["postal"])
    return _spoil(rng, table, columns, codes, kinds)


def _streets(rng: np.random.Generator, count: int) -> Column:
    numbers = pc.cast(pa.array(rng.integers(1, 9999, count)), pa.large_string())
    names, kinds = pick(rng, vocabulary.STREETS, count), pick(rng, vocabulary.STREET_KINDS, count)
    return join(numbers, names, kinds, sep=" ")


def _kinds(rng: np.random.Generator, count: int, state: Column, postal: Column) -> list[str]:
    """The kind of each row; "" is clean. One draw decides, except for the two kinds that need a certain place."""
    general = [kind for kind in SHARES if kind not in ("zero_lost", _ONLY_PUERTO_RICO)]
    edges = np.cumsum([SHARES[kind] for kind in general])
    drawn = np.searchsorted(edges, rng.random(count), side="right")
    kinds = np.array([*general, ""], dtype=object)[drawn]
    again = rng.random(count)
    has_zero = np.array(pc.starts_with(postal, "0"))
    kinds[(kinds == "") & has_zero & (again < SHARES["zero_lost"])] = "zero_lost"
    island = np.array(pc.equal(state, "PR"))
    kinds[island & (again < SHARES[_ONLY_PUERTO_RICO])] = _ONLY_PUERTO_RICO
    return list(kinds)


def _spoil(
    rng: np.random.Generator, table: Geography, columns: dict[str, Column], codes: Column, kinds: list[str]
) -> Places:
    """Apply each kind to its rows, and note what stays knowable of them."""
    count = len(kinds)
    kind = np.array(kinds, dtype=object)
    rows = np.flatnonzero(kind != "")
    picked: _Columns = {name: take(column, rows).to_pylist() for name, column in columns.items()}
    picked |= {"residency": take(codes, rows).to_pylist(), "candidates": take(codes, rows).to_pylist()}
    definite = np.ones(count, dtype=np.bool_)
    for position, row in enumerate(rows):
        entry = {name: values[position] for name, values in picked.items()}
        definite[row] = _MAKERS[kind[row]](rng, table, entry)
        for name, value in entry.items():
            picked[name][position] = value
    spoilt = {name: _put_back(columns.get(name, codes), rows, values) for name, values in picked.items()}
    final = {name: spoilt[name] for name in FIELDS}
    on_contact = kind != "nothing_on_contact"
    return Places(final, spoilt["residency"], spoilt["candidates"], definite, on_contact, words(list(kind)))


def _put_back(column: Column, rows: Ints, values: list[str]) -> Column:
    """The column with some rows replaced."""
    mask = np.zeros(len(column), dtype=np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(column, pa.array(mask), words(values))


# What follows changes one row in place; the answer says whether its residency stays certain.


def _name(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    full = STATE_NAMES[row["residency"]]
    row["state"] = full if row["residency"] in ("DC", "WA") else [full, full.upper(), full.lower()][rng.integers(3)]
    return True


def _written(spelling: Mapping[str, str], rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row["state"] = spelling.get(row["residency"], row["state"])
    return True


def _zip9(rng: np.random.Generator, table: Geography, row: dict[str, str], sep: str = "-") -> bool:
    row["postal"] = f"{row['postal']}{sep}{rng.integers(1, 9999):04d}"
    return True


def _zero_lost(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row["postal"] = row["postal"].lstrip("0") + (".0" if rng.random() < 0.15 else "")
    if not row["country"]:
        row["country"] = "US"
    return True


def _state_blank(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row["state"] = ""
    row["country"] = row["country"] or "US"
    return True


def _zip_blank(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row["postal"] = ""
    row["country"] = row["country"] or "United States"
    return True


def _state_in_city(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row["city"], row["state"] = f"{row['city']}, {row['residency']}", ""
    return True


def _capitals(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row["street"], row["city"] = row["street"].upper(), f" {row['city'].upper()}"
    return True


def _conflict(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    others = [state for state in table.states if state not in (row["residency"], "PR")]
    row["state"] = others[rng.integers(len(others))]
    row["country"] = row["country"] or "US"
    row["candidates"] = f"{row['residency']} {row['state']}"
    row["residency"] = UNKNOWN
    return False


def _placeholder_zip(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row["postal"] = ("00000", "99999", "11111")[rng.integers(3)]
    row["country"] = row["country"] or "US"
    return False


def _nothing(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row.update(street="", city="", state=("", "--None--")[rng.integers(2)], postal="", country="")
    row["residency"], row["candidates"] = UNKNOWN, ""
    return True


def _nothing_on_contact(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    return False


def _foreign(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row["city"], row["state"], row["postal"], row["country"], code = FOREIGN[rng.integers(len(FOREIGN))]
    row["residency"] = row["candidates"] = f"{FOREIGN_PREFIX}{code}"
    return True


def _military(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row["postal"], _, row["state"] = table.military[rng.integers(len(table.military))]
    row["city"] = ("APO", "FPO")[rng.integers(2)]
    row["country"] = "United States"
    row["residency"] = row["candidates"] = f"{MILITARY_PREFIX}{row['state']}"
    return True


def _territory(rng: np.random.Generator, table: Geography, row: dict[str, str]) -> bool:
    row["state"], row["country"] = "", ("Puerto Rico", "PR")[rng.integers(2)]
    return True


def _two_state(rng: np.random.Generator, table: Geography, row: dict[str, str], named: bool = True) -> bool:
    row["postal"], row["city"], main, other = table.two_state[rng.integers(len(table.two_state))]
    lives = (main, other)[rng.integers(2)]
    row["country"] = row["country"] or "US"
    row["state"] = lives if named else ""
    row["residency"], row["candidates"] = lives, f"{main} {other}"
    return named


_Maker = Callable[[np.random.Generator, Geography, dict[str, str]], bool]
_MAKERS: Mapping[str, _Maker] = {
    "name": _name,
    "old_style": partial(_written, OLD_STYLE),
    "misspelt": partial(_written, MISSPELT),
    "zip9": _zip9,
    "zip9_bare": partial(_zip9, sep=""),
    "zero_lost": _zero_lost,
    "state_blank": _state_blank,
    "zip_blank": _zip_blank,
    "state_in_city": _state_in_city,
    "capitals": _capitals,
    "conflict": _conflict,
    "placeholder_zip": _placeholder_zip,
    "nothing": _nothing,
    "nothing_on_contact": _nothing_on_contact,
    "foreign": _foreign,
    "military": _military,
    "territory_as_country": _territory,
    "two_state_named": _two_state,
    "two_state_blank": partial(_two_state, named=False),
}
