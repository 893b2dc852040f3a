"""A seal witnessed from outside: the timestamp is kept, checked, asked for again, and never stops a seal."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest

from leakresponse.core.errors import Refused, Unavailable
from leakresponse.core.timestamps import Timestamp
from leakresponse.ledger import open_ledger, seal, verify


class Witness:
    """Answers with something that names the head as tokens do; counts how often it was asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self, head):
        self.asked += 1
        der = b"token" + bytes([self.asked]) + b"\x04\x20" + hashlib.sha256(head).digest()
        return Timestamp(der, datetime(2026, 3, 1, tzinfo=UTC), "http://tsa.example")


def silent(_head):
    raise Unavailable("timestamp authority: ConnectError")


def refusing(_head):
    raise Refused("timestamp: no", "NOT_TRUSTED")


class Sealer:
    def __init__(self, folder):
        self.folder = folder / "case"
        self.folder.mkdir()
        self.ledger = open_ledger(folder / "ledger.sqlite")
        self.case_id = self.ledger.open_case("alert-1", b"{}", {}).case_id
        (self.folder / "report.html").write_text("report")

    def seal(self, witness=None):
        return seal(self.folder, self.ledger, self.case_id, witness=witness)

    @property
    def token(self):
        return self.folder / "timestamp.tsr"

    @property
    def manifest(self):
        return json.loads((self.folder / "manifest.json").read_text())

    def rewrite(self, **changes):
        (self.folder / "manifest.json").write_text(json.dumps({**self.manifest, **changes}))


@pytest.fixture
def case(tmp_path):
    made = Sealer(tmp_path)
    yield made
    made.ledger.close()


def test_a_seal_is_witnessed_and_says_so(case):
    sealed = case.seal(Witness())
    found = verify(case.folder)
    assert found.ok
    assert f"http://tsa.example states the head {sealed.chain_head} at 2026-03-01" in found.notes[0]
    assert "not checked here" in found.notes[0]


def test_a_seal_without_witness_says_nothing(case):
    case.seal()
    assert verify(case.folder).notes == ()


@pytest.mark.parametrize(("failing", "says"), [(silent, "Unavailable"), (refusing, "Refused NOT_TRUSTED")])
def test_a_witness_that_fails_never_stops_a_seal(case, failing, says):
    case.seal(failing)
    found = verify(case.folder)
    assert found.ok and f"asked for and not had ({says})" in found.notes[0]


def test_what_failed_is_asked_again_at_the_next_seal_and_the_head_stays(case):
    first = case.seal(silent)
    assert case.seal(Witness()).chain_head == first.chain_head
    assert case.token.exists() and verify(case.folder).ok


def test_a_seal_that_is_witnessed_is_not_witnessed_again(case):
    witness = Witness()
    first, again = case.seal(witness), case.seal(witness)
    assert (witness.asked, first) == (1, again)


def test_the_timestamp_of_the_seal_before_is_kept_as_a_file(case):
    case.seal(Witness())
    before = case.token.read_bytes()
    (case.folder / "more.txt").write_text("x")
    case.seal(Witness())
    kept = [name for name in case.manifest["files"] if name.startswith("timestamps/")]
    assert [(case.folder / name).read_bytes() for name in kept] == [before]
    assert verify(case.folder).ok


def test_a_failing_witness_keeps_the_timestamp_of_the_seal_before_too(case):
    case.seal(Witness())
    (case.folder / "more.txt").write_text("x")
    case.seal(silent)
    assert not case.token.exists() and verify(case.folder).ok
    assert any(name.startswith("timestamps/") for name in case.manifest["files"])


def test_a_timestamp_that_was_taken_away_is_missed(case):
    case.seal(Witness())
    case.token.unlink()
    assert verify(case.folder).problem == "timestamp.tsr: missing"


def test_taking_it_out_of_the_manifest_too_shows(case):
    case.seal(Witness())
    case.token.unlink()
    case.rewrite(timestamp=None)
    assert verify(case.folder).problem == "timestamp.tsr: missing, the seal asked for one"


def test_a_changed_timestamp_is_named(case):
    case.seal(Witness())
    case.token.write_bytes(b"x" + case.token.read_bytes())
    assert verify(case.folder).problem == "timestamp.tsr: changed"


def test_a_planted_timestamp_is_named(case):
    case.seal()
    case.token.write_bytes(b"x")
    assert verify(case.folder).problem == "timestamp.tsr: added after the seal"


def test_a_timestamp_of_another_head_is_named(case):
    case.seal(Witness())
    other = Witness()(b"another head").der
    case.token.write_bytes(other)
    case.rewrite(timestamp={**case.manifest["timestamp"], "sha256": hashlib.sha256(other).hexdigest()})
    assert verify(case.folder).problem == "timestamp.tsr: it is for another head than this seal's"
