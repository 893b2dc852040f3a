"""The sealed answer of a rehearsal: what was really read, whose it is, which doors stand open, what the law asks.

Written by the scenario from what the attacker's client received and from the generator's truth; opened by the scoring
alone. Files are readable by their owner only, since tokens are among them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leakresponse.rehearsal.client import Received
from leakresponse.rehearsal.mail_sink import hash_of
from leakresponse.rehearsal.population import Population
from leakresponse.rehearsal.scenarios.law_key import duty_of

ANSWER, READS, PEOPLE = "answer.json", "reads.parquet", "people.parquet"
#: The element of each field that a scenario's attacker may read, written by hand.
FIELD_ELEMENTS: Mapping[str, Mapping[str, str]] = {
    "Contact": {
        "FirstName": "name", "LastName": "name", "Name": "name", "Email": "email", "Phone": "phone",
        "MobilePhone": "phone", "HomePhone": "phone", "MailingStreet": "postal_address",
        "MailingCity": "postal_address", "MailingPostalCode": "postal_address", "OtherStreet": "postal_address",
        "OtherCity": "postal_address", "OtherPostalCode": "postal_address", "Birthdate": "dob", "SSN__c": "ssn",
        "Drivers_License__c": "drivers_license",
    },
    "Lead": {
        "FirstName": "name", "LastName": "name", "Name": "name", "Email": "email", "Phone": "phone",
        "MobilePhone": "phone", "Street": "postal_address", "City": "postal_address", "PostalCode": "postal_address",
    },
    "Case": {"SuppliedName": "name", "SuppliedEmail": "email", "SuppliedPhone": "phone"},
    "Case_History__c": {"Email__c": "email"},
    "Franchise_Applicant__c": {
        "Name": "name", "Email__c": "email", "Phone__c": "phone", "Birthdate__c": "dob", "SSN__c": "ssn",
    },
    "Loyalty_Member__c": {"Email__c": "email", "Birthdate__c": "dob"},
    "Order": {
        "OrderNumber": "order_history", "TotalAmount": "order_history", "EffectiveDate": "order_history",
        "ShippingStreet": "postal_address", "ShippingCity": "postal_address", "ShippingPostalCode": "postal_address",
    },
    "Account": {
        "BillingStreet": "postal_address", "BillingCity": "postal_address", "BillingPostalCode": "postal_address",
        "Phone": "phone",
    },
}  # fmt: skip
#: Findings of texts that are data elements (the others are secrets), and the fields that show them.
TEXT_ELEMENTS = ("ssn", "payment_card_alone", "payment_card_with_code")
TEXT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Case": ("Description",), "Payment_Log__c": ("CardNumber__c", "Payload__c"),
}  # fmt: skip
#: Objects whose records are about a whole household, and the field that names its account.
HOUSEHOLD_FIELDS: Mapping[str, str] = {"Account": "Id", "Opportunity": "AccountId"}
_EMAIL_FIELDS = {"Contact": "Email", "Lead": "Email", "Case": "SuppliedEmail", "Franchise_Applicant__c": "Email__c"}
_ELEMENTS = sorted({e for fields in FIELD_ELEMENTS.values() for e in fields.values()} | set(TEXT_ELEMENTS))
_BIT = {name: np.int64(1) << bit for bit, name in enumerate(_ELEMENTS)}


@dataclass(frozen=True, slots=True)
class Paths:
    """Every way in that the attacker holds at the end. Values are live credentials."""

    refresh_tokens: list[dict[str, str]] = field(default_factory=list, repr=False)  # app, username, token, keys
    access_tokens: list[str] = field(default_factory=list, repr=False)
    sessions: list[str] = field(default_factory=list)  # AuthSession ids
    keys: list[dict[str, str]] = field(default_factory=list, repr=False)  # consumer_key, username, private_key_pem
    browser_sessions: list[dict[str, str]] = field(default_factory=list, repr=False)  # name, sid
    factors: list[dict[str, str]] = field(default_factory=list)  # username, factor (TwoFactorInfo id)
    idp_sessions: list[dict[str, str]] = field(default_factory=list, repr=False)  # username, session
    guest: list[dict[str, str]] = field(default_factory=list)  # object, record_id, field: what guests reach
    mailings: list[dict[str, str]] = field(default_factory=list)  # username, subscription: mails that go on


@dataclass(frozen=True, slots=True)
class Answer:
    """What answer.json holds. Times are ISO 8601 in UTC."""

    scenario: str
    seed: int
    people: int
    app: str
    usernames: list[str]
    addresses: list[str]
    first_act: str
    last_act: str
    jobs: list[dict[str, Any]]
    secrets: list[dict[str, str]]
    decoys: list[dict[str, Any]]
    paths: Paths
    #: What only this scenario has, such as the grants of its app or how many requests a scraper sent.
    extra: dict[str, Any] = field(default_factory=dict)


def write_answer(folder: Path, answer: Answer, received: Received, population: Population) -> None:
    """Write the three files; answer.json comes last."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    reads = reads_of(received)
    people = people_of(received, population)
    for name, frame in ((READS, reads), (PEOPLE, people)):
        frame.to_parquet(folder / name, index=False)
        (folder / name).chmod(0o600)
    fresh = folder / f"{ANSWER}.new"
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(asdict(answer), indent=1), encoding="utf-8")
    fresh.replace(folder / ANSWER)


