"""Clean rows are made equal before they are resolved.

A million rows hold few different addresses once what cannot change an answer is taken out: the last four digits of a
ZIP+4, the city beside a state and a ZIP that agree, which ZIP of that state it is, and a street of plain letters. Rows
that raise any question are left as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakresponse.core.residency.countries import read_country
from leakresponse.core.residency.states import MILITARY, read_state
from leakresponse.core.residency.text import is_placeholder, squeeze
from leakresponse.core.residency.zips import SUSPICIOUS, splits, zip_cities, zip_table

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]
Fields = dict[str, "pd.Series[str]"]

#: Stands for a city that cannot matter. No post office has this name.
_ANY_CITY: Final = "Agreed"
_BLANK: Final = "blank"
_PLAIN: Final = "plain"


def texts(frame: pd.DataFrame, column: str) -> pd.Series[str]:
    """One column as text, missing values empty."""
    return frame[column].fillna("").astype("str")


def number(values: pd.Series[str]) -> Codes:
    """The number of each row's value, in order of first appearance."""
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def factorise(values: pd.Series[str]) -> tuple[Codes, list[str]]:
    """The number of each row's value, and the values by number."""
    codes, uniques = pd.factorize(values)
    words: list[str] = np.asarray(uniques, dtype=object).tolist()
    return np.asarray(codes, dtype=np.int64), words


def _per_value(values: pd.Series[str], function: Callable[[str], str]) -> Words:
    codes, uniques = factorise(values)
    return np.asarray([function(u) for u in uniques] or [""], dtype=object)[codes]


def _civil_state(text: str) -> str:
    """A civil state code, `blank` for an empty field, empty for anything else."""
    if not text.strip():
        return _BLANK
    read = read_state(text.strip())
    return read.code if read.kind == "state" and read.code not in MILITARY and read.how != "fips" else ""


def _plain_state(zip5: str) -> str:
    """The state of a ZIP about which there is nothing to say: assigned, of one state, civil, no filler."""
    entry = zip_table().get(zip5)
    return "" if entry is None or entry.type == "M" or zip5 in splits() or zip5 in SUSPICIOUS else entry.state


def _city_class(text: str) -> str:
    if not text.strip():
        return _BLANK
    letters = text.translate({ord(c): None for c in " .-'"})
    return _PLAIN if letters.isascii() and letters.isalpha() and not is_placeholder(text) else ""


def _plain_country(text: str) -> str:
    state = _civil_state(text)
    kind = read_country(text.strip(), "", "" if state == _BLANK else state).kind
    return _PLAIN if kind in ("us", "blank") else ""


@lru_cache(maxsize=1)
def _typical() -> dict[str, tuple[str, str]]:
    """One ZIP of each state with its city."""
    found: dict[str, tuple[str, str]] = {"": ("", "")}
    for code, entry in zip_table().items():
        found.setdefault(_plain_state(code), (code, entry.cities.split("|")[0]))
    return found


def _postal_forms(postal: pd.Series[str]) -> tuple[pd.Series[str], Flags, Flags, Words]:
    """Postal codes without their last four digits, which of them are ZIP+4 and which lost a zero, and plain states."""
    plus4 = postal.str.fullmatch(r"\d{5}-\d{4}").to_numpy(dtype=np.bool_)
    postal = postal.mask(plus4, postal.str.slice(0, 5) + "-0000")
    short = postal.str.fullmatch(r"\d{3,4}").to_numpy(dtype=np.bool_)
    whole = plus4 | postal.str.fullmatch(r"\d{5}").to_numpy(dtype=np.bool_)
    zip5 = postal.str.slice(0, 5).mask(short, postal.str.zfill(5)).where(whole | short, "")
    return postal, plus4, short, _per_value(zip5, _plain_state)


def _states_agree(fields: Fields, by_zip: Words) -> tuple[Flags, Flags]:
    """Rows whose state fields name the ZIP's state, and rows whose state fields are empty."""
    read = [_per_value(fields[name], _civil_state) for name in ("state", "state_code") if name in fields]
    empty = np.ones(len(by_zip), dtype=np.bool_)
    fits = by_zip != ""
    for words in read:
        empty &= words == _BLANK
        fits &= (words == by_zip) | (words == _BLANK)
    return fits & ~empty, (by_zip != "") & empty


def _fits(city: pd.Series[str], postal: pd.Series[str], rows: Flags) -> Flags:
    """Rows, among those given, whose city is one of the ZIP's."""
    out = np.zeros(len(rows), dtype=np.bool_)
    pairs = (city[rows] + "|" + postal[rows].str.slice(0, 5)).astype("str")
    out[rows] = _per_value(pairs, lambda p: _PLAIN if squeeze(p[:-6]) in zip_cities(p[-5:]) else "") == _PLAIN
    return out


def _damaged(street: pd.Series[str]) -> pd.Series[str]:
    """Streets say nothing about the state and differ in every row: kept only where they show damaged text."""
    foreign = ~street.str.isascii().to_numpy(dtype=np.bool_)
    return street.where(foreign, "")


def standardise(fields: Fields) -> Fields:
    """The same answers from fewer different rows."""
    if "street" in fields:
        fields = {**fields, "street": _damaged(fields["street"])}
    if "postal" not in fields:
        return fields
    postal, plus4, short, by_zip = _postal_forms(fields["postal"])
    agree, empty = _states_agree(fields, by_zip)
    for name in ("country", "country_code"):
        if name in fields:
            home = _per_value(fields[name], _plain_country) == _PLAIN
            agree, empty = agree & home, empty & home
    city = fields.get("city")
    classes = np.full(len(postal), _BLANK, dtype=object) if city is None else _per_value(city, _city_class)
    fits = np.zeros(len(postal), dtype=np.bool_)
    if city is not None:
        fits = _fits(city, postal, empty & ~short & (classes == _PLAIN))
    agree &= classes != ""
    replaced = agree | (empty & (classes == _BLANK)) | fits
    states = pd.Series(by_zip, index=postal.index)
    codes, cities = (states.map({s: pair[i] for s, pair in _typical().items()}).astype("str") for i in (0, 1))
    codes = codes.mask(plus4, codes + "-0000").mask(short, codes.str.lstrip("0"))
    out = {**fields, "postal": postal.mask(replaced, codes)}
    if city is not None:
        out["city"] = city.mask(agree & (classes == _PLAIN), _ANY_CITY).mask(fits, cities)
    return out
