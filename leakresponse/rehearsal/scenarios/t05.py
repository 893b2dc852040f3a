"""T05: guests of the public site take what its profile leaves open, from hundreds of addresses, in nine hours.

Follows what was published of the campaign of 2026 against Experience Cloud sites (incidents, section 5; Mandiant,
"Auditing Salesforce Aura", January 2026): a tool asks for every object, pages through lists, opens single records and
uses GraphQL where lists end. There is no token, session or user to revoke, and freezing the guest takes the site down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.answer import Answer, Paths, write_answer
from leakresponse.rehearsal.client_pages import CHROME, CONFIG, Browser
from leakresponse.rehearsal.org.build import load
from leakresponse.rehearsal.org.scenario_objects import add_object, applicant
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import Population, generate
from leakresponse.rehearsal.scenarios import common
from leakresponse.rehearsal.scenarios.applicants import APPLICANT, applicants, with_applicants
from leakresponse.rehearsal.scenarios.simulation import Simulation, Step

SITE_GUEST, GUEST_PROFILE = "help.center.guest", "Help Center Profile"
SPAN, QUIET = timedelta(hours=9), timedelta(hours=1)
SLICES = 54
#: One request for so many people of the org, at least and at most.
PEOPLE_A_REQUEST, FEWEST, MOST = 2, 800, 300_000
ADDRESSES = 400
PAGE = 50
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/134.0.0.0 Safari/537.36"
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
#: Objects that the scraper found open, and a field of each for GraphQL.
OPEN: Mapping[str, tuple[str, ...]] = {
    "Contact": ("Name", "Email", "Phone"), "Case": ("Subject", "SuppliedEmail"),
    APPLICANT: ("Name", "Email__c", "SSN__c"),
}  # fmt: skip
_SORTS = ("", "Id", "CreatedDate")


def prepare(world: World) -> None:
    """The applicants of a public form, which the guest profile and public sharing leave open."""
    built = world.store.fact("built")
    add_object(world, applicant(), [(GUEST_PROFILE, "RC"), (common.ADMIN, "RCED")], sharing="Read")
    load(world.store, APPLICANT, applicants(generate(built["people"], built["seed"]), built["seed"]).table)


@dataclass(slots=True)
class Scraper:
    """A tool that changes its address with every slice of its work."""

    connection: Mapping[str, Any]
    requests: int
    sent: int = 0
    used: set[str] = field(default_factory=set)
    browser: Browser = field(init=False)
    _plan: Iterator[tuple[str, str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Browser(self.connection, address_of(0), AGENT)
        self._plan = self._reads()

    def ask_what_is_open(self) -> None:
        """Every object that a guest reaches."""
        self.browser.aura((CONFIG, {}))
        self._count(0)

    def scrape(self, number: int) -> None:
        """One slice: lists page by page, then the records one by one, in ever new orders."""
        for way, name, given in islice(self._plan, self.requests // SLICES):
            self.browser.move(address_of(self.sent))
            if way == "list":
                self.browser.items(name, given[0], PAGE, given[1])
            else:
                self.browser.record(name, given)
            self._count(self.sent)

    def use_graphql(self) -> None:
        """Pages without the 2,000 of lists."""
        for name, fields in OPEN.items():
            self.browser.graphql(name, fields)
            self._count(self.sent)

    def _count(self, number: int) -> None:
        self.used.add(address_of(number))
        self.sent += 1

    def _reads(self) -> Iterator[tuple[str, str, Any]]:
        for sort in cycle(_SORTS):
            for name in OPEN:
                for page in range(2_000 // PAGE):
                    before = len(self.ids(name))
                    yield "list", name, (page, sort)
                    if page and len(self.ids(name)) == before:
                        break
                for record_id in self.ids(name):
                    yield "record", name, record_id

    def ids(self, name: str) -> Sequence[str]:
        """Ids of an object that came so far."""
        return self.browser.seen(name)


def address_of(number: int) -> str:
    """The address of a request: 400 rented ones in four networks."""
    host = number % ADDRESSES
    return f"{('45.84.107', '91.219.236', '146.70.99', '193.32.126')[host % 4]}.{1 + host // 4}"


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play it on a running org; leave the alert beside the org and the sealed answer below `state`."""
    people, seed = common.size_of(connection, "T05")
    scraper = Scraper(connection, max(FEWEST, min(MOST, people // PEOPLE_A_REQUEST)))
    end = datetime.now(UTC) - QUIET
    start = end - SPAN
    Simulation(connection).play([*attack_steps(scraper, start), *innocent_steps(connection, start)])
    domain = str(connection["username"]).partition("@")[2]
    principals = [("user", f"{SITE_GUEST}@{domain}"), *(("address", one) for one in sorted(scraper.used)[:5])]
    words = "The guest user of the help centre reads contacts, cases and applicants in bulk."
    common.write_alert(state, "T05", words, (start, end), principals)
    _seal(connection, state, people, seed, scraper, (start, end))


def attack_steps(scraper: Scraper, start: datetime) -> Iterator[Step]:
    """Nine hours in even slices; GraphQL in the last one."""
    yield Step(start, scraper.ask_what_is_open)
    each = SPAN / SLICES
    for number in range(SLICES):
        yield Step(start + (number + 0.5) * each, partial(scraper.scrape, number))
    yield Step(start + SPAN - timedelta(minutes=4), scraper.use_graphql)


def innocent_steps(connection: Mapping[str, Any], start: datetime) -> Iterator[Step]:
    """A search engine's crawler all day, and the visitors that a mailing brings within an hour."""
    for hour in range(9):
        yield Step(start + timedelta(hours=hour, minutes=7), partial(_crawl, connection, hour))
    for minute in range(0, 60, 6):
        yield Step(start + timedelta(hours=4, minutes=minute), partial(_visit, connection, minute))


def _crawl(connection: Mapping[str, Any], hour: int) -> None:
    crawler = Browser(connection, f"66.249.66.{1 + hour}", CRAWLER)
    for _ in range(6):
        crawler.get("/s")
    crawler.get("/s/login/SelfRegister")


def _visit(connection: Mapping[str, Any], minute: int) -> None:
    """A few of the many who follow the mailing: pages, and what the page itself asks Aura for."""
    for host in range(12):
        visitor = Browser(connection, f"100.{64 + minute}.{host}.20", CHROME)
        visitor.get("/s")
        visitor.aura((CONFIG, {}))


def _seal(
    connection: Mapping[str, Any], state: Path, people: int, seed: int, scraper: Scraper,
    span: tuple[datetime, datetime],
) -> None:  # fmt: skip
    plain: Population = generate(people, seed)
    population = with_applicants(plain, applicants(plain, seed))
    guest = [
        {"object": name, "record_id": scraper.ids(name)[0], "field": fields[0]} for name, fields in OPEN.items()
    ]  # fmt: skip
    site: list[dict[str, Any]] = [
        {"name": "a visitor of the site", "credential": "page", "path": "/s"},
        {"name": "a search engine's crawler", "credential": "page", "path": "/s", "crawler": True},
        {"name": "self-registration", "credential": "registration", "path": "/s/login/SelfRegister"},
    ]
    answer = Answer(
        scenario="T05", seed=seed, people=people, app="", usernames=[SITE_GUEST], addresses=sorted(scraper.used),
        first_act=span[0].isoformat(), last_act=span[1].isoformat(), jobs=[], secrets=[],
        decoys=[*common.integrations(connection), *site], paths=Paths(guest=guest),
        extra={"requests": scraper.sent, "reachable": sorted(OPEN), "bounded": True},
    )  # fmt: skip
    write_answer(state / "answer", answer, scraper.browser.received, population)
