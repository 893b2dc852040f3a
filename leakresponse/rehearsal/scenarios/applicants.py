"""Who asked to run a shop: rows of the applicants' object, and whose they are.

Most are customers with a contact of their own; the others are known by nothing but their application.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from leakresponse.rehearsal.population import Population
from leakresponse.rehearsal.population_humans import BRANDS
from leakresponse.rehearsal.population_words import FIRST_NAMES, LAST_NAMES
from leakresponse.rehearsal.scenarios.rows import finished, owner_of_records, with_rows

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
    owner = owner_of_records(population)
    known = contacts[contacts["Id"].isin(owner.index) & contacts["Email"].notna() & contacts["Birthdate"].notna()]
    chosen = known.sample(min(len(known), int(count * CUSTOMERS)), random_state=seed)
    rows = [_customer(rng, row, str(owner[row["Id"]])) for _, row in chosen.iterrows()]
    rows += [_stranger(rng, number) for number in range(count - len(rows))]
    table = finished(population, "a0A", pd.DataFrame([row for row, _, _ in rows]))
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
    plain = with_rows(population, APPLICANT, made.table, made.owners)
    known = set(plain.truth["person_id"])
    new = [(person, state, record) for person, state, record in
           zip(made.owners, made.states, made.table["Id"], strict=True) if person not in known]  # fmt: skip
    more = pd.DataFrame([
        {"person_id": person, "kind": "applicant", "record_ids": [record], "residency": state, "candidates": [],
         "definite": True, "legal_entity": BRANDS[0], "minor": False} for person, state, record in new
    ])  # fmt: skip
    return replace(plain, truth=pd.concat([plain.truth, more], ignore_index=True))
