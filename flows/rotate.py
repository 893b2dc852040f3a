"""Rotate: a new credential for every integration that was attacked, and the proof that the old one is dead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

from leakresponse.core.errors import LeakResponseError
from leakresponse.rotation.types import SecretEntry
from tasks import casework, rotation
from tasks.support import playbook


class NotRotated(LeakResponseError):
    """An old credential still works, or a new one does not."""


@playbook("rotate")
def rotate(
    case_id: str,
    org: str = "production",
    vault: str = "vault",
    store: str = "cases",
    policy: str = "policy",
    mode: Literal["emergency", "planned"] = "emergency",
    secrets: list[str] | None = None,
    other_orgs: list[str] | None = None,
) -> dict[str, Any]:
    """Rotate the credentials of the attacked apps and users through AWS Secrets Manager.

    In an emergency the old ones die first and integrations fail for a while. Planned, both work side by side where the
    kind of credential allows it, and the old one dies once the services have picked the new one up.

    Args:
        case_id: The case whose containment named the apps and users.
        org: The Salesforce org block to act on.
        vault: The AWS vault block that holds the integrations' credentials.
        store: The case store block.
        policy: The response policy block.
        mode: emergency cuts first; planned keeps the integrations running where the kind allows.
        secrets: Names of secrets in the vault to rotate besides; empty for those of the attacked apps and users alone.
        other_orgs: Salesforce org blocks whose secrets of the same apps are rotated too.
    """
    contained = casework.facts_of(case_id, "contain", store)
    with casework.phase(case_id, "rotate", store) as facts:
        rotator = rotation.prepare(case_id, [org, *(other_orgs or [])], vault, store, policy, mode)
        found = rotation.inventory(rotator)
        facts["inventory"] = {"secrets": len(found.entries), "unread": [one.name for one in found.unread]}
        attacked = contained.get("apps", []), contained.get("user_ids", [])
        chosen = rotation.choose(rotator, found, *attacked, secrets or [])
        facts["mode"] = mode
        if not carry_out(rotator, chosen, facts, store, policy):
            raise NotRotated("an old credential still works, or a new one does not")
    return {"case_id": case_id, "secrets": len(facts["secrets"])}


def carry_out_named(
    rotator: rotation.Rotator, names: Collection[str], facts: dict[str, Any], store: str, policy: str
) -> bool:
    """`carry_out` for those of the named secrets that open one of the orgs; what the others open, nobody here knows."""
    found = rotation.inventory(rotator)
    ours = [one.name for one in found.entries if one.name in names]
    return carry_out(rotator, rotation.choose(rotator, found, [], [], ours), facts, store, policy)


def carry_out(
    rotator: rotation.Rotator, chosen: Sequence[SecretEntry], facts: dict[str, Any], store: str, policy: str
) -> bool:
    """The chosen secrets from the first step to the last proof; whether each is good. `facts` tell how far it came."""
    case_id = rotator.case_id
    runs = rotation.await_people(rotator, rotation.first_pass(rotator, chosen))
    facts["secrets"] = rotation.outcomes(rotator, runs)
    if rotator.context.rules.mode == "planned":
        rotation.await_pick_up(rotator, runs)
    elif going_on := rotation.going_on(runs):
        casework.await_approval(case_id, "give back access after rotation", going_on, store, policy)
        rotation.give_back(rotator, runs)
    rotation.second_pass(rotator, runs)
    facts["secrets"] = rotation.outcomes(rotator, runs)
    if to_undo := rotation.to_undo(runs):
        casework.await_approval(case_id, "put the old credentials back", to_undo, store, policy)
        rotation.roll_back(rotator, runs)
    facts["secrets"] = rotation.outcomes(rotator, runs)
    return rotation.all_good(runs, rotator)
