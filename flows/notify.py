"""Notify: one notice for each person who is owed one, approved before, receipted after."""

from __future__ import annotations

from typing import Any

from leakresponse.core.errors import LeakResponseError
from tasks import casework, notification, quality, watching
from tasks.support import playbook


class NoticesOpen(LeakResponseError):
    """Notices are left that were neither sent nor set aside with a reason."""


@playbook("notify")
def notify(case_id: str, store: str = "cases", policy: str = "policy", channel: str = "mail") -> dict[str, Any]:
    """Prepare the notices, have each variant approved, send them through the outbox.

    Args:
        case_id: The case.
        store: The case store block.
        policy: The response policy block.
        channel: The mail channel block.
    """
    with watching.shown(case_id, "notify"), casework.phase(case_id, "notify", store) as facts:
        variants = notification.prepare(case_id, store, policy)
        casework.await_approval(case_id, "notice variants", variants, store, policy)
        facts["gate"] = quality.gate_notices(case_id, store, variants)
        quality.stop_on_failure(facts["gate"])
        facts["queued"] = notification.queue(case_id, store, facts["gate"], channel)
        facts["ready_at"] = casework.now()
        notification.reconcile(case_id, store, channel)
        facts |= notification.dispatch(case_id, store, policy, channel)
        facts["dispatch_gate"] = quality.gate_dispatch(case_id, store, facts)
        if facts["queued_left"] or facts["unknown"]:
            raise NoticesOpen("notices are left unsent or unknown; `leak-response case show` counts them")
    return {"case_id": case_id, "sent": facts["sent"]}
