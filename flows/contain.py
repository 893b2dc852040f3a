"""Contain: evidence first, then every cut that applies, then the proof. Imports nothing heavy: this is a race."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from leakresponse.core.errors import LeakResponseError
from tasks import casework, containment, turns, warm
from tasks.support import playbook

#: For the process that waits for alerts.
keep_warm, waiting_alerts = warm.keep_warm, warm.waiting_alerts


class NotContained(LeakResponseError):
    """At least one access path still works. Never reported as contained; a person must act now."""


@playbook("contain")
def contain(
    org: str = "production",
    connected_app: str = "",
    user_id: Annotated[str, Field(pattern=r"^(005[A-Za-z0-9]{12}([A-Za-z0-9]{3})?)?$")] = "",
    hours_back: Annotated[int, Field(ge=1, le=720)] = 24,
    case_id: str = "",
    alert_id: str = "",
    dry_run: bool = False,
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
        alert_id: A stored alert; its case is opened, or gone on with.
        dry_run: Show the plan as an artifact and change nothing.
        vault: The AWS vault block; its keys are tried as proof that they no longer log in.
        store: The case store block.
        policy: The response policy block.
    """
    case = casework.open_case(alert_id, store) if alert_id and not case_id else ""
    case = case or casework.case_for(case_id, store, org, connected_app, user_id, hours_back)
    if dry_run:
        return _show(case, org, store, policy)
    answer: dict[str, Any] = {}
    if turns.in_turn(case, "contain", store, lambda: answer.update(_contain(case, org, vault, store, policy))):
        return answer
    facts = casework.facts_of(case, "contain", store)
    return {"case_id": case, "paths": len(facts.get("paths", ())), "contained": bool(facts.get("contained_at"))}


def _contain(case: str, org: str, vault: str, store: str, policy: str) -> dict[str, Any]:
    counts: dict[str, int] = {}
    with containment.paging(case, store, policy, counts), casework.phase(case, "contain", store) as facts:
        cutter = containment.prepare(case, org, store, policy)
        _cut(cutter, case, store, policy, facts)
        verdict = containment.prove(cutter, casework.alert_of(case, store), vault)
        counts |= verdict.counts()
        proven_at = casework.now()
        facts |= containment.facts_of(cutter, verdict) | containment.finish(cutter, store)
        if not verdict.contained:
            raise NotContained(f"{len(verdict.open)} of {len(verdict.rows)} access paths are not proven dead")
        facts |= {"contained_at": proven_at, "quiet_since": verdict.quiet_since}
    return {"case_id": case, "paths": len(verdict.rows), "contained": True}


def _cut(cutter: containment.Cutter, case: str, store: str, policy: str, facts: dict[str, Any]) -> None:
    """Look, keep what is seen, cut; what people and the identity provider have to do is asked for after the cut."""
    alert = casework.alert_of(case, store)
    containment.make_plan(cutter, alert)
    containment.keep_evidence(cutter, store)
    containment.cut(cutter, lambda subject, seen: casework.ask_approval(case, subject, seen, store, policy))
    containment.complete_plan(cutter, alert, dry=False)
    containment.cut_rest(cutter, alert, store)
    facts["first_cut_at"] = containment.first_cut_at(cutter)
    facts |= containment.ask_others(cutter)


def _show(case: str, org: str, store: str, policy: str) -> dict[str, Any]:
    """The plan, by a look that changes nothing but the org's own record of our login."""
    cutter = containment.prepare(case, org, store, policy)
    alert = casework.alert_of(case, store)
    containment.make_plan(cutter, alert)
    containment.complete_plan(cutter, alert, dry=True)
    return {"case_id": case, "dry_run": True, "contained": False, "plan": containment.shown_plan(cutter)}
