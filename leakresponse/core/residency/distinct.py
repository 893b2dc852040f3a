"""Equal addresses are resolved once, and clean addresses are made equal first.

A million rows hold few different addresses once the city of a row whose state and ZIP agree is set aside: it cannot
change the answer. What is left, distinct, goes through the rules of `address` one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakresponse.core.residency.address import resolve_address
from leakresponse.core.residency.countries import read_country
from leakresponse.core.residency.evidence import Address
from leakresponse.core.residency.reading import Reading
from leakresponse.core.residency.states import MILITARY, read_state
from leakresponse.core.residency.text import is_placeholder
from leakresponse.core.residency.zips import SUSPICIOUS, splits, zip_table

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Stands for a city that cannot matter, because state and ZIP beside it agree. No post office has this name.
_ANY_CITY: Final = "Agreed"


class Interner:
    """Equal readings get one number; the readings by number are in `values`."""

    def __init__(self) -> None:
        self.values: list[Reading] = []
        self._numbers: dict[Reading, int] = {}

    def number(self, value: Reading) -> int:
        found = self._numbers.setdefault(value, len(self.values))
        if found == len(self.values):
            self.values.append(value)
        return found


def texts(frame: pd.DataFrame, column: str) -> pd.Series[str]:
    """One column as text, missing values empty."""
    return frame[column].fillna("").astype("str")


def factorise(values: pd.Series[str]) -> tuple[Codes, list[str]]:
    """The number of each row's value, and the values by number."""
    codes, uniques = pd.factorize(values)
    return np.asarray(codes, dtype=np.int64), [str(u) for u in uniques]


def group_codes(columns: Sequence[Codes]) -> tuple[Codes, Codes]:
    """Number the distinct rows of parallel columns of numbers: each row's number, and the first row of each number."""
    size = len(columns[0])
    codes: Codes = np.zeros(size, dtype=np.int64)
    for column in columns:
        mixed = codes * (int(column.max(initial=0)) + 1) + column
        codes = np.asarray(pd.factorize(mixed)[0], dtype=np.int64)
    first: Codes = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(size - 1, -1, -1, dtype=np.int64)
    return codes, first


def _per_value(values: pd.Series[str], function: Callable[[str], str]) -> npt.NDArray[np.object_]:
    codes, uniques = factorise(values)
    return np.asarray([function(u) for u in uniques] or [""], dtype=object)[codes]


def _civil_state(text: str) -> str:
    read = read_state(text.strip())
    return read.code if read.kind == "state" and read.code not in MILITARY else ""


def _plain_state(zip5: str) -> str:
    """The state of a ZIP about which there is nothing to say: assigned, of one state, civil, no filler."""
    entry = zip_table().get(zip5)
    return "" if entry is None or entry.type == "M" or zip5 in splits() or zip5 in SUSPICIOUS else entry.state


def _plain_city(text: str) -> str:
    letters = text.translate({ord(c): None for c in " .-'"})
    return "yes" if letters.isascii() and letters.isalpha() and not is_placeholder(text) else ""


def _plain_country(text: str) -> str:
    return "yes" if read_country(text.strip(), "", _civil_state(text)).kind in ("us", "blank") else ""


@lru_cache(maxsize=1)
def _typical_zips() -> dict[str, str]:
    found: dict[str, str] = {"": ""}
    for code in zip_table():
        found.setdefault(_plain_state(code), code)
    return found


def _standardise(fields: dict[str, pd.Series[str]]) -> dict[str, pd.Series[str]]:
    """The same answers from fewer different rows: what cannot matter is taken out of clean ones.

    ZIP+4 loses its last four digits. Where country, state and ZIP agree and the city is plain text, the city goes and
    the ZIP becomes the first one of that state: no rule asks which of them it is.
    """
    if "postal" not in fields or "state" not in fields:
        return fields
    postal = fields["postal"]
    plus4 = postal.str.fullmatch(r"\d{5}-\d{4}").astype(bool)
    postal = postal.mask(plus4, postal.str.slice(0, 5) + "-0000")
    clean = plus4 | postal.str.fullmatch(r"\d{5}").astype(bool)
    by_zip = _per_value(postal.str.slice(0, 5).where(clean, ""), _plain_state)
    agreed: Flags = (by_zip != "") & (_per_value(fields["state"], _civil_state) == by_zip)
    for name, check in (("city", _plain_city), ("country", _plain_country), ("country_code", _plain_country)):
        if name in fields:
            agreed &= _per_value(fields[name], check) == "yes"
    typical = _typical_zips()
    standard = pd.Series([typical[s] for s in by_zip], index=postal.index, dtype="str")
    standard = standard.mask(plus4, standard + "-0000")
    out = {**fields, "postal": postal.mask(agreed, standard)}
    if "city" in out:
        out["city"] = out["city"].mask(agreed, _ANY_CITY)
    return out


def address_codes(frame: pd.DataFrame, columns: Mapping[str, str], interner: Interner) -> Codes | None:
    """The number of each row's reading of one source; None where the frame has no column of it.

    `columns` maps the fields of `Address` to columns of the frame; those the frame lacks are left out.
    """
    present = {field: texts(frame, column) for field, column in columns.items() if column in frame.columns}
    if not present:
        return None
    fields = _standardise(present)
    codes, first = group_codes([factorise(f)[0] for f in fields.values()])
    picked = {name: values.iloc[first].tolist() for name, values in fields.items()}
    readings = [
        interner.number(resolve_address(Address(**dict(zip(picked, row, strict=True)))))
        for row in zip(*picked.values(), strict=True)
    ]
    return np.asarray(readings, dtype=np.int64)[codes] if readings else codes
