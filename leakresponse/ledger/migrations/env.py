"""How Alembic meets the ledger: always on the connection and in the transaction of `ledger.migrate`."""

from __future__ import annotations

from alembic import context

from leakresponse.ledger.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
