"""One measured row."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Row:
    """Ours and a reference on the same input; `ratio` is ours / reference."""

    name: str
    part: str
    ours: float
    reference: float
    reference_name: str
    ratio: float
    aim: float
    better: Literal["lower", "higher"]
    unit: str
    size: int


def seconds(act: Callable[[], object], times: int = 3) -> float:
    """The best of some runs."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - start)
    return best


def row(
    part: str, name: str, ours: float, reference: float, reference_name: str, aim: float, size: int, unit: str = "s"
) -> Row:
    """A row where lower is better."""
    return Row(name, part, ours, reference, reference_name, ours / reference, aim, "lower", unit, size)
