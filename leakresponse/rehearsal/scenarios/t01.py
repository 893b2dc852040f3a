"""T01: stolen tokens of a chat app, five days of looking around, then two bulk jobs and a cover-up.

Follows what was published of the Salesloft Drift thefts of August 2025 (UNC6395): times and queries from Cloudflare's
account (blog.cloudflare.com/response-to-salesloft-drift-incident), agents and addresses from there and from Google
(cloud.google.com/blog/topics/threat-intelligence/data-theft-salesforce-instances-via-salesloft-drift). All days are
shifted so that the last act lies six hours before now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.answer import TEXT_ELEMENTS, Answer, Paths, write_answer
from leakresponse.rehearsal.client import OrgClient
from leakresponse.rehearsal.population import Population, generate
from leakresponse.rehearsal.scenarios.decoys import decoy_list, decoy_steps, integration_of
from leakresponse.rehearsal.scenarios.simulation import Simulation, Step

APP, INTEGRATION_USER, NIGHTLY_USER = "Drift", "drift.integration", "drift.nightly"
RECON_ADDRESS, THEFT_ADDRESS = "44.215.108.109", "208.68.36.90"
FETCHER, REQUESTS = "Salesforce-Multi-Org-Fetcher/1.0", "python-requests/2.32.4"
AIOHTTP, CLI = "Python/3.11 aiohttp/3.12.15", "Salesforce-CLI/1.0"
#: How long ago the last act is.
QUIET = timedelta(hours=6)
#: The job was deleted so long after it ended.
COVER_UP = timedelta(seconds=24)
CASE_FIELDS = (
    "Id, CaseNumber, Subject, Description, Status, Origin, Priority, Type, Reason, ContactId, AccountId, OwnerId, "
    "SuppliedName, SuppliedEmail, SuppliedPhone, IsClosed, ClosedDate, CreatedDate, LastModifiedDate, SystemModstamp"
)
CONTACT_FIELDS = (
    "Id, FirstName, LastName, Name, Email, Phone, MobilePhone, MailingStreet, MailingCity, MailingState, "
    "MailingPostalCode, MailingCountry, Birthdate, SSN__c, Drivers_License__c, Card_Last4__c, Customer_Number__c, "
    "Loyalty_Tier__c, AccountId, CreatedDate"
)
HISTORY_FIELDS = "Id, Case__c, Contact__c, Note__c, Email__c, CreatedDate"
USER_FIELDS = (
    "Id, Username, Email, FirstName, LastName, Name, Phone, MobilePhone, Title, Department, CompanyName, Street, City, "
    "State, PostalCode, Country, IsActive, UserType, ProfileId, LastLoginDate"
)


@dataclass(slots=True)
class Attacker:
    """One actor with a stolen refresh token, who changes networks and names."""

    connection: Mapping[str, Any]
    credential: Mapping[str, Any]
    simulation: Simulation
    client: OrgClient = field(init=False)
    clients: list[OrgClient] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)

    def log_in(self, address: str, agent: str) -> None:
        """A new access token, from an address."""
        self.client = OrgClient(self.connection, address, agent)
        self.clients.append(self.client)
        self.client.login_integration(self.credential)

    def look_around(self) -> None:
        """The object list, as the first thing ever done with the token."""
        self.client.call("GET", "/sobjects/")

    def wide_case_query(self) -> None:
        """Describe what there is, then ten thousand cases by paging."""
        self.look_around()
        self.client.describe("Case")
        self.client.describe("Case")
        self.client.query(_soql(CASE_FIELDS, "Case LIMIT 10000"))

    def count(self, *objects: str) -> None:
        """How much is there to take?"""
        for name in objects:
            self.client.query(_soql("COUNT()", name))

    def history(self) -> None:
        """The custom object, five thousand of it."""
        self.client.use(FETCHER)
        self.client.query(_soql(HISTORY_FIELDS, "Case_History__c LIMIT 5000"))

    def who_is_here(self) -> None:
        """The org, the users who logged in last, and the limits."""
        self.client.query("SELECT Id, Name, OrganizationType, InstanceName, IsSandbox FROM Organization")
        self.client.query(_soql(USER_FIELDS, "User ORDER BY LastLoginDate DESC NULLS LAST LIMIT 20"))
        self.client.call("GET", "/limits")

    def measure(self) -> None:
        """Back after two days: count again, look at the fields of Contact."""
        self.count("Case", "Case_History__c")
        self.client.describe("Contact")

    def take(self, agent: str, fields: str, object_name: str) -> None:
        """One bulk job over a whole object, its results, and the job's deletion."""
        self.client.use(agent)
        created = self.simulation.now().isoformat()
        job = self.client.bulk_query(_soql(fields, object_name))
        ended = datetime.fromisoformat(self.client.call("GET", f"/jobs/query/{job.job_id}").json()["systemModstamp"])
        self.simulation.move(ended + COVER_UP)
        self.client.bulk_delete(job.job_id)
        self.jobs.append(
            {"job_id": job.job_id, "object": object_name, "rows": job.rows, "created_at": created,
             "completed_at": ended.isoformat(), "deleted_at": (ended + COVER_UP).isoformat()}
        )  # fmt: skip


