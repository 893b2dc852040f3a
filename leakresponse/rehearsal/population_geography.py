"""Where made-up people live: states by size, the ZIPs of each, and the ways in which people write them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from leakresponse.core.residency.zips import SUSPICIOUS, splits, zip_table

#: Residents in units of 100,000 (2020 census, rounded): only the proportions matter.
RESIDENTS: dict[str, int] = {
    "CA": 395, "TX": 291, "FL": 215, "NY": 202, "PA": 130, "IL": 128, "OH": 118, "GA": 107, "NC": 104, "MI": 101,
    "NJ": 93, "VA": 86, "WA": 77, "AZ": 72, "MA": 70, "TN": 69, "IN": 68, "MD": 62, "MO": 62, "WI": 59, "CO": 58,
    "MN": 57, "SC": 51, "AL": 50, "LA": 47, "KY": 45, "OR": 42, "OK": 40, "CT": 36, "UT": 33, "IA": 32, "NV": 31,
    "AR": 30, "MS": 30, "KS": 29, "NM": 21, "NE": 20, "ID": 18, "WV": 18, "HI": 15, "NH": 14, "ME": 14, "RI": 11,
    "MT": 11, "DE": 10, "SD": 9, "ND": 8, "AK": 7, "DC": 7, "VT": 6, "WY": 6, "PR": 33,
}  # fmt: skip
STATE_NAMES: dict[str, str] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine",
    "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri",
    "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee",
    "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "DC": "District of Columbia", "PR": "Puerto Rico",
}  # fmt: skip
#: Abbreviations as people write them (GPO and AP styles), where a state has one.
OLD_STYLE: dict[str, str] = {
    "CA": "Calif.", "MA": "Mass.", "NY": "N.Y.", "FL": "Fla.", "PA": "Penna.", "TX": "Tex.", "WA": "Wash.",
    "CT": "Conn.", "IL": "Ill.", "MI": "Mich.", "MN": "Minn.", "TN": "Tenn.", "WI": "Wis.", "CO": "Colo.",
    "NJ": "N.J.", "NC": "N.C.", "DC": "D.C.", "AZ": "Ariz.", "OK": "Okla.", "KS": "Kans.", "OR": "Oreg.",
}  # fmt: skip
MISSPELT: dict[str, str] = {
    "CA": "Califronia", "MA": "Massachusets", "NY": "New Yrok", "FL": "Flordia", "PA": "Pensylvania", "TX": "Texs",
    "CT": "Conneticut", "IL": "Illinios", "TN": "Tennesee", "MS": "Missisippi", "MN": "Minesota", "WA": "Washingon",
    "NC": "North Carolna", "NJ": "New Jersy", "AZ": "Arizonia", "MD": "Marylnd", "OR": "Oregan", "GA": "Geogia",
}  # fmt: skip
#: City, region, postal code, country as text, country code. Postal codes have the right form and name no household.
FOREIGN: tuple[tuple[str, str, str, str, str], ...] = (
    ("Toronto", "ON", "M5V 2T6", "Canada", "CA"), ("Vancouver", "BC", "V6B 1A1", "Canada", "CA"),
    ("Montreal", "Quebec", "H2X 1Y4", "CA", "CA"), ("London", "", "SW1A 2AA", "United Kingdom", "GB"),
    ("Leeds", "West Yorkshire", "LS1 4AP", "GB", "GB"), ("Berlin", "", "10115", "Germany", "DE"),
    ("Hamburg", "", "20095", "DE", "DE"), ("Paris", "", "75001", "France", "FR"),
    ("Sydney", "NSW", "2000", "Australia", "AU"), ("Perth", "WA", "6000", "AU", "AU"),
    ("Monterrey", "Nuevo León", "64000", "Mexico", "MX"), ("Ciudad de México", "CDMX", "06000", "MX", "MX"),
    ("Tokyo", "", "100-0001", "Japan", "JP"), ("Dublin", "", "D02 X285", "Ireland", "IE"),
)  # fmt: skip
#: ZIPs of prefixes that hold two states (federal ZIP list 2015): left to the set that is two-state on purpose.
_STRADDLING = frozenset({"038", "063", "202", "203", "204", "205", "422", "452", "739", "834", "894", "967", "969"})


@dataclass(frozen=True, slots=True)
class Geography:
    """ZIPs in order of state: those of state i are rows `start[i]` to `start[i] + count[i]`."""

    states: tuple[str, ...]
    weights: npt.NDArray[np.float64]
    start: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    zips: tuple[str, ...]
    cities: tuple[str, ...]
    two_state: tuple[tuple[str, str, str, str], ...]  # zip, city, main state, other state
    military: tuple[tuple[str, str, str], ...]  # zip, city, AA | AE | AP


@lru_cache(maxsize=1)
def geography() -> Geography:
    """The table, made once from the vendored ZIP list."""
    by_state: dict[str, list[tuple[str, str]]] = {state: [] for state in RESIDENTS}
    divided = splits()
    for code, one in zip_table().items():
        plain = one.type == "S" and one.active and not one.host and code not in divided and code not in SUSPICIOUS
        if plain and one.state in by_state and code[:3] not in _STRADDLING:
            by_state[one.state].append((code, one.cities.split("|")[0]))
    states = tuple(state for state, rows in by_state.items() if rows)
    weights = np.array([RESIDENTS[state] for state in states], dtype=np.float64)
    count = np.array([len(by_state[state]) for state in states], dtype=np.int64)
    rows = [row for state in states for row in by_state[state]]
    return Geography(
        states,
        weights / weights.sum(),
        np.cumsum(count) - count,
        count,
        tuple(code for code, _ in rows),
        tuple(city for _, city in rows),
        _two_state(),
        _military(),
    )


def _two_state() -> tuple[tuple[str, str, str, str], ...]:
    """ZIPs with many residents on both sides of the line, so that neither state may be guessed."""
    table = zip_table()
    rows = [
        (code, table[code].cities.split("|")[0], split.states[0], split.states[1])
        for code, split in sorted(splits().items())
        if code in table
        and split.main_share is not None
        and split.main_share < 0.85
        and len(split.states) == 2
        and all(state in RESIDENTS for state in split.states)
        and table[code].state == split.states[0]
    ]
    return tuple(rows)


def _military() -> tuple[tuple[str, str, str], ...]:
    rows = [(code, one) for code, one in sorted(zip_table().items()) if one.type == "M" and one.active]
    return tuple((code, one.cities.split("|")[0], one.state) for code, one in rows if one.state in ("AA", "AE", "AP"))
