"""Residency of a table with one row per person, in the columns of the `residency` contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from leakresponse.core.errors import BadInput
from leakresponse.core.residency.combine import Dated, Kind, Marks, combine
from leakresponse.core.residency.distinct import Interner, address_codes, group_codes
from leakresponse.core.residency.marks import day, read_marks
from leakresponse.core.residency.reading import Reading
from leakresponse.core.residency.standard import Codes, factorise, number, texts

FIELDS: Final = ("city", "state", "state_code", "postal", "country", "country_code", "street")

#: Input columns of one row per person, by source and field of `Address`.
WIDE_COLUMNS: Final[Mapping[Kind, Mapping[str, str]]] = {
    "mailing": {f: f"contact_mailing_{f}" for f in FIELDS},
    "billing": {f: f"account_billing_{f}" for f in FIELDS},
    "shipping": {f: f"last_order_ship_{f}" for f in FIELDS},
}
DATE_COLUMNS: Final[Mapping[Kind, str]] = {"mailing": "contact_address_modified", "shipping": "last_order_date"}
MARK_COLUMN: Final = "person_flags"

OUTPUT_COLUMNS: Final = ("id", "residency", "candidates", "confidence", "review", "flags", "basis")
UNDATED: Final = -1


def known_columns() -> frozenset[str]:
    """Every column of one row per person that carries evidence of residency."""
    return frozenset(c for fields in WIDE_COLUMNS.values() for c in fields.values())


def used_columns() -> frozenset[str]:
    """Every column that `resolve` looks at, beside the id."""
    return known_columns() | {*DATE_COLUMNS.values(), MARK_COLUMN}


def days_of(frame: pd.DataFrame, column: str | None) -> Codes:
    """Days as numbers, larger is newer; -1 where there is none."""
    if column is None or column not in frame.columns:
        return np.full(len(frame), UNDATED, dtype=np.int64)
    codes, uniques = factorise(texts(frame, column))
    days = [d.toordinal() if (d := day(u)) else UNDATED for u in uniques]
    return np.asarray(days or [UNDATED], dtype=np.int64)[codes]


def _ranks(columns: Sequence[Codes]) -> list[Codes]:
    """Days of one row reduced to their order (0 oldest), so that rows differ only where the order does."""
    return [
        np.where(mine < 0, UNDATED, sum((other >= 0) & (other < mine) for other in columns)).astype(np.int64)
        for mine in columns
    ]


def _mark_codes(frame: pd.DataFrame, as_of: date | None) -> tuple[Codes, list[Marks]]:
    names = (MARK_COLUMN, WIDE_COLUMNS["mailing"]["street"], DATE_COLUMNS["mailing"])
    empty = pd.Series([""] * len(frame), index=frame.index, dtype="str")
    columns = [texts(frame, n) if n in frame.columns else empty for n in names]
    if as_of is None:
        columns[2] = empty
    codes, first = group_codes([number(c) for c in columns])
    rows = zip(*(c.iloc[first].tolist() for c in columns), strict=True)
    marks = [read_marks(flags, street, changed, as_of) for flags, street, changed in rows]
    distinct = {m: i for i, m in enumerate(dict.fromkeys(marks))}
    numbers = np.asarray([distinct[m] for m in marks] or [0], dtype=np.int64)
    return (numbers[codes] if len(codes) else codes), list(distinct) or [Marks()]


def output(ids: pd.Series[str], codes: Codes, readings: Sequence[Reading]) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "residency": [r.residency for r in readings],
            "candidates": [" ".join(r.candidates) for r in readings],
            "confidence": [r.confidence for r in readings],
            "review": ["Y" if r.review else "N" for r in readings],
            "flags": [" ".join(r.flags) for r in readings],
            "basis": [r.basis for r in readings],
        },
        dtype="str",
    )
    out = table.take(codes).reset_index(drop=True)
    out.insert(0, "id", ids.to_numpy())
    return out


def resolve(frame: pd.DataFrame, as_of: date | None = None) -> pd.DataFrame:
    """Residency of each row; the first column is the id, the others any subset of the contract's columns.

    `as_of` is the day on which minority and staleness are asked; without it neither is flagged.
    Raises BadInput where no column carries evidence.
    """
    if not known_columns() & set(frame.columns[1:]):
        raise BadInput("no column with evidence of residency; expected for instance contact_mailing_state")
    interner = Interner()
    sources: dict[Kind, Codes] = {}
    for kind, columns in WIDE_COLUMNS.items():
        codes = address_codes(frame, columns, interner)
        if codes is not None:
            sources[kind] = codes
    ranks = dict(zip(sources, _ranks([days_of(frame, DATE_COLUMNS.get(k)) for k in sources]), strict=True))
    mark_codes, marks = _mark_codes(frame, as_of)
    columns_of_codes = [mark_codes, *sources.values(), *(r + 1 for r in ranks.values())]
    codes, first = group_codes(columns_of_codes)
    answers = [
        combine(
            [Dated(k, _when(ranks[k][row]), interner.values[sources[k][row]]) for k in sources], marks[mark_codes[row]]
        )
        for row in first
    ]
    return output(texts(frame, str(frame.columns[0])), codes, answers)


def _when(rank: np.int64) -> int | None:
    return None if rank < 0 else int(rank)
