"""Requests about the own data on a served org: collected once, matched, answered in the case's files, erasures held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from blocks import CaseStore, ResponsePolicy
from leakresponse.rehearsal.org.store import put
from tasks import subject_requests, support
from tasks.frames import read_frame, write_frame
from tests.cases.containment.conftest import client_of
from tests.support.served_org import PEOPLE, SEED, SMALL, Served, build, serve

ALERT = '{"id": "a"}'
SINCE = "2026-11-20T10:00:00+00:00"


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    state = tmp_path_factory.mktemp("org") / "state"
    world = build(state, PEOPLE, SEED, sources=SMALL)
    world.bulk.stop()
    world.store.close()
    served = serve(state, "attacker")
    yield served
    served.stop()


@pytest.fixture
def case(org: Served, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A case whose scope knows two contacts of the org."""
    store = CaseStore(root=str(tmp_path), ledger_url=f"sqlite:///{tmp_path / 'l.sqlite'}", encryption="plain")
    policy = ResponsePolicy(request_case_types=["Privacy Request"])
    monkeypatch.setattr(subject_requests, "store_block", lambda name: store)
    monkeypatch.setattr(subject_requests, "policy_block", lambda name: policy)
    monkeypatch.setattr(subject_requests, "org_block", lambda name: SimpleNamespace(client=lambda: client_of(org)))
    ledger = support.ledger_of(store)
    case_id = ledger.open_case("a", ALERT, {}).case_id
    files = support.files_of(store, case_id)
    contacts = org.world.store.all('SELECT Id, Name, Email FROM Contact WHERE Email <> "" ORDER BY Id LIMIT 2')
    people = pd.DataFrame({
        "person_id": ["p1", "p2"], "record_ids": [[one["Id"]] for one in contacts], "elements": [["email"], ["ssn"]],
        "residency": "CA", "legal_entity": "Shop Inc.", "certainty": "certain", "review": False,
    })  # fmt: skip
    write_frame(files, "people.parquet", people, "PEOPLE")
    told = {"person_id": ["p1", "p2"], "name": [c["Name"] for c in contacts], "email": [c["Email"] for c in contacts]}
    write_frame(files, "recipients.parquet", pd.DataFrame({**told, "postal_code": ""}), "RECIPIENTS")
    read = datetime(2026, 11, 19, tzinfo=UTC)
    exposures = {"object": "Contact", "record_id": [c["Id"] for c in contacts], "first_seen": read, "last_seen": read}
    write_frame(files, "exposures.parquet", pd.DataFrame(exposures), "EXPOSURES")
    return SimpleNamespace(id=case_id, files=files, ledger=ledger, contacts=contacts)


def asks(org: Served, contact: Any) -> None:
    """A privacy request for erasure and a case of the policy's type, made in the org."""
    stamp = "2026-11-20T12:00:00.000Z"
    audit = {
        "CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp, "CreatedById": org.world.system_user,
        "LastModifiedById": org.world.system_user, "OwnerId": org.world.system_user,
    }  # fmt: skip
    with org.world.store.write() as db:
        db.execute("DELETE FROM PrivacyRequest")
        db.execute("DELETE FROM PrivacyHold")
        put(db, "PrivacyRequest", {"Id": "0sp000000000001AAA", "Name": "PR-1", "Type": "RTBF",
                                   "RelatedRecord": contact["Id"], **audit})  # fmt: skip


def test_requests_of_the_org_come_in_once(org, case):
    asks(org, case.contacts[0])
    assert subject_requests.collect.fn(case.id, "o", "s", "p", SINCE) == 1
    assert subject_requests.collect.fn(case.id, "o", "s", "p", SINCE) == 0
    assert sum(a.kind == "subject_request" for a in case.ledger.actions(case.id)) == 1


def test_a_case_of_the_policys_type_is_a_request(org, case):
    with org.world.store.write() as db:
        db.execute("DELETE FROM PrivacyRequest")
        db.execute(
            'UPDATE "Case" SET Type = ?, ContactId = ?, CreatedDate = ? WHERE Id = (SELECT MIN(Id) FROM "Case")',
            ("Privacy Request", case.contacts[1]["Id"], "2026-11-20T13:00:00.000Z"),
        )
    assert subject_requests.collect.fn(case.id, "o", "s", "p", SINCE) == 1
    assert subject_requests.answer.fn(case.id, "s") == {"matched": 1}
    with org.world.store.write() as db:
        db.execute('UPDATE "Case" SET Type = NULL')


def test_a_matched_request_is_answered_with_that_persons_exposure(org, case):
    asks(org, case.contacts[1])
    subject_requests.collect.fn(case.id, "o", "s", "p", SINCE)
    assert subject_requests.answer.fn(case.id, "s") == {"matched": 1}
    (request,) = read_frame(case.files, subject_requests.MATCHES)["request_id"]
    found = json.loads(case.files.read(f"requests/{request}.json"))
    assert (found["elements"], found["objects"]) == (["ssn"], {"Contact": 1})
    assert "Social Security number" in case.files.read(f"requests/{request}.txt").decode()


def test_an_erasure_is_held_once_in_an_org_with_privacy_center(org, case):
    asks(org, case.contacts[0])
    subject_requests.collect.fn(case.id, "o", "s", "p", SINCE)
    subject_requests.answer.fn(case.id, "s")
    for _ in range(2):
        assert subject_requests.hold.fn(case.id, "o", "s") == {"held": 1, "by_person": 0}
    holds = org.world.store.all("SELECT ReferenceRecordId, IsActive FROM PrivacyHold")
    assert [(one["ReferenceRecordId"], bool(one["IsActive"])) for one in holds] == [(case.contacts[0]["Id"], True)]


def test_a_file_that_comes_twice_adds_nothing(case):
    content = f"id,type,email,name\n1,access,{case.contacts[0]['Email']},{case.contacts[0]['Name']}\n2,access,\n"
    first = subject_requests.take_in(case.id, content.encode(), False, "s")
    again = subject_requests.take_in(case.id, content.encode(), False, "s")
    assert (first["new"], again["new"]) == (1, 0)
    assert first["rejected"] == [[3, "3 columns instead of 4"]]


def test_nobody_is_answered_by_guess(case):
    content = f"id,type,email\n1,access,{case.contacts[0]['Email']}\n".encode()
    subject_requests.take_in(case.id, content, False, "s")
    assert subject_requests.answer.fn(case.id, "s") == {"unsure": 1}
    assert case.files.names("requests", "*.txt") == []
