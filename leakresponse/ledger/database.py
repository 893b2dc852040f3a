"""The way to the database: engine, transactions, and the schema made or brought up to date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from leakresponse.core.errors import BadInput
from leakresponse.ledger.tables import REVISION, heads, json_text, metadata

#: How long a writer waits for another one, in seconds.
BUSY_SECONDS = 30.0
_VERSION = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))


def connect(url_or_path: str | Path) -> sa.Engine:
    """An engine on a ledger that is made or migrated as needed. A path, or any SQLAlchemy address."""
    try:
        engine = _engine(_url(url_or_path))
        _ready(engine)
    except (sa.exc.ArgumentError, ModuleNotFoundError) as error:
        raise BadInput("ledger: not a path and not the address of a database with an installed driver") from error
    except sa.exc.DatabaseError as error:
        raise BadInput("ledger: the database cannot be opened") from error
    return engine


@contextmanager
def transaction(engine: sa.Engine, *, write: bool) -> Iterator[sa.Connection]:
    """One transaction. A writer of SQLite takes the write lock at the start, so that it never fails half way."""
    with engine.connect() as plain_connection:
        connection = plain_connection.execution_options(ledger_write=write)
        if not write and engine.dialect.name == "postgresql":  # whose usual reads see a new state with every statement
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def insert_or_keep(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that leaves a row alone that is already there."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert

    return sqlite_insert(table).on_conflict_do_nothing()


def alone(connection: sa.Connection) -> None:
    """One process at a time makes or changes the schema; a writer of SQLite is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(7210298)"))


def _url(url_or_path: str | Path) -> sa.URL:
    text = str(url_or_path)
    if "://" not in text:
        return sa.URL.create("sqlite", database=str(Path(text).expanduser().absolute()))
    return sa.make_url(text)


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, json_serializer=json_text, pool_pre_ping=True, hide_parameters=True)
    _make_private(url.database)
    engine = sa.create_engine(
        url, json_serializer=json_text, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True
    )
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(database: str | None) -> None:
    """The file exists, readable by its owner alone, before SQLite makes it readable by everybody."""
    if not database or database == ":memory:":
        raise BadInput("ledger: needs a file; a record in memory is no record")
    try:
        Path(database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(database, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise BadInput("ledger: its folder cannot be written") from error


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """WAL lets readers work beside the writer; FULL makes a commit outlast a power cut (sqlite.org/pragma.html)."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("ledger_write", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _ready(engine: sa.Engine) -> None:
    version = _version(engine)
    if version is None:
        if _create(engine):
            return
        version = _version(engine)
    if version != REVISION:
        from leakresponse.ledger.migrate import upgrade

        upgrade(engine)


def _version(engine: sa.Engine) -> str | None:
    with transaction(engine, write=False) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(sa.select(_VERSION.c.version_num))


def _create(engine: sa.Engine) -> bool:
    """Everything at once on an empty database; False where another process was faster, or the tables are there."""
    with transaction(engine, write=True) as connection:
        alone(connection)
        inspector = sa.inspect(connection)
        if inspector.has_table("alembic_version") or inspector.has_table(heads.name):
            return False
        metadata.create_all(connection, checkfirst=False)
        _VERSION.create(connection)
        connection.execute(_VERSION.insert().values(version_num=REVISION))
    return True
