"""A vendor's stolen token and no bulk job at all: a burst of a thousand queries, then a day of QueryMore (T04, T15).

Follows what was published of the Klue Battlecards thefts of June 2026 (incidents, section 4: the vendor's own account,
reliaquest.com, securitylabs.datadoghq.com): `GET /sobjects` with v59.0, then queries in a loop with the QueryMore
cursor for almost 24 hours, in one org nearly 1,000 queries in 15 minutes; agents and addresses from hunting notes.

The token's user is shared: the vendor's own honest sync and a BI connector run as the same integration user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pandas as pd

from leakresponse.rehearsal.client import OrgClient, Received
from leakresponse.rehearsal.client_drip import LARGEST_PAGE, SMALLEST_PAGE, pages
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import Population
from leakresponse.rehearsal.scenarios import common, rows
from leakresponse.rehearsal.scenarios.foreign_app import ForeignApp, Grant, open_old_way
from leakresponse.rehearsal.scenarios.simulation import Step

APP, CONNECTOR = "Klue Battlecards", "Insight Connector"
USER, USER_LABEL = "battlecards.sync", "Battlecards Sync"
VERSION = "59.0"
#: Agent and address of each quarter of the attack (incidents, section 4, "Indicators").
FACES = (
    ("Python-urllib/3.12", "138.226.246.94"), ("Python-urllib/3.14", "212.86.125.24"),
    ("5238", "213.111.148.90"), ("Python-urllib/3.14", "94.154.32.160"),
)  # fmt: skip
VENDOR_AGENT, VENDOR_ADDRESS = "Battlecards/2.3", "203.0.113.140"
CONNECTOR_AGENT, CONNECTOR_ADDRESS = "InsightConnector/5.1", "203.0.113.77"
BURST, DRIP = timedelta(minutes=15), timedelta(hours=24)
#: One query of the burst for so many people of the org, at least and at most; slices of it by the minute.
PEOPLE_A_QUERY, FEWEST, MOST, SLICES = 50, 60, 1_000, 15
#: From so many people on a page has 2,000 rows; below, 200, so that there are pages at all.
LARGE = 20_000
#: The share of its pages at which the drip leaves an object.
LEFT_AT: Mapping[str, float] = {"Contact": 0.6, "Account": 0.4}
#: What the burst reads of records made between two days; older ones it leaves alone.
BURST_FIELDS: Mapping[str, str] = {
    "Contact": "Id, FirstName, LastName, Email, Phone", "Lead": "Id, FirstName, LastName, Company, Email",
    "Case": "Id, CaseNumber, Subject, SuppliedName, SuppliedEmail, ContactId",
}  # fmt: skip
SPAN = (date(2021, 1, 1), date(2027, 1, 1))
#: What the drip reads, in this order.
DRIP_FIELDS: Mapping[str, str] = {
    "Opportunity": "Id, Name, StageName, Amount, CloseDate, AccountId",
    "Case": "Id, CaseNumber, Subject, Description, Status, SuppliedName, SuppliedEmail, SuppliedPhone, ContactId",
    "Task": "Id, Subject, Status, ActivityDate, Description, WhoId",
    "Lead": "Id, FirstName, LastName, Email, Phone, Street, City, State, PostalCode",
    "Contact": "Id, FirstName, LastName, Email, Phone, MobilePhone, MailingStreet, MailingCity, MailingState, "
               "MailingPostalCode, Birthdate, SSN__c, Drivers_License__c, AccountId",
    "Account": "Id, Name, Phone, BillingStreet, BillingCity, BillingState, BillingPostalCode",
}  # fmt: skip
#: One in so many contacts has a task.
TASKS_ONE_IN = 4
_SUBJECTS = ("Call back", "Send catalogue", "Check the delivery", "Ask for a review")


def tasks(population: Population) -> tuple[pd.DataFrame, list[str]]:
    """Calls and things to do about contacts, and whose they are; the same for the same people."""
    contacts = population.tables["Contact"]
    about = contacts["Id"].iloc[::TASKS_ONE_IN].reset_index(drop=True)
    subjects = [_SUBJECTS[number % len(_SUBJECTS)] for number in range(len(about))]
    table = pd.DataFrame({
        "WhoId": about, "Subject": subjects, "Status": "Not Started", "Priority": "Normal",
        "ActivityDate": "2026-09-14", "Description": "See the last order.",
    })  # fmt: skip
    return rows.finished(population, "00T", table), list(rows.owner_of_records(population).reindex(about))


def prepare(world: World) -> None:
    """The user that the vendor's app and the connector run as, and the tasks that the app has made for the staff."""
    user_id = common.make_program_user(world, USER, USER_LABEL)
    rows.load_rows(world, "Task", tasks(rows.population_of(world))[0].assign(OwnerId=user_id))


