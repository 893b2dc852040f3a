"""Query cursors: pages of one long answer, from one snapshot while the client reads on in order.

A cursor keeps its own connection and SQLite cursor open, so that the next page costs no second look at the first;
after a restart, a repeated page or too many open cursors, the page is found again by its offset. Locators look like
`01g…-2000` (REST guide, "Query").
"""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from leakresponse.rehearsal.org.soql_engine import Compiled, run
from leakresponse.rehearsal.org.store import Store

#: Cursors that keep a connection open; older ones fall back to their offset.
MAX_OPEN = 24


@dataclass(slots=True)
class OpenCursor:
    """Rows of a query not yet handed out; `position` is the number of those that were."""

    connection: sqlite3.Connection
    rows: Iterator[tuple[Any, ...]]
    position: int

    def take(self, count: int) -> list[tuple[Any, ...]]:
        """The next rows."""
        found = list(itertools.islice(self.rows, count))
        self.position += len(found)
        return found


class Cursors:
    """The open cursors of one org."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: OrderedDict[str, OpenCursor] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, compiled: Compiled, offset: int = 0) -> OpenCursor:
        """Begin to read an answer from row `offset` on."""
        connection = self._store.connect()
        wanted = compiled if not offset else compiled.page(offset, 1 << 60)
        return OpenCursor(connection, run(connection, wanted), offset)

    def keep(self, locator: str, cursor: OpenCursor) -> None:
        """Hold a cursor for its next page; the oldest gives way."""
        with self._lock:
            self._open[locator] = cursor
            self._open.move_to_end(locator)
            surplus = [self._open.popitem(last=False)[1] for _ in range(len(self._open) - MAX_OPEN)]
        for one in surplus:
            end(one)

    def at(self, locator: str, offset: int) -> OpenCursor | None:
        """The cursor of a locator if its next row is `offset`; it is the taker's until kept again."""
        with self._lock:
            found = self._open.get(locator)
            if found is None or found.position != offset:
                return None
            return self._open.pop(locator)

    def close(self) -> None:
        """End every cursor."""
        with self._lock:
            for one in self._open.values():
                end(one)
            self._open.clear()


def end(cursor: OpenCursor) -> None:
    """Give back what a cursor holds."""
    close = getattr(cursor.rows, "close", None)
    if close is not None:
        close()
    cursor.connection.close()
