"""One schema: made at once, by migration, and as the code sees it. Opening is quick and careful."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from leakresponse.core.errors import BadInput
from leakresponse.ledger import database, open_ledger
from leakresponse.ledger.migrate import configured, upgrade
from leakresponse.ledger.tables import REVISION, metadata


def _shape(path):
    with sqlite3.connect(path) as db:
        names = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1")]
        shape = {name: db.execute(f"PRAGMA table_xinfo({name})").fetchall() for name in names}
        shape["foreign keys"] = {name: db.execute(f"PRAGMA foreign_key_list({name})").fetchall() for name in names}
        shape["other"] = db.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') ORDER BY 1, 2"
        ).fetchall()
    return shape


def _migrated(path):
    engine = database._engine(database._url(path))
    upgrade(engine)
    return engine


def test_history_and_fast_path_make_the_same_database(tmp_path):
    open_ledger(tmp_path / "fast.sqlite")
    _migrated(tmp_path / "history.sqlite")
    assert _shape(tmp_path / "fast.sqlite") == _shape(tmp_path / "history.sqlite")


def test_history_ends_where_the_code_is(address):
    with _migrated(address).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert ScriptDirectory.from_config(configured(connection)).get_heads() == [REVISION]


def test_the_migrated_ledger_works_and_guards_its_log(address):
    _migrated(address).dispose()
    ledger = open_ledger(address)
    ledger.open_case("a", b"{}", {})
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), ledger.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM log"))
    ledger.close()


def test_ledger_of_a_newer_version_is_refused(tmp_path):
    open_ledger(tmp_path / "l.sqlite").close()
    with sqlite3.connect(tmp_path / "l.sqlite") as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadInput, match="another version"):
        open_ledger(tmp_path / "l.sqlite")


def test_creation_is_quick(tmp_path):
    open_ledger(tmp_path / "warm.sqlite")
    times = []
    for number in range(5):
        start = time.perf_counter()
        open_ledger(tmp_path / f"{number}.sqlite")
        times.append(time.perf_counter() - start)
    assert min(times) < 0.15


def test_many_may_create_at_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        ledgers = list(pool.map(lambda _: open_ledger(tmp_path / "l.sqlite"), range(8)))
    assert sum(ledger.open_case("a", b"{}", {}).fresh for ledger in ledgers) == 1


def test_import_is_light(tmp_path):
    heavy = "{'pandas', 'pyarrow', 'duckdb', 'alembic', 'fsspec', 'prefect', 'sqlalchemy.orm'}"
    code = (
        f"import sys, leakresponse.ledger as l; l.open_ledger(sys.argv[1]); print(sorted({heavy} & sys.modules.keys()))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "l")], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_database_file_is_private(tmp_path):
    open_ledger(tmp_path / "sub" / "l.sqlite")
    assert stat.S_IMODE((tmp_path / "sub" / "l.sqlite").stat().st_mode) == 0o600


@pytest.mark.parametrize("address", ["sqlite://", "nothing://", ":::"])
def test_what_is_no_ledger_is_one_clear_error(address, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ":::").mkdir()
    with pytest.raises(BadInput):
        open_ledger(address)


def test_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "l.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(BadInput):
        open_ledger(tmp_path / "l.sqlite")


@pytest.mark.parametrize("change", ["UPDATE log SET body = '{}'", "DELETE FROM log"])
def test_database_refuses_to_change_the_log(ledger, case_id, change):
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), ledger.engine.begin() as connection:
        connection.execute(sa.text(change))
