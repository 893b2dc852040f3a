"""The strings behind a scenario: the org's clock and logs, and steps that happen in the order of their times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import requests

from leakresponse.core.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Step:
    """Something that somebody does at a moment of the org's time."""

    at: datetime
    act: Callable[[], object]


class Simulation:
    """The endpoints by which a scenario directs the simulated org; no real org has them."""

    def __init__(self, connection: Mapping[str, Any]) -> None:
        self._base = str(connection["instance_url"]).rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = connection.get("ca_file") or True
        self._shift = timedelta(0)

    def now(self) -> datetime:
        """The org's time: a moved clock goes on from where it was put."""
        return datetime.now(UTC) + self._shift

    def move(self, to: datetime | None) -> None:
        """Put the org's clock to a moment, None back to real time."""
        self._post("/simulation/clock", {"now": to.isoformat() if to else None})
        self._shift = to - datetime.now(UTC) if to else timedelta(0)

    def flush(self) -> None:
        """Close the current log hour, so that its files appear."""
        self._post("/simulation/flush", {})

    def play(self, steps: Iterable[Step]) -> None:
        """Every step at its own time, oldest first; the clock is real again afterwards and the logs are complete.

        A step that took longer than planned delays the next one: the clock never goes back.
        """
        try:
            last: datetime | None = None
            for step in sorted(steps, key=lambda one: one.at):
                self.move(step.at if last is None else max(step.at, last))
                step.act()
                last = self.now()
        finally:
            self.move(None)
        self.flush()

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        answer = self._session.post(self._base + path, json=body, timeout=(5, 600))
        if answer.status_code >= 400:
            raise Unavailable(f"the simulated org refused {path}: HTTP {answer.status_code}")


def host_of(addresses: Iterable[str], number: int = 11) -> str:
    """One address out of single ones or networks; of a network its host `number`."""
    network = ip_network(next(iter(addresses)), strict=False)
    return str(network[0] if network.num_addresses == 1 else network[number])
