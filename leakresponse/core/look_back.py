"""How long a secret lay open, how far back logs reach, which logins stand out: what is known, and what is not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

#: A network with a smaller share of the logins than this is not where the programs of this user live.
_RARE = 0.05
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Days that a secret lay open (begun ones count), those that logs cover (whole ones count), and the gap between."""

    open_days: int
    log_days: int
    unknown_days: int

    @property
    def words(self) -> str:
        """The gap, as a reader of the report is told."""
        if not self.unknown_days:
            return f"The secret lay open for {self.open_days} days; the logs cover all of them."
        return (
            f"The secret lay open for {self.open_days} days and the logs reach back {self.log_days}: "
            f"what was done with it in the {self.unknown_days} days before, no log tells."
        )


def window_of(opened: datetime, oldest_log: datetime, now: datetime) -> Window:
    """All three moments are aware. Without any log, `oldest_log` is `now`."""
    days = math.ceil((now - opened) / _DAY)
    covered = min(days, math.floor((now - oldest_log) / _DAY))
    return Window(days, covered, days - covered)


@dataclass(frozen=True, slots=True)
class Network:
    """Logins from one network (/24, or /48 of IPv6): how many, and whether they are too few to be the program's own."""

    network: str
    logins: int
    odd: bool


def networks_of(addresses: Iterable[str]) -> tuple[Network, ...]:
    """Networks by their logins, the busiest first, which is never odd. What is no address is a network of its own."""
    counts = Counter(_network(one) for one in addresses)
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(
        Network(name, count, place > 0 and count < _RARE * total) for place, (name, count) in enumerate(ranked)
    )


def _network(address: str) -> str:
    try:
        wide = 24 if ip_address(address).version == 4 else 48
    except ValueError:
        return address
    return str(ip_network(f"{address}/{wide}", strict=False))
