"""Which groups a statute covers: its trigger, its list of elements, its encryption rule; and how many people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from leakresponse.law.facts import Facts, PopulationGroup
from leakresponse.law.model import Element
from leakresponse.law.registry import Regime
from leakresponse.law.vocabulary import IDENTIFIERS, ElementFact

Standing = Literal["covered", "review", "outside"]

_QUESTIONS: dict[ElementFact, str] = {
    "usable_without_code": "Can the account or card number be used without any code?",
    "enables_identity_theft": "Would these elements, without a name, enable identity theft?",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where one group stands under one statute, why, and what must be answered if that is open."""

    standing: Standing
    reason: str
    question: str = ""
    elements: frozenset[str] = frozenset()


def judge(group: PopulationGroup, regime: Regime, facts: Facts) -> Verdict:
    """Decide one group. A judgement that the statute asks for and the facts do not give is `review`, never assumed."""
    if not facts.events & set(regime.trigger.events):
        return Verdict("outside", f"the statute asks for {' or '.join(regime.trigger.events)}, which did not happen")
    found = _judge_elements(group, regime.elements, facts)
    if found.standing == "outside" or not _harboured(group, regime):
        return found
    if regime.encryption.confidence == "low":
        return Verdict("review", "encrypted", "Does encryption excuse notice here?", found.elements)
    return Verdict("outside", "the data was encrypted and the key was not taken")


def _harboured(group: PopulationGroup, regime: Regime) -> bool:
    rule = regime.encryption
    return group.encrypted and rule.safe_harbour and not (group.key_taken and rule.key_taken_defeats)


def _judge_elements(group: PopulationGroup, rules: Sequence[Element], facts: Facts) -> Verdict:
    """The strongest answer of any rule, since one met combination is enough."""
    answers = [(rule, _judge_rule(group, rule, facts)) for rule in rules if rule.element in group.elements]
    for standing in ("covered", "review"):
        met = [(rule, verdict) for rule, verdict in answers if verdict.standing == standing]
        if met:
            names = frozenset(rule.element for rule, _ in met)
            first = met[0][1]
            return Verdict(first.standing, ", ".join(sorted(names)), first.question, names)
    return Verdict("outside", "no element, or combination of elements, that the statute lists was exposed")


def _judge_rule(group: PopulationGroup, rule: Element, facts: Facts) -> Verdict:
    if rule.needs == "name" and "name" not in group.elements:
        return Verdict("outside", "no name")
    question = ""
    if rule.needs == "identifier" and not group.elements & IDENTIFIERS:
        question = "Does the data identify the person in another way?"
    if rule.if_fact is not None:
        answer = _fact(rule.if_fact, facts)
        if answer is False:
            return Verdict("outside", rule.if_fact)
        question = question or ("" if answer else _QUESTIONS[rule.if_fact])
    if not question and rule.confidence == "low":
        question = f"Is this {rule.words!r} under {rule.citation}?"
    return Verdict("review" if question else "covered", rule.element, question)


def _fact(name: ElementFact, facts: Facts) -> bool | None:
    """Identity theft is the harm that these statutes speak of, so a finding on harm answers that question too."""
    return facts.usable_without_code if name == "usable_without_code" else facts.harm_likely


@dataclass(frozen=True, slots=True)
class Tally:
    """People of one jurisdiction by standing. `possible` figures are people placed elsewhere, or nowhere, for whom
    this jurisdiction is a candidate; they are never part of the certain figures."""

    covered: int = 0
    covered_possible: int = 0
    review: int = 0
    review_possible: int = 0
    outside: int = 0
    outside_possible: int = 0
    minors: int = 0
    review_minors: int = 0
    elements: frozenset[str] = frozenset()
    open_elements: frozenset[str] = frozenset()
    reasons: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    groups: tuple[tuple[frozenset[str], int], ...] = ()

    @property
    def touched(self) -> int:
        """Everybody, certain or possible, for whom there is or may be a duty."""
        return self.covered + self.covered_possible + self.review + self.review_possible

    @property
    def held(self) -> frozenset[str]:
        """Every listed element exposed, those under review too."""
        return self.elements | self.open_elements

    def people_with(self, elements: Iterable[str]) -> int:
        """How many placed here had one of these elements exposed, as far as the statute lists it."""
        wanted = frozenset(elements)
        return sum(count for held, count in self.groups if held & wanted)

    @property
    def certain(self) -> int:
        """Everybody placed here, whatever the statute says of them."""
        return self.covered + self.review + self.outside


@dataclass(frozen=True, slots=True)
class _Judged:
    group: PopulationGroup
    verdict: Verdict
    certain: bool


def tally(groups: Iterable[PopulationGroup], regime: Regime, facts: Facts) -> Tally:
    """Count the groups that are, or may be, of this jurisdiction."""
    rows = [
        _Judged(group, judge(group, regime, facts), group.jurisdiction == regime.code)
        for group in groups
        if regime.code == group.jurisdiction or regime.code in group.candidates
    ]
    held = [row.verdict for row in rows if row.verdict.standing != "outside" and row.group.count]
    return Tally(
        covered=_count(rows, "covered", True),
        covered_possible=_count(rows, "covered", False),
        review=_count(rows, "review", True),
        review_possible=_count(rows, "review", False),
        outside=_count(rows, "outside", True),
        outside_possible=_count(rows, "outside", False),
        minors=sum(r.group.minors for r in rows if r.certain and r.verdict.standing == "covered"),
        review_minors=sum(r.group.minors for r in rows if r.certain and r.verdict.standing == "review"),
        elements=frozenset().union(*(v.elements for v in held if v.standing == "covered")),
        open_elements=frozenset().union(*(v.elements for v in held if v.standing == "review")),
        reasons=tuple(dict.fromkeys(r.verdict.reason for r in rows if r.verdict.standing == "outside")),
        questions=tuple(dict.fromkeys(v.question for v in held if v.question)),
        groups=tuple((r.verdict.elements, r.group.count) for r in rows if r.certain and r.verdict.elements),
    )


def _count(rows: Sequence[_Judged], standing: Standing, certain: bool) -> int:
    return sum(r.group.count for r in rows if r.verdict.standing == standing and r.certain is certain)
