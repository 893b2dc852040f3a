"""Membership and patterns over whole text columns, as pandas has them, but never walking Arrow text in Python."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def among(values: pd.Series, known: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Which of `values` are in `known`; missing values never are."""
    if not len(values):
        return np.zeros(0, np.bool_)
    pool = _texts(known if isinstance(known, pd.Series) else pd.Series(list(known), dtype="str"))
    found = pc.is_in(_texts(values), value_set=pool.drop_null(), skip_nulls=True)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def matching(values: pd.Series, pattern: str) -> npt.NDArray[np.bool_]:
    """Which of `values` hold the pattern somewhere (RE2 syntax); missing values never do."""
    found = pc.match_substring_regex(_texts(values), pattern).fill_null(False)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def later(values: pd.Series, moment: datetime) -> npt.NDArray[np.bool_]:
    """Which of `values`, times in UTC as Salesforce writes them, are after the moment; missing ones never are.

    `2026-11-23T10:00:00.000Z` (Bulk) and `...000+0000` (REST) are in order as texts up to the millisecond, and a
    million texts are compared in the time in which one thousand are parsed.
    """
    limit = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}"
    found = pc.greater(pc.utf8_slice_codeunits(_texts(values), 0, len(limit)), pa.scalar(limit)).fill_null(False)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _texts(values: pd.Series) -> pa.LargeStringArray:
    converted = pa.array(values, type=pa.large_string(), from_pandas=True)
    return converted.combine_chunks() if isinstance(converted, pa.ChunkedArray) else converted
