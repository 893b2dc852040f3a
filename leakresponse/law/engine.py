"""`assess`: facts and groups of people in, every duty out. Nobody is dropped and nothing is guessed.

A place without a law file, an unknown place, a foreign or a military address gives `review` duties with counts. The
law is that of the day of discovery; where it has changed since, an `advisory` clock shows the newer rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from leakresponse.core.errors import MissingFact
from leakresponse.core.vocabulary import FOREIGN_PREFIX, MILITARY_PREFIX, UNKNOWN
from leakresponse.law.answer import Assessment, NoticeRules, Obligation, Phrase, ServiceOffer
from leakresponse.law.duties import Matter, due, individuals_ground, jurisdiction_duties
from leakresponse.law.exposure import tally
from leakresponse.law.facts import Facts, PopulationGroup, population_from_frame
from leakresponse.law.model import Clocked, Delivery, Service
from leakresponse.law.registry import Regime, Registry, load_registry
from leakresponse.law.vocabulary import PHRASES, Recipient, Status

if TYPE_CHECKING:
    import pandas as pd

_OBJECTIVE = Path(__file__).parent / "objectives.yaml"


def assess(
    population: pd.DataFrame | Sequence[PopulationGroup], facts: Facts, registry: Registry | None = None
) -> Assessment:
    """Every duty that the facts give rise to, with those that they do not and why.

    Raises BadInput for a faulty frame, or where discovery lies before the first day of a law file that is needed.
    """
    law = registry or load_registry()
    groups = tuple(population) if isinstance(population, Sequence) else population_from_frame(population)
    places = sorted({place for g in groups for place in (g.jurisdiction, *g.candidates)})
    matters = {place: _matter(place, groups, facts, law) for place in places if place in law}
    duties = [duty for matter in matters.values() for duty in jurisdiction_duties(matter)]
    duties += [duty for code in matters for duty in _advisory(law, matters[code])]
    dues = {duty.jurisdiction: duty.due_on for duty in duties if duty.recipient == "individuals" and duty.due_on}
    for place in places:
        if place not in law:
            duties += _open_place(place, groups, facts, dues)
    duties.append(internal_objective(groups, facts))
    return Assessment(
        obligations=tuple(sorted(duties, key=lambda d: (d.kind == "internal", d.jurisdiction))),
        services=tuple(offer for matter in matters.values() for offer in _services(matter)),
        notice_rules=tuple(_letter_for(matter) for matter in matters.values() if _told(matter)),
    )


def _matter(place: str, groups: Sequence[PopulationGroup], facts: Facts, law: Registry) -> Matter:
    regime = law.regime(place, facts.discovered_on)
    return Matter(regime, facts, tally(groups, regime, facts))


def _told(matter: Matter) -> bool:
    return individuals_ground(matter).status != "not_required"


def _advisory(law: Registry, matter: Matter) -> list[Obligation]:
    """A rule for individuals that became law after discovery: not the one that binds, but one to keep in sight."""
    facts, code = matter.facts, matter.regime.code
    newer = [v for v in law.files[code].individuals if facts.discovered_on < v.effective_from <= facts.as_of]
    if not newer or not _told(matter):
        return []
    rule = max(newer, key=lambda v: v.effective_from)
    duty = jurisdiction_duties(matter)[0]
    clock = due(rule, facts)
    return [
        replace(
            duty,
            id=f"{code}:individuals:advisory",
            kind="advisory",
            status="review",
            due_on=clock.on,
            due_text=clock.text,
            clock_starts=clock.started_by,
            citation=rule.citation,
            link=rule.link,
            because=f"the rule changed on {rule.effective_from}, after discovery; the older rule binds by its date",
            question="Does counsel want the newer rule kept as well?",
            days_left=_left(clock.on, facts),
        )
    ]


def _left(on: date | None, facts: Facts) -> int | None:
    return (on - facts.as_of).days if on else None


def _open_place(place: str, groups: Sequence[PopulationGroup], facts: Facts, dues: dict[str, date]) -> list[Obligation]:
    """People whose law the files do not hold: counted, given a reviewer's question, with the strictest known date."""
    certain = [g for g in groups if g.jurisdiction == place]
    possible = sum(g.count for g in groups if g.jurisdiction != place and place in g.candidates)
    candidates = {code for g in certain for code in g.candidates}
    strictest = min((dues[code] for code in candidates if code in dues), default=None)
    because, question = _why_open(place)
    recipients: tuple[tuple[Recipient, str], ...] = (
        ("individuals", f"Affected people in {place}"),
        ("regulator", f"Authorities of {place}, if any"),
    )
    text = "no clock known"
    if strictest:
        text = "earliest deadline among the candidate states, for planning"
    base = Obligation(
        id=place,
        jurisdiction=place,
        recipient="individuals",
        recipient_name="",
        status="review",
        kind="statutory",
        people=sum(g.count for g in certain),
        due_on=strictest,
        due_text=text,
        clock_starts="",
        citation="no law file",
        because=because,
        question=question,
        people_possible=possible,
        minors=sum(g.minors for g in certain),
        days_left=_left(strictest, facts),
    )
    return [replace(base, id=f"{place}:{r}", recipient=r, recipient_name=name) for r, name in recipients]


