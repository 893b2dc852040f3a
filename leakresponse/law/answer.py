"""What the engine answers. Contract fields first; the rest explains them and may grow."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from leakresponse.law.vocabulary import PHRASES, ObligationKind, Recipient, ServiceKind, Status


@dataclass(frozen=True, slots=True)
class Obligation:
    """One duty, or the reasoned absence of one.

    `people` counts those placed here for certain; `people_possible` those for whom this is only a candidate.
    `due_on` is the last day in time, None where the law names no day or its start is not yet known: see `due_text`.
    `clock_starts` is the event that started the clock. `question` is what must be answered before a review ends.
    """

    id: str
    jurisdiction: str
    recipient: Recipient
    recipient_name: str
    status: Status
    kind: ObligationKind
    people: int
    due_on: date | None
    due_text: str
    clock_starts: str
    citation: str
    because: str
    link: str = ""
    confidence: str = ""
    question: str = ""
    people_possible: int = 0
    minors: int = 0
    days_left: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """A service that must be offered; `months` is the least the law allows."""

    jurisdiction: str
    kind: ServiceKind
    months: int
    citation: str
    status: Status
    people: int
    elements: tuple[str, ...]
    because: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A letter phrase: `when_elements` empty means every letter, else only for people with one of them."""

    id: str
    text: str
    when_elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """What a letter to residents must and must not say."""

    jurisdiction: str
    must_include: tuple[Phrase, ...]
    must_omit: tuple[Phrase, ...]
    citation: str
    link: str = ""

    def for_elements(self, elements: frozenset[str]) -> NoticeRules:
        """The rules for people with just these elements: conditional phrases that do not apply fall away."""
        kept = tuple(p for p in self.must_include if not p.when_elements or elements & set(p.when_elements))
        return NoticeRules(self.jurisdiction, kept, self.must_omit, self.citation, self.link)

    def to_json(self) -> dict[str, Any]:
        """Ids in the contract's lists, their texts and conditions beside them."""
        phrases = (*self.must_include, *self.must_omit)
        return {
            "jurisdiction": self.jurisdiction,
            "must_include": [p.id for p in self.must_include],
            "must_omit": [p.id for p in self.must_omit],
            "citation": self.citation,
            "link": self.link,
            "phrases": {p.id: PHRASES[p.id] for p in phrases},
            "when_elements": {p.id: list(p.when_elements) for p in phrases if p.when_elements},
        }


@dataclass(frozen=True, slots=True)
class Assessment:
    """The whole answer for one population and one set of facts."""

    obligations: tuple[Obligation, ...]
    services: tuple[ServiceOffer, ...]
    notice_rules: tuple[NoticeRules, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values that `json.dumps` takes as they are."""
        return {
            "obligations": [_plain(o) for o in self.obligations],
            "services": [_plain(s) for s in self.services],
            "notice_rules": [r.to_json() for r in self.notice_rules],
        }


def _plain(item: Obligation | ServiceOffer) -> dict[str, Any]:
    def value(raw: object) -> object:
        if isinstance(raw, date):
            return raw.isoformat()
        return list(raw) if isinstance(raw, tuple) else raw

    return {key: value(raw) for key, raw in asdict(item).items()}
