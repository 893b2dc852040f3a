"""Sessions of ordinary days: who logs in when, from where, and how much happens in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_network

import numpy as np
import pandas as pd

from leakresponse.rehearsal.traffic_cast import Cast, Integration, Rhythm

HOUR, DAY = 3_600.0, 86_400.0
#: Calls per session, before scaling.
CALLS: dict[Rhythm, int] = {"steady": 50, "hourly": 16, "nightly": 0, "office": 36, "migration": 30}
STAFF_PAGES = 20
_KEY = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_STAFF_NETWORKS = tuple(f"192.0.2.{host}" for host in range(10, 40))
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18 Safari/605.1",
)


def integration_sessions(cast: Cast, rng: np.random.Generator, end: datetime, days: int) -> pd.DataFrame:
    """One row per session of an integration: actor's facts, start and length in seconds, keys, calls, bulk jobs."""
    rows = [
        (number, start, length, jobs, CALLS[one.rhythm])
        for number, one in enumerate(cast.integrations)
        for start, length, jobs in _starts(one, rng, end.timestamp(), days)
    ]
    table = pd.DataFrame(rows, columns=["actor", "start", "length", "jobs", "calls"])
    facts = pd.DataFrame(
        [(one.app, one.app_id, one.user_id, one.username, one.agent, one.login) for one in cast.integrations],
        columns=["app", "app_id", "user_id", "username", "agent", "login"],
    )
    table = table.join(facts, on="actor")
    table["address"] = [_address(rng, cast.integrations[actor].addresses) for actor in table["actor"]]
    return _with_keys(table, rng)


def staff_sessions(cast: Cast, rng: np.random.Generator, end: datetime, days: int) -> pd.DataFrame:
    """One row per working day of a member of staff."""
    rows = []
    for number, one in enumerate(cast.staff):
        home = _STAFF_NETWORKS[number % len(_STAFF_NETWORKS)]
        browser = _BROWSERS[number % len(_BROWSERS)]
        for start in _office_days(rng, end.timestamp(), days, 0.92):
            rows.append((start, rng.uniform(2, 8) * HOUR, one.user_id, one.username, home, browser))
    table = pd.DataFrame(rows, columns=["start", "length", "user_id", "username", "address", "agent"])
    return _with_keys(table.assign(calls=STAFF_PAGES), rng)


def _starts(one: Integration, rng: np.random.Generator, end: float, days: int) -> Iterator[tuple[float, float, int]]:
    """(start, length, bulk jobs) of each session, oldest first."""
    span = min(days, one.since_days)
    midnight = end - end % DAY
    if one.rhythm == "office":
        for start in _office_days(rng, end, span, 0.85):
            yield start, rng.uniform(1, 4) * HOUR, 0
        return
    every = {"steady": 2 * HOUR, "hourly": HOUR, "nightly": DAY, "migration": 8 * HOUR}[one.rhythm]
    offset = 3 * HOUR + 10 * 60 if one.rhythm == "nightly" else 0.0
    first = midnight - span * DAY + offset
    for number in range(int((span + 1) * DAY / every)):
        start = first + number * every + rng.uniform(0, 240)
        if start < end:
            jobs = {"nightly": 2, "migration": 1}.get(one.rhythm, 0)
            yield start, min(every * 0.9, 6_000.0), jobs


def _office_days(rng: np.random.Generator, end: float, days: int, presence: float) -> Iterator[float]:
    midnight = end - end % DAY
    for back in range(days, -1, -1):
        day = midnight - back * DAY
        weekday = (int(day // DAY) + 3) % 7  # 1970-01-01 was a Thursday
        start = day + rng.uniform(15, 18.5) * HOUR
        if weekday < 5 and rng.random() < presence and start < end:
            yield start


def _address(rng: np.random.Generator, addresses: tuple[str, ...]) -> str:
    """One of them; of a network, one of its first hosts, as services have a few egress addresses."""
    chosen = addresses[rng.integers(len(addresses))]
    network = ip_network(chosen, strict=False)
    return str(network[0] if network.num_addresses == 1 else network[int(rng.integers(10, 14))])


def _with_keys(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return table.assign(session_key=keys(rng, len(table)), login_key=keys(rng, len(table)))


def keys(rng: np.random.Generator, count: int, length: int = 16) -> list[str]:
    """Random keys, as LOGIN_KEY and SESSION_KEY look."""
    chars = _KEY[rng.integers(0, 62, (count, length))]
    return [bytes(row).decode("ascii") for row in chars]
