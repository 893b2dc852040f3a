"""What one partition found, as counts: they add up over partitions, and no person is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from leakresponse.core.elements_scan import SecretFinding
from leakresponse.core.shared_lists import holding, numbered


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of people and records. `by_state` has people by (residency, element); the element "" stands for anyone.

    `numbers`: what looks like a card or a social security number, by what it turned out to be (core.elements_text).
    """

    people: int = 0
    possible: int = 0
    minors: int = 0
    under_review: int = 0
    by_state: Mapping[tuple[str, str], int] = field(default_factory=dict)
    objects: Mapping[str, int] = field(default_factory=dict)
    secrets: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    first_read: str = ""
    last_read: str = ""

    @property
    def states(self) -> dict[str, int]:
        """People by residency, most first."""
        return _ranked({state: n for (state, element), n in self.by_state.items() if not element})

    @property
    def elements(self) -> dict[str, int]:
        """People by data element, most first."""
        found: Counter[str] = Counter()
        for (_state, element), n in self.by_state.items():
            if element:
                found[element] += n
        return _ranked(found)

    def facts(self) -> dict[str, Any]:
        """The counts as the ledger keeps them."""
        return {
            "people": self.people,
            "records": sum(self.objects.values()),
            "states": self.states,
            "objects": _ranked(self.objects),
            "elements": self.elements,
            "first_read": self.first_read,
            "last_read": self.last_read,
            "people_possible": self.possible,
            "minors": self.minors,
            "under_review": self.under_review,
            "secrets": dict(self.secrets),
            "numbers": dict(sorted(self.numbers.items())),
        }

    @staticmethod
    def total(parts: Iterable[Tally]) -> Tally:
        """All partitions together."""
        some = list(parts)
        return Tally(
            people=sum(one.people for one in some),
            possible=sum(one.possible for one in some),
            minors=sum(one.minors for one in some),
            under_review=sum(one.under_review for one in some),
            by_state=_added([one.by_state for one in some]),
            objects=_added([one.objects for one in some]),
            secrets=_added([one.secrets for one in some]),
            numbers=_added([one.numbers for one in some]),
            first_read=min((one.first_read for one in some if one.first_read), default=""),
            last_read=max((one.last_read for one in some if one.last_read), default=""),
        )


def tally_of(
    people: pd.DataFrame, exposures: pd.DataFrame, secrets: Sequence[SecretFinding], numbers: Mapping[str, int]
) -> Tally:
    """The counts of one partition."""
    records = exposures[["object", "record_id"]].drop_duplicates()
    return Tally(
        people=len(people),
        possible=int((people["certainty"] == "possible").sum()),
        minors=int(holding(people["flags"], "minor").sum()),
        under_review=int(people["review"].sum()),
        by_state=_by_state(people),
        objects={str(name): int(n) for name, n in records["object"].value_counts().items()},
        secrets=dict(Counter(one.kind for one in secrets)),
        numbers=dict(numbers),
        first_read=exposures["first_seen"].min().isoformat() if len(exposures) else "",
        last_read=exposures["last_seen"].max().isoformat() if len(exposures) else "",
    )


def _by_state(people: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Each distinct pair of residency and element list is looked at once."""
    states, names = pd.factorize(people["residency"])
    codes, sets = numbered(people["elements"])
    found: Counter[tuple[str, str]] = Counter()
    pairs, counts = np.unique(states * max(len(sets), 1) + codes, return_counts=True)
    for pair, n in zip(pairs.tolist(), counts.tolist(), strict=True):
        state, some = str(names[pair // len(sets)]), sets[pair % len(sets)]
        for element in ("", *some):
            found[state, element] += n
    return dict(found)


def _added(parts: Iterable[Mapping[Any, int]]) -> dict[Any, int]:
    found: Counter[Any] = Counter()
    for one in parts:
        found.update(one)
    return dict(found)


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
