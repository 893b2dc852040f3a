"""Steps on an encrypted case: tables never lie in the clear, and a missing key holds up everything but the cut."""

from __future__ import annotations

import json

import keyring
import pandas as pd
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from blocks import CaseStore, ResponsePolicy, SalesforceOrg
from leakresponse.core.alerts import alert_document, parse_alert
from leakresponse.core.errors import BadInput
from leakresponse.ledger import case_keys
from leakresponse.ledger.encryption import is_encrypted
from tasks import casework, containment, logs, support
from tasks.frames import read_frame, write_frame, write_table
from tests.support import keyrings

ALERT = json.dumps(
    {
        "id": "alert-1",
        "source": "siem",
        "detected_at": "2026-11-20T10:00:00+00:00",
        "summary": "tokens misused",
        "window": {"from": "2026-11-20T08:00:00+00:00", "to": "2026-11-20T10:00:00+00:00"},
        "principals": [{"kind": "connected_app", "value": "Drift"}],
    }
)
PEOPLE = pd.DataFrame({"person_id": ["p1"], "name": ["Jane Doe"], "email": ["jane.doe@example.com"], "street": [None]})


@pytest.fixture
def backend(monkeypatch):
    monkeypatch.setattr(case_keys, "_OPENED", {})
    with keyrings.in_use() as made:
        yield made


@pytest.fixture
def store(tmp_path, backend, monkeypatch) -> CaseStore:
    """A case store whose key is in the keyring."""
    return block(tmp_path, monkeypatch, "keyring")


def block(tmp_path, monkeypatch, encryption: str) -> CaseStore:
    made = CaseStore(root=str(tmp_path), ledger_url=f"sqlite:///{tmp_path / 'l.sqlite'}", encryption=encryption)
    for module in (casework, containment, logs):
        monkeypatch.setattr(module, "store_block", lambda name: made)
    return made


def case_in(store: CaseStore) -> str:
    ledger = support.ledger_of(store)
    ledger.store_alert(ALERT, "alert-1", None)
    return casework.open_case.fn("alert-1", "cases")


def test_tables_come_back_as_they_were_and_lie_encrypted(store):
    files = support.files_of(store, "case-1")
    write_frame(files, "recipients.parquet", PEOPLE, "RECIPIENTS")
    write_table(files, "work/rows.parquet", PEOPLE)
    assert read_frame(files, "recipients.parquet")["email"].tolist() == ["jane.doe@example.com"]
    assert list(read_frame(files, "work/rows.parquet", ["name"]).columns) == ["name"]
    for name in ("recipients.parquet", "work/rows.parquet"):
        with (files.folder / name).open("rb") as stored:
            assert is_encrypted(stored) and b"Jane" not in stored.read()


def test_a_case_stays_encrypted_when_its_store_becomes_plain(store):
    support.files_of(store, "case-1").write("alert.json", b"{}")
    later = store.model_copy(update={"encryption": "plain"})
    assert support.files_of(later, "case-1").read("alert.json") == b"{}"


def test_a_case_that_was_cut_in_plain_goes_on_encrypted_when_its_store_gets_a_key(store):
    plain = store.model_copy(update={"encryption": "plain"})
    support.files_of(plain, "case-1").write("alert.json", b"jane.doe@example.com")
    files = support.files_of(store, "case-1")
    assert files.read("alert.json") == b"jane.doe@example.com"
    assert b"jane.doe" not in (files.folder / "alert.json").read_bytes()


def test_without_a_key_the_case_is_opened_all_the_same(store, backend):
    keyring.set_keyring(NoKeyring())
    case_id = case_in(store)
    assert not (store.case_dir(case_id) / "alert.json").exists()
    assert alert_document(casework.alert_of(case_id, "cases")) == alert_document(parse_alert(ALERT))


def test_the_alert_is_written_as_soon_as_there_is_a_key(store, backend):
    keyring.set_keyring(NoKeyring())
    case_id = case_in(store)
    keyring.set_keyring(backend)
    support.keep_alert(store, case_id)
    assert json.loads(support.files_of(store, case_id).read("alert.json"))["id"] == "alert-1"


@pytest.mark.parametrize("kind", [{}, {"sandbox": True}, {"simulated": True}])
def test_logs_of_a_production_org_are_not_collected_in_the_clear(tmp_path, backend, monkeypatch, kind):
    store = block(tmp_path, monkeypatch, "plain")
    org = SalesforceOrg(instance_url="https://127.0.0.1:1", consumer_key="k", username="u", **kind)
    monkeypatch.setattr(logs, "org_block", lambda name: org)
    monkeypatch.setattr(logs, "policy_block", lambda name: ResponsePolicy())
    case_id = case_in(store)
    refusal = "set the encryption of the case store block" if not kind else "private key file"
    with pytest.raises(BadInput, match=refusal):
        logs.collect.fn(case_id, parse_alert(ALERT), "org", "cases", "policy", "2026-11-20T10:00:00+00:00")


def test_who_only_looks_makes_no_key(store, tmp_path):
    folder = tmp_path / "sealed elsewhere"
    folder.mkdir()
    assert support.files_in(store, folder, "case-x", begin=False).codec.__class__.__name__ == "Plain"
    assert list(folder.iterdir()) == []