@dataclass(slots=True)
class Drip:
    """The attacker: one stolen refresh token, a new face every six hours."""

    connection: Mapping[str, Any]
    people: int
    grant: Grant = field(init=False)
    client: OrgClient = field(init=False)
    clients: list[OrgClient] = field(default_factory=list)
    _windows: Iterator[str] = field(init=False)
    _pages: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self._windows = iter(windows(self.queries))
        self._pages = self._read_on()

    @property
    def queries(self) -> int:
        """How many queries the burst has."""
        return max(FEWEST, min(MOST, self.people // PEOPLE_A_QUERY))

    @property
    def page(self) -> int:
        """Rows of one page."""
        return LARGEST_PAGE if self.people >= LARGE else SMALLEST_PAGE

    def show(self, face: int) -> None:
        """Log in anew, from another address and under another name."""
        agent, address = FACES[face]
        self.client = OrgClient(self.connection, address, agent, version=VERSION)
        self.clients.append(self.client)
        self.grant.log_in(self.client)

    def look_around(self) -> None:
        """Which objects there are."""
        self.client.call("GET", "/sobjects")

    def burst(self) -> None:
        """A minute of the burst."""
        for soql in islice(self._windows, -(-self.queries // SLICES)):
            self.client.query(soql)

    def drip(self, count: int) -> None:
        """The next pages, wherever the reading is."""
        for _ in islice(self._pages, count):
            pass

    def length(self, population: Population) -> int:
        """How many pages the drip has."""
        return sum(self._pages_of(name, len(population.tables[name])) for name in DRIP_FIELDS)

    def _pages_of(self, name: str, count: int) -> int:
        whole = max(1, -(-count // self.page))
        return max(1, int(whole * LEFT_AT.get(name, 1)))

    def _read_on(self) -> Iterator[int]:
        for name, fields in DRIP_FIELDS.items():
            soql = " ".join(("SELECT", fields, "FROM", name))
            total = self.client.query(" ".join(("SELECT COUNT() FROM", name)))
            yield from islice(pages(self.client, soql, self.page), self._pages_of(name, total))

    @property
    def received(self) -> Received:
        """Everything that came, whatever the face."""
        return common.merged(one.received for one in self.clients)


def windows(count: int) -> list[str]:
    """`count` queries of records by the day on which they were made, object after object."""
    each = -(-count // len(BURST_FIELDS))
    days = (SPAN[1] - SPAN[0]).days
    edges = [SPAN[0] + timedelta(days=int(day)) for day in np.linspace(0, days, each + 1)]
    made = []
    for name, fields in BURST_FIELDS.items():
        for start, end in pairwise(edges):
            since = f"CreatedDate >= {start}T00:00:00Z AND CreatedDate < {end}T00:00:00Z"
            made.append(" ".join(("SELECT", fields, "FROM", name, "WHERE", since)))
    return made


@dataclass(slots=True)
class Honest:
    """The vendor's own sync with the same token as the thief, and the connector, which has a token of its own."""

    connection: Mapping[str, Any]
    username: str
    people: int
    vendor: Grant = field(init=False)
    connector: Grant = field(init=False)

    def link(self) -> None:
        """Weeks ago: both apps are let in, and installed by an administrator."""
        open_old_way(self.connection)
        self.vendor = self._link(APP, VENDOR_ADDRESS, VENDOR_AGENT)
        self.connector = self._link(CONNECTOR, CONNECTOR_ADDRESS, CONNECTOR_AGENT)
        open_old_way(self.connection, open_=False)

    def _link(self, name: str, address: str, agent: str) -> Grant:
        app = ForeignApp(self.connection, name)
        grant = app.ask(OrgClient(self.connection, address, agent, version=VERSION), self.username, common.OFFICE)
        app.install()
        return grant

    def sync(self) -> None:
        """What the vendor's program reads for the sales staff."""
        client = self._client(self.vendor, VENDOR_ADDRESS, VENDOR_AGENT)
        client.query("SELECT Id, Name, StageName, CloseDate FROM Opportunity ORDER BY LastModifiedDate DESC LIMIT 50")
        client.query("SELECT Id, Name FROM Account ORDER BY LastModifiedDate DESC LIMIT 50")

    def connect(self) -> None:
        """The connector copies for the dashboards: the same objects, the same way of paging."""
        client = self._client(self.connector, CONNECTOR_ADDRESS, CONNECTOR_AGENT)
        size = LARGEST_PAGE if self.people >= LARGE else SMALLEST_PAGE
        for soql in ("SELECT Id, AccountId, CreatedDate, Loyalty_Tier__c FROM Contact",
                     "SELECT Id, Status, Origin, CreatedDate FROM Case"):  # fmt: skip
            for _ in pages(client, soql, size):
                pass

    def _client(self, grant: Grant, address: str, agent: str) -> OrgClient:
        client = OrgClient(self.connection, address, agent, version=VERSION)
        grant.log_in(client)
        return client


def attack_steps(drip: Drip, start: datetime, length: int, hours: timedelta) -> Iterator[Step]:
    """The burst, then `length` pages spread evenly over a day, of which only the first `hours` have gone by."""
    yield Step(start, partial(drip.show, 0))
    yield Step(start + timedelta(seconds=2), drip.look_around)
    for minute in range(SLICES):
        yield Step(start + minute * BURST / SLICES + timedelta(seconds=5), drip.burst)
    begin = start + BURST
    for quarter in range(1, len(FACES)):
        if (at := quarter * DRIP / len(FACES)) < hours:
            yield Step(begin + at, partial(drip.show, quarter))
    turns = min(length, 96)
    counts = np.diff(np.linspace(0, length, turns + 1).astype(int))
    for turn, count in enumerate(counts):
        if (at := (turn + 0.5) * DRIP / turns) < hours:
            yield Step(begin + at, partial(drip.drip, int(count)))


def honest_steps(honest: Honest, start: datetime, end: datetime) -> Iterator[Step]:
    """The vendor's sync every four hours, the connector every night, before the attack and during it."""
    for day in range(3, -1, -1):
        night = (end - timedelta(days=day)).replace(hour=2, minute=40, second=0, microsecond=0)
        if night < end:
            yield Step(night, honest.connect)
    at = start - timedelta(hours=26)
    while at < end:
        yield Step(at, honest.sync)
        at += timedelta(hours=4)


def span_before(quiet: timedelta, hours: timedelta) -> tuple[datetime, datetime]:
    """Start and end of an attack that has been dripping for `hours` and whose last act is `quiet` ago."""
    end = datetime.now(UTC) - quiet
    return end - hours - BURST, end
