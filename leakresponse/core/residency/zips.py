"""ZIP to state, from a table vendored with its licence and date (data/README.md), read at first use.

A ZIP is not a place in one state by law: the Postal Service draws it for delivery. Where the census found residents
in two states the answer is the set, main state first; where a prefix of three digits holds several states, the set.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from leakresponse.core.residency.text import data_rows, squeeze

#: Day on which the vendored ZIP table was taken; every report that uses it prints this day.
ZIP_TABLE_AS_OF = "2026-11-25"
ZIP_TABLE_SOURCE = "PyPI zipcodes 3.0.0 (MIT)"

#: A ZIP without a written state is given to its main state from this share of residents on; below it is a set.
MAIN_SHARE = 0.95

#: Real or not, these are typed to get past a form: they need a second witness.
SUSPICIOUS: frozenset[str] = frozenset({"12345", "90210", *(d * 5 for d in "0123456789")})

#: Military post by prefix: USPS Publication 28 section 225 and Postal Bulletin 22414 (AA 340, AE 09, AP 962 to 966).
_MILITARY_PREFIX: dict[str, str] = {
    "340": "AA",
    **{f"{n:03d}": "AE" for n in range(90, 99)},
    **{str(n): "AP" for n in range(962, 967)},
}

#: Prefixes that hold ZIPs of a second state which the table files under its post office's state: federal ZIP list of
#: 2015 (one Maine row in 038, agency ZIPs of Washington in Maryland and Virginia, Cincinnati airport in Kentucky).
_PREFIX_EXTRA: dict[str, tuple[str, ...]] = {
    "038": ("ME",),
    **dict.fromkeys(("200", "202", "203", "204", "205"), ("MD", "VA")),
    "422": ("TN",),
    "452": ("KY",),
    "894": ("OR", "CA"),
}


@dataclass(frozen=True, slots=True)
class Zip:
    """One assigned ZIP. `type` is S(tandard), P(O boxes), U(nique) or M(ilitary); `host` is the country of the post."""

    state: str
    type: str
    active: bool
    host: str
    cities: str  # names separated by |


@dataclass(frozen=True, slots=True)
class Split:
    """A ZIP over a state line: states with the main one first; `main_share` is None where only areas are known."""

    states: tuple[str, ...]
    main_share: float | None


@lru_cache(maxsize=1)
def zip_table() -> dict[str, Zip]:
    """All assigned ZIPs."""
    with (files("leakresponse.core.residency") / "data" / "zips.csv.gz").open("rb") as f:
        lines = gzip.decompress(f.read()).decode("utf-8").splitlines()
    table: dict[str, Zip] = {}
    for line in lines[1:]:
        code, state, kind, active, host, cities = line.split(",", 5)
        table[code] = Zip(state, kind, active == "1", host, cities)
    return table


@lru_cache(maxsize=1)
def splits() -> dict[str, Split]:
    """ZIPs whose area holds more than one state (US Census Bureau, 2010 residents and 2020 areas)."""
    return {
        r["zip"]: Split(tuple(r["states"].split()), float(r["main_share"]) if r["main_share"] else None)
        for r in data_rows("multistate.csv")
    }


def zip_states(zip5: str) -> tuple[str, ...]:
    """States a ZIP serves, main state first; empty where the ZIP is not assigned."""
    entry = zip_table().get(zip5)
    if entry is None:
        return ()
    split = splits().get(zip5)
    if split is None:
        return (entry.state,)
    return split.states if entry.state in split.states else (entry.state, *split.states)


def is_lopsided(zip5: str) -> bool:
    """Whether nearly all residents of a split ZIP live in its main state; true for ZIPs of one state."""
    split = splits().get(zip5)
    return split is None or split.main_share is None or split.main_share >= MAIN_SHARE


@lru_cache(maxsize=1)
def _prefixes() -> dict[str, tuple[str, ...]]:
    counts: dict[str, dict[str, int]] = {}
    for code, entry in zip_table().items():
        states = counts.setdefault(code[:3], {})
        states[entry.state] = states.get(entry.state, 0) + 1
    found = {p: tuple(sorted(s, key=lambda c: (-s[c], c))) for p, s in counts.items()}
    for prefix, extra in _PREFIX_EXTRA.items():
        have = found.get(prefix, ())
        found[prefix] = (*have, *(s for s in extra if s not in have))
    return found


def prefix_states(zip3: str) -> tuple[str, ...]:
    """States that use a three-digit prefix, most ZIPs first; empty where no ZIP has it."""
    return _prefixes().get(zip3, ())


def serves_neighbour(zip5: str, state: str) -> bool:
    """Whether a ZIP of boxes or of one customer is known to be filed under its neighbour: agencies, an airport."""
    entry = zip_table().get(zip5)
    return entry is not None and entry.type in ("U", "P") and state in _PREFIX_EXTRA.get(zip5[:3], ())


def military_code(zip5: str) -> str:
    """AA, AE or AP for a ZIP of military or diplomatic post, assigned or not; empty for any other."""
    entry = zip_table().get(zip5)
    if entry is not None:
        return entry.state if entry.type == "M" else ""
    return _MILITARY_PREFIX.get(zip5[:3], "")


def host_country(zip5: str) -> str:
    """ISO code of the country where a military post office stands, as far as the table knows; else empty."""
    entry = zip_table().get(zip5)
    return entry.host if entry is not None else ""


@lru_cache(maxsize=50_000)
def zip_cities(zip5: str) -> frozenset[str]:
    """Squeezed city names that mail for a ZIP may carry."""
    entry = zip_table().get(zip5)
    return frozenset(squeeze(c) for c in entry.cities.split("|")) if entry else frozenset()


@lru_cache(maxsize=1)
def _city_index() -> dict[str, frozenset[str]]:
    index: dict[str, set[str]] = {}
    for entry in zip_table().values():
        if entry.type != "M":
            for city in entry.cities.split("|"):
                index.setdefault(squeeze(city), set()).add(entry.state)
    return {city: frozenset(states) for city, states in index.items()}


def city_states(city_key: str) -> frozenset[str]:
    """States with a post office of this (squeezed) name; empty where none has it."""
    return _city_index().get(city_key, frozenset())
