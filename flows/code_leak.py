"""Code leak: somebody tells of credentials in our code. Find all, look back, replace them without an outage."""

from __future__ import annotations

from typing import Any

from flows.rotate import NotRotated, carry_out_named
from tasks import casework, code_scan, rotation
from tasks import code_leak as steps
from tasks.support import playbook


@playbook("code_leak")
def code_leak(
    case_id: str,
    path: str,
    org: str = "production",
    vault: str = "vault",
    store: str = "cases",
    policy: str = "policy",
) -> dict[str, Any]:
    """Scan the history of a repository, look back over logins (the proofs of a rotation are logins too), then rotate.

    The rotation is planned: until it is shown that somebody uses the secret against us, the services that need it go
    on. Where it is shown, start `respond` instead.

    Args:
        case_id: The case of the finder's report, which is the day of discovery.
        path: The repository, on the machine that runs this.
        org: The Salesforce org block that the credentials open.
        vault: The AWS vault block that holds the credentials as they are now.
        store: The case store block.
        policy: The response policy block.
    """
    if not casework.is_done(case_id, "code", store):
        with casework.phase(case_id, "code", store) as facts:
            in_force = code_scan.standing(vault, [org])
            report = code_scan.match(code_scan.scan(path, history=True), in_force, "")
            facts |= steps.write_report(case_id, store, report)
    scanned = casework.facts_of(case_id, "code", store)
    if not casework.is_done(case_id, "look_back", store):
        with casework.phase(case_id, "look_back", store) as facts:
            facts |= steps.look_back(case_id, org, store, scanned)
    if scanned["secrets"] and not casework.is_done(case_id, "rotate", store):
        _rotate(case_id, scanned["secrets"], org, vault, store, policy)
    if not casework.is_done(case_id, "rest", store):
        with casework.phase(case_id, "rest", store) as facts:
            facts |= steps.see_rest(case_id, store, code_scan.standing(vault, []).values)
    steps.write_words(case_id, store)
    return {"case_id": case_id, "live": scanned["live"]}


def _rotate(case_id: str, names: list[str], org: str, vault: str, store: str, policy: str) -> None:
    """As planned; those of the names that do not open the org stay in force, which is said at the end."""
    with casework.phase(case_id, "rotate", store) as facts:
        facts["mode"] = "planned"
        rotator = rotation.prepare(case_id, [org], vault, store, policy, "planned")
        if not carry_out_named(rotator, names, facts, store, policy):
            raise NotRotated("an old credential still works, or a new one does not")
