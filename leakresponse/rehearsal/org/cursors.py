"""Query cursors: pages of one long answer, from one snapshot while the client reads on in order.

A cursor keeps its own connection and SQLite cursor open, so that the next page costs no second look at the first;
after a restart, a repeated page or too many open cursors, the page is found again by its offset. Locators look like
`0r8…-2000` (REST guide, "Query").
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from leakresponse.rehearsal.org.soql_engine import Compiled
from leakresponse.rehearsal.org.store import Store

#: Cursors that keep their place; older ones fall back to their offset.
MAX_OPEN = 24
#: Connections kept for the next cursor: opening one takes longer than most queries.
MAX_SPARE = 8


@dataclass(slots=True)
class OpenCursor:
    """Rows of a query not yet handed out; `position` is the number of those that were, `ahead` were looked at only.

    `borrowed` marks the writer's connection, inside a transaction: such a cursor is not kept for a next page.
    """

    connection: sqlite3.Connection
    handle: sqlite3.Cursor
    position: int
    ahead: list[tuple[Any, ...]] = field(default_factory=list)
    borrowed: bool = False

    def peek(self, count: int) -> int:
        """How many of the next `count` rows there are."""
        self.ahead += self.handle.fetchmany(count - len(self.ahead))
        return len(self.ahead)

    def take(self, count: int) -> list[tuple[Any, ...]]:
        """The next rows."""
        found, self.ahead = self.ahead[:count], self.ahead[count:]
        if len(found) < count:
            found += self.handle.fetchmany(count - len(found))
        self.position += len(found)
        return found


class Cursors:
    """The open cursors of one org."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: OrderedDict[str, OpenCursor] = OrderedDict()
        self._spare: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def start(self, compiled: Compiled, offset: int = 0) -> OpenCursor:
        """Begin to read an answer from row `offset` on."""
        wanted = compiled if not offset else compiled.page(offset, 1 << 60)
        if self._store.is_writing:
            writer = self._store.reader
            return OpenCursor(writer, writer.execute(wanted.sql, wanted.params), offset, borrowed=True)
        with self._lock:
            connection = self._spare.pop() if self._spare else None
        if connection is None:
            connection = self._store.connect()
        try:
            return OpenCursor(connection, connection.execute(wanted.sql, wanted.params), offset)
        except sqlite3.Error:
            connection.close()
            raise

    def end(self, cursor: OpenCursor) -> None:
        """Give a cursor up; its snapshot ends, its connection is kept for the next one."""
        cursor.handle.close()
        if cursor.borrowed:
            return
        with self._lock:
            if len(self._spare) < MAX_SPARE:
                self._spare.append(cursor.connection)
                return
        cursor.connection.close()

    def keep(self, locator: str, cursor: OpenCursor) -> None:
        """Hold a cursor for its next page; the oldest gives way."""
        if cursor.borrowed:
            self.end(cursor)
            return
        with self._lock:
            self._open[locator] = cursor
            self._open.move_to_end(locator)
            surplus = [self._open.popitem(last=False)[1] for _ in range(len(self._open) - MAX_OPEN)]
        for one in surplus:
            self.end(one)

    def at(self, locator: str, offset: int) -> OpenCursor | None:
        """The cursor of a locator if its next row is `offset`; it is the taker's until kept again."""
        with self._lock:
            found = self._open.get(locator)
            if found is None or found.position != offset:
                return None
            return self._open.pop(locator)

    def close(self) -> None:
        """End every cursor and close every connection."""
        with self._lock:
            connections = [one.connection for one in self._open.values()] + self._spare
            self._open.clear()
            self._spare.clear()
        for one in connections:
            one.close()
