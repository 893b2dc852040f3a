"""Alerts on their way in: written to the ledger before anything else, then told to Prefect over its events API.

`emit_event` returns normally while the server is down and the event is lost (measured), so the REST call is ours. The
event id is derived from the alert id: a repeat is the same event and starts nothing.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import httpx

from leakresponse.core.alerts import parse_alert
from leakresponse.core.errors import BadInput, Unavailable
from leakresponse.ledger import Ledger

EVENT = "leak-response.alert.stored"


def take_in(ledger: Ledger, raw: bytes) -> str:
    """Store an alert and answer its id. What cannot be parsed is stored raw and escalated, then BadInput is raised."""
    try:
        alert = parse_alert(raw)
    except BadInput as problem:
        ledger.store_alert(raw, None, str(problem))
        raise
    ledger.store_alert(raw, alert.id, None)
    return alert.id


def event_id(alert_id: str) -> str:
    """The deterministic id of an alert's event."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"leak-response:alert:{alert_id}"))


def emit(api_url: str, alert_id: str) -> None:
    """Tell Prefect that an alert is stored. Raises Unavailable where the server does not take it."""
    resource = f"leak-response.alert.{event_id(alert_id)}"
    event = {
        "id": event_id(alert_id),
        "occurred": datetime.now(UTC).isoformat(),
        "event": EVENT,
        "resource": {"prefect.resource.id": resource},
        "payload": {"alert_id": alert_id},
    }
    try:
        answer = httpx.post(f"{api_url}/events", json=[event], timeout=10, trust_env=False)
    except httpx.HTTPError:
        raise Unavailable("the Prefect server does not answer") from None
    if answer.status_code >= 300:
        raise Unavailable(f"the Prefect server refused the event: {answer.status_code}")


def deliver(ledger: Ledger, api_url: str) -> int:
    """Tell Prefect of every stored alert that has opened no case yet; the answer counts them.

    Repeats are harmless: the event id is derived from the alert.
    """
    waiting = [a.alert_id for a in ledger.alerts("stored") if a.alert_id]
    for alert_id in waiting:
        try:
            emit(api_url, alert_id)
        except Unavailable:
            return 0
    return len(waiting)
