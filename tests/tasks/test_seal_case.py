"""The step that seals: it names the store's bucket, and has the head witnessed by whom the store names."""

from __future__ import annotations

import json
import shutil

import pytest

from blocks import CaseStore, TimestampAuthority
from leakresponse.core.errors import BadInput
from leakresponse.ledger import verify
from tasks import reporting, support
from tests.support import timestamps


@pytest.fixture
def store(tmp_path, monkeypatch):
    made = CaseStore(
        root=str(tmp_path / "cases"),
        ledger_url=f"sqlite:///{tmp_path / 'ledger.sqlite'}",
        encryption="plain",
        evidence_url="s3://bucket/cases",
        retention_days=30,
        kms_key_id="key",
        timestamp_authority="tsa",
    )
    monkeypatch.setattr(reporting, "store_block", lambda name: made)
    return made


def sealed(store):
    """The folder of a case that the step has sealed, and its manifest."""
    case_id = support.ledger_of(store).open_case("alert-1", b"{}", {}).case_id
    folder = store.case_dir(case_id)
    reporting.seal_case.fn(case_id, "main")
    return folder, json.loads((folder / "manifest.json").read_text())


def name_authority(monkeypatch, find):
    monkeypatch.setattr(support, "authority_block", find)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the test's authority signs with openssl")
def test_bucket_and_witness_of_the_store_are_in_the_seal(store, monkeypatch, tmp_path):
    with timestamps.serving(tmp_path / "tsa") as served:
        authority = TimestampAuthority(url=served.url, ca_certificate=served.ca_pem.decode())
        name_authority(monkeypatch, lambda name: authority)
        folder, manifest = sealed(store)
    assert manifest["evidence_at"] == f"s3://bucket/cases/{manifest['case_id']}"
    assert manifest["timestamp"]["authority"] == served.url and (folder / "timestamp.tsr").exists()


def missing(name):
    raise BadInput(f"there is no Timestamp authority block of the name {name!r}")


@pytest.mark.parametrize(
    ("find", "says"),
    [
        (lambda name: TimestampAuthority(url="http://127.0.0.1:9/", ca_certificate="no certificate"), "BadInput"),
        (missing, "BadInput"),
    ],
)
def test_an_authority_that_cannot_be_asked_is_recorded_and_stops_nothing(store, monkeypatch, find, says):
    name_authority(monkeypatch, find)
    folder, manifest = sealed(store)
    assert manifest["timestamp"] == {"problem": says} and verify(folder).ok
