"""The whole of scope beside scripts by hand (scope_case); and attribution of log rows in memory.

Attribution stands beside a DuckDB query that only sums rows per user and day over the same rows.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks import scope_case
from benchmarks.measure import Row, row, seconds
from leakresponse.core.attribution import attribute
from leakresponse.core.events import EVENT_COLUMNS
from leakresponse.core.types import Alert, Principal, Window

ROWS = 500_000
END = datetime(2026, 11, 24, tzinfo=UTC)


def measure() -> list[Row]:
    """Seconds for ROWS events of 30 days, 40 users and 8 apps; one attack of a day in them."""
    events = _events()
    window = Window(END - timedelta(hours=2), END)
    alert = Alert("bench", "bench", END, "", window, (Principal("connected_app", "app3"),))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        events.drop(columns=["record_ids"]).to_parquet(path)
        ours = seconds(lambda: attribute(events, alert, cut_at=END))
        summed = seconds(lambda: _sums(path))
    name = "DuckDB, sum of rows per user and day"
    return [*scope_case.measure(), row("scope", "attribution of events", ours, summed, name, 10.0, ROWS)]


def _sums(path: Path) -> None:
    sql = "SELECT user_id, timestamp::DATE AS day, SUM(rows) FROM read_parquet(?) GROUP BY 1, 2"
    duckdb.connect().execute(sql, [str(path)]).fetchall()


def _events() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    app = rng.integers(0, 8, ROWS)
    user = app * 5 + rng.integers(0, 5, ROWS)
    day = rng.integers(0, 30, ROWS)
    second = rng.integers(0, 86_400, ROWS)
    bad = (app == 3) & (day == 29) & (second > 80_000) & (rng.random(ROWS) < 0.3)
    stamp = pd.to_datetime(int(END.timestamp()) - 30 * 86_400 + day * 86_400 + second, unit="s", utc=True)
    frame = pd.DataFrame(dict.fromkeys(EVENT_COLUMNS, ""), index=range(ROWS))
    session = np.char.add("s", (user * 40 + day + np.where(bad, 100_000, 0)).astype(str))
    return frame.assign(
        event_type="RestApi", source="elf", timestamp=stamp, user_id=np.char.add("005", user.astype(str)),
        session_key=session, login_key=np.char.add("l", session), app_id=np.char.add("app", app.astype(str)),
        client_ip=np.where(bad, "45.66.77.88", np.char.add("198.51.100.", app.astype(str))), user_agent="agent",
        rows=rng.integers(1, 2000, ROWS), record_ids=None,
    )  # fmt: skip