def read_sealed(folder: Path) -> Answer:
    """What answer.json holds, without the tables."""
    raw = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
    return Answer(**{**raw, "paths": Paths(**raw["paths"])})


def read_answer(folder: Path) -> tuple[Answer, pd.DataFrame, pd.DataFrame]:
    """The answer, the reads and the people."""
    return read_sealed(folder), pd.read_parquet(folder / READS), pd.read_parquet(folder / PEOPLE)


def reads_of(received: Received) -> pd.DataFrame:
    """object, record_id, fields: every record received with the fields of all answers that had it."""
    parts = [_reads_of_object(name, frames) for name, frames in sorted(received.frames.items())]
    columns = ["object", "record_id", "fields"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _reads_of_object(name: str, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    shapes = sorted({tuple(sorted(str(c) for c in frame.columns)) for frame in frames})
    number = {shape: position for position, shape in enumerate(shapes)}
    rows = pd.concat(
        [
            pd.DataFrame({"id": frame["Id"], "bit": np.int64(1) << number[tuple(sorted(map(str, frame.columns)))]})
            for frame in frames
        ],
        ignore_index=True,
    )
    masks = _or_by(rows["id"], rows["bit"].to_numpy(np.int64))
    lists = {mask: _fields(shapes, int(mask)) for mask in masks.unique()}
    return pd.DataFrame({"object": name, "record_id": masks.index, "fields": [lists[mask] for mask in masks]})


def _fields(shapes: Sequence[tuple[str, ...]], mask: int) -> list[str]:
    return sorted({one for position, shape in enumerate(shapes) if mask >> position & 1 for one in shape})


def _or_by(keys: pd.Series, bits: np.ndarray) -> pd.Series:
    """The union of bits for each distinct key."""
    codes, distinct = pd.factorize(keys)
    total = np.zeros(len(distinct), dtype=np.int64)
    np.bitwise_or.at(total, codes, bits)
    return pd.Series(total, index=pd.Index(distinct))


def people_of(received: Received, population: Population) -> pd.DataFrame:
    """The humans whose records were received, with the elements that those records really held.

    Columns: person_id, kind, record_ids (received ones), shared_ids (received ones of the household), all_record_ids,
    elements, residency, candidates, definite, legal_entity, minor, email_sha256, duty (required, not_required, open),
    and what the scenario added to the truth.
    """
    bits = _bits_per_record(received, population.findings)
    owner = population.truth[["person_id", "record_ids"]].explode("record_ids", ignore_index=True)
    home = _of_households(owner, population.tables)
    owner, home = (rows[rows["record_ids"].isin(bits.index)] for rows in (owner, home))
    every = pd.concat([owner, home], ignore_index=True)
    union = _or_by(every["person_id"], bits.reindex(every["record_ids"]).to_numpy(np.int64))
    people = population.truth.rename(columns={"record_ids": "all_record_ids"}).set_index("person_id").loc[union.index]
    lists = {mask: _names(int(mask)) for mask in union.unique()}
    for column, rows in (("record_ids", owner), ("shared_ids", home)):
        listed = _lists_by(rows["person_id"], rows["record_ids"]).reindex(union.index)
        people[column] = [one if isinstance(one, list) else [] for one in listed]
    people["elements"] = [lists[mask] for mask in union]
    people["duty"] = [
        duty_of(residency, elements) if definite else "open"
        for residency, elements, definite in zip(
            people["residency"], people["elements"], people["definite"], strict=True
        )
    ]
    people["email_sha256"] = _email_hashes(population, people["all_record_ids"].str[0])
    return people.rename_axis("person_id").reset_index()


def _of_households(owner: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """person_id, record_ids: what the records of a household say holds for everybody who has a contact in it."""
    member = tables["Contact"][["Id", "AccountId"]].merge(owner, left_on="Id", right_on="record_ids")
    member = member[["person_id", "AccountId"]].drop_duplicates()
    parts = []
    for name, link in HOUSEHOLD_FIELDS.items():
        rows = pd.DataFrame({"record_ids": tables[name]["Id"], "AccountId": tables[name][link]})
        parts.append(member.merge(rows, on="AccountId")[["person_id", "record_ids"]])
    return pd.concat(parts, ignore_index=True)


def _lists_by(keys: pd.Series, values: pd.Series) -> pd.Series:
    """The values of each distinct key as a list; pandas' own way takes a Python call per key."""
    codes, distinct = pd.factorize(keys)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(distinct) + 1)).tolist()
    listed = values.take(order).tolist()
    slices = [listed[start:end] for start, end in pairwise(bounds)]
    return pd.Series(slices, index=pd.Index(distinct), dtype=object)


def _email_hashes(population: Population, first_records: pd.Series) -> list[str]:
    """The hash of each human's only address, by his first record; empty for those who have none."""
    tables = population.tables
    known = pd.concat(
        [tables[name].set_index("Id")[column] for name, column in _EMAIL_FIELDS.items() if name in tables]
    ).reindex(first_records)
    return ["" if pd.isna(address) else hash_of(str(address)) for address in known]


def _names(mask: int) -> list[str]:
    return [name for name in _ELEMENTS if mask & int(_BIT[name])]


def _bits_per_record(received: Received, findings: pd.DataFrame) -> pd.Series:
    """Elements of each record by the values that came; text counts where its finding is known."""
    ids: list[pd.Series] = []
    bits: list[np.ndarray] = []
    for name, frames in received.frames.items():
        for frame in frames:
            ids.append(frame["Id"].astype("str"))
            bits.append(_bits_of_frame(FIELD_ELEMENTS.get(name, {}), frame))
            if any(field in frame for field in TEXT_FIELDS.get(name, ())):
                for kind in TEXT_ELEMENTS:
                    hidden = set(findings.loc[findings["kind"] == kind, "record_id"])
                    bits[-1] |= np.where(frame["Id"].isin(hidden), _BIT[kind], 0)
    if not ids:
        return pd.Series([], dtype=np.int64)
    return _or_by(pd.concat(ids, ignore_index=True), np.concatenate(bits))


def _bits_of_frame(fields: Mapping[str, str], frame: pd.DataFrame) -> np.ndarray:
    total = np.zeros(len(frame), dtype=np.int64)
    for name, element in fields.items():
        if name in frame:
            filled = frame[name].fillna("").astype("str").str.strip() != ""
            total |= np.where(filled, _BIT[element], 0)
    return total
