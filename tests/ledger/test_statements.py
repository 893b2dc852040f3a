"""A statement that fails does not quote what it was given."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from leakresponse.ledger.database import connect


def test_a_failed_statement_hides_its_values(address):
    engine = connect(address)
    with pytest.raises(sa.exc.DBAPIError) as failed, engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO nowhere VALUES (:who)"), {"who": "jane.roe@example.com"})
    assert "jane.roe" not in str(failed.value)
    engine.dispose()
