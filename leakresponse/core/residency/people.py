"""Residency of people from a table with one row per address: Contact, Account, Lead and Order each know another one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from leakresponse.core.errors import BadInput
from leakresponse.core.residency.combine import ORDER, Dated, Marks, combine
from leakresponse.core.residency.distinct import Interner, address_codes, group_codes
from leakresponse.core.residency.frame import FIELDS, UNDATED, days_of, output
from leakresponse.core.residency.marks import is_stale, read_marks
from leakresponse.core.residency.reading import unique
from leakresponse.core.residency.standard import Codes, Flags, factorise, texts

EVIDENCE_COLUMNS: Final = ("person_id", "kind", "date", *FIELDS)


def _kinds(frame: pd.DataFrame) -> Codes:
    codes, uniques = factorise(texts(frame, "kind").str.strip().str.lower())
    if not set(uniques) <= set(ORDER):
        raise BadInput(f"unknown kind of address evidence; known are {', '.join(ORDER)}")
    numbers: list[int] = [[str(k) for k in ORDER].index(u) for u in uniques]
    return np.asarray(numbers or [0], dtype=np.int64)[codes]


def _street_marks(frame: pd.DataFrame) -> tuple[Codes, list[Marks]]:
    if "street" not in frame.columns:
        return np.zeros(len(frame), dtype=np.int64), [Marks()]
    codes, uniques = factorise(texts(frame, "street"))
    read = [read_marks("", street, "", None) for street in uniques] or [Marks()]
    distinct = {m: i for i, m in enumerate(dict.fromkeys(read))}
    return np.asarray([distinct[m] for m in read], dtype=np.int64)[codes], list(distinct)


def _ranks(people: Codes, days: Codes) -> Codes:
    """Order of the days within each person, oldest 1; 0 for undated."""
    dated = pd.Series(days).where(days != UNDATED)
    ranks = dated.groupby(people).rank("dense")
    return ranks.fillna(0).to_numpy().astype(np.int64)


def _stale(people: Codes, count: int, days: Codes, as_of: date | None) -> Flags:
    """People whose newest dated address is older than what change-of-address data know."""
    newest: Codes = np.full(count, UNDATED, dtype=np.int64)
    np.maximum.at(newest, people, days)
    by_day, uniques = pd.factorize(newest)
    answers = [d != UNDATED and is_stale(date.fromordinal(int(d)), as_of) for d in uniques]
    return np.asarray(answers or [False], dtype=np.bool_)[by_day]


def _marks_of(rows: Sequence[int], kinds: Codes, mark_codes: Codes, marks: Sequence[Marks], stale: bool) -> Marks:
    own = [marks[mark_codes[r]] for r in rows if ORDER[kinds[r]] in ("mailing", "other")]
    flags = unique((*(f for m in own for f in m.flags), "STALE" if stale else ""))
    return Marks(any(m.forwarder for m in own), flags)


def resolve_evidence(frame: pd.DataFrame, as_of: date | None = None) -> pd.DataFrame:
    """Residency of each person from several addresses, one per row; people in the order of first appearance.

    Columns: `person_id`, `kind` (mailing, other, billing, shipping, lead), and any of `date` (ISO, when the address was
    last known to hold), `city, state, state_code, postal, country, country_code, street`.
    Raises BadInput where a needed column is missing or a kind is not known.
    """
    missing = [c for c in ("person_id", "kind") if c not in frame.columns]
    if missing:
        raise BadInput(f"address evidence lacks the column {missing[0]}")
    frame = frame.reset_index(drop=True)
    interner = Interner()
    readings = address_codes(frame, {f: f for f in FIELDS}, interner)
    if readings is None:
        raise BadInput("address evidence has no address column")
    kinds, days = _kinds(frame), days_of(frame, "date")
    mark_codes, marks = _street_marks(frame)
    people, ids = factorise(texts(frame, "person_id"))
    ranks = _ranks(people, days)
    stale = _stale(people, len(ids), days, as_of)
    shapes, _ = group_codes([kinds, ranks, readings, mark_codes])
    codes, samples = _group_people(people, len(ids), shapes, stale)
    answers = [
        combine(
            [Dated(ORDER[kinds[r]], int(ranks[r]) or None, interner.values[readings[r]]) for r in rows],
            _marks_of(rows, kinds, mark_codes, marks, is_old),
        )
        for rows, is_old in samples
    ]
    return output(pd.Series(ids, dtype="str"), codes, answers)


def _group_people(
    people: Codes, count: int, shapes: Codes, stale: Flags
) -> tuple[Codes, list[tuple[Sequence[int], bool]]]:
    """People whose rows have the same shapes get one number; a sample of rows for each number."""
    order = np.lexsort((shapes, people))
    bounds = np.searchsorted(people[order], np.arange(count + 1))
    sizes = np.diff(bounds)
    samples: list[tuple[Sequence[int], bool]] = []
    codes: Codes = np.zeros(count, dtype=np.int64)
    for size in np.unique(sizes):
        members = np.flatnonzero(sizes == size)
        rows = order[bounds[members][:, None] + np.arange(size)]
        columns: list[Codes] = [stale[members].astype(np.int64), *shapes[rows].T]
        numbers, first = group_codes(columns)
        codes[members] = numbers + len(samples)
        samples += [(rows[i].tolist(), bool(stale[members[i]])) for i in first]
    return codes, samples
