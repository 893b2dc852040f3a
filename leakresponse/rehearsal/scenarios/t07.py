"""T07: sixty days after a caller's theft (T02), a token that nobody looked for wakes.

The response of then ended the grant of the user who had been called and left two that had never been used; the app was
never installed, so that no list of installed apps shows it (containment facts, "Uninstalled, self-authorised apps").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.answer import Answer, Paths, write_answer
from leakresponse.rehearsal.client import OrgClient
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import Population, generate
from leakresponse.rehearsal.scenarios import common, t02
from leakresponse.rehearsal.scenarios.foreign_app import ForeignApp, Grant, open_old_way, revoke
from leakresponse.rehearsal.scenarios.simulation import Simulation, Step

PEN_TEST, SCANNER = "Redline Assessment", "Stock Scanner"
#: Numbers of the staff: a third one who let the app in; who ordered the pen test; whose scanner is honest and idle.
THIRD, SPONSOR, STORE = 63, 64, 65
ADDRESS, AGENT = "185.220.101.34", "python-requests/2.32.4"
PEN_ADDRESS = "203.0.113.77"
_COUNT, _FEW = "SELECT COUNT() FROM", "SELECT Id FROM"
SLEEP, QUIET = timedelta(days=60), timedelta(hours=1)


def prepare(world: World) -> None:
    """As in T02, and a sponsor of the pen test who is an administrator."""
    names = [common.staff_username(world, number) for number in (t02.CALLED, t02.SECOND, THIRD)]
    common.make_reach(world, "Sales Reach", {"Account": "RV", "Contact": "RV"}, names, ("Contact.SSN__c",))
    common.make_admin(world, common.staff_username(world, SPONSOR))


@dataclass(slots=True)
class Sleeper:
    """The attacker with the grants of then; `woken` reads now."""

    connection: Mapping[str, Any]
    simulation: Simulation
    usernames: tuple[str, str, str]
    then: OrgClient = field(init=False)
    woken: OrgClient = field(init=False)
    grants: list[Grant] = field(default_factory=list)

    def steal(self) -> None:
        """Three users let the app in; the first one's token takes the accounts."""
        open_old_way(self.connection)
        app = ForeignApp(self.connection, t02.APP)
        self.then = OrgClient(self.connection, t02.ADDRESS, t02.AGENT, version="60.0")
        self.grants = [app.ask(self.then, username, common.OFFICE) for username in self.usernames]
        self.then.resume(self.grants[0].access_token)
        self.then.query(" ".join(("SELECT", t02.ACCOUNT_FIELDS, "FROM Account LIMIT 1000")))

    def miss(self) -> None:
        """What the response of then did: one grant ended, the old way closed."""
        revoke(self.connection, self.grants[0])
        open_old_way(self.connection, open_=False)
        self.simulation.flush()

    def wake(self) -> None:
        """The second user's token, from another network."""
        self.woken = OrgClient(self.connection, ADDRESS, AGENT, version="60.0")
        one = self.grants[1]
        one.log_in(self.woken)

    def count(self) -> None:
        """Is it still worth it?"""
        for name in ("Account", "Contact"):
            self.woken.query(f"{_COUNT} {name}")

    def take(self) -> None:
        """Everything that then was left."""
        self.woken.query(" ".join(("SELECT", t02.CONTACT_FIELDS, "FROM Contact")))


@dataclass(slots=True)
class Innocent:
    """The vendor whose test was ordered, and a store's scanner app that nobody installed either."""

    connection: Mapping[str, Any]
    sponsor: str
    store: str
    pen: Grant = field(init=False)
    scanner: Grant = field(init=False)

    def link(self) -> None:
        """Both let in before the old way was closed; the tester's app is installed."""
        tester = ForeignApp(self.connection, PEN_TEST)
        self.pen = tester.ask(self._client(PEN_ADDRESS), self.sponsor, common.OFFICE)
        tester.install()
        scanner = ForeignApp(self.connection, SCANNER)
        self.scanner = scanner.ask(self._client(common.OFFICE), self.store, common.OFFICE)

    def test(self) -> None:
        """A pen test looks like an attack: describes, limits, small reads of everything."""
        client = self._client(PEN_ADDRESS)
        self.pen.log_in(client)
        client.call("GET", "/sobjects/")
        client.call("GET", "/limits")
        for name in ("Contact", "Case", "User"):
            client.describe(name)
            client.query(f"{_FEW} {name} LIMIT 10")

    def scan(self) -> None:
        """The scanner, last used three weeks ago."""
        client = self._client(common.OFFICE)
        self.scanner.log_in(client)
        client.query("SELECT Id, Name FROM Account LIMIT 20")

    def _client(self, address: str) -> OrgClient:
        return OrgClient(self.connection, address, "RedlineScan/3.1" if address == PEN_ADDRESS else "StockScanner/2.0")

    def decoys(self) -> list[dict[str, Any]]:
        """Who must not be cut off."""
        tester = self.pen.honest("pen test of a vendor")
        return [*common.integrations(self.connection), tester, self.scanner.honest("scanner of a store")]


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play it on a running org; leave the alert beside the org and the sealed answer below `state`."""
    people, seed = common.size_of(connection, "T07")
    population = generate(people, seed)
    simulation = Simulation(connection)
    names = [common.staff_username(population, number) for number in (t02.CALLED, t02.SECOND, THIRD, SPONSOR, STORE)]
    sleeper = Sleeper(connection, simulation, (names[0], names[1], names[2]))
    innocent = Innocent(connection, names[3], names[4])
    end = datetime.now(UTC) - QUIET
    simulation.play(steps(sleeper, innocent, end))
    start = end - timedelta(hours=2)
    principals = (("connected_app", t02.APP), ("user", names[1]), ("address", ADDRESS))
    words = "The app of the theft two months ago is reading contacts again."
    common.write_alert(state, "T07", words, (start, end), principals)
    _seal(state, people, seed, sleeper, innocent, population, (start, end))


def steps(sleeper: Sleeper, innocent: Innocent, end: datetime) -> Iterator[Step]:
    """Then, and two hours of now; the pen test runs in the same week."""
    then = end - SLEEP
    yield Step(then, sleeper.steal)
    yield Step(then + timedelta(hours=3), innocent.link)
    yield Step(then + timedelta(hours=20), sleeper.miss)
    yield Step(end - timedelta(days=21), innocent.scan)
    yield Step(end - timedelta(days=2), innocent.test)
    yield Step(end - timedelta(hours=6), innocent.test)
    for minutes, act in ((120, sleeper.wake), (115, sleeper.count), (70, sleeper.take)):
        yield Step(end - timedelta(minutes=minutes), partial(act))


def _seal(
    state: Path, people: int, seed: int, sleeper: Sleeper, innocent: Innocent, population: Population,
    span: tuple[datetime, datetime],
) -> None:  # fmt: skip
    missed = sleeper.grants[1:]
    answer = Answer(
        scenario="T07", seed=seed, people=people, app=t02.APP, usernames=[one.username for one in missed],
        addresses=[ADDRESS], first_act=span[0].isoformat(), last_act=span[1].isoformat(), jobs=[], secrets=[],
        decoys=innocent.decoys(),
        paths=Paths(
            refresh_tokens=[one.path() for one in missed],
            access_tokens=sleeper.woken.access_tokens,
        ),
        extra={
            "missed_then": [one.username for one in missed], "ended_then": [sleeper.grants[0].username],
            "idle_apps": [SCANNER], "look_back_to": (span[1] - SLEEP).isoformat(),
        },
    )  # fmt: skip
    write_answer(state / "answer", answer, sleeper.woken.received, population)
