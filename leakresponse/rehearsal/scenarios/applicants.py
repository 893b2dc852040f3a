"""Who asked to run a shop: rows of the applicants' object, and whose they are.

Most are customers with a contact of their own; the others are known by nothing but their application.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from leakresponse.rehearsal.population import Population
from leakresponse.rehearsal.population_humans import BRANDS
from leakresponse.rehearsal.population_ids import record_ids
from leakresponse.rehearsal.population_words import FIRST_NAMES, LAST_NAMES

APPLICANT = "Franchise_Applicant__c"
#: One in so many people applied; so many of them are customers; so many gave their number.
ONE_IN, CUSTOMERS, WITH_NUMBER = 5, 0.7, 0.8
_STATES = {"CA": "California", "NY": "New York", "TX": "Texas", "FL": "Florida", "WA": "Washington"}
_AREAS = (301, 665)


@dataclass(frozen=True, slots=True)
class Applicants:
    """`table` has the org's rows; `owners` gives each row's person: an id of the truth, or a new one."""

    table: pd.DataFrame
    owners: list[str]
    states: list[str]


def applicants(population: Population, seed: int) -> Applicants:
    """The same rows for the same population and seed."""
    rng = np.random.default_rng((seed, 0xA0A))
    contacts, truth = population.tables["Contact"], population.truth
    count = max(20, len(truth) // ONE_IN)
    owner = truth[["person_id", "record_ids"]].explode("record_ids").set_index("record_ids")["person_id"]
    owner = owner[~owner.index.duplicated()]
    known = contacts[contacts["Id"].isin(owner.index) & contacts["Email"].notna() & contacts["Birthdate"].notna()]
    chosen = known.sample(min(len(known), int(count * CUSTOMERS)), random_state=seed)
    rows = [_customer(rng, row, str(owner[row["Id"]])) for _, row in chosen.iterrows()]
    rows += [_stranger(rng, number) for number in range(count - len(rows))]
    table = pd.DataFrame([row for row, _, _ in rows])
    table.insert(0, "Id", record_ids("a0A", len(table), 1).to_pylist())
    for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
        table[name] = "2026-05-04T09:00:00.000Z"
    table["OwnerId"] = table["CreatedById"] = table["LastModifiedById"] = population.tables["User"]["Id"].iloc[0]
    return Applicants(table, [one for _, one, _ in rows], [one for _, _, one in rows])


def _customer(rng: np.random.Generator, contact: pd.Series, person: str) -> tuple[dict[str, object], str, str]:
    name = contact["Name"] if pd.notna(contact.get("Name")) else f"{contact['FirstName']} {contact['LastName']}"
    state = contact["MailingState"]
    return _row(rng, str(name), contact["Email"], contact["Birthdate"], state), person, ""


def _stranger(rng: np.random.Generator, number: int) -> tuple[dict[str, object], str, str]:
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    code = str(rng.choice(list(_STATES)))
    born = f"{int(rng.integers(1960, 2000))}-{int(rng.integers(1, 13)):02d}-{int(rng.integers(1, 29)):02d}"
    mail = f"{first}.{last}.{number}@franchise-mail.example".lower()
    return _row(rng, f"{first} {last}", mail, born, _STATES[code]), f"a{number:07d}", code


def _row(rng: np.random.Generator, name: str, email: object, born: object, state: object) -> dict[str, object]:
    given = rng.random() < WITH_NUMBER
    number = f"{int(rng.integers(*_AREAS)):03d}-{int(rng.integers(1, 99)):02d}-{int(rng.integers(1, 9999)):04d}"
    return {
        "Name": name, "Email__c": email, "Phone__c": f"(206) 555-{int(rng.integers(100, 200)):04d}",
        "Birthdate__c": born, "SSN__c": number if given else None, "State__c": state, "Notes__c": "Web form",
    }  # fmt: skip


def with_applicants(population: Population, made: Applicants) -> Population:
    """The population with the applicants' rows in its tables and its truth."""
    truth = population.truth.copy()
    own: dict[str, list[str]] = {}
    for person, record in zip(made.owners, made.table["Id"], strict=True):
        own.setdefault(person, []).append(record)
    listed = zip(truth["person_id"], truth["record_ids"], strict=True)
    truth["record_ids"] = [[*records, *own.get(person, [])] for person, records in listed]
    known = set(truth["person_id"])
    new = [(person, state) for person, state in zip(made.owners, made.states, strict=True) if person not in known]
    more = pd.DataFrame([
        {"person_id": person, "kind": "applicant", "record_ids": own[person], "residency": state, "candidates": [],
         "definite": True, "legal_entity": BRANDS[0], "minor": False} for person, state in new
    ])  # fmt: skip
    tables = {**population.tables, APPLICANT: made.table}
    return replace(population, tables=tables, truth=pd.concat([truth, more], ignore_index=True))
