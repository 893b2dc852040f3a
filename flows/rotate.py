"""Rotate: a new key for every integration that was attacked, and the proof that the old one is dead."""

from __future__ import annotations

from typing import Any

from leakresponse.core.errors import LeakResponseError
from tasks import casework, rotation
from tasks.support import playbook


class NotRotated(LeakResponseError):
    """An old key still works, or a new one does not."""


@playbook("rotate")
def rotate(
    case_id: str, org: str = "production", vault: str = "vault", store: str = "cases", policy: str = "policy"
) -> dict[str, Any]:
    """Rotate the JWT key pairs of the attacked apps and users through AWS Secrets Manager.

    Args:
        case_id: The case whose containment named the apps and users.
        org: The Salesforce org block to act on.
        vault: The AWS vault block that holds the integrations' credentials.
        store: The case store block.
        policy: The response policy block.
    """
    contained = casework.facts_of(case_id, "contain", store)
    with casework.phase(case_id, "rotate", store) as facts:
        rotator = rotation.prepare(case_id, org, vault, store)
        names = rotation.inventory(rotator, contained.get("apps", []), contained.get("user_ids", []))
        facts["secrets"] = [_rotate_one(rotator, name, case_id, store, policy) for name in names]
        if any(not (s["old_refused"] and s["new_works"] and s["pending_removed"]) for s in facts["secrets"]):
            raise NotRotated("an old key still works, or a new one does not")
    return {"case_id": case_id, "secrets": len(facts["secrets"])}


def _rotate_one(rotator: rotation.Rotator, name: str, case_id: str, store: str, policy: str) -> dict[str, Any]:
    version = rotation.create(rotator, name)
    rotation.set_certificate(rotator, name, version)
    before = rotation.prove_old_refused(rotator, name, version)
    casework.await_approval(case_id, f"give back access of {name}", {"old_key": before}, store, policy)
    given_back = rotation.give_back(rotator, name) if before else 0
    refused = rotation.prove_old_refused(rotator, name, version)
    works = rotation.test_new_key(rotator, name, version)
    pending_removed = rotation.finish(rotator, name, version) if works and refused else False
    return {
        "name": name,
        "old_refused": bool(refused),
        "refusal": refused,
        "new_works": works,
        "pending_removed": pending_removed,
        "given_back": given_back,
    }
