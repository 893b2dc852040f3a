"""Rows are counted by their whole content: never twice for two files, never once for two equal rows of one file."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from leakresponse.core.archive_rows import (
    Hashes,
    count_off,
    difference,
    fresh_rows,
    hash_rows,
    hashes_from,
    join_hashes,
    no_hashes,
)

FILES = st.lists(st.lists(st.integers(0, 4), max_size=8), max_size=6)


def hashes(numbers: list[int]) -> Hashes:
    return hashes_from(b"".join(number.to_bytes(16, "big") for number in numbers))


def archived(files: list[list[int]]) -> Counter[int]:
    held = no_hashes()
    for one in files:
        incoming = hashes(one)
        held = join_hashes([held, incoming[fresh_rows(incoming, held)]])
    raw = held.tobytes()
    return Counter(int.from_bytes(raw[at : at + 16], "big") for at in range(0, len(raw), 16))


@given(FILES)
def test_each_row_is_held_as_often_as_the_file_that_has_it_most(files: list[list[int]]) -> None:
    most: Counter[int] = Counter()
    for one in files:
        most |= Counter(one)
    assert archived(files) == most


@given(FILES)
def test_files_that_come_again_in_any_order_add_nothing(files: list[list[int]]) -> None:
    assert archived([*files, *reversed(files)]) == archived(files)


@given(st.lists(st.integers(0, 4), max_size=12), st.lists(st.integers(0, 4), max_size=12))
def test_a_difference_counts_rows_as_multisets(old: list[int], new: list[int]) -> None:
    added, removed = Counter(new) - Counter(old), Counter(old) - Counter(new)
    assert difference(hashes(old), hashes(new)) == (added.total(), removed.total())


@given(st.lists(st.integers(0, 3), max_size=12))
def test_equal_rows_are_counted_off_in_their_order(numbers: list[int]) -> None:
    assert count_off(hashes(numbers)).tolist() == [numbers[: n + 1].count(one) for n, one in enumerate(numbers)]


def test_neither_the_order_of_columns_nor_an_empty_one_makes_another_row() -> None:
    short = pa.table({"B": ["2", "3"], "A": ["1", "1"]})
    wide = pa.table({"A": ["1", "1"], "C": ["", ""], "B": ["2", "3"]})
    assert hash_rows(short).tolist() == hash_rows(wide).tolist()


def test_one_request_id_does_not_make_two_rows_one() -> None:
    first, second = hash_rows(pa.table({"REQUEST_ID": ["same", "same"], "ROWS_PROCESSED": ["1", "2000"]}))
    assert first != second


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_no_value_passes_for_another_column(first: str, second: str, third: str) -> None:
    """An attacker chooses texts in his rows; none of them may hide another row."""
    honest = hash_rows(pa.table({"A": [first], "B": [second]}))
    forged = hash_rows(pa.table({"A": [f"{first}1:B{len(second)}:{second}"], "B": [third]}))
    assert honest.tolist() != forged.tolist()


def test_hashes_that_end_in_zero_bytes_keep_them() -> None:
    ending = hashes_from(b"\x01" + b"\x00" * 15 + b"\x01\x00\x02" + b"\x00" * 13)
    assert fresh_rows(ending, ending[:1]).tolist() == [False, True]
    assert ending.tobytes() == join_hashes([ending]).tobytes()


def test_columns_left_out_do_not_count() -> None:
    rows = pa.table({"Id": ["1", "1"], "LastViewedDate": ["2026-11-20", "2026-11-21"]})
    assert len(np.unique(hash_rows(rows, {"LastViewedDate"}))) == 1
