"""What a country field says, and what foreign provinces, cities and postcodes look like.

A two-letter code is never read without the question whether it is a US state typed into the wrong field: 26 state
codes are ISO 3166-1 country codes too. Sources of the tables: data/README.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from leakresponse.core.residency.text import data_rows, is_placeholder, squeeze

Kind = Literal["blank", "us", "foreign", "either", "state", "unreadable"]

#: Parts of the US that picklists list as countries; each is a place of its own law, so it is kept as a state.
TERRITORIES: tuple[str, ...] = ("PR", "GU", "VI", "AS", "MP")
#: Countries in free association with the US: US ZIPs, but foreign law.
ASSOCIATED: tuple[str, ...] = ("FM", "MH", "PW")


_GOVERNMENT = re.compile(r"\([^)]*\)|\b(?:united )?rep(?:ublic)?\b\.?(?: of\b)?(?: the\b)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Country:
    """A read country field. For `either`, `code` is the country and `state` the US state the same text could mean."""

    kind: Kind
    code: str = ""
    state: str = ""
    unsure: bool = False


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for row in data_rows("countries.csv"):
        for name in (*row["aliases"].split(";"), row["name"], row["alpha3"], row["code"]):
            if name:
                found[squeeze(name)] = row["code"]
    return found


@lru_cache(maxsize=1)
def _regions() -> dict[str, str]:
    found: dict[str, str] = {}
    for row in data_rows("foreign_regions.csv"):
        for name in (*row["names"].split(";"), *row["codes"].split(";")):
            if name:
                found.setdefault(squeeze(name), row["country"])
    return found


@lru_cache(maxsize=1)
def _cities() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in data_rows("foreign_cities.csv"):
        for name in row["cities"].split(";"):
            key = squeeze(name)
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), row["country"])))
    return found


@lru_cache(maxsize=1)
def _forms() -> dict[str, tuple[re.Pattern[str], bool]]:
    rows = data_rows("foreign_postcodes.csv")
    return {r["country"]: (re.compile(r["pattern"]), r["telling"] == "yes") for r in rows}


def country_code(text: str) -> str:
    """ISO code of a country written as a code or a name; empty where it is none.

    'Hungary (Rep.)' and 'Republic of Serbia' are tried without their form of government; two countries that differ
    in nothing else (Korea, Congo) are told apart by 'Dem.', so that word is never dropped.
    """
    found = _names().get(squeeze(text), "")
    if found or "dem" in text.lower():
        return found
    return _names().get(squeeze(_GOVERNMENT.sub(" ", text)), "")


def region_country(text: str) -> str:
    """ISO code of the country of a foreign province; empty where it is none."""
    return _regions().get(squeeze(text), "")


def city_countries(city_key: str) -> tuple[str, ...]:
    """Countries of a big foreign city of this (squeezed) name; a name that US towns bear too is listed as well."""
    return _cities().get(city_key, ())


def has_form(country: str) -> bool:
    """Whether the form of this country's postcodes is known here."""
    return country in _forms()


def fits_form(postcode: str, country: str) -> bool:
    """Whether a postcode as typed has the form of that country's postcodes."""
    form = _forms().get(country)
    return form is not None and form[0].fullmatch(postcode.strip().upper()) is not None


@lru_cache(maxsize=100_000)
def telling_country(postcode: str) -> str:
    """The country a postcode names by its form alone (letters or a fixed hyphen); empty where no form tells."""
    text = postcode.strip().upper()
    return next((c for c, (form, telling) in _forms().items() if telling and form.fullmatch(text)), "")


def _read_text(text: str, state_code: str) -> Country:
    code = country_code(text)
    if code in TERRITORIES:
        return Country("us", "US", code)
    if code in ("US", "UM"):
        return Country("us", "US")
    if code and state_code and code not in ASSOCIATED:
        return Country("either", code, state_code)
    if code:
        return Country("foreign", code)
    if state_code:
        return Country("state", "US", state_code)
    return Country("blank") if is_placeholder(text) else Country("unreadable")


def _read_code(code_field: str) -> Country:
    code = country_code(code_field)
    if not code:
        return Country("blank")
    if code in TERRITORIES:
        return Country("us", "US", code)
    return Country("us", "US") if code in ("US", "UM") else Country("foreign", code)


def read_country(text: str, code_field: str, state_code: str) -> Country:
    """Country text and picklist code of one address.

    `state_code` is the US state the text would be in a state field, empty where none. A code column holds ISO codes
    only, so it settles what the text leaves open; where the two name different countries the answer is `unsure`.
    """
    by_text, by_code = _read_text(text, state_code), _read_code(code_field)
    if by_code.kind == "blank":
        return by_text
    if by_text.kind in ("blank", "unreadable", "state") or by_text.code == by_code.code:
        return Country(by_code.kind, by_code.code, by_code.state or by_text.state)
    if by_text.kind == "either" and by_code.kind == "us":
        return Country("us", "US", by_text.state)
    foreign = by_code if by_code.kind == "foreign" else by_text
    return Country("foreign", foreign.code, unsure=True)
