"""T06: a caller takes the night desk's sign-on; from the new factor to the last export it is 48 minutes.

Follows what was published of UNC6661 and its like in 2026 (incidents, section 6): password and code are relayed, a
factor of the attacker's own is enrolled, the identity provider lets him into everything, and no app and no token
appears: all is done in the browser. Beside it somebody travels with a new phone, which looks the same and is not.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.answer import Answer, Paths, write_answer
from leakresponse.rehearsal.client_pages import Browser
from leakresponse.rehearsal.idp_double import SESSIONS
from leakresponse.rehearsal.org.report_definitions import Report, save
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import generate
from leakresponse.rehearsal.scenarios import common
from leakresponse.rehearsal.scenarios.simulation import Simulation, Step

VICTIM = "support.night"
#: Number of the staff who travels.
TRAVELLER = 70
ADDRESS, ABROAD = "146.70.174.41", "81.169.12.7"
AGENT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15"
LENGTH, QUIET = timedelta(minutes=48), timedelta(minutes=30)
#: Pages of 50 rows that a list view gives before the hour is over.
PAGES = 60
REPORTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("All customers", "Contact", ("Id", "Name", "Email", "Phone", "Birthdate", "MailingStreet", "MailingCity",
                                  "MailingState", "MailingPostalCode")),
    ("All cases", "Case", ("Id", "CaseNumber", "Subject", "SuppliedName", "SuppliedEmail", "Description")),
    ("Loyalty members", "Loyalty_Member__c", ("Id", "Email__c", "Birthdate__c", "Points__c")),
)  # fmt: skip


def prepare(world: World) -> None:
    """Public reports, as every org has them."""
    with world.store.write() as db:
        for name, kind, fields in REPORTS:
            columns = tuple(f"{kind}.{one}" for one in fields)
            save(world, db, Report("", name, kind, columns), world.system_user)


@dataclass(slots=True)
class Person:
    """Somebody's browser, with the session at the identity provider and the factors that the sign-on used."""

    connection: Mapping[str, Any]
    username: str
    address: str
    agent: str
    idp_session: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    factors: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list, repr=False)
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Browser(self.connection, self.address, self.agent)

    def enrol(self) -> None:
        """A new phone."""
        self.factors.append(str(self.browser.simulate("factor", username=self.username)["factor"]))

    def sign_on(self) -> None:
        """SAML, begun at the identity provider."""
        self.sessions.append(self.browser.sign_on(self.username, login_type="9", factor=self.factors[-1]))

    def open_child(self) -> None:
        """A second tab with a session of its own, below the first."""
        self.sessions.append(self.browser.open_child())

    def export(self, name: str) -> None:
        """Find a report by its name, look at it, export it."""
        found = self.browser.get("/services/data/v67.0/analytics/reports", headers=self._header()).json()
        report = next(one["id"] for one in found if one["name"] == name)
        self.browser.export_report(report)

    def _header(self) -> dict[str, str]:
        """Pages in Lightning ask the API with their own session."""
        return {"Authorization": f"Bearer {self.browser.sid}"}

    def look(self) -> None:
        """A page of accounts, as on any morning."""
        self.browser.show_list("Account", 1)


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play it on a running org; leave alert and provider's sessions beside the org, the sealed answer below `state`."""
    people, seed = common.size_of(connection, "T06")
    population = generate(people, seed)
    victim = f"{VICTIM}@{str(connection['username']).partition('@')[2]}"
    thief = Person(connection, victim, ADDRESS, AGENT)
    desk = Person(connection, victim, common.OFFICE, AGENT)
    traveller = Person(connection, common.staff_username(population, TRAVELLER), ABROAD, AGENT)
    end = datetime.now(UTC) - QUIET
    start = end - LENGTH
    Simulation(connection).play([*attack_steps(thief, start), *innocent_steps(desk, traveller, start)])
    sessions = [{"session": one.idp_session, "username": one.username} for one in (thief, traveller)]
    (state / SESSIONS).write_text(json.dumps(sessions), encoding="utf-8")
    words = "A new factor, a sign-on from a network never seen, and exports of every customer within the hour."
    principals = (("user", victim), ("address", ADDRESS))
    common.write_alert(state, "T06", words, (start - timedelta(minutes=5), end), principals)
    answer = Answer(
        scenario="T06", seed=seed, people=people, app="", usernames=[victim], addresses=[ADDRESS],
        first_act=start.isoformat(), last_act=end.isoformat(), jobs=[], secrets=[],
        decoys=decoys(connection, desk, traveller), paths=paths(thief),
        extra={"reports": [name for name, _, _ in REPORTS], "list_views": ["Contact", "Case"]},
    )  # fmt: skip
    write_answer(state / "answer", answer, thief.browser.received, population)


def attack_steps(thief: Person, start: datetime) -> Iterator[Step]:
    """48 minutes."""
    acts: tuple[tuple[int, Any], ...] = (
        (0, thief.enrol), (3, thief.sign_on), (6, thief.open_child),
        (9, partial(thief.export, REPORTS[0][0])), (17, partial(thief.export, REPORTS[1][0])),
        (24, partial(thief.export, REPORTS[2][0])), (31, partial(thief.browser.show_list, "Contact", PAGES)),
        (42, partial(thief.browser.show_list, "Case", PAGES)),
    )  # fmt: skip
    return (Step(start + timedelta(minutes=minutes), act) for minutes, act in acts)


def innocent_steps(desk: Person, traveller: Person, start: datetime) -> Iterator[Step]:
    """The night desk's own phone of last spring; the traveller's new one of this morning."""
    yield Step(start - timedelta(days=190), desk.enrol)
    for minutes, act in ((-70, traveller.enrol), (-66, traveller.sign_on), (-60, traveller.look), (20, traveller.look)):
        yield Step(start + timedelta(minutes=minutes), act)


def paths(thief: Person) -> Paths:
    """What the attacker holds at the end."""
    names = ("sign-on", "child of the sign-on")
    return Paths(
        browser_sessions=[{"name": n, "sid": sid} for n, sid in zip(names, thief.sessions, strict=True)],
        factors=[{"username": thief.username, "factor": one} for one in thief.factors],
        idp_sessions=[{"username": thief.username, "session": thief.idp_session}],
    )


def decoys(connection: Mapping[str, Any], desk: Person, traveller: Person) -> list[dict[str, Any]]:
    """Who must not be cut off: every program, the traveller in every respect, and the night desk's own old phone."""
    who = traveller.username
    return [
        *common.integrations(connection),
        {"name": "a traveller's browser", "credential": "session", "sid": traveller.sessions[0], "address": ABROAD},
        {"name": "a traveller's new phone", "credential": "factor", "username": who, "factor": traveller.factors[0]},
        {"name": "a traveller's sign-on", "credential": "idp session", "session": traveller.idp_session},
        {"name": "the night desk's own phone", "credential": "factor", "username": desk.username,
         "factor": desk.factors[0]},
    ]  # fmt: skip
