"""T14: one theft from an org that holds the customers of two companies, told apart by record type.

From the LVMH houses and others whose brands share a platform (incidents, section 2). Nine in a hundred customers are
known to both companies, each by a contact of its own; and households hold customers of either, who are not one person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from leakresponse.rehearsal.answer import Answer, Paths, write_answer
from leakresponse.rehearsal.client import OrgClient
from leakresponse.rehearsal.client_soap import soap_query
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.schema_types import flag, id_field, ref, sobject, text, typed
from leakresponse.rehearsal.org.store import put
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import Population, generate
from leakresponse.rehearsal.population_humans import BRANDS
from leakresponse.rehearsal.population_ids import STRIDE, record_ids
from leakresponse.rehearsal.scenarios import common, rows
from leakresponse.rehearsal.scenarios.foreign_app import ForeignApp, Grant, open_old_way
from leakresponse.rehearsal.scenarios.simulation import Simulation, Step

APP, CALLED = "Shipment Portal", 60
ADDRESS, AGENT = "185.220.101.77", "Salesforce-DataLoader/60.0.2"
#: The share of customers whom both companies know.
OVERLAP, QUIET = 0.09, timedelta(hours=1)
FIELDS = (
    "Id, FirstName, LastName, Email, Phone, MailingStreet, MailingCity, MailingState, MailingPostalCode, Birthdate, "
    "Drivers_License__c, AccountId, RecordTypeId, Brand__c"
)
#: What the second company does not know of a customer.
_UNKNOWN = ("MobilePhone", "Birthdate", "SSN__c", "Drivers_License__c", "Card_Last4__c", "Loyalty_Tier__c")


def second_contacts(population: Population, people: int, seed: int) -> tuple[pd.DataFrame, list[str]]:
    """Contacts of customers whom the other company knows too, and whose they are."""
    owner = rows.owner_of_records(population)
    contacts = population.tables["Contact"]
    first = contacts[~contacts["Id"].map(owner).duplicated() & contacts["Email"].notna()]
    table = first.sample(round(OVERLAP * len(first)), random_state=seed).reset_index(drop=True)
    owners = [str(one) for one in owner.reindex(table["Id"])]
    table["Id"] = record_ids("003", len(table), STRIDE * people + 1).to_pylist()
    table["Brand__c"] = table["Brand__c"].map({BRANDS[0]: BRANDS[1], BRANDS[1]: BRANDS[0]})
    table["Customer_Number__c"] = [f"S{number:08d}" for number in range(len(table))]
    table[list(_UNKNOWN)] = None
    return table, owners


def prepare(world: World) -> None:
    """Record types of Contact, one for each company, and the contacts that the second company has."""
    built = world.store.fact("built")
    common.make_reach(world, "Service Reach", {"Account": "RV", "Contact": "RV"},
                      [common.staff_username(world, CALLED)], ("Contact.SSN__c",))  # fmt: skip
    rows.load_rows(world, "Contact", second_contacts(rows.population_of(world), built["people"], built["seed"])[0])
    with world.store.write() as db:
        world.store.change_object(_record_types())
        for number, brand in enumerate(BRANDS):
            made = new_id("012")
            put(db, "RecordType", {
                "Id": made, "Name": brand, "DeveloperName": f"Brand_{number + 1}", "SobjectType": "Contact",
                "IsActive": 1,
            })  # fmt: skip
            if number == 0:
                common.add_field(world, "Contact", ref("RecordTypeId", "Record Type ID", "RecordType", "RecordType"))
            db.execute("UPDATE Contact SET RecordTypeId = ? WHERE Brand__c = ?", (made, brand))


def _record_types() -> Any:
    """RecordType (object reference): which kind of a record it is; here it says whose customer."""
    return sobject(
        "RecordType", "012", "Record Type", id_field(), text("Name", "Name", 80, updateable=False),
        text("DeveloperName", "Record Type Name", 80, updateable=False),
        typed("picklist", "SobjectType", "SObject Type Name", 40, updateable=False), flag("IsActive", "Active"),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


@dataclass(slots=True)
class Caller:
    """The attacker, with one grant."""

    connection: Mapping[str, Any]
    called: str
    client: OrgClient = field(init=False)
    grant: Grant = field(init=False)

    def talk_into(self) -> None:
        """A call, and the user types a code at the desk."""
        open_old_way(self.connection)
        self.client = OrgClient(self.connection, ADDRESS, AGENT, version="60.0")
        self.grant = ForeignApp(self.connection, APP).ask(self.client, self.called, common.OFFICE)

    def take(self) -> None:
        """Every contact of both companies."""
        soap_query(self.client, " ".join(("SELECT", FIELDS, "FROM Contact")))


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play it on a running org; leave the alert beside the org and the sealed answer below `state`."""
    people, seed = common.size_of(connection, "T14")
    population = generate(people, seed)
    caller = Caller(connection, common.staff_username(population, CALLED))
    end = datetime.now(UTC) - QUIET
    Simulation(connection).play(attack_steps(caller, end))
    start = end - timedelta(minutes=50)
    named = (("connected_app", APP), ("user", caller.called), ("address", ADDRESS))
    common.write_alert(state, "T14", "An app that nobody installed read every contact.", (start, end), named)
    table, owners = second_contacts(population, people, seed)
    answer = Answer(
        scenario="T14", seed=seed, people=people, app=APP, usernames=[caller.called], addresses=[ADDRESS],
        first_act=start.isoformat(), last_act=end.isoformat(), jobs=[], secrets=[],
        decoys=common.integrations(connection),
        paths=Paths(refresh_tokens=[caller.grant.path()], access_tokens=[caller.grant.access_token]),
        extra={"both": len(table)},
    )  # fmt: skip
    whole = with_companies(rows.with_rows(population, "Contact", table, owners))
    write_answer(state / "answer", answer, caller.client.received, whole)


def with_companies(population: Population) -> Population:
    """The truth with every company that knows a person as a customer."""
    owner, contacts = rows.owner_of_records(population), population.tables["Contact"]
    known = contacts["Brand__c"].groupby(owner.reindex(contacts["Id"]).to_numpy()).agg(lambda some: sorted(set(some)))
    truth = population.truth.copy()
    listed = zip(known.reindex(truth["person_id"]), truth["legal_entity"], strict=True)
    truth["legal_entities"] = [some if isinstance(some, list) else [own] for some, own in listed]
    return replace(population, truth=truth)


def attack_steps(caller: Caller, end: datetime) -> Iterator[Step]:
    """Three quarters of an hour."""
    yield Step(end - timedelta(minutes=45), caller.talk_into)
    yield Step(end - timedelta(minutes=20), caller.take)