def _soql(fields: str, rest: str) -> str:
    return " ".join(("SELECT", fields, "FROM", rest))


def act(connection: Mapping[str, Any], state: Path, people: int | None = None, seed: int | None = None) -> None:
    """Play the five days on a running org, then write the sealed answer below `state`.

    Raises BadInput where the size and seed of the org are not known, since the truth hangs on them.
    """
    people = people if people is not None else connection.get("people")
    seed = seed if seed is not None else connection.get("seed")
    if people is None or seed is None:
        raise BadInput("T01 needs the org's size and seed")
    simulation = Simulation(connection)
    attacker = Attacker(connection, integration_of(connection, APP, INTEGRATION_USER), simulation)
    end = datetime.now(UTC) - QUIET
    attack = list(attack_steps(attacker, end))
    simulation.play([*attack, *decoy_steps(connection, attack[0].at, end)])
    write_sealed(connection, state, attacker, generate(int(people), int(seed)), int(people), int(seed), attack)


def attack_steps(attacker: Attacker, end: datetime) -> Iterator[Step]:
    """Six logins in five days. Offsets are those of the published times to the login of 17 August, 11:11:23."""
    theft = end - timedelta(seconds=560)
    recon, loot = RECON_ADDRESS, THEFT_ADDRESS

    def step(offset: timedelta, act: Callable[[], object]) -> Step:
        return Step(theft + offset, act)

    def before(days: int, clock: str) -> timedelta:
        hours, minutes, seconds = map(int, clock.split(":"))
        return -timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    second = timedelta(seconds=1)
    yield step(before(4, "12:57:15"), partial(attacker.log_in, recon, REQUESTS))
    yield step(before(4, "12:57:14"), attacker.look_around)
    yield step(before(3, "15:38:21"), partial(attacker.log_in, recon, REQUESTS))
    yield step(before(3, "15:38:18"), attacker.wide_case_query)
    yield step(before(3, "10:53:43"), partial(attacker.log_in, recon, FETCHER))
    yield step(before(3, "10:53:40"), partial(attacker.count, "Account", "Contact", "User"))
    yield step(before(3, "06:36:45"), partial(attacker.log_in, recon, REQUESTS))
    yield step(before(3, "06:36:44"), attacker.history)
    yield step(before(3, "00:02:09"), attacker.who_is_here)
    yield step(before(0, "15:43:16"), partial(attacker.log_in, recon, REQUESTS))
    yield step(before(0, "15:43:15"), attacker.measure)
    yield step(0 * second, partial(attacker.log_in, loot, AIOHTTP))
    yield step(33 * second, partial(attacker.take, AIOHTTP, CASE_FIELDS, "Case"))
    yield step(300 * second, partial(attacker.take, CLI, CONTACT_FIELDS, "Contact"))


def write_sealed(
    connection: Mapping[str, Any], state: Path, attacker: Attacker, population: Population, people: int, seed: int,
    attack: list[Step],
) -> None:  # fmt: skip
    """Gather what the attacker received and holds, and seal it."""
    received = attacker.clients[0].received
    for client in attacker.clients[1:]:
        for name, frames in client.received.frames.items():
            received.frames.setdefault(name, []).extend(frames)
    findings = population.findings
    secrets = findings[~findings["kind"].isin(TEXT_ELEMENTS)]
    answer = Answer(
        scenario="T01",
        seed=seed,
        people=people,
        app=APP,
        usernames=[attacker.credential["username"]],
        addresses=[RECON_ADDRESS, THEFT_ADDRESS],
        first_act=attack[0].at.isoformat(),
        last_act=attacker.jobs[-1]["deleted_at"],
        jobs=attacker.jobs,
        secrets=[
            {"record_id": r, "kind": k, "fingerprint": f}
            for r, k, f in zip(secrets["record_id"], secrets["kind"], secrets["fingerprint"], strict=True)
        ],
        decoys=decoy_list(connection),
        paths=paths_of(connection, state, attacker),
    )
    write_answer(state / "answer", answer, received, population)


def paths_of(connection: Mapping[str, Any], state: Path, attacker: Attacker) -> Paths:
    """Every refresh token of the app (the vendor's whole store was stolen), live access tokens, and the app's key."""
    own = attacker.credential
    tokens = {own["username"]: own["refresh_token"]} | stolen_tokens(state)
    common = {"app": APP, "consumer_key": own["consumer_key"], "consumer_secret": own.get("consumer_secret", "")}
    nightly = integration_of(connection, APP, NIGHTLY_USER)
    key = Path(nightly["private_key_file"]).read_text(encoding="utf-8")
    users = (nightly["username"], own["username"])
    return Paths(
        refresh_tokens=[{**common, "username": name, "token": token} for name, token in tokens.items()],
        access_tokens=[token for client in attacker.clients for token in client.access_tokens],
        sessions=[],
        keys=[{"consumer_key": nightly["consumer_key"], "username": name, "private_key_pem": key} for name in users],
    )


def stolen_tokens(state: Path) -> dict[str, str]:
    """The refresh tokens that the vendor kept for the retailer's users, by username; the org's builder leaves them."""
    path = state / "keys" / "refresh_tokens.json"
    if not path.exists():
        return {}
    found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return found.get(APP, {})
