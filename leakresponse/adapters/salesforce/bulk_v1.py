"""The older bulk API, as far as it is cut and listed: `/services/async/XX.0/job` (Bulk API guide).

The session goes in `X-SFDC-Session`, errors are `{exceptionCode, exceptionMessage}`, and a dead session is 400
InvalidSessionId instead of 401.
"""

from __future__ import annotations

from typing import Any

from leakresponse.adapters.salesforce.client import SalesforceClient

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


def job(client: SalesforceClient, job_id: str) -> dict[str, Any]:
    """A job as it stands, with the numbers of its batches."""
    found: dict[str, Any] = client.call_v1("GET", f"/job/{job_id}", headers=_JSON).json()
    return found


def set_state(client: SalesforceClient, job_id: str, state: str) -> dict[str, Any]:
    """Abort (`Aborted`) or close (`Closed`). Raises Refused `InvalidJobState` where the job is over."""
    answer = client.call_v1("POST", f"/job/{job_id}", repeatable=True, headers=_JSON, json={"state": state})
    found: dict[str, Any] = answer.json()
    return found


def at_work(found: dict[str, Any]) -> int:
    """Batches that run; an abort does not stop them."""
    return int(found.get("numberBatchesInProgress") or 0)


def waiting(found: dict[str, Any]) -> int:
    """Batches that wait; an abort takes them away."""
    return int(found.get("numberBatchesQueued") or 0)
