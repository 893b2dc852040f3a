"""What the law asks of scenario T01, written by hand from the sources below: the answer that the law engine is held to.

It shares nothing with `leakresponse.law`, on purpose. Checked on 2026-11-25. States outside KEY are not scored here.

CA  Civ. Code 1798.82 with SB 446: 30 calendar days from discovery; Attorney General above 500 residents, 15 days after
    consumers. https://www.mvalaw.com/data-points/california-amends-data-breach-notification-requirements
NY  Gen. Bus. Law 899-aa with S2659B: 30 days from discovery; Attorney General, Department of State, State Police in any
    number; agencies above 5,000. https://mcdonaldhopkins.com/insights/news/changes-to-new-yorks-data-breach-notification-law
    https://cliclaw.com/library/state-laws/state-security-breach-laws/new-york-information-security-breach-and-notification
TX  Bus. & Com. Code 521.053 with SB 768: 60 days from determination; Attorney General from 250 residents, 30 days;
    agencies above 10,000. https://www.dwt.com/blogs/privacy--security-law-blog/2023/06/texas-data-breach-notification-law-update
    https://complianceiq.site/breach-notification/texas
FL  Stat. 501.171: 30 days from determination or reason to believe; Department of Legal Affairs from 500, 30 days;
    agencies above 1,000. https://www.swlaw.com/data-breach-map/view/state/fl  https://dwt.com/gcp/states/florida
WA  RCW 19.255.010: 30 days from discovery; Attorney General above 500, 30 days; a full date of birth counts; no duty to
    agencies in the chapter. https://atg.wa.gov/washington-s-data-breach-notification-laws
    https://terms.law/washington-data-breach-notification-checklist/
MA  M.G.L. c. 93H: as soon as practicable; Attorney General and Consumer Affairs in any number; a card number counts with
    or without its code; agencies as the office names them. https://www.mass.gov/info-details/notifications-in-the-event-of-a-data-breach
    https://proteuscyber.com/privacy-database/news/4569-massachusetts-chapter-93h-security-breaches-mass-gen-laws-93h-1
"""  # noqa: E501 - addresses are not broken

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Start = Literal["discovery", "determination", "earlier_of_both", "individuals_notified", "none"]
Duty = Literal["required", "not_required", "open"]
OBJECTIVE_DAYS = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """One duty of a state. `word` tells recipients of a kind apart; `days` None: the law names no day.

    `minimum` is the least number of residents, inclusive; None: there is no such duty. `or_with_people` accepts the
    people's own date too, where the law ties the filing to their notice.
    """

    recipient: Literal["individuals", "regulator", "cra"]
    word: str
    minimum: int | None
    days: int | None
    start: Start = "none"
    or_with_people: bool = False


@dataclass(frozen=True, slots=True)
class StateKey:
    """A state: elements that, with a name, call for notice; those on which counsel must decide first; its duties."""

    elements: frozenset[str]
    undecided: frozenset[str]
    rules: tuple[Rule, ...]


_NUMBERS = frozenset({"ssn", "drivers_license"})
_CARD = frozenset({"payment_card_alone"})
_NONE: frozenset[str] = frozenset()

KEY: Mapping[str, StateKey] = {
    "CA": StateKey(_NUMBERS, _NONE, (
        Rule("individuals", "", 1, 30, "discovery"),
        Rule("regulator", "attorney general", 501, None, "individuals_notified"),
        Rule("cra", "", None, None),
    )),
    "NY": StateKey(_NUMBERS, _CARD, (
        Rule("individuals", "", 1, 30, "discovery"),
        Rule("regulator", "attorney general", 1, None, or_with_people=True),
        Rule("regulator", "department of state", 1, None, or_with_people=True),
        Rule("regulator", "state police", 1, None, or_with_people=True),
        Rule("cra", "", 5_001, None, or_with_people=True),
    )),
    "TX": StateKey(_NUMBERS, _NONE, (
        Rule("individuals", "", 1, 60, "determination"),
        Rule("regulator", "attorney general", 250, 30, "determination"),
        Rule("cra", "", 10_001, None),
    )),
    "FL": StateKey(_NUMBERS, _NONE, (
        Rule("individuals", "", 1, 30, "earlier_of_both"),
        Rule("regulator", "legal affairs", 500, 30, "earlier_of_both"),
        Rule("cra", "", 1_001, None),
    )),
    "WA": StateKey(_NUMBERS | {"dob"}, _CARD, (
        Rule("individuals", "", 1, 30, "discovery"),
        Rule("regulator", "attorney general", 501, 30, "discovery"),
        Rule("cra", "", None, None),
    )),
    "MA": StateKey(_NUMBERS | _CARD, _NONE, (
        Rule("individuals", "", 1, None),
        Rule("regulator", "attorney general", 1, None),
        Rule("regulator", "consumer affairs", 1, None),
    )),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """The days that clocks start on."""

    discovered: date
    determined: date


def duty_of(state: str, elements: Collection[str]) -> Duty:
    """Whether somebody who lives there must be told, given what was exposed of him; `open`: not for this key to say."""
    key = KEY.get(state)
    if key is None:
        return "open"
    held = frozenset(elements)
    if "name" in held and held & key.elements:
        return "required"
    # New York asks for anything that identifies the person, Washington for an element that alone enables theft.
    without_name = "name" not in held and held & (key.elements | key.undecided)
    return "open" if without_name or held & key.undecided else "not_required"


def due_on(rule: Rule, facts: Facts) -> date | None:
    """The last day in time, None where the law names none or its start lies ahead."""
    starts = {
        "discovery": facts.discovered,
        "determination": facts.determined,
        "earlier_of_both": min(facts.discovered, facts.determined),
    }
    start = starts.get(rule.start)
    return None if rule.days is None or start is None else start + timedelta(days=rule.days)


def status_of(rule: Rule, certain: int, possible: int) -> Duty:
    """Required, not required, or open where only people of unsure residence decide it."""
    if rule.minimum is None or certain + possible < rule.minimum:
        return "not_required"
    return "required" if certain >= rule.minimum else "open"
