"""A made-up population with known truth, full of what makes linkage go wrong: households, namesakes, twins, typos.

Every profile is one key's view of a person; a fifth of the people have a second one, with another e-mail and some of
their data changed, missing or mistyped. Nobody here is real; telephone numbers are drawn freely, since the product
leaves out those kept for fiction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from leakresponse.core.people_profiles import PROFILE_COLUMNS
from leakresponse.rehearsal.population_words import FIRST_NAMES, LAST_NAMES


@dataclass(frozen=True)
class Human:
    """One person; fields as PROFILE_COLUMNS, "" for unknown."""

    given: str
    family: str
    birthdate: str
    zip5: str
    street: str
    phone: str
    number: str
    email: str


def make_population(households: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """(profiles with `person` 0..n-1, the true human of each profile)."""
    rng = np.random.default_rng(seed)
    humans = [human for _ in range(households) for human in _household(rng)]
    rows, truth = [], []
    for number, human in enumerate(humans):
        rows.append(human)
        truth.append(number)
        if rng.random() < 0.2:
            rows.append(_second_view(rng, human))
            truth.append(number)
    table = pd.DataFrame([{c: getattr(row, c) for c in PROFILE_COLUMNS} for row in rows], dtype="str")
    table = table.where(table != "")
    table.insert(0, "person", np.arange(len(table)))
    return table, np.array(truth)


def _household(rng: np.random.Generator) -> list[Human]:
    """A couple, sometimes a child of the father's name, twins, or another family of the same street."""
    family = str(rng.choice(LAST_NAMES)).lower()
    home = (f"{rng.integers(10000, 10400)}", f"{rng.integers(1, 400)} main st", _phone(rng))
    first = _human(rng, family, home, years=(1945, 1975))
    members = [first, _human(rng, family, home, years=(1945, 1975))]
    kind = rng.random()
    if kind < 0.15:
        junior = _human(rng, family, home, years=(1976, 2005))
        members.append(replace(junior, given=first.given, birthdate=junior.birthdate if rng.random() < 0.5 else ""))
    elif kind < 0.25:
        twin = _human(rng, family, home, years=(1990, 2005))
        members += [twin, replace(_human(rng, family, home), given=twin.given + "a", birthdate=twin.birthdate)]
    return [replace(member, birthdate=member.birthdate if rng.random() < 0.7 else "") for member in members]


def _human(
    rng: np.random.Generator, family: str, home: tuple[str, str, str], years: tuple[int, int] = (1945, 2005)
) -> Human:
    given = str(rng.choice(FIRST_NAMES)).lower()
    birth = f"{rng.integers(*years)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
    number = f"{rng.integers(1, 600):03d}{rng.integers(1, 100):02d}{rng.integers(1, 10000):04d}"
    phone = home[2] if rng.random() < 0.4 else _phone(rng)
    return Human(
        given, family, birth, home[0], home[1], phone, number if rng.random() < 0.1 else "", _mail(rng, given, family)
    )


def _second_view(rng: np.random.Generator, human: Human) -> Human:
    """The same person under another key."""
    seen = replace(human, email=_mail(rng, human.given, human.family))
    if rng.random() < 0.25:
        seen = replace(seen, zip5=f"{rng.integers(10000, 10400)}", street=f"{rng.integers(1, 400)} oak ave")
    if rng.random() < 0.3:
        seen = replace(seen, phone=_phone(rng) if rng.random() < 0.5 else "")
    if rng.random() < 0.15:
        seen = replace(seen, birthdate="")
    if rng.random() < 0.05:
        seen = replace(seen, given=seen.given[:1])
    if rng.random() < 0.05 and len(seen.family) > 3:
        seen = replace(seen, family=seen.family[:-2] + seen.family[-1] + seen.family[-2])
    return replace(seen, number="") if rng.random() < 0.5 else seen


def _phone(rng: np.random.Generator) -> str:
    return f"{rng.integers(200, 990)}{rng.integers(200, 990)}{rng.integers(0, 10000):04d}"


def _mail(rng: np.random.Generator, given: str, family: str) -> str:
    local = f"{given}.{family}" + (str(rng.integers(10, 9999)) if rng.random() < 0.6 else "")
    return f"{local}@{rng.choice(['mail.example', 'post.example', 'inbox.example'])}"
