"""What would run again by itself: subscriptions to reports and dashboards, and scheduled jobs.

Subscriptions can be paused over an API (Reports and Dashboards REST API guide, "Analytics Notification"). A scheduled
job can be read alone (object reference, CronTrigger): a person deletes it in Setup, and this module sees that it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Hands, Proof, check_given_back
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import Refused
from leakresponse.core.soql.build import equals, select

_SUBSCRIPTION, _CRON = "0Au", "08e"
_OVER = frozenset({"COMPLETE", "ERROR", "DELETED"})


class Unschedule:
    """A subscription (`0Au…`); a CronTrigger (`08e…`) is refused as NO_API."""

    kind: ActionKind = "unschedule"
    source = "V: Reports and Dashboards REST API guide, Analytics Notification (PUT); CronTrigger: query alone (V)"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Set it inactive; it can be set active again."""
        if target.startswith(_CRON):
            if self.dead(hands, target).dead:
                return {"already": True}
            raise Refused("no API deletes a scheduled job: a person does it in Setup", "NO_API")
        return _set(hands, target, active=False)

    def dead(self, hands: Hands, target: str) -> Proof:
        """Read again."""
        if target.startswith(_CRON):
            return _cron(hands, target)
        found = _read(hands, target)
        if found is None:
            return Proof(True, "read by id answered not found")
        return Proof(not found.get("active"), "it is inactive" if not found.get("active") else "it is active")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """Active again."""
        if target.startswith(_CRON) or _read(hands, target) is None:
            raise CannotGiveBack("its owner has to schedule it again", "OWNER_MUST_SCHEDULE_AGAIN")
        done = _set(hands, target, active=True)
        check_given_back(self.dead(hands, target))
        return done


def _read(hands: Hands, target: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = hands.client.call("GET", _path(target)).json()
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
        return None
    return found


def _set(hands: Hands, target: str, active: bool) -> dict[str, Any]:
    found = _read(hands, target)
    if found is None or bool(found.get("active")) is active:
        return {"already": True}
    hands.client.call("PUT", _path(target), json={**found, "active": active}, repeatable=True)
    return {"active": active}


def _path(target: str) -> str:
    if not target.startswith(_SUBSCRIPTION):
        raise Refused("neither a subscription nor a scheduled job", "NO_API")
    return f"/analytics/notifications/{target}"


def _cron(hands: Hands, target: str) -> Proof:
    rows = list(hands.client.query(select("CronTrigger", ["State"], where=equals("Id", target))))
    state = rows[0]["State"] if rows else "gone"
    return Proof(not rows or state in _OVER, f"the scheduled job is {state}")
