"""From counts and facts to the duties of one jurisdiction, each with its status, clock and one-sentence reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from leakresponse.law.answer import Obligation
from leakresponse.law.clock import add
from leakresponse.law.exposure import Tally
from leakresponse.law.facts import Facts
from leakresponse.law.model import Clocked, Cra, Deadline, Regulator
from leakresponse.law.registry import Regime
from leakresponse.law.vocabulary import ClockEvent, Recipient, Status

_EVENT_WORDS: dict[ClockEvent, str] = {
    "discovery": "discovery",
    "determination": "determination that a breach occurred",
    "detection": "detection",
    "vendor_notice": "the vendor's notice",
    "individuals_notified": "notice to individuals",
}


_WHO_LIVES_HERE = "Who of the possible residents lives here?"


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a duty stands as it does."""

    status: Status
    because: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A clock's end. `missing` names the start event that is not known; then there is no day."""

    on: date | None
    text: str
    started_by: ClockEvent
    missing: ClockEvent | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """Everything that the duties of one jurisdiction are decided from."""

    regime: Regime
    facts: Facts
    tally: Tally


def due(value: Clocked, facts: Facts, individuals: Due | None = None) -> Due:
    """When a duty ends. The earliest known of its start events starts it; none known gives no day, never another's."""
    deadline = value.deadline
    if deadline.unit in ("with_individuals", "before_individuals"):
        on = facts.individuals_notified_on or (individuals.on if individuals else None)
        return Due(on, deadline.text, value.starts[0])
    known = [(day, event) for event in value.starts if (day := facts.when(event)) is not None]
    if not known:
        return Due(None, _not_started(deadline, value.starts[0], individuals), value.starts[0], value.starts[0])
    start, event = min(known, key=lambda pair: pair[0])
    if deadline.number is None:
        return Due(None, deadline.text, event)
    return Due(
        add(start, deadline.number, deadline.unit),
        f"{deadline.text}; counted from {_EVENT_WORDS[event]} on {start}",
        event,
    )


def _not_started(deadline: Deadline, event: ClockEvent, individuals: Due | None) -> str:
    text = f"{deadline.text}; the date of {_EVENT_WORDS[event]} is not known yet"
    if event == "individuals_notified" and deadline.number and individuals and individuals.on:
        return f"{text}, at the latest {add(individuals.on, deadline.number, deadline.unit)}"
    return text


def jurisdiction_duties(matter: Matter) -> list[Obligation]:
    """All duties of one jurisdiction: individuals first, then regulators and consumer reporting agencies."""
    regime, facts, counts = matter.regime, matter.facts, matter.tally
    ground = individuals_ground(matter)
    clock = due(regime.individuals, facts)
    people = {"required": counts.covered, "review": counts.covered + counts.review}.get(ground.status, counts.certain)
    minors = counts.minors + (counts.review_minors if ground.status == "review" else 0)
    name = f"Affected residents of {regime.name}"
    main = _obligation(matter, regime.individuals, ground, clock, "individuals", name, people)
    duties = [replace(main, minors=minors)]
    if ground.status == "required" and counts.review:
        open_ground = Ground("review", f"for {counts.review} more residents the law is open", counts.questions[0])
        extra = _obligation(matter, regime.individuals, open_ground, clock, "individuals", name, counts.review)
        duties.append(replace(extra, id=f"{main.id}:open", minors=counts.review_minors, people_possible=0))
    duties += [_regulator_duty(matter, regulator, ground, clock) for regulator in _concerned(matter)]
    duties.append(_cra_duty(matter, ground, clock))
    if facts.entity.role == "maintainer":
        duties.append(_owner_duty(matter))
    return duties


def individuals_ground(matter: Matter) -> Ground:
    """Whether the residents must be told."""
    regime, facts, counts = matter.regime, matter.facts, matter.tally
    if not counts.touched:
        return Ground("not_required", "; ".join(counts.reasons) or "nobody here is affected")
    if regime.bound.only_kinds and facts.entity.kind not in regime.bound.only_kinds:
        who = " or ".join(regime.bound.only_kinds)
        return Ground("not_required", f"the statute binds only {who}, and the entity is a {facts.entity.kind}")
    if facts.entity.role not in regime.bound.roles:
        return Ground("not_required", "who keeps data for another tells the owner, and the owner tells the residents")
    if facts.entity.kind in regime.bound.other_law:
        other = regime.bound.other_law[facts.entity.kind]
        return Ground("review", f"a {facts.entity.kind} answers to {other}", f"What does {other} ask?")
    return _gated(matter, _who(counts))


def _gated(matter: Matter, who: str) -> Ground:
    """Put the risk-of-harm gate on top: only a recorded finding excuses notice, as far as the statute lets it."""
    gate, harm, counts = matter.regime.harm_gate, matter.facts.harm_likely, matter.tally
    status: Status = "required"
    if gate.exists and harm is not True:
        status = gate.if_unlikely if harm is False else gate.if_unknown
        if status == "not_required" and gate.confidence == "low":
            status = "review"
    if status != "required":
        finding = "harm was found unlikely" if harm is False else "no finding on harm is recorded"
        question = "Does the finding on harm excuse notice here?" if status == "review" else ""
        return Ground(status, f"{who}; {finding}: {gate.text}", question)
    if counts.covered:
        return Ground("required", who)
    return Ground("review", who, counts.questions[0] if counts.questions and counts.review else _WHO_LIVES_HERE)


