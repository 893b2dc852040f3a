"""A finished case without a fault, made from the sealed answer itself, to be broken by each test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leakresponse.law import Entity, Facts, PopulationGroup, assess
from leakresponse.rehearsal.answer import Answer, Paths, read_answer, write_answer
from leakresponse.rehearsal.case_reader import CaseReader
from leakresponse.rehearsal.client import Received
from leakresponse.rehearsal.population import Population, generate
from leakresponse.rehearsal.scenarios.t01 import CASE_FIELDS, CONTACT_FIELDS

DAY = date(2026, 11, 20)
JOB = "750RH0000000009YAA"


@dataclass(frozen=True)
class Finished:
    """Folders of one case, and the truth behind it."""

    answer_dir: Path
    case_dir: Path
    journal: Path
    truth: pd.DataFrame
    reads: pd.DataFrame

    @property
    def reader(self) -> CaseReader:
        """The case as the scoring reads it."""
        return CaseReader(self.case_dir, lambda name: (self.case_dir / name).open("rb"))

    def rewrite(self, name: str, change: Any) -> None:
        """Change one table or document of the case."""
        path = self.case_dir / name
        if name.endswith(".parquet"):
            change(pd.read_parquet(path)).to_parquet(path, index=False)
        else:
            document = json.loads(path.read_text())
            change(document)
            path.write_text(json.dumps(document))


@pytest.fixture(scope="session")
def population() -> Population:
    """A small population."""
    return generate(1_500, seed=5)


@pytest.fixture(scope="session")
def received(population: Population) -> Received:
    """What an attacker got who took all contacts and all cases."""
    got = Received()
    for name, fields in (("Contact", CONTACT_FIELDS), ("Case", CASE_FIELDS)):
        table = population.tables[name]
        wanted = [one for one in fields.split(", ") if one in table]
        got.add(name, table[wanted].fillna(""))
    return got


@pytest.fixture
def finished(tmp_path: Path, population: Population, received: Received) -> Finished:
    """A case that found everything and did everything right."""
    answer_dir, case_dir = tmp_path / "answer", tmp_path / "case"
    case_dir.mkdir()
    write_answer(answer_dir, _answer(), received, population)
    _, reads, truth = read_answer(answer_dir)
    _write_people(case_dir, reads, truth)
    _write_law(case_dir, truth)
    _write_documents(case_dir)
    journal = tmp_path / "mail.jsonl"
    _write_notices(case_dir, journal, truth)
    return Finished(answer_dir, case_dir, journal, truth, reads)


def _answer() -> Answer:
    return Answer(
        scenario="T01", seed=5, people=1_500, app="Drift", usernames=["drift.integration@harborpine.example"],
        addresses=["44.215.108.109", "208.68.36.90"], first_act="2026-11-15T10:00:00+00:00",
        last_act="2026-11-19T22:00:00+00:00", jobs=[{"job_id": JOB}], secrets=[], paths=Paths(),
        decoys=[
            {"name": "Order Sync", "app": "Order Sync", "username": "order.sync", "credential": "existing",
             "secret_name": ""},
            {"name": "Drift nightly", "app": "Drift", "username": "drift.nightly", "credential": "rotated key",
             "secret_name": "salesforce/drift/drift.nightly"},
        ],
    )  # fmt: skip


def _write_people(case_dir: Path, reads: pd.DataFrame, truth: pd.DataFrame) -> None:
    reads.assign(certainty="certain", channel="bulk_api_2").to_parquet(case_dir / "exposures.parquet", index=False)
    people = truth[["record_ids", "elements", "residency", "candidates", "legal_entity"]].copy()
    people.insert(0, "person_id", [f"p-{number}" for number in range(len(people))])
    people.to_parquet(case_dir / "people.parquet", index=False)


def _write_law(case_dir: Path, truth: pd.DataFrame) -> None:
    """The product's own law engine, on the true groups: the hand-written key must agree with it."""
    keyed = truth.assign(
        elements=truth["elements"].map(lambda e: tuple(sorted(e))),
        candidates=truth["candidates"].map(lambda c: tuple(sorted(c))),
    )
    groups = [
        PopulationGroup(f"g{n}", residency, len(rows), frozenset(elements), False, False,
                        candidates=tuple(c for c in candidates if c != residency))
        for n, ((residency, elements, candidates), rows) in enumerate(
            keyed.groupby(["residency", "elements", "candidates"]))
    ]  # fmt: skip
    entity = Entity(role="owner", kind="retailer", source_of_breach=True)
    facts = Facts(discovered_on=DAY, determined_on=DAY, event="both", harm_likely=None, entity=entity, as_of=DAY)
    document = {**assess(groups, facts).to_json(), "facts": json.loads(facts.model_dump_json())}
    (case_dir / "obligations.json").write_text(json.dumps(document))


def _write_documents(case_dir: Path) -> None:
    phases = {
        "contain": {"contained_at": "2026-11-20T08:01:00+00:00"},
        "rotate": {"secrets": [{"name": "salesforce/drift/drift.nightly", "pending_removed": True}]},
    }
    case = {"case_id": "c1", "discovered_at": "2026-11-20T08:00:00+00:00", "phases": phases}
    alert = {
        "id": "a1", "detected_at": "2026-11-20T08:00:00+00:00",
        "window": {"from": "2026-11-19T20:00:00+00:00", "to": "2026-11-19T23:00:00+00:00"},
        "principals": [{"kind": "connected_app", "value": "Drift"}, {"kind": "address", "value": "208.68.36.90"}],
    }  # fmt: skip
    (case_dir / "case.json").write_text(json.dumps(case))
    (case_dir / "alert.json").write_text(json.dumps(alert))
    row = {"event_type": "BulkApi2", "job_id": JOB[:15], "job_status": "Deleted", "label": "attack"}
    pd.DataFrame([row]).to_parquet(case_dir / "events.parquet", index=False)
    (case_dir / "evidence").mkdir()
    (case_dir / "evidence" / "ab12").write_text(f'"BulkApi2","{JOB[:15]}","Deleted"\n')


def _write_notices(case_dir: Path, journal: Path, truth: pd.DataFrame) -> None:
    owed = truth[truth["duty"] == "required"]
    people = pd.read_parquet(case_dir / "people.parquet")
    by_record = {ids[0]: person for ids, person in zip(people["record_ids"], people["person_id"], strict=True)}
    rows, lines = [], []
    for number, human in enumerate(owed.itertuples()):
        notice = f"n-{number}"
        channel = "email" if human.email_sha256 else "letter"
        rows.append((notice, by_record[human.record_ids[0]], human.residency, channel))
        lines.append(json.dumps(
            {"notice_id": notice, "message_id": "", "jurisdiction": human.residency, "body_sha256": "",
             "at": datetime.now(UTC).isoformat(), "bytes": 1,
             "to_sha256": human.email_sha256 or "printer"}))  # fmt: skip
    columns = ["notice_id", "person_id", "jurisdiction", "channel"]
    pd.DataFrame(rows, columns=columns).to_parquet(case_dir / "notices.parquet", index=False)
    journal.write_text("".join(f"{line}\n" for line in lines))
