"""The exported case is whole, says what it is, and is checked by bare Python."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from leakresponse.cli import HOLDS, WRONG_CALL, main
from leakresponse.core.errors import BadInput, Refused
from leakresponse.ledger import EvidenceStore, open_ledger, seal
from leakresponse.ledger.export import export


@pytest.fixture(scope="module")
def sealed(tmp_path_factory) -> Path:
    """A small sealed case with one piece of evidence."""
    folder = tmp_path_factory.mktemp("cases") / "case"
    ledger = open_ledger(folder.parent / "ledger.sqlite")
    case_id = ledger.open_case("alert-1", b"{}", {}).case_id
    folder.mkdir()
    (folder / "report.html").write_text("<p>report</p>")
    ledger.record_evidence(case_id, EvidenceStore(folder).put("tokens.json", [b'{"tokens": 3}']), "snapshot")
    seal(folder, ledger, case_id)
    ledger.close()
    return folder


@pytest.fixture
def unpacked(sealed, tmp_path) -> Path:
    export(sealed, tmp_path / "case.zip")
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        archive.extractall(tmp_path / "out")
    return tmp_path / "out"


def files(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def check(folder: Path) -> tuple[int, str]:
    """The script as a reader would run it: no installed package, no environment."""
    command = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env={}, timeout=60)
    return done.returncode, done.stdout.strip() or done.stderr


def test_it_holds_on_bare_python(unpacked):
    code, said = check(unpacked)
    assert (code, said.split(":")[0]) == (0, "holds")


def test_every_file_of_the_case_is_in_it(sealed, unpacked):
    inside = {path.relative_to(sealed).as_posix() for path in sealed.rglob("*") if path.is_file()}
    assert {
        path.relative_to(unpacked / "case").as_posix() for path in (unpacked / "case").rglob("*") if path.is_file()
    } == inside


def flip_evidence(case: Path) -> None:
    path = next((case / "evidence").iterdir())
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def drop_row(case: Path) -> None:
    rows = (case / "chain.jsonl").read_text().splitlines(keepends=True)
    (case / "chain.jsonl").write_text("".join(rows[:1] + rows[2:]))


def swap_rows(case: Path) -> None:
    rows = (case / "chain.jsonl").read_text().splitlines(keepends=True)
    rows[1], rows[2] = rows[2], rows[1]
    (case / "chain.jsonl").write_text("".join(rows))


def edit_row(case: Path) -> None:
    text = (case / "chain.jsonl").read_text()
    (case / "chain.jsonl").write_text(text.replace("snapshot", "nothing!", 1))


def add_file(case: Path) -> None:
    (case / "planted.txt").write_text("x")


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (flip_evidence, "evidence/"), (drop_row, "chain row 2: deleted"), (swap_rows, "chain row 2"),
        (edit_row, "edited"), (add_file, "planted.txt: added"),
    ],
)  # fmt: skip
def test_every_change_is_named(unpacked, tamper, says):
    tamper(unpacked / "case")
    code, said = check(unpacked)
    assert code == 1 and "DOES NOT HOLD" in said and says in said


def test_the_readme_names_the_head_of_the_chain(sealed, tmp_path):
    written = export(sealed, tmp_path / "case.zip")
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        text = archive.read("README.txt").decode()
    assert written.chain_head in text


def test_the_same_case_gives_the_same_file(sealed, tmp_path):
    for name in ("a.zip", "b.zip"):
        export(sealed, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_broken_case_is_not_exported(unpacked, tmp_path):
    add_file(unpacked / "case")
    with pytest.raises(Refused, match=r"planted\.txt"):
        export(unpacked / "case", tmp_path / "again.zip")
    assert not (tmp_path / "again.zip").exists()


def test_nothing_is_overwritten_and_nothing_lands_in_the_case(sealed, tmp_path):
    (tmp_path / "there.zip").write_text("x")
    with pytest.raises(BadInput):
        export(sealed, tmp_path / "there.zip")
    with pytest.raises(BadInput):
        export(sealed, sealed / "inside.zip")


def test_the_command_writes_it_and_says_how_much(sealed, tmp_path, capsys):
    assert main(["evidence", "export", str(sealed), "--out", str(tmp_path / "case.zip"), "--json"]) == HOLDS
    assert json.loads(capsys.readouterr().out)["files"] == len(files(sealed))
    assert main(["evidence", "export", str(sealed), "--out", str(tmp_path / "case.zip")]) == WRONG_CALL
