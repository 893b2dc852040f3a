"""The key of a case: made once, wrapped beside it, opened with the vault or the keyring that wrapped it."""

from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as Forgetful
from moto.server import ThreadedMotoServer

from leakresponse.adapters.os_keyring import OsKeyring
from leakresponse.adapters.secrets_manager import SecretsManager, VaultKeys
from leakresponse.core.errors import BadInput, Refused
from leakresponse.ledger import CaseFiles, case_keys, in_place
from leakresponse.ledger.case_keys import codec_of, wrapped_key_of
from leakresponse.ledger.encryption import DoesNotOpen
from leakresponse.ledger.verification import KEY_FILE, MANIFEST
from tests.support import keyrings

NAME = "leak-response/case-keys"


@pytest.fixture
def backend():
    with keyrings.in_use() as made:
        yield made


@pytest.fixture(scope="module")
def vault_url():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["keyring", "vault"])
def holder(request, tmp_path):
    """A holder of wrapping keys of each kind, with nothing in it."""
    if request.param == "keyring":
        request.getfixturevalue("backend")
        return OsKeyring(NAME)
    secrets = SecretsManager("us-east-1", request.getfixturevalue("vault_url"), ("test", "test"))
    return VaultKeys(secrets, f"{NAME}/{tmp_path.name}")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "case"
    made.mkdir()
    return made


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch):
    """What a process has opened is forgotten between tests."""
    monkeypatch.setattr(case_keys, "_OPENED", {})


def restart() -> None:
    case_keys._OPENED.clear()


def files(folder, holder, case_id="case-1") -> CaseFiles:
    return CaseFiles(folder, codec_of(folder, case_id, lambda: holder))


def test_a_case_opens_again_in_another_process(folder, holder):
    files(folder, holder).write("people.parquet", b"persons")
    restart()
    assert files(folder, holder).read("people.parquet") == b"persons"
    assert b"persons" not in (folder / "people.parquet").read_bytes()


def test_the_file_beside_the_case_names_the_key_and_does_not_hold_it(folder, holder):
    files(folder, holder)
    said = json.loads((folder / KEY_FILE).read_text())
    version, key = holder.current()
    assert (said["wrapped_by"], said["key_name"], said["key_version"]) == (holder.kind, holder.name, version)
    assert key.hex() not in (folder / KEY_FILE).read_text() and len(key) == 32


def test_a_case_under_an_old_version_still_opens(folder, holder, tmp_path):
    files(folder, holder).write("people.parquet", b"persons")
    old = wrapped_key_of(folder).key_version
    for _ in range(3):
        holder.renew()
    restart()
    assert files(folder, holder).read("people.parquet") == b"persons"
    (tmp_path / "next").mkdir()
    files(tmp_path / "next", holder, "case-2")
    assert wrapped_key_of(tmp_path / "next").key_version == holder.current()[0] != old


def test_two_cases_have_two_keys(folder, holder, tmp_path):
    (tmp_path / "other").mkdir()
    files(folder, holder).write("x", b"x")
    (tmp_path / "other" / "x").write_bytes((folder / "x").read_bytes())
    with pytest.raises(DoesNotOpen):
        files(tmp_path / "other", holder, "case-2").read("x")


def test_the_key_of_another_case_is_refused(folder, holder, tmp_path):
    (tmp_path / "other").mkdir()
    files(folder, holder)
    (tmp_path / "other" / KEY_FILE).write_bytes((folder / KEY_FILE).read_bytes())
    with pytest.raises(DoesNotOpen):
        files(tmp_path / "other", holder, "case-2")


@pytest.mark.parametrize("field", ["case_id", "key_version", "nonce", "wrapped_key"])
def test_a_changed_key_file_does_not_open(folder, holder, field):
    files(folder, holder)
    said = json.loads((folder / KEY_FILE).read_text())
    said[field] = holder.renew() if field == "key_version" else said[field][::-1]
    (folder / KEY_FILE).write_text(json.dumps(said))
    with pytest.raises(DoesNotOpen):
        files(folder, holder)


def test_a_case_whose_key_file_is_gone_is_never_given_a_new_key(folder, holder):
    files(folder, holder).write("alert.json", b"{}")
    (folder / KEY_FILE).unlink()
    with pytest.raises(BadInput, match="key is gone"):
        files(folder, holder)
    assert not (folder / KEY_FILE).exists()


def test_a_case_whose_wrapping_key_is_gone_does_not_open(folder, backend):
    files(folder, OsKeyring(NAME)).write("alert.json", b"{}")
    backend.entries.clear()
    restart()
    with pytest.raises(Refused):
        files(folder, OsKeyring(NAME))


def test_another_key_under_the_same_name_does_not_open(folder, backend):
    files(folder, OsKeyring(NAME)).write("alert.json", b"{}")
    other = OsKeyring(NAME).current()[1][::-1]
    backend.entries = {place: base64.b64encode(other).decode() for place in backend.entries}
    restart()
    with pytest.raises(DoesNotOpen):
        files(folder, OsKeyring(NAME))


