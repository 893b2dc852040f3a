"""Evidence by its content."""

from __future__ import annotations

import hashlib
import stat

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.ledger import EvidenceRef, EvidenceStore


@pytest.fixture(params=["folder", "fsspec"])
def store(request, tmp_path):
    return EvidenceStore(tmp_path if request.param == "folder" else f"memory://{tmp_path}")


def test_content_comes_back_under_its_hash(store):
    ref = store.put("log.csv", iter([b"a,b\n", b"1,2\n"]))
    assert ref == EvidenceRef(hashlib.sha256(b"a,b\n1,2\n").hexdigest(), 8, "log.csv")
    with store.open(ref.sha256) as file:
        assert file.read() == b"a,b\n1,2\n"


def test_same_content_is_the_same_evidence(store):
    assert store.put("one", [b"x"]).sha256 == store.put("two", [b"x"]).sha256
    assert store.has(hashlib.sha256(b"x").hexdigest())


def test_empty_evidence_is_evidence(store):
    assert store.open(store.put("empty", []).sha256).read() == b""


@pytest.mark.parametrize("address", ["0" * 64, "../../etc/passwd", ""])
def test_what_is_not_there_is_one_clear_error(store, address):
    with pytest.raises(BadInput):
        store.open(address)


def test_evidence_file_is_read_only_and_private(tmp_path):
    ref = EvidenceStore(tmp_path).put("x", [b"x"])
    assert stat.S_IMODE((tmp_path / "evidence" / ref.sha256).stat().st_mode) == 0o400


def test_broken_stream_leaves_nothing(tmp_path):
    def stream():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        EvidenceStore(tmp_path).put("x", stream())
    assert list((tmp_path / "evidence").iterdir()) == []


def test_codec_stands_between_evidence_and_disk(tmp_path):
    class Reversed:
        def encode(self, chunks):
            return (chunk[::-1] for chunk in chunks)

        def decode(self, stored):
            return stored

    ref = EvidenceStore(tmp_path, Reversed()).put("x", [b"abc"])
    assert ref.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert (tmp_path / "evidence" / ref.sha256).read_bytes() == b"cba"


def test_recording_twice_is_one_entry(ledger, case_id):
    ref = EvidenceRef("ab" * 32, 3, "snapshot.json")
    for _ in range(2):
        ledger.record_evidence(case_id, ref, "snapshot")
    assert ledger.evidence(case_id) == [ref]
    assert [entry.kind for entry in ledger.timeline(case_id)].count("evidence") == 1
