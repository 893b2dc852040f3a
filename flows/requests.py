"""Requests: people who ask about their own data while a case is open are matched, answered, and nothing is erased."""

from __future__ import annotations

from typing import Any

from leakresponse.core.errors import BadInput
from tasks import casework, subject_requests
from tasks.support import playbook


@playbook("requests")
def requests(
    case_id: str, org: str = "production", store: str = "cases", policy: str = "policy", hold: bool = True
) -> dict[str, Any]:
    """Collect privacy requests, match each to one person of the case, write the draft of its answer, hold erasures.

    Needs a finished scope. Drafts lie in the case's files under `requests`; a person checks who asks, and sends them.

    Args:
        case_id: The case.
        org: The Salesforce org block to read from.
        store: The case store block.
        policy: The response policy block; it names the case types that are privacy requests.
        hold: Put privacy holds on the records of people who asked for erasure, where the org has Privacy Center.
    """
    if not casework.is_done(case_id, "scope", store):
        raise BadInput("requests: the scope of this case is not known yet")
    since = casework.alert_of(case_id, store).detected_at.isoformat()
    new = subject_requests.collect(case_id, org, store, policy, since)
    outcomes = subject_requests.answer(case_id, store)
    held = subject_requests.hold(case_id, org, store) if hold else {}
    return {"case_id": case_id, "new": new, "outcomes": outcomes, **held}
