"""T02: a caller from "IT support" talks one of the sales staff into a code; a renamed Data Loader takes the customers.

Follows what was published of UNC6040 (cloud.google.com/blog/topics/threat-intelligence/voice-phishing-data-extortion;
incidents, section 2): an app that nobody installed, linked by a device code, small reads to see whether anybody minds,
then whole objects by SOAP in batches of 2,000 from a Tor exit that was published with it.
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
from leakresponse.rehearsal.client_pages import Browser
from leakresponse.rehearsal.client_soap import soap_query
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import Population, generate
from leakresponse.rehearsal.scenarios import common
from leakresponse.rehearsal.scenarios.foreign_app import ForeignApp, Grant, open_old_way
from leakresponse.rehearsal.scenarios.simulation import Simulation, Step

APP, LOADER = "My Ticket Portal", "Data Loader"
#: Numbers of the staff: who was called, who let the app in too and never saw it used, who runs the real Data Loader.
CALLED, SECOND, ADMIN = 60, 61, 62
ADDRESS, AGENT = "109.70.100.68", "Salesforce-DataLoader/60.0.2"
QUIET = timedelta(hours=1)
TESTS = (10, 100, 1_000)
ACCOUNT_FIELDS = "Id, Name, Phone, BillingStreet, BillingCity, BillingState, BillingPostalCode"
CONTACT_FIELDS = (
    "Id, FirstName, LastName, Name, Email, Phone, MobilePhone, MailingStreet, MailingCity, MailingState, "
    "MailingPostalCode, Birthdate, Drivers_License__c, Customer_Number__c, AccountId"
)


def prepare(world: World) -> None:
    """The sales staff see every account and contact, licences included; one of the staff is an administrator."""
    sales = [common.staff_username(world, number) for number in (CALLED, SECOND)]
    common.make_reach(world, "Sales Reach", {"Account": "RV", "Contact": "RV"}, sales, ("Contact.SSN__c",))
    common.make_admin(world, common.staff_username(world, ADMIN))


@dataclass(slots=True)
class Caller:
    """The attacker: one client, and what users gave it."""

    connection: Mapping[str, Any]
    called: str
    second: str
    client: OrgClient = field(init=False)
    app: ForeignApp = field(init=False)
    grants: list[Grant] = field(default_factory=list)

    def register(self) -> None:
        """Make the app, somewhere else."""
        self.client = OrgClient(self.connection, ADDRESS, AGENT, version="60.0")
        self.app = ForeignApp(self.connection, APP)

    def talk_into(self, username: str) -> None:
        """A call; the user types the code at the desk."""
        self.grants.append(self.app.ask(self.client, username, common.OFFICE))

    def talk_into_the_second(self) -> None:
        """A second victim, whose grant is kept for later; reading goes on with the first."""
        self.talk_into(self.second)
        self.client.access_tokens.append(self.grants[0].access_token)
        self.client.resume(self.grants[0].access_token)

    def test(self, rows: int) -> None:
        """A small read."""
        self.client.query(" ".join(("SELECT", ACCOUNT_FIELDS, "FROM Account LIMIT", str(rows))))

    def take(self, fields: str, name: str) -> None:
        """A whole object."""
        soap_query(self.client, " ".join(("SELECT", fields, "FROM", name)))


@dataclass(slots=True)
class Innocent:
    """The administrator with the real Data Loader, and the second user at work in the browser."""

    connection: Mapping[str, Any]
    admin: str
    second: str
    loader: Grant = field(init=False)
    desk: Browser = field(init=False)

    def link_loader(self) -> None:
        """The real Data Loader, which an administrator installs."""
        app = ForeignApp(self.connection, LOADER)
        client = OrgClient(self.connection, common.OFFICE, AGENT, version="60.0")
        self.loader = app.ask(client, self.admin, common.OFFICE)
        app.install()

    def run_loader(self) -> None:
        """A mass read that is nobody's theft."""
        client = OrgClient(self.connection, common.OFFICE, AGENT, version="60.0")
        self.loader.log_in(client)
        soap_query(client, " ".join(("SELECT", ACCOUNT_FIELDS, "FROM Account")))
        soap_query(client, "SELECT Id, Name, Email, AccountId FROM Contact")

    def go_to_work(self) -> None:
        """The second user signs on."""
        self.desk = Browser(self.connection, common.OFFICE)
        self.desk.sign_on(self.second)
        self.desk.show_list("Account", 1)

    def decoys(self) -> list[dict[str, Any]]:
        """Who must not be cut off."""
        desk = {"name": "the second user's browser", "credential": "session", "sid": self.desk.sid}
        return [*common.integrations(self.connection), self.loader.honest("Data Loader of an administrator"), desk]


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play it on a running org; leave the alert beside the org and the sealed answer below `state`."""
    people, seed = common.size_of(connection, "T02")
    population = generate(people, seed)
    called, second, admin = (common.staff_username(population, number) for number in (CALLED, SECOND, ADMIN))
    caller, innocent = Caller(connection, called, second), Innocent(connection, admin, second)
    end = datetime.now(UTC) - QUIET
    attack = list(attack_steps(caller, end))
    open_old_way(connection)
    Simulation(connection).play([*attack, *innocent_steps(innocent, end)])
    start = attack[0].at
    principals = (("connected_app", APP), ("user", called), ("address", ADDRESS))
    words = "An app that nobody installed read accounts and contacts an hour after it was first seen."
    common.write_alert(state, "T02", words, (start, end), principals)
    _seal(state, people, seed, caller, innocent, population, (start, end))


def attack_steps(caller: Caller, end: datetime) -> Iterator[Step]:
    """An afternoon: two calls, three small reads, then everything."""

    def step(before: timedelta, act: Any, *given: Any) -> Step:
        return Step(end - before, partial(act, *given))

    minutes = timedelta(minutes=1)
    yield step(190 * minutes, caller.register)
    yield step(185 * minutes, caller.talk_into, caller.called)
    for number, rows in enumerate(TESTS):
        yield step((180 - 9 * number) * minutes, caller.test, rows)
    yield step(95 * minutes, caller.talk_into_the_second)
    yield step(40 * minutes, caller.take, ACCOUNT_FIELDS, "Account")
    yield step(25 * minutes, caller.take, CONTACT_FIELDS, "Contact")


def innocent_steps(innocent: Innocent, end: datetime) -> Iterator[Step]:
    """The loader was linked weeks ago and runs every evening; the second user works."""
    yield Step(end - timedelta(days=20), innocent.link_loader)
    for days in (2, 1):
        yield Step(end - timedelta(days=days, hours=2), innocent.run_loader)
    yield Step(end - timedelta(minutes=150), innocent.go_to_work)


def _seal(
    state: Path, people: int, seed: int, caller: Caller, innocent: Innocent, population: Population,
    span: tuple[datetime, datetime],
) -> None:  # fmt: skip
    answer = Answer(
        scenario="T02", seed=seed, people=people, app=APP, usernames=[one.username for one in caller.grants],
        addresses=[ADDRESS], first_act=span[0].isoformat(), last_act=span[1].isoformat(), jobs=[], secrets=[],
        decoys=innocent.decoys(),
        paths=Paths(
            refresh_tokens=[one.path() for one in caller.grants],
            access_tokens=[one.access_token for one in caller.grants],
        ),
        extra={"grants": [{"username": one.username, "used": one is caller.grants[0]} for one in caller.grants]},
    )  # fmt: skip
    write_answer(state / "answer", answer, caller.client.received, population)
