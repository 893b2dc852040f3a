"""The shape of a law file. Every value is dated, cited, linked, checked and rated; anything else in a file is refused.

A value that the text of the statute leaves open is rated `low`, and a decision that rests on a low value is answered
`review`. `effective_from` and `effective_to` are both days in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from leakresponse.core.vocabulary import DATA_ELEMENTS, JURISDICTIONS
from leakresponse.law.vocabulary import (
    PHRASES,
    Channel,
    ClockEvent,
    Confidence,
    ElementFact,
    Event,
    Needs,
    Recipient,
    Role,
    ServiceKind,
    Status,
    Unit,
)

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Link = Annotated[str, StringConstraints(pattern=r"^https://\S+$")]


def _one_of(values: Sequence[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError(f"{value!r} is not a {what}")
        return value

    return AfterValidator(check)


EntityKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
ElementName = Annotated[str, _one_of(DATA_ELEMENTS, "data element")]
PhraseId = Annotated[str, _one_of(tuple(PHRASES), "letter phrase")]
JurisdictionCode = Annotated[str, _one_of(JURISDICTIONS, "jurisdiction")]


#: Units that have no day count of their own.
UNNUMBERED: tuple[Unit, ...] = ("qualitative", "with_individuals", "before_individuals")


class Strict(BaseModel):
    """No unknown keys, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where a value comes from: the section, the official text, a second source, and the day it was checked."""

    citation: Text
    link: Link
    second_source: Text
    checked_on: date


class Value(Source):
    """A source with the days on which the value is law, and how sure we are of it."""

    effective_from: date
    effective_to: date | None = None
    confidence: Confidence
    note: str = ""

    @model_validator(mode="after")
    def _range_is_forward(self) -> Value:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError(f"{self.citation}: effective_to lies before effective_from")
        return self

    def in_force(self, on: date) -> bool:
        """True on the first day, on the last day and on every day between."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


class Deadline(Strict):
    """How long. `text` is what the statute says, in short; a qualitative deadline has no number."""

    unit: Unit
    number: Annotated[int, Field(gt=0)] | None = None
    text: Text

    @model_validator(mode="after")
    def _number_fits_unit(self) -> Deadline:
        if (self.number is None) != (self.unit in UNNUMBERED):
            raise ValueError(f"deadline {self.text!r}: unit {self.unit} and number {self.number} do not go together")
        return self


class Clocked(Value):
    """A duty with a clock. With several start events the earliest known one starts it."""

    deadline: Deadline
    starts: Annotated[tuple[ClockEvent, ...], Field(min_length=1)]


class Bound(Value):
    """Who is bound; kinds of entity that another law governs are answered `review` with that law's name.

    `only_kinds`: the statute binds these kinds of entity and nobody else (Georgia: information brokers).
    """

    roles: tuple[Role, ...]
    text: Text
    only_kinds: tuple[EntityKind, ...] = ()
    other_law: dict[str, Text] = Field(default_factory=dict)


class Element(Value):
    """One data element and what it must come with to count as personal information."""

    element: ElementName
    needs: Needs
    if_fact: ElementFact | None = None
    words: Text


class Trigger(Value):
    """Which events make a breach."""

    events: Annotated[tuple[Event, ...], Field(min_length=1)]
    text: Text


class HarmGate(Value):
    """What a finding of no likely harm changes, and what its absence changes.

    `consult`: whom the statute makes part of the finding. `keep_years`: how long the written finding must be kept.
    """

    exists: bool
    if_unlikely: Status
    if_unknown: Status
    text: Text
    consult: tuple[Text, ...] = ()
    keep_years: Annotated[int, Field(gt=0)] | None = None


class Encryption(Value):
    """Whether encrypted data is outside the law, and whether a taken key brings it back."""

    safe_harbour: bool
    key_taken_defeats: bool
    text: Text


class Individuals(Clocked):
    """Notice to the residents themselves."""


