"""A sealed folder tells of every change, and names the first broken link."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from leakresponse.core.errors import BadInput
from leakresponse.ledger import EvidenceStore, seal, verify
from leakresponse.ledger.chain import hash_row


@pytest.fixture
def sealed(tmp_path, ledger, case_id):
    folder = tmp_path / "case"
    folder.mkdir()
    ref = EvidenceStore(folder).put("tokens.json", [b'{"tokens": 3}'])
    ledger.record_evidence(case_id, ref, "snapshot")
    ledger.once(case_id, "k", "freeze", "005x", lambda: {"frozen": True})
    ledger.approve(case_id, "letters", "h", "counsel", "ok")
    (folder / "report.html").write_text("<p>report</p>")
    (folder / "ledger.sqlite").write_bytes(b"lives on")
    seal(folder, ledger, case_id)
    return folder


def _lines(folder):
    return (folder / "chain.jsonl").read_text().splitlines()


def _rewrite(folder, lines):
    (folder / "chain.jsonl").write_text("".join(f"{line}\n" for line in lines))


def _problem(folder):
    found = verify(folder)
    assert found.ok is (found.problem is None)
    return found.problem


def test_untouched_folder_holds(sealed):
    found = verify(sealed)
    assert (found.ok, found.problem) == (True, None)
    assert found.checked == len(_lines(sealed)) + 3


def test_living_databases_and_locks_do_not_count(sealed):
    (sealed / "ledger.sqlite-wal").write_bytes(b"more")
    (sealed / "run.lock").write_text("1")
    assert verify(sealed).ok


def test_one_flipped_byte_in_evidence(sealed):
    (path,) = (sealed / "evidence").iterdir()
    path.chmod(0o600)
    path.write_bytes(b'{"tokens": 2}')
    assert _problem(sealed) == f"evidence/{path.name}: changed"


def test_missing_evidence(sealed):
    (path,) = (sealed / "evidence").iterdir()
    path.unlink()
    assert _problem(sealed) == f"evidence/{path.name}: missing"


def test_extra_file(sealed):
    (sealed / "evidence" / "planted").write_text("x")
    assert _problem(sealed) == "evidence/planted: added after the seal"


def test_file_replaced_by_a_link(sealed):
    content = sealed.parent / "elsewhere"
    (sealed / "report.html").rename(content)
    (sealed / "report.html").symlink_to(content)
    assert _problem(sealed) == "report.html: changed"


def test_edited_approval(sealed):
    lines = [line.replace('"by":"counsel"', '"by":"intern"') for line in _lines(sealed)]
    place = next(n for n, line in enumerate(lines, 1) if "intern" in line)
    _rewrite(sealed, lines)
    assert _problem(sealed) == f"chain row {place}: edited, its hash does not match its content"


def test_edited_row_with_its_hash_made_right(sealed):
    lines = _lines(sealed)
    row = json.loads(lines[2])
    row["body"]["attempt"] = 9
    row["hash"] = hash_row(row["prev_hash"], row["seq"], row["case_id"], row["at"], row["kind"], row["body"])
    lines[2] = json.dumps(row)
    _rewrite(sealed, lines)
    assert _problem(sealed) == "chain row 4: does not follow row 3, one of the two was replaced"


def test_deleted_row(sealed):
    lines = _lines(sealed)
    del lines[2]
    _rewrite(sealed, lines)
    assert _problem(sealed) == "chain row 3: deleted, row 4 stands in its place"


def test_last_row_deleted(sealed):
    lines = _lines(sealed)
    _rewrite(sealed, lines[:-1])
    assert _problem(sealed) == f"chain row {len(lines)}: deleted, the manifest counts {len(lines)} rows"


def test_reordered_rows(sealed):
    lines = _lines(sealed)
    lines[1], lines[2] = lines[2], lines[1]
    _rewrite(sealed, lines)
    assert _problem(sealed) == "chain row 2: reordered, row 3 stands in its place"


def test_row_that_cannot_be_read(sealed):
    lines = _lines(sealed)
    lines[3] = lines[3][:-5]
    _rewrite(sealed, lines)
    assert _problem(sealed) == "chain row 4: edited, it cannot be read"


def test_manifest_made_to_fit_a_changed_file(sealed):
    manifest = json.loads((sealed / "manifest.json").read_text())
    (sealed / "report.html").write_text("<p>better news</p>")
    other = sealed.parent / "other.html"
    other.write_text("<p>better news</p>")
    from leakresponse.ledger.verification import describe_files

    manifest["files"]["report.html"] = describe_files(sealed)["report.html"]
    (sealed / "manifest.json").write_text(json.dumps(manifest))
    assert "its list of files is not the one that the chain sealed" in _problem(sealed)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"case_id": 1}'])
def test_broken_manifest(sealed, text):
    (sealed / "manifest.json").write_text(text)
    assert _problem(sealed).startswith("manifest.json: ")


@pytest.mark.parametrize("name", ["manifest.json", "chain.jsonl"])
def test_missing_seal(sealed, name):
    (sealed / name).unlink()
    assert _problem(sealed).startswith(f"{name}: missing")


def test_no_folder_is_a_wrong_call(tmp_path):
    with pytest.raises(BadInput):
        verify(tmp_path / "nowhere")


def test_sealing_again_without_change_adds_no_row(sealed, ledger, case_id):
    length = len(ledger.timeline(case_id))
    assert seal(sealed, ledger, case_id).chain_length == length
    assert verify(sealed).ok


def test_sealing_again_after_more_work(sealed, ledger, case_id):
    ledger.note(case_id, "old_key_tried", {"answer": "refused"})
    (sealed / "report.html").write_text("<p>second report</p>")
    again = seal(sealed, ledger, case_id)
    assert (verify(sealed).ok, again.chain_head) == (True, ledger.chain_head(case_id)[1])


def _tamper(ledger, *statements):
    """What an administrator of the database can do: switch the guard off, then change rows."""
    off = {
        "sqlite": ("DROP TRIGGER log_no_update", "DROP TRIGGER log_no_delete"),
        "postgresql": ("ALTER TABLE log DISABLE TRIGGER USER",),
    }
    with ledger.engine.begin() as connection:
        for statement in (*off[ledger.engine.dialect.name], *statements):
            connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE log SET body = '{}' WHERE seq = 2", "chain row 2: edited"),
        ("DELETE FROM log WHERE seq = 1", "chain row 1: deleted"),
        ("DELETE FROM log WHERE seq = 3", "chain row 3: deleted"),
        ("UPDATE log SET at = '2026-03-01T11:00:00.000000Z' WHERE seq = 3", "chain row 3: edited"),
    ],
)
def test_broken_ledger_is_named_and_not_sealed(tmp_path, ledger, case_id, statement, says):
    ledger.note(case_id, "remark", {"n": 1})
    _tamper(ledger, statement)
    assert ledger.broken_link(case_id).startswith(says)
    with pytest.raises(BadInput, match=says):
        seal(tmp_path, ledger, case_id)
