"""Equal addresses are resolved once: what is distinct goes through the rules of `address` one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from leakresponse.core.residency.address import resolve_address
from leakresponse.core.residency.evidence import Address
from leakresponse.core.residency.reading import Reading
from leakresponse.core.residency.standard import Codes, number, standardise, texts


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


def address_codes(frame: pd.DataFrame, columns: Mapping[str, str], interner: Interner) -> Codes | None:
    """The number of each row's reading of one source; None where the frame has no column of it.

    `columns` maps the fields of `Address` to columns of the frame; those the frame lacks are left out.
    """
    present = {field: texts(frame, column) for field, column in columns.items() if column in frame.columns}
    if not present:
        return None
    fields = standardise(present)
    codes, first = group_codes([number(f) for f in fields.values()])
    picked = {name: values.iloc[first].tolist() for name, values in fields.items()}
    readings = [
        interner.number(resolve_address(Address(**dict(zip(picked, row, strict=True)))))
        for row in zip(*picked.values(), strict=True)
    ]
    return np.asarray(readings, dtype=np.int64)[codes] if readings else codes
