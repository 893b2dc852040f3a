"""Recover: give back what containment took, after a person said so, and say what only people can give back."""

from __future__ import annotations

from typing import Any

from leakresponse.core.errors import LeakResponseError
from tasks import casework, recovery
from tasks.support import playbook


class NotRecovered(LeakResponseError):
    """Something that can be given back was not. What was given back stays so; start the flow again."""


@playbook("recover")
def recover(
    case_id: str,
    items: list[str] | None = None,
    org: str = "production",
    store: str = "cases",
    policy: str = "policy",
) -> dict[str, Any]:
    """Give back exactly what containment took from an org, item by item or all, once each.

    The way back is the one that the ledger kept before each cut. An approval of exactly these items is awaited; it also
    shows whether the old credentials were replaced, because a grant given back before that lets the attacker in again.

    Args:
        case_id: The case.
        items: Items as `kind:target`, as the last recovery artifact or the case's actions name them; empty for all.
        org: The Salesforce org block to act on.
        store: The case store block.
        policy: The response policy block.
    """
    found = recovery.chosen(recovery.taken(case_id, store), items or [])
    if not found:
        return {"case_id": case_id, "given_back": 0, "cannot": 0}
    rotated = casework.is_done(case_id, "rotate", store)
    casework.await_approval(case_id, "give back access", recovery.seen(found, rotated), store, policy)
    done = recovery.give_back(case_id, found, org, store)
    recovery.show(case_id, done, store)
    failed = sum(item.outcome == "failed" for item in done)
    if failed:
        raise NotRecovered(f"{failed} of {len(done)} items were not given back")
    return {
        "case_id": case_id,
        "given_back": sum(item.outcome == "given back" for item in done),
        "cannot": sum(item.outcome == "cannot" for item in done),
    }
