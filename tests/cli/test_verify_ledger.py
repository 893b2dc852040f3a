"""`evidence verify --ledger`: the folder and the database that it came from must tell the same."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from leakresponse.cli import DOES_NOT_HOLD, HOLDS, WRONG_CALL, main
from leakresponse.ledger import open_ledger, seal


@pytest.fixture
def sealed(tmp_path):
    """A sealed case, its ledger's address, and an engine to do harm with."""
    address = str(tmp_path / "ledger.sqlite")
    ledger = open_ledger(address)
    case = ledger.open_case("a-1", b'{"id": "a-1"}', {}).case_id
    ledger.approve(case, "letters", "h", "counsel", "reads well")
    folder = tmp_path / "case"
    folder.mkdir()
    seal(folder, ledger, case)
    return folder, address, ledger, case


def run(folder, address, capsys):
    code = main(["evidence", "verify", str(folder), "--ledger", address, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_both_hold(sealed, capsys):
    code, found = run(*sealed[:2], capsys)
    assert (code, found["problem"]) == (HOLDS, None)


def test_a_ledger_that_went_on_after_the_seal_holds(sealed, capsys):
    sealed[2].note(sealed[3], "remark", {"n": 1})
    assert run(*sealed[:2], capsys)[0] == HOLDS


def test_an_approval_edited_in_the_database_is_named(sealed, capsys):
    folder, address, ledger, _ = sealed
    with ledger.engine.begin() as connection:
        connection.execute(sa.text("UPDATE approvals SET decision = 'refused'"))
    code, found = run(folder, address, capsys)
    assert code == DOES_NOT_HOLD
    assert found["problem"] == "ledger: approval 3: edited, chain row 3 says otherwise"


def test_a_folder_of_another_history_is_named(sealed, tmp_path, capsys):
    other = open_ledger(tmp_path / "other.sqlite")
    case = other.open_case("a-1", b'{"id": "a-1"}', {}).case_id
    other.note(case, "remark", {})
    code, found = run(sealed[0], str(tmp_path / "other.sqlite"), capsys)
    assert code == DOES_NOT_HOLD
    assert found["problem"].startswith("ledger: chain row 1: the ledger has another one")


def test_a_ledger_that_does_not_know_the_case_is_a_wrong_call(sealed, tmp_path, capsys):
    open_ledger(tmp_path / "empty.sqlite")
    assert main(["evidence", "verify", str(sealed[0]), "--ledger", str(tmp_path / "empty.sqlite")]) == WRONG_CALL


def test_a_ledger_that_was_put_back_is_named_by_its_first_missing_row(sealed, tmp_path, capsys):
    folder, _, ledger, case = sealed
    rows = ledger.timeline(case)
    shorter = open_ledger(tmp_path / "shorter.sqlite")
    with shorter.engine.begin() as connection:
        for table in ("heads", "log", "cases", "alerts", "approvals"):
            with ledger.engine.connect() as source:
                for row in source.exec_driver_sql(f"SELECT * FROM {table}").mappings():
                    marks = ", ".join("?" * len(row))
                    connection.exec_driver_sql(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", tuple(row.values()))
        connection.exec_driver_sql("DROP TRIGGER log_no_delete")
        connection.exec_driver_sql("DELETE FROM log WHERE seq = ?", (len(rows),))
        connection.exec_driver_sql(
            "UPDATE heads SET seq = ?, hash = ? WHERE case_id = ?", (len(rows) - 1, rows[-2].hash, case)
        )
    code, found = run(folder, str(tmp_path / "shorter.sqlite"), capsys)
    assert code == DOES_NOT_HOLD
    assert found["problem"] == f"ledger: chain row {len(rows)}: the ledger has another one than the folder"