def test_one_process_asks_once(folder, backend):
    holder = OsKeyring(NAME)
    files(folder, holder)
    asked = backend.asked
    for _ in range(5):
        files(folder, holder)
    assert backend.asked == asked


def test_many_at_once_make_one_key(folder, backend):
    holder, gate = OsKeyring(NAME), threading.Barrier(8)

    def write(number: int) -> None:
        gate.wait(10)
        files(folder, holder).write(f"{number}", b"x")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    restart()
    assert [files(folder, holder).read(f"{n}") for n in range(8)] == [b"x"] * 8


def test_the_slower_of_two_processes_takes_the_key_of_the_first(folder, backend, monkeypatch):
    holder = OsKeyring(NAME)
    files(folder, holder).write("x", b"x")
    restart()
    answers = iter([None])
    honest = case_keys.wrapped_key_of
    monkeypatch.setattr(case_keys, "wrapped_key_of", lambda where: next(answers, honest(where)))
    assert files(folder, holder).read("x") == b"x"


@pytest.mark.parametrize("kind", [NoKeyring, Forgetful])
def test_a_machine_without_a_keyring_is_told_what_to_do(folder, backend, kind):
    keyring.set_keyring(kind())
    with pytest.raises(BadInput, match="set the encryption of the case store block to vault"):
        files(folder, OsKeyring(NAME))
    assert not (folder / KEY_FILE).exists()


def test_a_keyring_that_keeps_nothing_is_found_out(folder, backend, monkeypatch):
    monkeypatch.setattr(backend, "set_password", lambda *given: None)
    with pytest.raises(BadInput, match="does not keep"):
        files(folder, OsKeyring(NAME))


def test_a_version_that_is_not_held_is_refused(holder):
    holder.current()
    with pytest.raises(Refused):
        holder.version("0" * 32)


@pytest.fixture
def begun(folder) -> CaseFiles:
    """A case that was begun unencrypted."""
    plain = CaseFiles(folder)
    plain.write("alert.json", b"jane.doe@example.com")
    plain.write("work/rows.parquet", b"rows")
    plain.write("case.json", b"counts")
    plain.evidence.put("snapshot.json", [b"snapshot"])
    return plain


def test_a_case_begun_unencrypted_is_encrypted_when_its_store_gets_a_key(folder, begun, holder):
    now = files(folder, holder)
    piece = next((folder / "evidence").iterdir())
    assert (now.read("alert.json"), now.read("work/rows.parquet")) == (b"jane.doe@example.com", b"rows")
    assert now.evidence.open(piece.name).read() == b"snapshot" and b"snapshot" not in piece.read_bytes()
    assert b"jane.doe" not in (folder / "alert.json").read_bytes()
    assert (folder / "case.json").read_bytes() == b"counts"


def test_working_files_further_down_are_encrypted_too(folder, begun, holder):
    begun.write("work/scope/lookups-00001.json", b"jane.doe@example.com")
    assert files(folder, holder).read("work/scope/lookups-00001.json") == b"jane.doe@example.com"
    assert b"jane.doe" not in (folder / "work/scope/lookups-00001.json").read_bytes()


def test_what_is_put_in_plain_after_that_does_not_open(folder, begun, holder):
    files(folder, holder)
    restart()
    (folder / "planted.parquet").write_bytes(b"planted")
    with pytest.raises(DoesNotOpen):
        files(folder, holder).read("planted.parquet")
    assert not wrapped_key_of(folder).begun_plain


@pytest.mark.parametrize("files_before_the_end", range(4))
def test_encrypting_that_was_broken_off_goes_on(folder, begun, backend, monkeypatch, files_before_the_end):
    honest, done = in_place._encrypt, []

    def break_off(path, codec):
        if len(done) == files_before_the_end:
            raise KeyboardInterrupt
        done.append(path)
        honest(path, codec)

    monkeypatch.setattr(in_place, "_encrypt", break_off)
    if files_before_the_end < 3:
        with pytest.raises(KeyboardInterrupt):
            files(folder, OsKeyring(NAME))
    monkeypatch.setattr(in_place, "_encrypt", honest)
    restart()
    now = files(folder, OsKeyring(NAME))
    assert (now.read("alert.json"), now.read("work/rows.parquet")) == (b"jane.doe@example.com", b"rows")


def test_a_case_sealed_unencrypted_is_left_as_it_was_sealed(folder, begun, holder):
    (folder / MANIFEST).write_text("{}")
    with pytest.raises(BadInput, match="sealed unencrypted"):
        files(folder, holder)
    assert begun.read("alert.json") == b"jane.doe@example.com" and not (folder / KEY_FILE).exists()


def test_nobody_can_claim_that_a_case_was_begun_unencrypted(folder, holder):
    files(folder, holder).write("people.parquet", b"persons")
    said = json.loads((folder / KEY_FILE).read_text())
    (folder / KEY_FILE).write_text(json.dumps(said | {"begun_plain": True}))
    with pytest.raises(DoesNotOpen):
        files(folder, holder)
