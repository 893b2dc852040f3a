"""Scope: whose data and which elements, from the logs and a replay of what the attacker asked."""

from __future__ import annotations

from typing import Any

from tasks import attribution, casework, logs, watching
from tasks import scope as steps
from tasks.support import playbook


@playbook("scope")
def scope(
    case_id: str, org: str = "production", store: str = "cases", policy: str = "policy", vendor_addresses: str = ""
) -> dict[str, Any]:
    """Find every record read and every person behind it; counts go to the ledger, tables to the case store.

    Args:
        case_id: The case.
        org: The Salesforce org block to read from.
        store: The case store block.
        policy: The response policy block.
        vendor_addresses: Name of a vendor's published address list, in the policy or in the case (vendor-lists/).
    """
    alert = casework.alert_of(case_id, store)
    contained = casework.facts_of(case_id, "contain", store)
    with watching.shown(case_id, "scope"), casework.phase(case_id, "scope", store) as facts:
        first_cut = contained.get("first_cut_at") or casework.now()
        facts["logs"] = logs.collect(case_id, alert, org, store, policy, first_cut)
        cut_at = contained.get("contained_at", casework.now())
        facts["events"] = attribution.attribute(case_id, alert, org, store, policy, cut_at, vendor_addresses)
        facts["exposures"] = steps.expose(case_id, alert, org, store, policy, facts["logs"]["unknown"])
        facts |= steps.resolve_people(case_id, org, store, policy)
    return {"case_id": case_id, "people": facts["people"], "records": facts["records"]}
