"""`evidence verify` and `evidence export` with what a case store reaches: bucket, key, and certificate."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile

import pytest

from blocks import AwsVault, CaseStore
from leakresponse.adapters.timestamp_authority import TimestampAuthority
from leakresponse.cli import DOES_NOT_HOLD, HOLDS, WRONG_CALL, main
from leakresponse.commands import evidence as command
from leakresponse.ledger import seal
from tasks import support
from tests.support import aws as double
from tests.support import timestamps

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="the test's authority signs with openssl")
PIECE = b'{"tokens": 3}'


@pytest.fixture(scope="module")
def aws():
    with double.serving() as served:
        yield served


@pytest.fixture
def stores(aws, tmp_path, monkeypatch):
    """Case stores by name, without a Prefect server: the plain one, an encrypted one, and one with another bucket."""

    def store(encryption):
        return CaseStore(
            root=str(tmp_path / "cases"),
            ledger_url=f"sqlite:///{tmp_path / 'ledger.sqlite'}",
            encryption=encryption,
            evidence_url=f"s3://{aws.bucket()}/cases",
            retention_days=30,
            kms_key_id=aws.key(),
            evidence_endpoint_url=aws.url,
        )

    made = {"plain": store("plain"), "vault": store("vault"), "other": store("plain")}
    monkeypatch.setattr(command, "_block", made.__getitem__)
    monkeypatch.setattr(support, "vault_block", lambda name: AwsVault(endpoint_url=aws.url))
    return made


def make_case(block, witness=None):
    """A sealed case with one piece of evidence in the bucket, as the flows make it."""
    ledger = support.ledger_of(block)
    case_id = ledger.open_case("alert-1", b"{}", {}).case_id
    files = support.files_of(block, case_id)
    files.write("report.html", b"<p>report</p>")
    ledger.record_evidence(case_id, files.evidence.put("tokens.json", [PIECE]), "snapshot")
    seal(files.folder, ledger, case_id, block.evidence_address(case_id), witness, files)
    ledger.close()
    return files.folder


def run(capsys, *arguments):
    code = main(["evidence", *map(str, arguments), "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else said.err


def test_without_a_store_it_says_that_nobody_looked(stores, capsys):
    code, said = run(capsys, "verify", make_case(stores["plain"]))
    assert code == HOLDS and said["notes"][0].endswith("not checked")


@pytest.mark.parametrize("name", ["plain", "vault"])
def test_with_a_store_the_bucket_is_checked(stores, capsys, name):
    code, said = run(capsys, "verify", make_case(stores[name]), "--store", name)
    assert code == HOLDS and said["notes"][0].endswith("each with its hash and lock checked")


def test_what_lies_in_the_bucket_of_an_encrypted_case_is_not_readable_there(stores, aws):
    make_case(stores["vault"])
    bucket = stores["vault"].evidence_url.split("/")[2]
    (kept,) = aws.versions(bucket)
    stored = aws.s3.get_object(Bucket=bucket, Key=kept["Key"])["Body"].read()
    assert PIECE not in stored and kept["Key"].endswith(hashlib.sha256(PIECE).hexdigest())


def test_a_store_with_another_bucket_is_a_wrong_call(stores, capsys):
    code, said = run(capsys, "verify", make_case(stores["plain"]), "--store", "other")
    assert code == WRONG_CALL and "does not reach" in said


def test_pieces_that_somebody_hid_are_told(stores, capsys, aws):
    folder = make_case(stores["plain"])
    bucket = stores["plain"].evidence_url.split("/")[2]
    aws.s3.delete_object(Bucket=bucket, Key=aws.versions(bucket)[0]["Key"])
    code, said = run(capsys, "verify", folder, "--store", "plain")
    assert code == HOLDS and "1 pieces are hidden" in said["notes"][-1]


def test_export_brings_the_pieces(stores, capsys, tmp_path):
    code, _ = run(capsys, "export", make_case(stores["plain"]), "--out", tmp_path / "case.zip", "--store", "plain")
    assert code == HOLDS
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        assert archive.read(f"case/evidence/{hashlib.sha256(PIECE).hexdigest()}") == PIECE


def test_an_encrypted_case_does_not_come_out_half_open(stores, capsys, tmp_path):
    code, said = run(capsys, "export", make_case(stores["vault"]), "--out", tmp_path / "case.zip", "--store", "vault")
    assert code == WRONG_CALL and "--open" in said


@needs_openssl
def test_the_signature_of_the_timestamp_is_checked_with_the_certificate(stores, capsys, tmp_path):
    with timestamps.serving(tmp_path / "tsa") as served, timestamps.serving(tmp_path / "other") as other:
        folder = make_case(stores["plain"], TimestampAuthority(served.url, served.ca_pem).stamp)
    (tmp_path / "ca.pem").write_bytes(served.ca_pem)
    code, said = run(capsys, "verify", folder, "--timestamp-ca", tmp_path / "ca.pem")
    assert code == HOLDS and "its signature checked" in said["notes"][-1]
    (tmp_path / "ca.pem").write_bytes(other.ca_pem)
    code, said = run(capsys, "verify", folder, "--timestamp-ca", tmp_path / "ca.pem")
    assert code == DOES_NOT_HOLD and said["problem"].startswith("timestamp.tsr: NOT_TRUSTED")


@needs_openssl
def test_timestamps_of_earlier_seals_are_checked_too(stores, capsys, tmp_path):
    block = stores["plain"]
    with timestamps.serving(tmp_path / "tsa") as served:
        witness = TimestampAuthority(served.url, served.ca_pem).stamp
        folder = make_case(block, witness)
        first = json.loads((folder / "manifest.json").read_text())["chain_length"]
        (folder / "more.txt").write_text("x")
        make_case(block, witness)
    (tmp_path / "ca.pem").write_bytes(served.ca_pem)
    code, said = run(capsys, "verify", folder, "--timestamp-ca", tmp_path / "ca.pem")
    assert code == HOLDS and any(f"timestamps/{first}.tsr, its signature checked" in note for note in said["notes"])


def test_asking_for_a_timestamp_that_is_not_there_does_not_hold(stores, capsys, tmp_path):
    (tmp_path / "ca.pem").write_text("")
    folder = make_case(stores["plain"])
    code, said = run(capsys, "verify", folder, "--timestamp-ca", tmp_path / "ca.pem")
    assert code == DOES_NOT_HOLD and "none to check" in said["problem"]


def test_a_certificate_that_cannot_be_read_is_a_wrong_call(stores, capsys, tmp_path):
    code, _ = run(capsys, "verify", make_case(stores["plain"]), "--timestamp-ca", tmp_path / "none.pem")
    assert code == WRONG_CALL
