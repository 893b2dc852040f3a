"""The answer of the resolver for one address or one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from leakresponse.core.vocabulary import FOREIGN_PREFIX, MILITARY_PREFIX, UNKNOWN

Confidence = Literal["high", "medium", "low", "unknown"]

_RANK: dict[Confidence, int] = {"unknown": 0, "low": 1, "medium": 2, "high": 3}


@dataclass(frozen=True, slots=True)
class Reading:
    """Where somebody lives, as far as the evidence goes.

    `residency` is a USPS code, MIL:xx, FOREIGN:xx or UNKNOWN; `candidates` the set whose laws stay in play, UNKNOWN
    among them where the address itself is doubtful; `review` says that a person must look; `basis` names the kind of
    evidence and never carries a value of it.
    """

    residency: str
    candidates: tuple[str, ...]
    confidence: Confidence
    review: bool
    flags: tuple[str, ...] = ()
    basis: str = ""

    @property
    def is_blank(self) -> bool:
        """Nothing was said: not even a candidate."""
        return self.confidence == "unknown"

    @property
    def is_foreign(self) -> bool:
        return self.residency.startswith(FOREIGN_PREFIX)

    @property
    def is_military(self) -> bool:
        return self.residency.startswith(MILITARY_PREFIX)

    def capped(self, most: Confidence) -> Reading:
        """The same answer with no more than this confidence."""
        return self if _RANK[self.confidence] <= _RANK[most] else replace(self, confidence=most)

    def flagged(self, *flags: str) -> Reading:
        """The same answer with more flags, each once."""
        return replace(self, flags=unique((*self.flags, *flags)))


def unique(items: Iterable[str]) -> tuple[str, ...]:
    """Each item once, in order of first appearance, empty ones dropped."""
    return tuple(dict.fromkeys(i for i in items if i))


def known(
    residency: str, basis: str, confidence: Confidence, review: bool = False, also: Iterable[str] = ()
) -> Reading:
    """A placed answer; `also` are further candidates."""
    return Reading(residency, unique((residency, *also)), confidence, review, (), basis)


def open_set(candidates: Iterable[str], basis: str) -> Reading:
    """Several places are plausible and none is taken: everything is kept in play and a person looks."""
    found = unique(candidates)
    return Reading(UNKNOWN, found, "low", True, (), basis) if found else nothing(basis)


def nothing(basis: str = "no evidence") -> Reading:
    """Unknown is an answer."""
    return Reading(UNKNOWN, (UNKNOWN,), "unknown", True, (), basis)