def _why_open(place: str) -> tuple[str, str]:
    if place == UNKNOWN:
        return "the place of residence is not known", "Where do these people live?"
    if place.startswith(FOREIGN_PREFIX):
        return "the person lives abroad; foreign law may have a shorter clock", "Does foreign counsel see a duty?"
    if place.startswith(MILITARY_PREFIX):
        return "a military address says nothing of legal residence", "What is the legal residence of these people?"
    return f"no law file for {place} yet", f"What does the law of {place} ask?"


def _services(matter: Matter) -> list[ServiceOffer]:
    """Services that the statute makes a duty, for the people whose listed elements were exposed."""
    if not _told(matter):
        return []
    offers = []
    for service in matter.regime.services:
        status = _service_status(service, matter)
        if status != "not_required":
            offers.append(_offer(service, status, matter))
    return offers


def _service_status(service: Service, matter: Matter) -> Status:
    entity = matter.facts.entity
    fits = (not service.kinds or entity.kind in service.kinds) and entity.kind not in service.not_kinds
    if not fits or not matter.tally.held & set(service.elements):
        return "not_required"
    if service.only_if_source and entity.source_of_breach is False:
        return "not_required"
    unsure = service.confidence == "low" or (service.only_if_source and entity.source_of_breach is None)
    return "review" if unsure or individuals_ground(matter).status == "review" else "required"


def _offer(service: Service, status: Status, matter: Matter) -> ServiceOffer:
    exposed = tuple(sorted(matter.tally.held & set(service.elements)))
    because = f"{', '.join(exposed)} exposed"
    if service.only_if_source:
        told = {True: "", False: "", None: ", if the business was the source of the breach"}
        because += told[matter.facts.entity.source_of_breach]
    return ServiceOffer(
        matter.regime.code, service.kind, service.months, service.citation, status,
        matter.tally.people_with(service.elements), exposed, because, service.link,
    )  # fmt: skip


def _letter_for(matter: Matter) -> NoticeRules:
    return _letter(matter.regime).for_elements(matter.tally.held)


def _letter(regime: Regime) -> NoticeRules:
    letter = regime.letter
    return NoticeRules(
        jurisdiction=regime.code,
        must_include=tuple(Phrase(i.phrase, PHRASES[i.phrase], i.when_elements) for i in letter.must_include),
        must_omit=tuple(Phrase(phrase, PHRASES[phrase]) for phrase in letter.must_omit),
        citation=letter.citation,
        link=letter.link,
    )


def notice_rules(jurisdiction: str, on_date: date, registry: Registry | None = None) -> NoticeRules:
    """What a letter to residents must and must not say on a day. Raises MissingFact where no law file says it."""
    law = registry or load_registry()
    if jurisdiction not in law:
        raise MissingFact(f"no law file says what a letter to {jurisdiction} must hold")
    return _letter(law.regime(jurisdiction, on_date))


def delivery_rules(jurisdiction: str, on_date: date, registry: Registry | None = None) -> Delivery:
    """How notice may be given on a day. Raises MissingFact where no law file says it."""
    law = registry or load_registry()
    if jurisdiction not in law:
        raise MissingFact(f"no law file says how people in {jurisdiction} may be told")
    return law.regime(jurisdiction, on_date).delivery


@cache
def _objective() -> Clocked:
    return Clocked.model_validate(yaml.safe_load(_OBJECTIVE.read_bytes()))


def internal_objective(groups: Sequence[PopulationGroup], facts: Facts) -> Obligation:
    """The 72-hour objective of the response plan, counted from discovery. It is policy; no statute of these states."""
    rule = _objective()
    clock = due(rule, facts)
    return Obligation(
        id="INTERNAL:objective",
        jurisdiction="INTERNAL",
        recipient="individuals",
        recipient_name="Internal objective: notices ready to send",
        status="required",
        kind="internal",
        people=sum(g.count for g in groups),
        due_on=clock.on,
        due_text=clock.text,
        clock_starts=clock.started_by,
        citation=rule.citation,
        because=rule.note,
        link=rule.link,
        confidence=rule.confidence,
        minors=sum(g.minors for g in groups),
        days_left=_left(clock.on, facts),
    )
