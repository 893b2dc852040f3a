"""Respond: the whole way from a stored alert to the sealed case. Each phase runs once; a repeat goes on."""

from __future__ import annotations

from typing import Any

from flows.assess import assess
from flows.contain import contain
from flows.notify import notify
from flows.report import report
from flows.rotate import rotate
from flows.rotate_exposed import rotate_exposed
from flows.scope import scope
from flows.sweep import sweep
from tasks import casework
from tasks.support import playbook


@playbook("respond")
def respond(
    alert_id: str,
    org: str = "production",
    vault: str = "vault",
    store: str = "cases",
    policy: str = "policy",
    channel: str = "mail",
) -> dict[str, Any]:
    """Run every phase of a case in order; phases that the ledger knows as finished are not run again.

    Args:
        alert_id: The id of a stored alert.
        org: The Salesforce org block to act on.
        vault: The AWS vault block that holds the integrations' credentials.
        store: The case store block.
        policy: The response policy block.
        channel: The mail channel block.
    """
    case_id = casework.open_case(alert_id, store)
    if not casework.is_done(case_id, "contain", store):
        contain(case_id=case_id, org=org, vault=vault, store=store, policy=policy)
    if casework.other_orgs(policy) and not casework.is_done(case_id, "sweep", store):
        sweep(case_id=case_id, vault=vault, store=store, policy=policy)
    if not casework.is_done(case_id, "rotate", store):
        rotate(case_id=case_id, org=org, vault=vault, store=store, policy=policy)
    if not casework.is_done(case_id, "scope", store):
        scope(case_id=case_id, org=org, store=store, policy=policy)
    if not casework.is_done(case_id, "rotate_exposed", store):
        rotate_exposed(case_id=case_id, org=org, vault=vault, store=store, policy=policy)
    if not casework.is_done(case_id, "assess", store):
        assess(case_id=case_id, store=store, policy=policy)
    if not casework.is_done(case_id, "notify", store):
        notify(case_id=case_id, store=store, policy=policy, channel=channel)
    if not casework.is_done(case_id, "report", store):
        report(case_id=case_id, store=store, policy=policy)
    return {"case_id": case_id}
