"""Bring an older ledger up to date. The only importer of alembic, and imported only when there is work for it."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from leakresponse.core.errors import BadInput
from leakresponse.ledger.database import alone, transaction

#: Alembic keeps its context in module globals, so that two threads would take it from each other.
_ONE_AT_A_TIME = Lock()


def configured(connection: sa.Connection) -> Config:
    """Alembic on this package's history and the given connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: sa.Engine) -> None:
    """To the newest revision, in one transaction; BadInput where a newer version of this product made the ledger."""
    with _ONE_AT_A_TIME, transaction(engine, write=True) as connection:
        alone(connection)
        try:
            command.upgrade(configured(connection), "head")
        except CommandError as error:
            raise BadInput("ledger: made by another version of leak-response; use that or a newer one") from error
