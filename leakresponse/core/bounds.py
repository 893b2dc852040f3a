"""How many, where the exact number is not proven: at least, probably, and at most.

A figure without its bounds is how a count of 4,500 becomes one of 33.7 million. Every count of scope is a Bound: `low`
is what is named for certain, `likely` the best single figure, `high` the most that can be true, None where nothing
limits it. `basis` says in words what the figures rest on, for the report; it never holds a person's data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypedDict

from leakresponse.core.errors import BadInput


class BoundFacts(TypedDict):
    """A Bound as JSON: `exact` repeats that low and high are one."""

    low: int
    likely: int
    high: int | None
    basis: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Bound:
    """0 <= low <= likely <= high; raises BadInput for anything else. `a + b` counts things that cannot overlap."""

    low: int
    likely: int
    high: int | None
    basis: str

    def __post_init__(self) -> None:
        above = self.high is None or self.likely <= self.high
        if not (0 <= self.low <= self.likely and above):
            raise BadInput(f"bounds out of order: {self.low}, {self.likely}, {self.high}")

    def __add__(self, other: Bound) -> Bound:
        high = None if self.high is None or other.high is None else self.high + other.high
        basis = joined((self.basis, other.basis))
        return Bound(self.low + other.low, self.likely + other.likely, high, basis)

    @property
    def is_exact(self) -> bool:
        """Whether the figure is proven."""
        return self.low == self.high

    def holds(self, figure: int) -> bool:
        """Whether a figure can be true."""
        return self.low <= figure and (self.high is None or figure <= self.high)

    def at_most(self, top: int | None, basis: str = "") -> Bound:
        """The same, where no more than `top` there are; what is named for certain is never cut down."""
        if top is None or (self.high is not None and self.high <= top):
            return self
        high = max(top, self.low)
        return replace(self, likely=min(self.likely, high), high=high, basis=joined((self.basis, basis)))

    def facts(self) -> BoundFacts:
        """For JSON: events, facts of a report, states of a run."""
        return {"low": self.low, "likely": self.likely, "high": self.high, "basis": self.basis, "exact": self.is_exact}

    def words(self) -> str:
        """`1,234`, `between 10 and 20 (likely 12)` or `at least 10 (likely 12), no upper limit known`."""
        if self.is_exact:
            return f"{self.low:,}"
        if self.high is None:
            return f"at least {self.low:,} (likely {self.likely:,}), no upper limit known"
        return f"between {self.low:,} and {self.high:,} (likely {self.likely:,})"


def exactly(figure: int, basis: str) -> Bound:
    """A proven figure."""
    return Bound(figure, figure, figure, basis)


def total(bounds: Iterable[Bound]) -> Bound:
    """The sum of counts of things that cannot overlap, such as records of different objects; nothing is exactly 0."""
    kept = list(bounds)
    if not kept:
        return exactly(0, "nothing to count")
    high = None if any(one.high is None for one in kept) else sum(one.high or 0 for one in kept)
    basis = joined(one.basis for one in kept)
    return Bound(sum(one.low for one in kept), sum(one.likely for one in kept), high, basis)


def union(bounds: Iterable[Bound]) -> Bound:
    """The count of a union whose parts may overlap by any amount, such as records of one object on several ways.

    At least the largest part, at most all of them; the likely figure is that of the largest part, since attackers read
    the same table again. Where records are named, count the names instead.
    """
    kept = list(bounds)
    if not kept:
        return exactly(0, "nothing to count")
    high = None if any(one.high is None for one in kept) else sum(one.high or 0 for one in kept)
    basis = joined(one.basis for one in kept)
    return Bound(max(one.low for one in kept), max(one.likely for one in kept), high, basis)


def joined(texts: Iterable[str]) -> str:
    """Several bases as one text, each once, in order."""
    parts = dict.fromkeys(part for text in texts for part in text.split("; ") if part)
    return "; ".join(parts)
