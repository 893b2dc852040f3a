"""T12: an order sync copies its gateway's answers into a custom object, cards in the clear; two apps and staff read it.

Follows the sync-job pattern of incidents, section 11: the breach begins with the write, not with a thief. Two apps have
copied what they found; fourteen of the staff opened rows at work, in good faith: they are listed and not cut off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from leakresponse.rehearsal.answer import Answer, Paths, write_answer
from leakresponse.rehearsal.client import OrgClient
from leakresponse.rehearsal.client_pages import CHROME, Browser
from leakresponse.rehearsal.client_writes import create_all
from leakresponse.rehearsal.org.scenario_objects import add_object, payment_log
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import generate
from leakresponse.rehearsal.scenarios import common
from leakresponse.rehearsal.scenarios.cards import CODED, LOG, CardLog, card_log, with_cards
from leakresponse.rehearsal.scenarios.decoys import client_of, integration_of, log_in
from leakresponse.rehearsal.scenarios.foreign_app import ForeignApp, Grant, open_old_way
from leakresponse.rehearsal.scenarios.simulation import Simulation, Step

SYNC = "Order Sync"
#: The apps that read the rows: name, user, label of the user, address, agent.
COPIER = ("Insight Connector", "insight.reader", "Insight Reader", "203.0.113.77", "InsightConnector/5.1")
HELPER = ("Refund Helper", "refund.helper", "Refund Helper", "203.0.113.91", "RefundHelper/1.8")
FIELDS = "Id, Contact__c, CardNumber__c, CVV__c, Payload__c, CreatedDate"
#: Numbers of the staff who looked, and how many rows each of them opened.
READERS, OPENED = range(90, 104), 6
NIGHTS, QUIET = 6, timedelta(hours=1)


def prepare(world: World) -> None:
    """The object that the sync writes into, open to programs and staff, and the users that the two apps run as."""
    grants = ((common.PROGRAMS, "RCED"), ("Standard User", "R"), (common.ADMIN, "RCED"))
    add_object(world, payment_log(), grants)
    for _, user, label, _, _ in (COPIER, HELPER):
        common.make_program_user(world, user, label)


@dataclass(slots=True)
class Sync:
    """The retailer's own program, which logs too much."""

    connection: Mapping[str, Any]
    made: CardLog
    ids: list[str] = field(default_factory=list)

    def write(self, rows: Sequence[dict[str, str | None]]) -> None:
        """One night's payments."""
        integration = integration_of(self.connection, SYNC)
        client = client_of(self.connection, integration)
        log_in(client, integration)
        self.ids += create_all(client, LOG, rows)

    def steps(self, end: datetime) -> Iterator[Step]:
        """Six nights."""
        edges = np.linspace(0, len(self.made.rows), NIGHTS + 1).astype(int)
        for night in range(NIGHTS):
            part = self.made.rows[edges[night] : edges[night + 1]]
            yield Step(end - timedelta(days=NIGHTS - night, hours=3), partial(self.write, part))


@dataclass(slots=True)
class Readers:
    """Everybody who saw the rows."""

    connection: Mapping[str, Any]
    sync: Sync
    staff: Sequence[str]
    copier: OrgClient = field(init=False)
    helper: OrgClient = field(init=False)
    grants: list[Grant] = field(default_factory=list)
    browsers: list[Browser] = field(default_factory=list)

    def link(self) -> None:
        """Weeks ago, an administrator let both apps in."""
        open_old_way(self.connection)
        domain = str(self.connection["username"]).partition("@")[2]
        made = []
        for name, user, _, address, agent in (COPIER, HELPER):
            app, client = ForeignApp(self.connection, name), OrgClient(self.connection, address, agent)
            self.grants.append(app.ask(client, f"{user}@{domain}", common.OFFICE))
            app.install()
            made.append(client)
        self.copier, self.helper = made
        open_old_way(self.connection, open_=False)

    def copy(self) -> None:
        """Every row, by a bulk job."""
        self.grants[0].log_in(self.copier)
        self.copier.bulk_query(" ".join(("SELECT", FIELDS, "FROM", LOG)))

    def help(self) -> None:
        """The rows of the last nights, page by page."""
        self.grants[1].log_in(self.helper)
        half = len(self.sync.ids) // 2
        self.helper.query(" ".join(("SELECT", FIELDS, "FROM", LOG, "ORDER BY Id DESC LIMIT", str(half))))

    def look(self, number: int) -> None:
        """One of the staff opens some rows."""
        browser = Browser(self.connection, f"192.0.2.{100 + number}", CHROME)
        browser.sign_on(self.staff[number])
        self.browsers.append(browser)
        for one in self.sync.ids[number :: len(self.staff)][:OPENED]:
            browser.view_record(LOG, one)

    def decoys(self) -> list[dict[str, Any]]:
        """The staff go on working."""
        return [
            {"name": f"the browser of reader {number}", "credential": "session", "sid": one.sid}
            for number, one in enumerate(self.browsers, 1)
        ]  # fmt: skip

    def steps(self, end: datetime) -> Iterator[Step]:
        """The apps were linked long ago; everybody reads on the last day."""
        yield Step(end - timedelta(days=40), self.link)
        yield Step(end - timedelta(hours=2), self.copy)
        yield Step(end - timedelta(hours=1), self.help)
        for number in range(len(self.staff)):
            yield Step(end - timedelta(minutes=50 - 3 * number), partial(self.look, number))


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play it on a running org; leave the alert beside the org and the sealed answer below `state`."""
    people, seed = common.size_of(connection, "T12")
    population = generate(people, seed)
    sync = Sync(connection, card_log(population, people, seed))
    readers = Readers(connection, sync, [common.staff_username(population, number) for number in READERS])
    end = datetime.now(UTC) - QUIET
    Simulation(connection).play([*sync.steps(end), *readers.steps(end)])
    start = end - timedelta(days=NIGHTS, hours=3)
    named = [("connected_app", name) for name, *_ in (COPIER, HELPER)]
    words = "The order sync has been writing card numbers in the clear, and two apps have copied them."
    common.write_alert(state, "T12", words, (start, end), named)
    copied = common.merged((readers.copier.received, readers.helper.received))
    answer = _answer(connection, seed, people, readers, (start, end))
    write_answer(state / "answer", answer, copied, with_cards(population, sync.made, sync.ids))


def _answer(
    connection: Mapping[str, Any], seed: int, people: int, readers: Readers, span: tuple[datetime, datetime]
) -> Answer:
    held = [kind for kind in readers.sync.made.kinds if kind]
    return Answer(
        scenario="T12", seed=seed, people=people, app=COPIER[0],
        usernames=[one.username for one in readers.grants], addresses=[COPIER[3], HELPER[3]],
        first_act=span[0].isoformat(), last_act=span[1].isoformat(), jobs=[], secrets=[],
        decoys=[*common.integrations(connection), *readers.decoys()],
        paths=Paths(
            refresh_tokens=[one.path() for one in readers.grants],
            access_tokens=[readers.copier.access_tokens[-1], readers.helper.access_tokens[-1]],
        ),
        extra={"rows": len(readers.sync.ids), "cards": len(held), "with_code": held.count(CODED),
               "readers": list(readers.staff)},
    )  # fmt: skip