class Regulator(Clocked):
    """One regulator. `minimum` is inclusive: "more than 500" is 501.

    `follows`: the duty arises with the notice to individuals, with the breach itself (whatever the harm gate says),
    or exactly when the harm gate excused notice.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
    name: Text
    minimum: Annotated[int, Field(ge=1)]
    follows: Annotated[str, _one_of(("individuals", "breach", "harm_unlikely"), "base of a regulator's duty")]
    kinds: tuple[str, ...] = ()
    how: str = ""
    form_fields: tuple[Text, ...] = ()


class Cra(Clocked):
    """Consumer reporting agencies: a threshold, only those that the regulator names, or no duty at all."""

    duty: Annotated[str, _one_of(("threshold", "named_by_regulator", "none"), "consumer reporting duty")]
    minimum: Annotated[int, Field(ge=1)] = 1
    text: Text


class OwnerDuty(Clocked):
    """What one who keeps data for another must tell the owner."""


class Service(Value):
    """A service that must be offered to people whose listed elements were exposed; `months` is a least."""

    id: Text
    kind: ServiceKind
    months: Annotated[int, Field(gt=0)]
    elements: Annotated[tuple[ElementName, ...], Field(min_length=1)]
    only_if_source: bool = False
    kinds: tuple[str, ...] = ()
    not_kinds: tuple[str, ...] = ()


class LetterItem(Strict):
    """A phrase that the letter needs, only for people with one of `when_elements` where any are named."""

    phrase: PhraseId
    when_elements: tuple[ElementName, ...] = ()


class Letter(Value):
    """What the letter to a resident must and must not say."""

    must_include: tuple[LetterItem, ...]
    must_omit: tuple[PhraseId, ...] = ()
    text: Text


class Method(Strict):
    """One way to give notice, with its condition; `condition` empty means always allowed."""

    channel: Channel
    condition: str = ""


class Delivery(Value):
    """How notice may be given, and when substitute notice opens (both figures are "more than")."""

    methods: Annotated[tuple[Method, ...], Field(min_length=1)]
    substitute_cost_over_usd: int | None = None
    substitute_people_over: int | None = None
    text: Text


class LawEnforcementDelay(Value):
    """When notice may wait for the police."""

    text: Text


class Exemption(Strict):
    """Kinds of entity that comply by another law, and which notices that leaves standing all the same."""

    kinds: Annotated[tuple[EntityKind, ...], Field(min_length=1)]
    law: Text
    still_due: tuple[Recipient, ...] = ()
    text: Text


class Exemptions(Value):
    """Who is exempt, and on what condition."""

    entries: tuple[Exemption, ...]
    text: Text


class RecordKeeping(Value):
    """What must be kept of a breach, apart from a finding on harm; `years` None where the statute names none."""

    years: Annotated[int, Field(gt=0)] | None = None
    text: Text


class PrivateAction(Value):
    """Whether residents themselves may sue under the notification statute."""

    exists: bool
    text: Text


class Penalties(Value):
    """What a breach of the statute costs, and who enforces it."""

    text: Text


class Jurisdiction(Strict):
    """One law file."""

    jurisdiction: JurisdictionCode
    name: Text
    statute: Text
    time_zone: Text
    first_day: date
    sources: dict[str, Source]
    bound: tuple[Bound, ...]
    elements: tuple[Element, ...]
    trigger: tuple[Trigger, ...]
    harm_gate: tuple[HarmGate, ...]
    encryption: tuple[Encryption, ...]
    individuals: tuple[Individuals, ...]
    regulators: tuple[Regulator, ...]
    cra: tuple[Cra, ...]
    owner_duty: tuple[OwnerDuty, ...]
    services: tuple[Service, ...]
    letter: tuple[Letter, ...]
    delivery: tuple[Delivery, ...]
    law_enforcement_delay: tuple[LawEnforcementDelay, ...]
    exemptions: tuple[Exemptions, ...]
    record_keeping: tuple[RecordKeeping, ...]
    private_action: tuple[PrivateAction, ...]
    penalties: tuple[Penalties, ...]

    @model_validator(mode="after")
    def _ranges_hold(self) -> Jurisdiction:
        for topic in SINGLE_TOPICS:
            _check_unbroken(topic, getattr(self, topic), self.first_day)
        _check_apart("elements", [(f"{e.element}/{e.needs}/{e.if_fact}", e) for e in self.elements])
        _check_apart("regulators", [(r.id, r) for r in self.regulators])
        _check_apart("services", [(s.id, s) for s in self.services])
        return self


#: Topics with exactly one value in force on any day from `first_day` on.
SINGLE_TOPICS: tuple[str, ...] = (
    "bound", "trigger", "harm_gate", "encryption", "individuals", "cra", "owner_duty", "letter", "delivery",
    "law_enforcement_delay", "exemptions", "record_keeping", "private_action", "penalties",
)  # fmt: skip

V = TypeVar("V", bound=Value)


def _check_unbroken(topic: str, values: Sequence[Value], first_day: date) -> None:
    """Refuse a gap, an overlap, a late start or a known end: on every day one value must be law."""
    expected: date | None = first_day
    for value in sorted(values, key=lambda v: v.effective_from):
        if expected is None or value.effective_from != expected:
            raise ValueError(f"{topic}: gap or overlap at {value.effective_from}")
        expected = None if value.effective_to is None else value.effective_to + timedelta(days=1)
    if expected is not None:
        raise ValueError(f"{topic}: no value in force after {expected - timedelta(days=1)}")


def _check_apart(topic: str, keyed: Sequence[tuple[str, Value]]) -> None:
    """Refuse two values of the same key on the same day."""
    ordered = sorted(keyed, key=lambda pair: (pair[0], pair[1].effective_from))
    for (key, value), (next_key, following) in pairwise(ordered):
        if key == next_key and value.in_force(following.effective_from):
            raise ValueError(f"{topic}: {key} overlaps itself at {following.effective_from}")
