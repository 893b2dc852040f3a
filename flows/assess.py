"""Assess: what each person's residency brings in, with its clock."""

from __future__ import annotations

from typing import Any

from tasks import assessment, casework, quality, watching
from tasks.support import playbook


@playbook("assess")
def assess(case_id: str, store: str = "cases", policy: str = "policy") -> dict[str, Any]:
    """Check the residency columns, then map people and elements to obligations.

    Args:
        case_id: The case.
        store: The case store block.
        policy: The response policy block.
    """
    alert = casework.alert_of(case_id, store)
    scoped = casework.facts_of(case_id, "scope", store)
    with watching.shown(case_id, "assess"), casework.phase(case_id, "assess", store) as facts:
        facts["gate"] = quality.gate_residency(case_id, store)
        quality.stop_on_failure(facts["gate"])
        determined = scoped.get("finished_at", casework.now())
        facts |= assessment.assess(case_id, alert, store, policy, determined)
    return {"case_id": case_id, "obligations": facts["obligations"]}
