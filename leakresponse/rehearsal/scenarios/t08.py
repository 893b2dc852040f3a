"""T08: an agent opens thousands of customers' pages in three weeks and exports nothing.

Follows what was published of Odido and Coinbase (incidents, section 8): one agent's account reaches almost everybody,
screens are photographed, former customers are among them, and notes hold addresses that are protected. Beside it an
honest agent opens nearly as many pages, of cases that are his own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.answer import Answer, Paths, write_answer
from leakresponse.rehearsal.client_pages import CHROME, Browser
from leakresponse.rehearsal.org.schema_types import typed
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import Population, generate
from leakresponse.rehearsal.scenarios import common, rows
from leakresponse.rehearsal.scenarios.simulation import Simulation, Step

CURIOUS, HONEST = "support.night", "support.second"
ADDRESS, OFFICE = "198.18.44.7", "192.0.2.61"
#: Pages that the curious and the honest agent open: these shares of the org's people, so many at most.
VIEWS, CASES = (0.188, 9_400), (0.12, 6_000)
DAYS, HOURS, QUIET = 21, 8, timedelta(minutes=45)
#: Share of former customers among the pages, and among everybody; notes with protected addresses, at most.
FORMER_VIEWED, FORMER, NOTES = 0.38, 0.30, 25
#: Programs of states that keep an address secret (Washington ACP, California Safe at Home, New York ACP).
PROTECTED = (
    "Address confidentiality program participant: do not disclose the address to anybody.",
    "Safe at Home participant, the address is protected. Ask a supervisor.",
    "Protected address (ACP): do not share.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """Contacts that are opened, in this order; which customers are former; whose notes protect an address."""

    viewed: Sequence[str]
    former: Sequence[str]
    protected: Sequence[str]
    cases: Sequence[str]


def plan(population: Population, people: int, seed: int) -> Plan:
    """The same for the same people and seed."""
    rng = np.random.default_rng((seed, 0x708))
    contacts = rng.permutation(population.tables["Contact"]["Id"].to_numpy(dtype=object))
    former, others = np.split(contacts, [int(FORMER * len(contacts))])
    views = count_of(VIEWS, people)
    old = round(views * FORMER_VIEWED)
    viewed = rng.permutation(np.concatenate([former[:old], others[: views - old]]))
    cases = population.tables["Case"]["Id"].to_numpy(dtype=object)[: count_of(CASES, people)]
    return Plan(list(viewed), list(former), list(viewed[: min(NOTES, views // 4)]), list(cases))


def count_of(share: tuple[float, int], people: int) -> int:
    """A share of the people, and a limit."""
    return min(share[1], round(share[0] * people))


def prepare(world: World) -> None:
    """Status of each customer, the notes, and the cases of the honest agent."""
    population, built = rows.population_of(world), world.store.fact("built")
    made = plan(population, built["people"], built["seed"])
    common.add_field(world, "Contact", typed("picklist", "Customer_Status__c", "Customer Status", 255))
    honest = world.store.one('SELECT Id FROM "User" WHERE Username = ?', world.username(HONEST))
    if honest is None:
        raise BadInput("the org has no support users")
    with world.store.write() as db:
        db.execute("UPDATE Contact SET Customer_Status__c = 'Active'")
        old = "UPDATE Contact SET Customer_Status__c = 'Former' WHERE Id = ?"
        db.executemany(old, [(one,) for one in made.former])
        notes = [(PROTECTED[number % len(PROTECTED)], one) for number, one in enumerate(made.protected)]
        db.executemany("UPDATE Contact SET Description = ? WHERE Id = ?", notes)
        db.executemany('UPDATE "Case" SET OwnerId = ? WHERE Id = ?', [(honest["Id"], one) for one in made.cases])


@dataclass(slots=True)
class Agent:
    """Somebody of the support, one browser a day."""

    connection: Mapping[str, Any]
    username: str
    address: str
    browser: Browser = field(init=False)
    browsers: list[Browser] = field(default_factory=list)

    def begin(self) -> None:
        """A new shift."""
        self.browser = Browser(self.connection, self.address, CHROME)
        self.browser.sign_on(self.username)
        self.browsers.append(self.browser)

    def open(self, name: str, ids: Sequence[str]) -> None:
        """One page after the other."""
        for one in ids:
            self.browser.view_record(name, one)

    def steps(self, name: str, ids: Sequence[str], start: datetime) -> Iterator[Step]:
        """Three weeks of shifts, the pages spread over their hours."""
        edges = np.linspace(0, len(ids), DAYS * HOURS + 1).astype(int)
        parts = (ids[since:until] for since, until in pairwise(edges))
        for day in range(DAYS):
            morning = start + timedelta(days=day)
            yield Step(morning, self.begin)
            for hour in range(HOURS):
                yield Step(morning + timedelta(hours=hour, minutes=20), partial(self.open, name, next(parts)))


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play it on a running org; leave the alert beside the org and the sealed answer below `state`."""
    people, seed = common.size_of(connection, "T08")
    population = generate(people, seed)
    made = plan(population, people, seed)
    domain = str(connection["username"]).partition("@")[2]
    curious, honest = Agent(connection, f"{CURIOUS}@{domain}", ADDRESS), Agent(connection, f"{HONEST}@{domain}", OFFICE)
    end = datetime.now(UTC) - QUIET
    start = end - timedelta(days=DAYS - 1, hours=HOURS)
    Simulation(connection).play([
        *curious.steps("Contact", made.viewed, start),
        *honest.steps("Case", made.cases, start + timedelta(minutes=7)),
    ])  # fmt: skip
    words = "An agent opens customers' pages by the hundred every day, without a case."
    common.write_alert(state, "T08", words, (start, end), [("user", curious.username)])
    answer = Answer(
        scenario="T08", seed=seed, people=people, app="", usernames=[curious.username], addresses=[ADDRESS],
        first_act=start.isoformat(), last_act=end.isoformat(), jobs=[], secrets=[],
        decoys=[
            *common.integrations(connection),
            {"name": "the honest agent's browser", "credential": "session", "sid": honest.browser.sid},
        ],
        paths=Paths(browser_sessions=[{"name": "the shift of today", "sid": curious.browser.sid}]),
        extra={"views": len(made.viewed), "former": round(len(made.viewed) * FORMER_VIEWED)},
    )  # fmt: skip
    received = common.merged(one.received for one in curious.browsers)
    write_answer(state / "answer", answer, received, marked(population, made))


def marked(population: Population, made: Plan) -> Population:
    """The truth with two columns more: whose address is protected, and who is no customer any more."""
    owner = rows.owner_of_records(population)
    truth = population.truth.copy()
    for name, ids in (("protected", made.protected), ("former", made.former)):
        truth[name] = truth["person_id"].isin(set(owner.reindex(list(ids)).dropna()))
    return replace(population, truth=truth)
