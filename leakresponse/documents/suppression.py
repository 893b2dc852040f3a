"""Withholds small counts so that they cannot be worked out from the totals, which stay exact.

A cell of 1 up to the threshold is withheld. Where that alone would leave it to be found by subtraction, the next
smallest cell of the line is withheld too (complementary suppression, as statistical offices do it: Federal Committee
on Statistical Methodology, Working Paper 22, chapter II). A zero is always shown: it says nothing about anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Cell = tuple[int, int]


def withheld(
    table: Sequence[Sequence[int]], below: int, *, rows_add_up: bool = False, already: Iterable[Cell] = ()
) -> frozenset[Cell]:
    """Cells (row, column) to withhold. Column totals are taken as printed.

    With `rows_add_up` the first cell of each row is the sum of the others and is protected as well. `already` are
    cells that another table withholds. 0 for `below` shows everything.
    """
    if below <= 0:
        return frozenset()
    hidden = set(already)
    hidden |= {(r, c) for r, row in enumerate(table) for c, n in enumerate(row) if 0 < n < below}
    lines = list(_lines(table, rows_add_up))
    while extra := _next(table, below, lines, hidden):
        hidden.add(extra)
    return frozenset(hidden)


def shown(count: int, below: int, hidden: bool = False) -> str:
    """A count as the reader sees it: exact, `<10`, or `withheld` where only arithmetic forbids showing it."""
    if 0 < count < below:
        return f"<{below}"
    return "withheld" if hidden else f"{count:,}"


def _lines(table: Sequence[Sequence[int]], rows_add_up: bool) -> Iterator[tuple[list[Cell], bool]]:
    """Lines whose sum the reader knows; True for a column, whose total is printed beside it."""
    width = len(table[0]) if table else 0
    for column in range(width):
        yield [(row, column) for row in range(len(table))], True
    if rows_add_up and width > 1:
        for row in range(len(table)):
            yield [(row, column) for column in range(width)], False


def _next(
    table: Sequence[Sequence[int]], below: int, lines: Sequence[tuple[list[Cell], bool]], hidden: set[Cell]
) -> Cell | None:
    for line, is_column in lines:
        inside = [cell for cell in line if cell in hidden]
        total = sum(table[r][c] for r, c in inside)
        if not inside or (len(inside) > 1 and (not is_column or total >= below)):
            continue
        free = [cell for cell in line if cell not in hidden and table[cell[0]][cell[1]] > 0]
        if free:
            return min(free, key=lambda cell: table[cell[0]][cell[1]])
    return None
