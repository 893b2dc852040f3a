"""Rotate what the leaked text exposed: secrets that stood in what was read, known once the scope is."""

from __future__ import annotations

from typing import Any

from flows.rotate import carry_out_named
from tasks import casework, exposed_secrets, rotation
from tasks.support import playbook


@playbook("rotate_exposed")
def rotate_exposed(
    case_id: str, org: str = "production", vault: str = "vault", store: str = "cases", policy: str = "policy"
) -> dict[str, Any]:
    """Rotate every secret of the leaked text that our vault holds; end the others, or give them an owner.

    One that cannot be ended is a risk in the report and holds up nothing: people are waiting to be told.

    Args:
        case_id: The case whose scope has found the secrets.
        org: The Salesforce org block to act on.
        vault: The AWS vault block that is compared and rotated in.
        store: The case store block.
        policy: The response policy block.
    """
    with casework.phase(case_id, "rotate_exposed", store) as facts:
        listed, facts["vault_unread"] = exposed_secrets.list_exposed(case_id, vault, store)
        facts["secrets"] = []
        ends = []
        if listed:
            rotator = rotation.prepare(case_id, [org], vault, store, policy, "emergency")
            if own := exposed_secrets.own(case_id, store, listed):
                carry_out_named(rotator, own, facts, store, policy)
            ends = exposed_secrets.end_others(rotator.context, listed)
        facts |= exposed_secrets.write_list(case_id, store, listed, facts["secrets"], ends)
    return {"case_id": case_id, "exposed": facts["listed"]}
