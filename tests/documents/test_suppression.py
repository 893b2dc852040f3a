"""Small counts cannot be read and cannot be worked out; totals stay exact."""

from __future__ import annotations

import random

from leakresponse.documents.suppression import shown, withheld


def test_small_counts_are_withheld_and_zeros_are_not() -> None:
    assert withheld([[500], [3], [4], [8], [0]], 10) == {(1, 0), (2, 0), (3, 0)}


def test_a_lone_small_count_takes_the_next_smallest_with_it() -> None:
    assert withheld([[500], [3], [40]], 10) == {(1, 0), (2, 0)}


def test_two_that_are_tiny_together_take_a_third() -> None:
    assert withheld([[500], [1], [1], [40]], 10) == {(1, 0), (2, 0), (3, 0)}


def test_a_row_that_adds_up_is_protected_too() -> None:
    hidden = withheld([[100, 95, 5], [200, 150, 50]], 10, rows_add_up=True)
    assert {(0, 2), (0, 1)} <= hidden or {(0, 2), (0, 0)} <= hidden


def test_no_line_is_left_with_one_hidden_cell() -> None:
    dice = random.Random(3)
    for _ in range(200):
        rows = [[dice.choice([0, 0, 3, 30, 300]) for _ in range(4)] for _ in range(6)]
        table = [[sum(row), *row] for row in rows]
        hidden = withheld(table, 10, rows_add_up=True)
        for line in [*([(r, c) for c in range(5)] for r in range(6)), *([(r, c) for r in range(6)] for c in range(5))]:
            inside = [cell for cell in line if cell in hidden]
            free = [c for c in line if c not in hidden and table[c[0]][c[1]]]
            assert len(inside) != 1 or not free


def test_zero_threshold_shows_all() -> None:
    assert withheld([[1], [2]], 0) == frozenset()


def test_how_counts_are_shown() -> None:
    assert [shown(n, 10, hidden=h) for n, h in ((0, False), (9, False), (10, True), (1234, False))] == [
        "0", "<10", "withheld", "1,234",
    ]  # fmt: skip
