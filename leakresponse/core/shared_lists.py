"""Columns of lists in which many rows hold the same list object: each distinct list is looked at once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]


def numbered(values: Iterable[Iterable[str]]) -> tuple[Ints, list[tuple[str, ...]]]:
    """The number of each row's list, and the distinct lists by number in order of first appearance."""
    lists = list(values)
    codes, keys = pd.factorize(np.fromiter(map(id, lists), dtype=np.int64, count=len(lists)))
    firsts = np.empty(len(keys), dtype=np.int64)
    firsts[codes[::-1]] = np.arange(len(lists) - 1, -1, -1)
    known: dict[tuple[str, ...], int] = {}
    numbers = np.array([known.setdefault(tuple(lists[place]), len(known)) for place in firsts], dtype=np.int64)
    return (numbers[codes] if len(numbers) else numbers), list(known)


def holding(values: pd.Series, word: str) -> npt.NDArray[np.bool_]:
    """Which rows' lists hold the word."""
    codes, lists = numbered(values)
    return np.array([word in one for one in lists], dtype=np.bool_)[codes] if lists else np.zeros(0, np.bool_)
