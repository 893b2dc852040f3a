"""The archive in the ledger: one run at a time, receipts that last, gaps that open and close, on both databases."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from leakresponse.core.archive import Copy
from leakresponse.core.archive_gaps import Gap
from leakresponse.core.errors import BadInput, Refused
from leakresponse.ledger import CaseFiles, InProgress, open_ledger
from leakresponse.ledger.archive import archive_id_of
from leakresponse.ledger.archive_check import verify_archive
from leakresponse.ledger.database import _engine, _url
from leakresponse.ledger.encryption import Encrypted
from leakresponse.ledger.migrate import configured, upgrade

ORG = "00DSIM0000000012BA"
CASE = archive_id_of(ORG)
MADE = datetime(2026, 2, 27, 3, tzinfo=UTC)
FILE = Copy("0AT1:x:10", "Login", "Daily", MADE.replace(hour=0), 0, "0AT1", MADE, 10)
GAP = Gap("missing_hour", "Login", MADE, MADE + timedelta(hours=1), 3)


def archived(ledger, files: CaseFiles) -> Copy:
    """One file, copied."""
    with ledger.archive_run(ORG) as run:
        ledger.list_archive_files(run, [FILE])
        ref = files.evidence.put("login.csv", [b"0123456789"])
        kept = ledger.keep_archive_file(run, FILE, ref.sha256, ref.bytes)
        files.write("part.parquet", b"rows")
        part = {"part.parquet": hashlib.sha256(b"rows").hexdigest()}
        done = replace(kept, state="done", rows=2, fresh=2, hours={"2026-02-27T00": 2}, parts=part)
        ledger.settle_archive_file(run, done)
    return done


def test_a_file_is_read_back_as_it_was_settled(ledger, tmp_path):
    done = archived(ledger, CaseFiles(tmp_path))
    assert ledger.archive_files(CASE) == [done]
    assert ledger.known_archive_files(CASE, [FILE.key, "other"]) == {FILE.key: done}
    kinds = [entry.kind for entry in ledger.timeline(CASE)]
    assert kinds == ["archive_opened", "archive_listed", "archive_kept", "archive_file"]
    assert ledger.broken_link(CASE) is None


def test_a_file_that_is_listed_again_keeps_its_state(ledger, tmp_path):
    done = archived(ledger, CaseFiles(tmp_path))
    with ledger.archive_run(ORG) as run:
        ledger.list_archive_files(run, [FILE])
    assert ledger.archive_files(CASE) == [done]


def test_files_are_found_by_day_type_and_state(ledger, tmp_path):
    done = archived(ledger, CaseFiles(tmp_path))
    assert ledger.archive_files(CASE, done.log_date, done.log_date + timedelta(1), "Login") == [done]
    assert ledger.archive_files(CASE, done.log_date + timedelta(1)) == []
    assert ledger.archive_files(CASE, event_type="Report") == []
    assert ledger.unsettled_archive_files(CASE, "done") == [done]
    assert ledger.unsettled_archive_files(CASE, "kept") == []


def test_only_one_run_at_a_time(ledger):
    with ledger.archive_run(ORG), pytest.raises(InProgress), ledger.archive_run(ORG):
        pass
    with ledger.archive_run(ORG):
        pass


def test_two_orgs_have_a_run_and_a_chain_each(ledger):
    with ledger.archive_run(ORG) as one, ledger.archive_run("00DOTHER") as other:
        ledger.list_archive_files(one, [FILE])
        ledger.list_archive_files(other, [FILE])
    assert [len(ledger.timeline(case)) for case in (CASE, archive_id_of("00DOTHER"))] == [2, 2]


def test_a_run_whose_lease_is_over_is_taken_over_and_can_write_no_more(ledger, clock):
    with ledger.archive_run(ORG, lease_seconds=60) as old:
        clock.pass_seconds(61)
        with ledger.archive_run(ORG) as new:
            ledger.list_archive_files(new, [FILE])
            with pytest.raises(Refused):
                ledger.list_archive_files(old, [replace(FILE, key="other")])
    assert [one.key for one in ledger.archive_files(CASE)] == [FILE.key]


def test_every_receipt_begins_the_lease_anew(ledger, clock):
    with ledger.archive_run(ORG, lease_seconds=60) as run:
        clock.pass_seconds(50)
        ledger.move_archive_cursor(run, "EventLogFile", MADE)
        clock.pass_seconds(50)
        with pytest.raises(InProgress), ledger.archive_run(ORG):
            pass


def test_cursors_are_kept_by_name(ledger):
    with ledger.archive_run(ORG) as run:
        assert ledger.archive_cursor(CASE, "EventLogFile") is None
        for hours in (0, 1):
            ledger.move_archive_cursor(run, "EventLogFile", MADE + timedelta(hours=hours))
        ledger.move_archive_cursor(run, "ApiEvent", MADE)
    assert ledger.archive_cursor(CASE, "EventLogFile") == MADE + timedelta(hours=1)


def test_a_gap_is_noted_once_and_closed_when_it_is_found_no_more(ledger):
    with ledger.archive_run(ORG) as run:
        assert ledger.note_archive_gaps(run, [GAP], MADE) == 1
        assert ledger.note_archive_gaps(run, [GAP], MADE) == 0
        assert ledger.archive_gaps(CASE) == [GAP]
        assert ledger.note_archive_gaps(run, [], MADE) == 0
        assert ledger.archive_gaps(CASE) == []
        assert ledger.note_archive_gaps(run, [GAP], MADE) == 1
    kinds = [entry.kind for entry in ledger.timeline(CASE)]
    assert kinds == ["archive_opened", "archive_gap", "archive_gap_closed", "archive_gap"]


def test_lost_and_older_gaps_stay_open(ledger):
    lost = replace(GAP, kind="lost_span", lost=True)
    with ledger.archive_run(ORG) as run:
        ledger.note_archive_gaps(run, [GAP, lost], MADE)
        ledger.note_archive_gaps(run, [], MADE + timedelta(days=1))
        assert len(ledger.archive_gaps(CASE)) == 2
        ledger.note_archive_gaps(run, [], MADE)
    assert ledger.archive_gaps(CASE) == [lost]


def test_the_next_run_knows_when_the_last_one_asked(ledger):
    with ledger.archive_run(ORG) as run:
        assert run.last_run_at is None
        ledger.end_archive_run(run, {"files": 1}, "ab", MADE)
    with ledger.archive_run(ORG) as run:
        assert run.last_run_at == MADE


def test_a_file_that_nobody_listed_is_refused(ledger):
    with ledger.archive_run(ORG) as run, pytest.raises(BadInput):
        ledger.settle_archive_file(run, replace(FILE, state="done"))


def test_a_whole_archive_holds(ledger, tmp_path):
    archived(ledger, CaseFiles(tmp_path))
    found = verify_archive(ledger, CaseFiles(tmp_path), ORG)
    assert (found.ok, found.checked, found.problem) == (True, 4 + 3, None)


@pytest.mark.parametrize(
    ("change", "named"), [("evidence", "evidence/"), ("part", "part.parquet: changed"), ("gone", "part.parquet: miss"),
                          ("row", "edited"), ("deleted", "deleted")],
)  # fmt: skip
def test_what_was_changed_is_named(ledger, tmp_path, change, named):
    done = archived(ledger, CaseFiles(tmp_path))
    if change == "evidence":
        path = tmp_path / "evidence" / done.sha256
        path.chmod(0o600)
        path.write_bytes(b"012345678X")
    elif change == "part":
        (tmp_path / "part.parquet").write_bytes(b"rowz")
    elif change == "gone":
        (tmp_path / "part.parquet").unlink()
    else:
        statement = "DELETE FROM archive_files" if change == "deleted" else "UPDATE archive_files SET rows = 3"
        with ledger.engine.begin() as connection:
            connection.execute(sa.text(statement))
    found = verify_archive(ledger, CaseFiles(tmp_path), ORG)
    assert not found.ok
    assert named in str(found.problem)


@pytest.mark.parametrize("which", ["evidence", "part"])
def test_an_encrypted_file_that_was_changed_is_named(ledger, tmp_path, which):
    files = CaseFiles(tmp_path, Encrypted(os.urandom(32), CASE))
    done = archived(ledger, files)
    path = tmp_path / "evidence" / done.sha256 if which == "evidence" else tmp_path / "part.parquet"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    found = verify_archive(ledger, files, ORG)
    assert not found.ok
    assert "does not open" in str(found.problem)


def test_an_org_without_an_archive_is_no_archive(ledger, tmp_path):
    with pytest.raises(BadInput):
        verify_archive(ledger, CaseFiles(tmp_path), ORG)


def test_a_first_ledger_is_brought_up_to_date_with_its_rows(address):
    from alembic import command

    engine = _engine(_url(address))
    with engine.begin() as connection:
        command.upgrade(configured(connection), "0001")
        connection.execute(sa.text("INSERT INTO heads (case_id, seq, hash) VALUES ('old', 0, 'x')"))
    upgrade(engine)
    engine.dispose()
    ledger = open_ledger(address)
    assert ledger.chain_head("old") == (0, "x")
    with ledger.archive_run(ORG):
        pass
    ledger.close()
