"""Orders of faults for a served org of this process."""

from __future__ import annotations

from typing import Any

from leakresponse.rehearsal.org import faults_orders
from leakresponse.rehearsal.org.faults_model import rules_of
from tests.support.served_org import Served


def order(served: Served, *rules: dict[str, Any]) -> None:
    """From now on the org suffers these."""
    faults_orders.begin(served.world, rules_of(list(rules)))


def keep_alive(served: Served, path: str, method: str = "*") -> None:
    """Calls of this address are answered as done, and nothing is done."""
    order(served, {"match": {"path": path, "method": method}, "fault": "kept_alive"})
