"""The org's store: one SQLite file. Readers have a connection per thread, writers share one behind a lock."""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leakresponse.core.events_ids import to18
from leakresponse.rehearsal.org.schema import SCHEMA, create_index_sql, create_table_sql, quoted

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_INTERNAL = """
CREATE TABLE IF NOT EXISTS _meta (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS _app (
  app_id TEXT PRIMARY KEY, name TEXT, consumer_key TEXT UNIQUE, consumer_secret TEXT, certificate TEXT,
  pre_authorised INTEGER, menu_item_id TEXT);
CREATE TABLE IF NOT EXISTS _access (
  token TEXT PRIMARY KEY, session_id TEXT, user_id TEXT, app_id TEXT, refresh_token TEXT, login_key TEXT,
  session_key TEXT, scope TEXT);
CREATE INDEX IF NOT EXISTS ix_access_session ON _access (session_id);
CREATE INDEX IF NOT EXISTS ix_access_refresh ON _access (refresh_token);
CREATE TABLE IF NOT EXISTS _cursor (locator TEXT PRIMARY KEY, soql TEXT, all_rows INTEGER, total INTEGER, at TEXT);
CREATE TABLE IF NOT EXISTS _job (
  job_id TEXT PRIMARY KEY, owner_id TEXT, operation TEXT, object TEXT, soql TEXT, state TEXT, rows INTEGER,
  api_version TEXT, created TEXT, message TEXT, line_ending TEXT, delimiter TEXT);
CREATE TABLE IF NOT EXISTS _pending (number INTEGER PRIMARY KEY, event_type TEXT, at TEXT, written REAL, row TEXT);
CREATE TABLE IF NOT EXISTS _deploy (deploy_id TEXT PRIMARY KEY, result TEXT, check_only INTEGER, at TEXT);
"""


class Store:
    """One org's data. `write()` is a transaction of the one writer, `read` this thread's own connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._lock = threading.RLock()
        self._writer = _open(path)

    def create(self) -> None:
        """Make every table."""
        with self.write() as connection:
            for statement in _INTERNAL.split(";"):
                connection.execute(statement)
            for obj in SCHEMA:
                connection.execute(create_table_sql(obj))

    def index(self) -> None:
        """Make the indexes, after loading."""
        with self.write() as connection:
            for obj in SCHEMA:
                for statement in create_index_sql(obj):
                    connection.execute(statement)
            connection.execute("ANALYZE")

    @property
    def read(self) -> sqlite3.Connection:
        """This thread's connection, for reading."""
        existing: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if existing is None:
            existing = self._local.connection = _open(self._path)
        return existing

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The writer's connection in a transaction of its own; nested calls join it."""
        with self._lock:
            if self._writer.in_transaction:
                yield self._writer
                return
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """Write one row."""
        names = ", ".join(quoted(name) for name in row)
        marks = ", ".join("?" for _ in row)
        with self.write() as connection:
            connection.execute(f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write many rows at once."""
        names = ", ".join(quoted(name) for name in columns)
        marks = ", ".join("?" for _ in columns)
        with self.write() as connection:
            connection.executemany(f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", rows)  # noqa: S608

    def one(self, sql: str, *parameters: Any) -> dict[str, Any] | None:
        """The first row as a dict, None where there is none."""
        cursor = self.read.execute(sql, parameters)
        row = cursor.fetchone()
        return None if row is None else dict(zip([c[0] for c in cursor.description], row, strict=True))

    def all(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """Every row as a dict."""
        cursor = self.read.execute(sql, parameters)
        names = [c[0] for c in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def meta(self, name: str) -> Any:
        """A fact of the org itself."""
        row = self.one("SELECT value FROM _meta WHERE name = ?", name)
        return None if row is None else json.loads(row["value"])

    def set_meta(self, name: str, value: Any) -> None:
        """Keep a fact of the org itself."""
        with self.write() as connection:
            connection.execute("INSERT OR REPLACE INTO _meta VALUES (?, ?)", (name, json.dumps(value)))

    def new_id(self, prefix: str) -> str:
        """A new record id of 18 characters with that key prefix."""
        return to18(prefix + "".join(secrets.choice(_BASE62) for _ in range(12)))


def new_key(length: int = 16) -> str:
    """A random key as logs show them for logins and sessions."""
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=60)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -64000")
    return connection
