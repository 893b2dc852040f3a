"""The org's store: one SQLite file in WAL mode; many readers, one writer behind a lock."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.org import access_tables, metadata_tables, oauth_tables, schema_changes
from leakresponse.rehearsal.org.schema import (
    SCHEMA,
    Schema,
    SObject,
    create_index_sql,
    create_table_sql,
    definition_rows,
    object_definitions,
    quoted,
    sqlite_type,
)

#: What the org knows beside its objects and its logins.
_OWN_TABLES = """
CREATE TABLE IF NOT EXISTS sim_fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_log (
  number INTEGER PRIMARY KEY, event_type TEXT NOT NULL, hour TEXT NOT NULL, written REAL NOT NULL, line TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ix_log_hour ON sim_log (event_type, hour);
CREATE TABLE IF NOT EXISTS sim_log_file (
  file_id TEXT PRIMARY KEY, event_type TEXT NOT NULL, day TEXT NOT NULL, hour TEXT, path TEXT NOT NULL,
  in_daily INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS sim_log_hidden (file_id TEXT PRIMARY KEY, created TEXT NOT NULL, facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_volume (
  kind TEXT NOT NULL, who TEXT NOT NULL, day TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (kind, who, day));
CREATE TABLE IF NOT EXISTS sim_cursor (
  locator TEXT PRIMARY KEY, soql TEXT NOT NULL, all_rows INTEGER NOT NULL, user_id TEXT NOT NULL, size INTEGER NOT NULL,
  total INTEGER NOT NULL, asked_at TEXT NOT NULL, tooling INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS sim_job (
  job_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, operation TEXT NOT NULL, object TEXT NOT NULL, soql TEXT NOT NULL,
  version TEXT NOT NULL, state TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL, rows INTEGER NOT NULL,
  milliseconds INTEGER NOT NULL, delimiter TEXT NOT NULL, line_ending TEXT NOT NULL, message TEXT NOT NULL,
  login_key TEXT NOT NULL, session_key TEXT NOT NULL, address TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'V2Query',
  failed INTEGER NOT NULL DEFAULT 0, facts TEXT NOT NULL DEFAULT '{}');
CREATE TABLE IF NOT EXISTS sim_ingest_row (
  job_id TEXT NOT NULL, number INTEGER NOT NULL, record_id TEXT NOT NULL, created INTEGER NOT NULL,
  error TEXT NOT NULL, PRIMARY KEY (job_id, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sim_batch (
  batch_id TEXT PRIMARY KEY, job_id TEXT NOT NULL, state TEXT NOT NULL, created TEXT NOT NULL,
  modified TEXT NOT NULL, rows INTEGER NOT NULL, failed INTEGER NOT NULL, milliseconds INTEGER NOT NULL,
  message TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_report (report_id TEXT PRIMARY KEY, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_report_run (
  instance_id TEXT PRIMARY KEY, report_id TEXT NOT NULL, owner_id TEXT NOT NULL, created TEXT NOT NULL,
  result TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_subscription (
  subscription_id TEXT PRIMARY KEY, owner_id TEXT NOT NULL, facts TEXT NOT NULL);
"""
#: Page cache in KiB of a reader, of which there may be a hundred, and of the writer, which builds indexes; how much of
#: the file is mapped. Together they keep an org of two million people below 2 GiB.
_READER_KIB, _WRITER_KIB = 4_096, 65_536
_MAP_BYTES = 1 << 28


class Store:
    """One org's data. `reader` is this thread's own connection; `write()` is a transaction of the one writer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._lock = threading.RLock()
        self._writer = self.connect(_WRITER_KIB)
        #: The thread whose transaction is open, 0 without one: it reads what it wrote.
        self._writing = 0
        self._schema: Schema = SCHEMA
        #: The schema as the open transaction has changed it: seen by its own thread alone, undone with it.
        self._draft: Schema | None = None

    def connect(self, cache_kib: int = _READER_KIB) -> sqlite3.Connection:
        """A new connection; readers that last (cursors, bulk jobs) have one of their own, with its own snapshot."""
        made = sqlite3.connect(self._path, timeout=60, isolation_level=None, check_same_thread=False)
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA synchronous = NORMAL")
        made.execute(f"PRAGMA cache_size = -{cache_kib}")
        made.execute(f"PRAGMA mmap_size = {_MAP_BYTES}")
        return made

    @property
    def reader(self) -> sqlite3.Connection:
        """This thread's connection for reading; inside this thread's own transaction, the writer's."""
        if self.is_writing:
            return self._writer
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self.connect()
        return found

    @property
    def is_writing(self) -> bool:
        """Whether this thread has a transaction open."""
        return self._writing == threading.get_ident()

    @property
    def schema(self) -> Schema:
        """Every object of this org, its own custom ones included."""
        return self._draft if self._draft is not None and self.is_writing else self._schema

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction; nested ones join the outer one. Undone where the block raises."""
        with self._lock:
            if self._writer.in_transaction:
                yield self._writer
                return
            self._writer.execute("BEGIN IMMEDIATE")
            self._writing = threading.get_ident()
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            else:
                self._writer.execute("COMMIT")
                self._schema = self._draft or self._schema
            finally:
                self._writing, self._draft = 0, None

    @contextmanager
    def savepoint(self) -> Iterator[sqlite3.Connection]:
        """A part of a transaction, undone alone where the block raises; outside of one, a transaction of its own."""
        with self.write() as db:
            db.execute("SAVEPOINT part")
            try:
                yield db
            except BaseException:
                self._undo(db, "part")
                raise
            db.execute("RELEASE part")

    @contextmanager
    def try_out(self) -> Iterator[sqlite3.Connection]:
        """A transaction, or a part of the one that is open, that is always undone."""
        with self.write() as db:
            db.execute("SAVEPOINT trial")
            try:
                yield db
            finally:
                self._undo(db, "trial")

    def _undo(self, db: sqlite3.Connection, name: str) -> None:
        db.execute(f"ROLLBACK TO {name}")
        db.execute(f"RELEASE {name}")
        if self._draft is not None:
            self._draft = schema_changes.kept(db, SCHEMA)

    @contextmanager
    def bulk_loading(self) -> Iterator[None]:
        """Durability is off in here: a half-loaded store is thrown away anyhow."""
        with self._lock:
            self._writer.execute("PRAGMA synchronous = OFF")
            yield
            self._writer.execute("PRAGMA synchronous = NORMAL")

    def create_tables(self) -> None:
        """Every table that is not there yet, and the rows that describe the schema."""
        self._writer.executescript(_OWN_TABLES + oauth_tables.TABLES + metadata_tables.TABLES + schema_changes.TABLE)
        self._schema = schema_changes.kept(self._writer, SCHEMA)
        with self.write() as db:
            for obj in self.schema.objects.values():
                db.execute(create_table_sql(obj))
            if db.execute("SELECT 1 FROM EntityDefinition LIMIT 1").fetchone() is None:
                for table, row in definition_rows():
                    put(db, table, row)
            access_tables.create(db)

    def create_indexes(self) -> None:
        """The indexes, made after loading."""
        with self.write() as db:
            for obj in self.schema.objects.values():
                for statement in create_index_sql(obj):
                    db.execute(statement)
            db.execute("ANALYZE")

    def change_object(self, obj: SObject) -> None:
        """Make a custom object, or give one its fields of now; columns of dropped fields stay, unseen."""
        with self.write() as db:
            db.execute(create_table_sql(obj))
            there = {row[1] for row in db.execute(" ".join(("PRAGMA table_info(", quoted(obj.name), ")")))}
            for one in obj.stored:
                if one.name not in there:
                    kind = f"{sqlite_type(one)}{' NOT NULL DEFAULT 0' if one.type == 'boolean' else ''}"
                    db.execute(f"ALTER TABLE {quoted(obj.name)} ADD COLUMN {quoted(one.name)} {kind}")
            db.execute("DELETE FROM EntityDefinition WHERE DurableId = ?", (obj.name,))
            db.execute("DELETE FROM FieldDefinition WHERE EntityDefinitionId = ?", (obj.name,))
            for table, row in object_definitions(obj):
                put(db, table, row)
            schema_changes.keep(db, obj)
            self._draft = schema_changes.kept(db, SCHEMA)

    def drop_object(self, name: str) -> None:
        """Take a custom object away; its table stays, unseen."""
        with self.write() as db:
            db.execute("DELETE FROM EntityDefinition WHERE DurableId = ?", (name,))
            db.execute("DELETE FROM FieldDefinition WHERE EntityDefinitionId = ?", (name,))
            schema_changes.forget(db, name)
            self._draft = schema_changes.kept(db, SCHEMA)

    def hide_objects(self, names: Iterable[str]) -> None:
        """Let nobody find these objects, for want of a licence; all others are there."""
        with self.write() as db:
            schema_changes.hide(db, names)
            self._draft = schema_changes.kept(db, SCHEMA)

    def fold(self) -> None:
        """Move everything from the write-ahead log into the file; readers that last would keep it from shrinking."""
        with self._lock:
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def one(self, sql: str, *parameters: Any) -> dict[str, Any] | None:
        """The first row as a dict, or None."""
        return first_row(self.reader, sql, *parameters)

    def all(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """Every row as a dict."""
        return all_rows(self.reader, sql, *parameters)

    def fact(self, name: str, default: Any = None) -> Any:
        """A fact about the org itself."""
        found = self.one("SELECT value FROM sim_fact WHERE name = ?", name)
        return default if found is None else json.loads(found["value"])

    def keep_fact(self, name: str, value: Any) -> None:
        """Write a fact about the org itself."""
        with self.write() as db:
            db.execute("INSERT OR REPLACE INTO sim_fact VALUES (?, ?)", (name, json.dumps(value)))

    def close(self) -> None:
        """Close the writer, which folds the WAL into the file."""
        with self._lock:
            self._writer.close()


def put(db: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    """Write one row."""
    db.execute(insert_sql(table, tuple(row)), tuple(row.values()))


def put_all(db: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write many rows."""
    db.executemany(insert_sql(table, tuple(columns)), rows)


def insert_sql(table: str, columns: Sequence[str]) -> str:
    """INSERT with one place per column."""
    names = ", ".join(quoted(name) for name in columns)
    places = ", ".join("?" * len(columns))
    return " ".join(("INSERT INTO", quoted(table), f"({names}) VALUES ({places})"))


def first_row(db: sqlite3.Connection, sql: str, *parameters: Any) -> dict[str, Any] | None:
    """The first row as a dict, or None."""
    cursor = db.execute(sql, parameters)
    row = cursor.fetchone()
    return None if row is None else dict(zip((column[0] for column in cursor.description), row, strict=True))


def all_rows(db: sqlite3.Connection, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """Every row as a dict."""
    cursor = db.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
