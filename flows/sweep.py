"""Sweep: the retailer's other orgs are searched for the same app, user and address, and contained where they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flows.contain import contain
from leakresponse.core.errors import LeakResponseError
from tasks import casework, containment
from tasks.support import playbook


class NotSwept(LeakResponseError):
    """At least one org could not be searched, or not contained. The others were."""


@playbook("sweep")
def sweep(
    case_id: str,
    orgs: list[str] | None = None,
    vault: str = "vault",
    store: str = "cases",
    policy: str = "policy",
) -> dict[str, Any]:
    """Look for the alert's principals in other orgs, all at once; where one lets them in, contain it, as its own case.

    An org that does not know them is clean, and nothing is changed in it.

    Args:
        case_id: The case whose alert is looked for.
        orgs: Salesforce org blocks to search; empty for those that the policy names.
        vault: The AWS vault block; its keys are tried as proof that they no longer log in.
        store: The case store block.
        policy: The response policy block.
    """
    names = orgs or casework.other_orgs(policy)
    with casework.phase(case_id, "sweep", store) as facts:
        with ThreadPoolExecutor(max(1, len(names))) as pool:
            found = list(pool.map(lambda one: _org(case_id, one, vault, store, policy), names))
        facts["orgs"] = found
        failed = [one["org"] for one in found if one["failed"]]
        if failed:
            raise NotSwept(f"{len(failed)} of {len(found)} orgs could not be searched or contained")
    return {"case_id": case_id, "orgs": found}


def _org(case_id: str, org: str, vault: str, store: str, policy: str) -> dict[str, Any]:
    """One org: what was seen, and the case that was opened for it; a failure of one is no failure of the others."""
    found: dict[str, Any] = {"org": org, "paths": 0, "case_id": "", "contained": False, "failed": ""}
    try:
        found["paths"] = containment.look(case_id, org, store, policy)
        if found["paths"]:
            found["case_id"] = casework.open_sibling(case_id, org, store)
            done = contain(case_id=found["case_id"], org=org, vault=vault, store=store, policy=policy)
            found["contained"] = done["contained"]
    except LeakResponseError as error:
        found["failed"] = type(error).__name__
    return found
