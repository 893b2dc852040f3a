"""What a state field says. An alias table, never a likeness: a word that sounds like a state is not a state.

Sources: USPS Publication 28 appendix B (codes), GPO Style Manual and AP abbreviations, FIPS 5-2 numbers, as kept in
data/state_aliases.csv; Coast Guard codes: 33 CFR part 173, appendix A.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from leakresponse.core.residency.countries import ASSOCIATED, country_code, region_country
from leakresponse.core.residency.text import data_rows, is_placeholder, squeeze
from leakresponse.core.vocabulary import FOREIGN_PREFIX, MILITARY_PREFIX

Kind = Literal["blank", "state", "ambiguous", "foreign", "unreadable"]
How = Literal["", "usps", "name", "alias", "fips", "misspelt"]

MILITARY: tuple[str, ...] = ("AA", "AE", "AP")

#: Old Coast Guard codes that are no USPS code, and half names: each has several readings, so none is taken.
_AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "cf": ("CA",), "cl": ("CO",), "dl": ("DE",), "ha": ("HI",), "ka": ("KS",), "mc": ("MI",),
    "nb": ("NE", f"{FOREIGN_PREFIX}CA"), "wn": ("WA",), "ws": ("WI",),
    "nt": (f"{FOREIGN_PREFIX}CA", f"{FOREIGN_PREFIX}AU"), "carolina": ("NC", "SC"), "dakota": ("ND", "SD"),
    "carolinas": ("NC", "SC"), "dakotas": ("ND", "SD"),
}  # fmt: skip

#: Retired USPS codes: CM became MP; the Canal Zone and the Trust Territory are gone; nobody lives in UM.
_RETIRED: dict[str, str] = {"cm": "MP"}
_DEAD: tuple[str, ...] = ("cz", "tt", "um")

#: State codes that are as well the code of a country or of a foreign region, with that reading. California stands
#: alone by its size: a lone CA in a state field of a US seller is read as the state.
LOOKALIKES: dict[str, tuple[str, ...]] = {
    **{c: (FOREIGN_PREFIX + c,) for c in (
        "DE", "IN", "IL", "CO", "AR", "PA", "MA", "AL", "MT", "LA", "MD", "ME", "ID", "TN", "VA", "SC", "NC", "SD",
        "MS", "MO", "NE", "MN", "KY", "AZ", "AE",
    )},
    "GA": (f"{FOREIGN_PREFIX}GE", f"{FOREIGN_PREFIX}GA"),
    "WA": (f"{FOREIGN_PREFIX}AU",),
}  # fmt: skip

_ZIP_INSIDE = re.compile(r"(?<!\d)\d{5}(?:-\d{4})?(?!\d)")
_PARTS = re.compile(r"[,;/|()\[\]]|\s-\s|\s{2,}")


@dataclass(frozen=True, slots=True)
class StateText:
    """A read state field. `code` is set for kind state, `options` (labels) for ambiguous, `country` for foreign."""

    kind: Kind
    code: str = ""
    how: How = ""
    options: tuple[str, ...] = ()
    country: str = ""

    @property
    def is_military(self) -> bool:
        """AA, AE and AP are addresses, not states."""
        return self.code in MILITARY

    @property
    def is_bare_lookalike(self) -> bool:
        """A two-letter code that needs the country beside it."""
        return self.how == "usps" and self.code in LOOKALIKES


_BLANK = StateText("blank")
_UNREADABLE = StateText("unreadable")


def label(code: str) -> str:
    """The residency a state code stands for: MIL:AE, FOREIGN:FM, or the code itself."""
    if code in MILITARY:
        return MILITARY_PREFIX + code
    return FOREIGN_PREFIX + code if code in ASSOCIATED else code


@lru_cache(maxsize=1)
def _aliases() -> dict[str, StateText]:
    found: dict[str, StateText] = {}
    columns: tuple[tuple[str, How], ...] = (
        ("misspellings", "misspelt"), ("spanish", "alias"), ("abbreviations", "alias"), ("name", "name"),
    )  # fmt: skip
    for row in data_rows("state_aliases.csv"):
        code = row["code"]
        for column, how in columns:
            found.update({squeeze(a): StateText("state", code, how) for a in row[column].split(";") if a})
        if row["fips"]:
            found[row["fips"]] = StateText("state", code, "fips")
        found[f"us{code.lower()}"] = StateText("state", code, "alias")
        found[code.lower()] = StateText("state", code, "usps")
    found.update({k: StateText("ambiguous", options=v) for k, v in _AMBIGUOUS.items()})
    found.update({k: StateText("state", v, "alias") for k, v in _RETIRED.items()})
    found.update(dict.fromkeys(_DEAD, _UNREADABLE))
    return found


def _foreign(text: str) -> StateText:
    country = region_country(text) or country_code(text)
    if not country or country in ("US", "JE"):  # Jersey in a state field is as likely a New Jersey cut short
        return _UNREADABLE
    return StateText("foreign", country=country)


def _from_parts(text: str) -> StateText:
    """'CA - California', 'Salt Lake City, UT', 'NY 10001, USA': the parts that read as states must be one state."""
    parts = [p.strip() for p in _PARTS.split(_ZIP_INSIDE.sub(" , ", text)) if p.strip()]
    if len(parts) < 2 and parts == [text]:
        return _UNREADABLE
    read = [
        r for r in (_aliases().get(squeeze(p), _UNREADABLE) for p in parts) if r.kind == "state" and r.how != "fips"
    ]
    return StateText("state", read[0].code, "alias") if len({r.code for r in read}) == 1 else _UNREADABLE


@lru_cache(maxsize=100_000)
def read_state(text: str) -> StateText:
    """Read a state field on its own; whether a bare look-alike may be believed is for the caller to say.

    'Md.' with its dot is an English abbreviation and no country's code.
    """
    found = _aliases().get(squeeze(text))
    if found is not None:
        return replace(found, how="alias") if found.how == "usps" and "." in text else found
    if is_placeholder(text) or country_code(text) == "US":
        return _BLANK
    foreign = _foreign(text)
    return foreign if foreign.kind == "foreign" else _from_parts(text)


def merge_state(text: str, code: str) -> tuple[StateText, bool]:
    """State text and picklist code of one address: the code wins, integration values drift. True where they differ."""
    by_text, by_code = read_state(text), read_state(code)
    if by_code.kind != "state":
        return by_text, False
    differs = by_text.kind == "state" and by_text.code != by_code.code
    return by_code, differs


def classify_state(text: str, country: str = "") -> str:
    """One state field as a word: a USPS code, AMBIGUOUS, INVALID, FOREIGN:xx or STATE_IF_US_ELSE_FOREIGN."""
    read = read_state(text)
    if read.kind == "state":
        open_reading = read.is_bare_lookalike and country_code(country) != "US"
        return "STATE_IF_US_ELSE_FOREIGN" if open_reading else read.code
    if read.kind == "foreign":
        return FOREIGN_PREFIX + read.country
    return "AMBIGUOUS" if read.kind == "ambiguous" else "INVALID"