def _who(counts: Tally) -> str:
    """The people part of a reason, in one clause per kind of people."""
    parts = []
    if counts.covered:
        parts.append(
            f"listed elements ({', '.join(sorted(counts.elements))}) of {counts.covered} residents were exposed"
        )
    if counts.review:
        parts.append(f"for {counts.review} residents ({', '.join(sorted(counts.open_elements))}) the law is open")
    possible = counts.covered_possible + counts.review_possible
    if possible:
        parts.append(f"{possible} more may live here and count towards thresholds")
    if counts.outside:
        parts.append(f"{counts.outside} others are outside the law")
    return "; ".join(parts)


def _concerned(matter: Matter) -> list[Regulator]:
    """The regulators to answer for; a filing of a no-harm finding exists only where such a finding was made."""
    found_unlikely = matter.facts.harm_likely is False and matter.regime.harm_gate.if_unlikely == "not_required"
    return [r for r in matter.regime.regulators if r.follows != "harm_unlikely" or found_unlikely]


def _regulator_duty(matter: Matter, regulator: Regulator, individuals: Ground, clock: Due) -> Obligation:
    own = due(regulator, matter.facts, clock)
    ground = _regulator_ground(matter, regulator, individuals)
    duty = _obligation(matter, regulator, ground, own, "regulator", regulator.name, _people(matter, ground))
    return replace(duty, id=f"{matter.regime.code}:regulator:{regulator.id}")


def _regulator_ground(matter: Matter, regulator: Regulator, individuals: Ground) -> Ground:
    kind = matter.facts.entity.kind
    if regulator.kinds and kind not in regulator.kinds:
        return Ground("not_required", f"only {' or '.join(regulator.kinds)} reports here, and the entity is a {kind}")
    base = individuals
    if regulator.follows != "individuals" and individuals.status == "not_required":
        base = _without_gate(matter, individuals)
    return _threshold(matter, regulator.minimum, base)


def _without_gate(matter: Matter, individuals: Ground) -> Ground:
    """For a duty that follows the breach itself: what stands when the harm gate is left out."""
    counts = matter.tally
    bound, entity = matter.regime.bound, matter.facts.entity
    unbound = entity.role not in bound.roles or (bound.only_kinds and entity.kind not in bound.only_kinds)
    if unbound or not counts.touched:
        return individuals
    return Ground("required" if counts.covered else "review", _who(counts), _WHO_LIVES_HERE)


def _threshold(matter: Matter, minimum: int, base: Ground) -> Ground:
    """Hold the counts against an inclusive threshold. Possible residents count; people under review only open it."""
    if base.status == "not_required":
        return Ground("not_required", f"no notice to individuals is due here: {base.because}")
    counts = matter.tally
    sure = counts.covered + counts.covered_possible
    most = sure + counts.review + counts.review_possible
    figures = f"{counts.covered} residents and {counts.covered_possible} possible ones"
    if most < minimum:
        return Ground("not_required", f"{figures} do not reach the threshold of {minimum}")
    if sure < minimum:
        question = base.question or next(iter(counts.questions), _WHO_LIVES_HERE)
        return Ground("review", f"{figures}, with those under review, may reach {minimum}", question)
    if base.status == "review":
        return Ground("review", base.because, base.question)
    return Ground("required", f"{figures} reach the threshold of {minimum}")


def _cra_duty(matter: Matter, individuals: Ground, clock: Due) -> Obligation:
    rule = matter.regime.cra
    ground = _cra_ground(matter, rule, individuals)
    people = _people(matter, ground)
    return _obligation(
        matter, rule, ground, due(rule, matter.facts, clock), "cra", "Nationwide consumer reporting agencies", people
    )


def _cra_ground(matter: Matter, rule: Cra, individuals: Ground) -> Ground:
    if rule.duty == "none":
        return Ground("not_required", rule.text)
    if rule.duty == "named_by_regulator" and individuals.status != "not_required":
        return Ground("review", rule.text, "Which agencies has the regulator named?")
    return _threshold(matter, rule.minimum, individuals)


def _owner_duty(matter: Matter) -> Obligation:
    counts, rule = matter.tally, matter.regime.owner_duty
    ground = Ground("required", f"who keeps data for another tells the owner: {_who(counts)}")
    if not counts.touched:
        ground = Ground("not_required", "; ".join(counts.reasons) or "nobody here is affected")
    elif not counts.covered:
        ground = Ground("review", _who(counts), (*counts.questions, _WHO_LIVES_HERE)[0])
    name = "Owner or licensee of the data"
    return _obligation(matter, rule, ground, due(rule, matter.facts), "owner", name, _people(matter, ground))


def _people(matter: Matter, ground: Ground) -> int:
    counts = matter.tally
    return {"required": counts.covered, "review": counts.covered + counts.review}.get(ground.status, counts.certain)


def _obligation(
    matter: Matter, value: Clocked, ground: Ground, clock: Due, recipient: Recipient, name: str, people: int
) -> Obligation:
    """Join ground and clock. A required duty whose clock cannot start for want of a fact becomes a question."""
    counts, facts = matter.tally, matter.facts
    status, question = ground.status, ground.question
    if status == "required" and clock.missing and clock.missing != "individuals_notified":
        status, question = "review", f"On what date was {_EVENT_WORDS[clock.missing]}?"
    runs = status != "not_required"
    on = clock.on if runs else None
    return Obligation(
        id=f"{matter.regime.code}:{recipient}",
        jurisdiction=matter.regime.code,
        recipient=recipient,
        recipient_name=name,
        status=status,
        kind="statutory",
        people=people,
        due_on=on,
        due_text=clock.text if runs else "",
        clock_starts=clock.started_by,
        citation=value.citation,
        because=ground.because,
        link=value.link,
        confidence=value.confidence,
        question=question if status == "review" else "",
        people_possible=counts.covered_possible + counts.review_possible,
        days_left=(on - facts.as_of).days if on else None,
    )
