"""Subscriptions to reports and dashboards (Reports and Dashboards REST API guide, "Analytics Notifications").

`GET ?source=` lists the caller's own, with `ownerId` another user's, for holders of "Manage Analytics Notifications";
the name of that permission's field was not found: ManageUsers stands for it. What the scheduler
sends is in `report_mailing`.
"""

from __future__ import annotations

import json
from typing import Any

from leakresponse.core.events_ids import to18
from leakresponse.rehearsal.org.calls import Answer, Call, nothing
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import bad_request, no_method, not_found
from leakresponse.rehearsal.org.identity import require
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.store import put

_OTHERS = "ManageUsers"
_SOURCES = ("lightningReportSubscribe", "lightningDashboardSubscribe", "waveNotification")


def subscriptions(call: Call) -> Answer:
    """`GET` lists, `POST` makes one."""
    if call.method == "POST":
        given = call.json()
        _checked(given.get("source"))
        return Answer(201, _kept(call, new_id("0Au"), call.caller.user_id, iso(call.now), given))
    if call.method != "GET":
        raise no_method(call.method)
    source = _checked(call.query.get("source"))
    owner = to18(call.query.get("ownerId") or call.caller.user_id)
    if owner != call.caller.user_id:
        require(call.world, call.caller, _OTHERS)
    sql = "SELECT facts FROM sim_subscription WHERE owner_id = ? ORDER BY rowid"
    found = [json.loads(row["facts"]) for row in call.world.store.all(sql, owner)]
    return Answer(body=[one for one in found if one["source"] == source])


def subscription(call: Call) -> Answer:
    """One: `GET`, `PUT` with the whole body again, `DELETE`, which nothing undoes. Raises 404."""
    row = call.world.store.one("SELECT * FROM sim_subscription WHERE subscription_id = ?", call.args["id"])
    if row is None:
        raise not_found()
    if row["owner_id"] != call.caller.user_id:
        require(call.world, call.caller, _OTHERS)
    kept = json.loads(row["facts"])
    if call.method == "GET":
        return Answer(body=kept)
    if call.method == "PUT":
        return Answer(body=_kept(call, kept["id"], row["owner_id"], kept["createdDate"], call.json()))
    if call.method != "DELETE":
        raise no_method(call.method)
    with call.world.store.write() as db:
        db.execute("DELETE FROM sim_subscription WHERE subscription_id = ?", (kept["id"],))
    return nothing()


def _checked(source: Any) -> str:
    if source not in _SOURCES:
        raise bad_request("INVALID_ARGUMENT", f"source must be one of {', '.join(_SOURCES)}")
    return str(source)


def _kept(call: Call, subscription_id: str, owner: str, created: str, given: dict[str, Any]) -> dict[str, Any]:
    facts = {
        "active": True, "deactivateOnTrigger": False, "name": "", "recordId": None, "schedule": {}, "thresholds": [],
        **given, "id": subscription_id, "createdDate": created, "lastModifiedDate": iso(call.now),
    }  # fmt: skip
    row = {"subscription_id": subscription_id, "owner_id": owner, "facts": json.dumps(facts)}
    with call.world.store.write() as db:
        db.execute("DELETE FROM sim_subscription WHERE subscription_id = ?", (subscription_id,))
        put(db, "sim_subscription", row)
    return facts


ROUTES = (
    Endpoint(
        "/analytics/notifications", subscriptions, "subscriptions by `source`, of another user by `ownerId`", "400"
    ),
    Endpoint("/analytics/notifications/{id}", subscription, "one: GET, PUT, DELETE", "404"),
)
