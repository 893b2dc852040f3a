"""Contain: evidence first, then every cut that applies, then the proof. Imports nothing heavy: this is a race."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from leakresponse.core.containment import ORDER
from leakresponse.core.errors import LeakResponseError
from tasks import casework, containment
from tasks.support import playbook


class NotContained(LeakResponseError):
    """At least one access path still works. Never reported as contained; a person must act now."""


@playbook("contain")
def contain(
    org: str = "production",
    connected_app: str = "",
    user_id: Annotated[str, Field(pattern=r"^(005[A-Za-z0-9]{12}([A-Za-z0-9]{3})?)?$")] = "",
    hours_back: Annotated[int, Field(ge=1, le=720)] = 24,
    case_id: str = "",
    vault: str = "vault",
    store: str = "cases",
    policy: str = "policy",
) -> dict[str, Any]:
    """Cut the attacker off in one org, prove it, and write both to the ledger.

    Name a connected app, a user or both; evidence is kept first. Nothing that belongs to the responder is cut.

    Args:
        org: The Salesforce org block to act on.
        connected_app: Cut every token, session and grant of this connected app, for all its users.
        user_id: Freeze the user of this Salesforce id (005...) and end all its sessions. Never a username: it is an
            e-mail address, and Prefect keeps what is typed here.
        hours_back: How many hours ago the attack may have begun.
        case_id: Leave empty to open a new case from this form.
        vault: The AWS vault block; its keys are tried as proof that they no longer log in.
        store: The case store block.
        policy: The response policy block.
    """
    case = casework.case_for(case_id, store, org, connected_app, user_id, hours_back)
    alert = casework.alert_of(case, store)
    with casework.phase(case, "contain", store) as facts:
        cutter = containment.prepare(case, org, store, policy)
        plan = containment.snapshot(cutter, alert, store)
        for kind in ORDER:
            actions = [action for action in plan.actions if action.kind == kind]
            if actions:
                containment.cut(cutter, actions)
                facts.setdefault("first_cut_at", casework.now())
        paths = containment.prove(cutter, alert, vault)
        facts |= {"apps": list(plan.apps_touched), "user_ids": containment.user_ids(cutter), "paths": paths}
        facts |= {"org_id": containment.org_id(cutter), "simulated": cutter.simulated}
        facts["spared"] = [list(item) for item in plan.spared]
        if not paths or any(not path["dead"] for path in paths):
            raise NotContained(f"{sum(not p['dead'] for p in paths)} of {len(paths)} access paths still work")
        facts["contained_at"] = casework.now()
    return {"case_id": case, "paths": len(paths), "contained": True}
