"""Which elements a row really holds: a field's class says what it is meant for, its value whether it is that.

A field named card number that holds junk, a test number or a masked one gives no element of that row and is counted; a
card's code or expiry is an element only beside a card number of the same row; of a social security number's field a
taxpayer number (ITIN) is that, and a masked one its last four digits. Every other field carries its element wherever
it holds more than empty text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leakresponse.core.elements import bits_of, has_value, strongest_card
from leakresponse.core.elements_cards import CARD, TEST, VERDICT_NAMES, judge
from leakresponse.core.elements_text import Scan, mark_bit, scan
from leakresponse.core.exposure_ids import among, matching

Bits = npt.NDArray[np.int64]

_NUMBER: Final = "payment_card_alone"
_BESIDE: Final = ("payment_card_with_code", "payment_card_with_expiry")
#: Whole forms of a nine-digit number; rules as in elements_text.
_NINE: Final = r"^\d{3}[- ]?\d{2}[- ]?\d{4}$"
_NEVER_ISSUED: Final = r"^(?:000|666|9)|^\d{3}[- ]?00|0000$"
_ITIN: Final = r"^9\d\d[- ]?(?:7\d|8[0-8]|9[0-24-9])"
_MASKED: Final = r"^[*xX#•. -]+\d{4}$"
_ADVERTISED: Final = frozenset({"078051120", "219099999", "457555462"})


def read_fields(records: pd.DataFrame, mapping: Mapping[str, str | None]) -> Scan:
    """Elements and marks of each row by field, and how many card and social security fields held what.

    `mapping` has the exposed fields alone: a code that was exposed without its number is no element.
    """
    present = {field: element for field, element in mapping.items() if element is not None and field in records}
    bits, marks = np.zeros(len(records), dtype=np.int64), np.zeros(len(records), dtype=np.int64)
    figures: Counter[str] = Counter()
    for field, element in present.items():
        if element == _NUMBER:
            found = _cards(records[field])
        elif element == "ssn":
            found = _social(records[field])
        elif element in _BESIDE:
            continue
        else:
            bits |= np.where(has_value(records[field]), np.int64(bits_of([element])), 0)
            continue
        bits |= found.bits.to_numpy()
        marks |= found.marks.to_numpy()
        figures.update(found.figures)
    bits = _beside(records, {field: element for field, element in present.items() if element in _BESIDE}, bits)
    named = {name: figures[name] for name in sorted(figures)}
    return Scan(pd.Series(bits, index=records.index), pd.Series(marks, index=records.index), named)


def _beside(records: pd.DataFrame, fields: Mapping[str, str], bits: Bits) -> Bits:
    """Code and expiry count in rows that hold a card number; of the three the strongest stands."""
    any_card = np.int64(bits_of([_NUMBER, *_BESIDE]))
    carded = bits & any_card != 0
    for field, element in fields.items():
        bits = bits | np.where(carded & has_value(records[field]), np.int64(bits_of([element])), 0)
    return strongest_card(bits)


def _cards(values: pd.Series) -> Scan:
    """A card number's field: plain digits are judged as a column, whatever else it holds is read as text."""
    texts = values.fillna("").astype("str").str.strip()
    plain = matching(texts, r"^[\d -]+$")
    bits, marks = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=np.int64)
    figures: Counter[str] = Counter()
    verdicts = judge(_digits(texts[plain]), as_field=True)
    bits[plain] = np.where(verdicts == CARD, np.int64(bits_of([_NUMBER])), 0)
    marks[plain] = np.where(verdicts == TEST, mark_bit("test_card"), 0)
    figures.update({VERDICT_NAMES[code]: int(n) for code, n in enumerate(np.bincount(verdicts, minlength=5)) if n})
    rest = ~plain & (texts != "").to_numpy()
    if rest.any():
        read = scan(texts[rest])
        bits[rest], marks[rest] = read.bits.to_numpy(), read.marks.to_numpy()
        figures.update(read.figures)
        figures["no_number"] += int((read.bits == 0).sum())
    return Scan(pd.Series(bits), pd.Series(marks), figures)


def _social(values: pd.Series) -> Scan:
    """A social security number's field. Seven or more digits of another form count: zeros get lost on the way in."""
    texts = values.fillna("").astype("str").str.strip()
    nine = matching(texts, _NINE)
    itin = nine & matching(texts, _ITIN)
    refused = nine & ~itin & (matching(texts, _NEVER_ISSUED) | among(_digits(texts), _ADVERTISED))
    tail = matching(texts, _MASKED)
    odd = ~nine & ~tail & matching(texts, r"(?:\d\D*){7}")
    real = (nine & ~itin & ~refused) | odd
    filled = (texts != "").to_numpy()
    bits = np.zeros(len(texts), dtype=np.int64)
    for element, chosen in (("ssn", real), ("taxpayer_id", itin), ("last4_ssn", tail)):
        bits[chosen] = bits_of([element])
    figures = {"ssn_refused": int((refused | (filled & (bits == 0))).sum())}
    return Scan(
        pd.Series(bits), pd.Series(np.zeros(len(texts), dtype=np.int64)), {k: n for k, n in figures.items() if n}
    )


def _digits(texts: pd.Series) -> pd.Series:
    bare = pc.replace_substring_regex(pa.array(texts, type=pa.large_string()), r"\D", "")
    return pd.Series(bare.to_pylist(), index=texts.index, dtype="str")
