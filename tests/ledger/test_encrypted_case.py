"""An encrypted case: verified without its key, looked into with it, exported as it is stored or opened."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from leakresponse.adapters.os_keyring import OsKeyring
from leakresponse.cli import DOES_NOT_HOLD, HOLDS, main
from leakresponse.core.errors import Refused
from leakresponse.ledger import CaseFiles, case_keys, export, open_ledger, seal, verify
from leakresponse.ledger.case_keys import codec_of
from leakresponse.ledger.contents import CHECKED, NOT_CHECKED
from leakresponse.ledger.encryption import DoesNotOpen, Encrypted
from leakresponse.ledger.verification import CHAIN, KEY_FILE, MANIFEST
from tests.support import keyrings

SNAPSHOT = b'{"user": "jane.doe@example.com"}'
PEOPLE = b"Jane Doe,123-45-6789\n"


@pytest.fixture(scope="module")
def backend():
    with keyrings.in_use() as made:
        yield made


@pytest.fixture(scope="module")
def original(tmp_path_factory, backend) -> Path:
    """A small sealed case whose persons are encrypted and whose report is not."""
    folder = tmp_path_factory.mktemp("cases") / "case"
    folder.mkdir()
    ledger = open_ledger(folder.parent / "ledger.sqlite")
    case_id = ledger.open_case("alert-1", b"{}", {}).case_id
    files = CaseFiles(folder, codec_of(folder, case_id, lambda: OsKeyring("test-keys")))
    files.write("people.csv", PEOPLE)
    (folder / "report.html").write_text("<p>report</p>")
    ledger.record_evidence(case_id, files.evidence.put("snapshot.json", [SNAPSHOT]), "snapshot")
    seal(folder, ledger, case_id, files_of_case=files)
    ledger.close()
    return folder


@pytest.fixture
def sealed(original, tmp_path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "case"))


def opened(folder: Path) -> CaseFiles:
    from leakresponse.commands.case_key import opened_files

    return opened_files(folder)


def test_it_holds_without_the_key_and_says_what_was_not_checked(sealed):
    found = verify(sealed)
    assert (found.ok, found.content) == (True, NOT_CHECKED)


def test_with_the_key_the_content_is_checked_too(sealed):
    found = verify(sealed, open_content=opened(sealed).open)
    assert (found.ok, found.content) == (True, CHECKED)


def test_no_person_is_in_the_folder_in_the_clear(sealed):
    stored = b"".join(path.read_bytes() for path in sealed.rglob("*") if path.is_file())
    assert b"jane.doe" not in stored and b"123-45" not in stored


def test_the_manifest_has_both_hashes_of_what_is_encrypted(sealed):
    files = json.loads((sealed / MANIFEST).read_text())["files"]
    assert files["people.csv"] == {
        "sha256": hashlib.sha256((sealed / "people.csv").read_bytes()).hexdigest(),
        "bytes": (sealed / "people.csv").stat().st_size,
        "content_sha256": hashlib.sha256(PEOPLE).hexdigest(),
        "content_bytes": len(PEOPLE),
    }
    assert set(files["report.html"]) == {"sha256", "bytes"}


def test_a_case_is_not_sealed_without_its_key(sealed, tmp_path):
    ledger = open_ledger(tmp_path / "other.sqlite")
    case_id = ledger.open_case("alert-1", b"{}", {}).case_id
    with pytest.raises(DoesNotOpen):
        seal(sealed, ledger, case_id)
    ledger.close()


def flip(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).chmod(0o600)
    (folder / name).write_bytes(content)


def test_a_changed_stored_byte_is_named_without_the_key(sealed):
    flip(sealed, "people.csv")
    assert verify(sealed).problem == "people.csv: changed"


def test_evidence_replaced_by_an_equal_piece_encrypted_anew_is_changed(sealed):
    files = opened(sealed)
    piece = next((sealed / "evidence").iterdir())
    content = files.read(f"evidence/{piece.name}")
    piece.chmod(0o600)
    piece.write_bytes(b"".join(files.codec.encode([content])))
    assert verify(sealed).problem == f"evidence/{piece.name}: changed"


def test_content_that_is_not_what_was_sealed_is_named_with_the_key(original, tmp_path):
    """Whoever seals lies about the content: the stored bytes match, only the key tells."""
    case = tmp_path / "case"
    case.mkdir()
    honest, ledger = opened(original), open_ledger(tmp_path / "ledger.sqlite")
    case_id = ledger.open_case("alert-1", b"{}", {}).case_id
    shutil.copy(original / KEY_FILE, case / KEY_FILE)
    files = CaseFiles(case, honest.codec)
    files.write("people.csv", PEOPLE)
    seal(case, ledger, case_id, files_of_case=_Lying(case, honest.codec))
    ledger.close()
    assert verify(case).ok
    assert verify(case, open_content=files.open).problem == "people.csv: its content is not what was sealed"


class _Lying(CaseFiles):
    def open(self, name):
        import io

        return io.BytesIO(super().open(name).read() + b"John Roe\n")


def test_another_key_does_not_open_it(sealed):
    other = CaseFiles(sealed, Encrypted(bytes(32), opened(sealed).codec._case.decode()))
    found = verify(sealed, open_content=other.open)
    assert not found.ok and "does not open with the key" in found.problem


def test_after_its_key_was_destroyed_a_case_still_verifies_and_never_opens(sealed):
    (sealed / KEY_FILE).unlink()
    assert verify(sealed).ok
    with pytest.raises(DoesNotOpen):
        opened(sealed).read("people.csv")


def unpacked(folder: Path, target: Path, **how) -> Path:
    export(folder, target / "case.zip", **how)
    with zipfile.ZipFile(target / "case.zip") as archive:
        archive.extractall(target / "out")
    return target / "out"


def checked_by_bare_python(folder: Path) -> tuple[int, str]:
    command = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env={}, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_as_stored_it_goes_with_its_wrapped_key_and_holds_on_bare_python(sealed, tmp_path):
    out = unpacked(sealed, tmp_path)
    code, said = checked_by_bare_python(out)
    assert code == 0 and "holds" in said and "their content not" in said
    assert (out / "case" / "people.csv").read_bytes() == (sealed / "people.csv").read_bytes()
    assert opened(out / "case").read("people.csv") == PEOPLE


def test_opened_it_is_readable_and_holds_on_bare_python(sealed, tmp_path):
    out = unpacked(sealed, tmp_path, opened=opened(sealed))
    assert checked_by_bare_python(out)[0] == 0
    assert (out / "case" / "people.csv").read_bytes() == PEOPLE
    assert (out / "case" / "evidence" / hashlib.sha256(SNAPSHOT).hexdigest()).read_bytes() == SNAPSHOT
    assert not (out / "case" / KEY_FILE).exists()


@pytest.mark.parametrize("name", ["people.csv", "evidence", CHAIN, MANIFEST])
def test_a_change_in_an_opened_copy_is_named(sealed, tmp_path, name):
    out = unpacked(sealed, tmp_path, opened=opened(sealed))
    flip(out / "case", f"evidence/{hashlib.sha256(SNAPSHOT).hexdigest()}" if name == "evidence" else name)
    code, said = checked_by_bare_python(out)
    assert code == 1 and "DOES NOT HOLD" in said


def test_a_case_that_does_not_open_is_not_exported_open(sealed, tmp_path):
    other = CaseFiles(sealed, Encrypted(bytes(32), "case"))
    with pytest.raises(Refused):
        export(sealed, tmp_path / "case.zip", opened=other)
    assert not (tmp_path / "case.zip").exists()


def test_the_commands_open_with_the_key_of_the_keyring(sealed, tmp_path, capsys):
    assert main(["evidence", "verify", str(sealed), "--json"]) == HOLDS
    assert json.loads(capsys.readouterr().out)["content"] == NOT_CHECKED
    assert main(["evidence", "verify", str(sealed), "--open", "--json"]) == HOLDS
    assert json.loads(capsys.readouterr().out)["content"] == CHECKED
    assert main(["evidence", "export", str(sealed), "--open", "--out", str(tmp_path / "open.zip")]) == HOLDS
    with zipfile.ZipFile(tmp_path / "open.zip") as archive:
        assert archive.read("case/people.csv") == PEOPLE


def test_the_command_says_that_the_key_is_gone(sealed, backend, monkeypatch, capsys):
    monkeypatch.setattr(backend, "entries", {})
    monkeypatch.setattr(case_keys, "_OPENED", {})
    assert main(["evidence", "verify", str(sealed), "--open"]) == DOES_NOT_HOLD
    assert "does not hold this version" in capsys.readouterr().err
