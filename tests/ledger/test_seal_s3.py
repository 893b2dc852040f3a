"""A sealed case whose evidence lies in a bucket: it says where, is checked there, and comes along in an export."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile

import pytest

from leakresponse.core.errors import BadInput, Refused
from leakresponse.ledger import EvidenceStore, open_ledger, seal, verify
from leakresponse.ledger.evidence_remote import Retention
from leakresponse.ledger.export import export
from tests.support import aws as double

PIECES = (b'{"tokens": 3}', b"a,b\n1,2\n")


@pytest.fixture(scope="module")
def aws():
    with double.serving() as served:
        yield served


@pytest.fixture
def bucket(aws):
    return aws.bucket()


@pytest.fixture
def store(aws, bucket):
    return EvidenceStore(f"s3://{bucket}/c1", None, Retention(30, aws.key()), aws.options)


@pytest.fixture
def sealed(tmp_path, store):
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "report.html").write_text("<p>report</p>")
    ledger = open_ledger(tmp_path / "ledger.sqlite")
    case_id = ledger.open_case("alert-1", b"{}", {}).case_id
    for place, content in enumerate(PIECES):
        ledger.record_evidence(case_id, store.put(f"piece-{place}", [content]), "test")
    seal(folder, ledger, case_id, store.address)
    ledger.close()
    return folder


def object_of(bucket, content):
    return {"Bucket": bucket, "Key": f"c1/evidence/{hashlib.sha256(content).hexdigest()}"}


def test_without_access_it_says_where_and_that_nobody_looked(sealed, bucket):
    found = verify(sealed)
    assert found.ok and found.notes == (f"evidence: 2 pieces at s3://{bucket}/c1, not checked",)


def test_with_access_every_piece_is_checked(sealed, store):
    without, found = verify(sealed), verify(sealed, store.problem)
    assert found.ok and "each with its hash and lock checked" in found.notes[0]
    assert found.checked == without.checked + 2


@pytest.mark.parametrize(
    ("put", "says"), [(None, "missing"), (b"other", "changed"), (PIECES[0], "is not locked in compliance mode")]
)
def test_a_piece_that_is_gone_or_other_or_unlocked_is_named(sealed, aws, put, says):
    """Another bucket, which somebody filled from a copy."""
    other = aws.bucket()
    if put is not None:
        aws.s3.put_object(**object_of(other, PIECES[0]), Body=put)
    elsewhere = EvidenceStore(f"s3://{other}/c1", None, Retention(30, aws.key()), aws.options)
    name = f"evidence/{hashlib.sha256(PIECES[0]).hexdigest()}"
    assert verify(sealed, elsewhere.problem).problem.startswith(f"{name}: {says}")


def test_saying_that_evidence_lies_elsewhere_is_no_way_to_drop_it(sealed):
    manifest = json.loads((sealed / "manifest.json").read_text())
    (sealed / "manifest.json").write_text(json.dumps({**manifest, "evidence_at": "s3://mine/c1"}))
    assert verify(sealed).problem.startswith("manifest.json: edited")


def test_export_asks_for_access(sealed, tmp_path):
    with pytest.raises(BadInput, match="--store"):
        export(sealed, tmp_path / "case.zip")


def test_export_brings_the_pieces_and_holds_on_bare_python(sealed, store, tmp_path):
    export(sealed, tmp_path / "case.zip", store)
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        archive.extractall(tmp_path / "out")
    for content in PIECES:
        assert (tmp_path / "out/case/evidence" / hashlib.sha256(content).hexdigest()).read_bytes() == content
    assert bare(tmp_path / "out")[0] == 0


def test_a_piece_that_was_changed_in_an_export_is_named(sealed, store, tmp_path):
    export(sealed, tmp_path / "case.zip", store)
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        archive.extractall(tmp_path / "out")
    next((tmp_path / "out/case/evidence").iterdir()).write_bytes(b"x")
    code, said = bare(tmp_path / "out")
    assert code == 1 and "evidence/" in said


def test_an_export_can_be_exported_again(sealed, store, tmp_path):
    export(sealed, tmp_path / "case.zip", store)
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        archive.extractall(tmp_path / "out")
    export(tmp_path / "out/case", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").stat().st_size == (tmp_path / "case.zip").stat().st_size


def test_a_broken_piece_stops_the_export(sealed, aws, tmp_path):
    other = EvidenceStore(f"s3://{aws.bucket()}/c1", None, Retention(30, aws.key()), aws.options)
    with pytest.raises(Refused):
        export(sealed, tmp_path / "case.zip", other)


def bare(folder):
    """As a reader runs it: no installed package, no environment."""
    command = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env={}, timeout=60)
    return done.returncode, done.stdout + done.stderr
