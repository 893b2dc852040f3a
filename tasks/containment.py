"""Steps of containment: snapshot and plan, cuts, proof. Secrets stay in a `Cutter` that lives as long as the flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from leakresponse.adapters.salesforce.cuts import CUTS
from leakresponse.adapters.salesforce.inventory import Inventory, complete, take_inventory
from leakresponse.core.alerts import parse_alert
from leakresponse.core.containment import Action, Plan, Protection, Trial, plan_containment
from leakresponse.core.errors import Unavailable
from leakresponse.core.types import Alert
from leakresponse.ledger import EvidenceStore, Ledger
from leakresponse.ledger.trials import latest_trial
from tasks import containment_evidence
from tasks.containment_canary import release
from tasks.containment_cuts import cut_all, done_targets
from tasks.containment_hands import Cutter, approved, ask_for
from tasks.containment_outside import (
    ProgressShown,
    check_people,
    end_idp_sessions,
    hand_to_people,
    paging,
    show_plan,
)
from tasks.containment_proving import Prover, Verdict
from tasks.support import evidence_of, ledger_of, log, org_block, policy_block, step, store_block
from tasks.warm import client_of

if TYPE_CHECKING:
    from blocks import ResponsePolicy

__all__ = ["Cutter", "Verdict", "paging"]


@step("open the way to the org")
def prepare(case_id: str, org: str, store: str, policy: str) -> Cutter:
    """Log in as the responder and note what must never be cut: own user, own app, break-glass and approvers' users."""
    block, rules = org_block(org), policy_block(policy)
    client = client_of(org)
    usernames = frozenset({client.access.username, *block.protected_user_ids}) | rules.protected()
    protection = Protection(frozenset(), usernames, frozenset())
    ledger = ledger_of(store_block(store))
    return Cutter(
        case_id,
        client,
        ledger,
        protection,
        rules.parallel,
        rules.containment(),
        learnt(rules, ledger),
        rules.identity_provider,
        rules.approval_wait_seconds,
        block.simulated,
    )


def learnt(rules: ResponsePolicy, ledger: Ledger) -> Trial:
    """What is known of the cuts: what people wrote into the policy, and the last trial in the sandbox that it names."""
    if not rules.trial_org:
        return rules.trial()
    return rules.trial().later(latest_trial(ledger, rules.trial_org, rules.trial_days))


@step("look into another org")
def look(case_id: str, org: str, store: str, policy: str) -> int:
    """How many live ways in the alert's principals have in an org; nothing is changed.

    A principal that an org does not know has none there. Raises Unavailable where none is seen and a part of the org
    that may hide one could not be read.
    """
    cutter = prepare.fn(case_id, org, store, policy)
    ledger = cutter.ledger
    alert = parse_alert(ledger.alert_raw(case_id))
    ways_in = take_inventory(cutter.client, alert, cutter.protection.usernames, cutter.parallel)
    inventory = complete(cutter.client, ways_in, cutter.parallel)
    plan = plan_containment(alert, inventory.snapshot, inventory.protection, cutter.policy, cutter.trial)
    unread = sorted(key for key, _ in plan.uncovered if ":" not in key and key != "principal")
    if unread and not plan.paths:
        raise Unavailable(f"parts of this org could not be read, so it may not be clean: {', '.join(unread)}")
    ledger.note(case_id, "org_searched", {"org_id": inventory.org_id, "paths": len(plan.paths)})
    return len(plan.paths)


@step("look and plan")
def make_plan(cutter: Cutter, alert: Alert) -> Plan:
    """Read which ways in are alive and decide what to cut; nothing is changed."""
    done = [a for a in cutter.ledger.actions(cutter.case_id) if a.state == "done" and a.kind in CUTS]
    inventory = take_inventory(cutter.client, alert, cutter.protection.usernames, cutter.parallel, 0.0)
    cutter.protection = inventory.protection
    plan = _planned(cutter, alert, inventory)
    planned = {(str(a.kind), a.target) for a in plan.actions}
    cutter.found_before = bool(done) and _found_before(cutter)
    for action in done:
        if (action.kind, action.target) in planned:  # cut before and alive again: given back, or lost
            cutter.renewals[action.kind, action.target] = cutter.renewals.get((action.kind, action.target), 0) + 1
    return plan


def _found_before(cutter: Cutter) -> bool:
    """Whether the plan of an earlier run had found everybody: what it cut answers to the alert no more."""
    plans = [e.body for e in cutter.ledger.timeline(cutter.case_id) if e.kind == "containment_plan"]
    return bool(plans) and not any(item[0] == "principal" for item in plans[0]["uncovered"])


@step("plan the rest")
def complete_plan(cutter: Cutter, alert: Alert, dry: bool) -> Plan:
    """The plan with everything beyond the ways in: jobs of the past, guests, factors, schedules, permissions."""
    assert cutter.inventory is not None
    rest = cutter.rest.result() if cutter.rest else complete(cutter.client, cutter.inventory, cutter.parallel)
    plan = _planned(cutter, alert, rest)
    cutter.ledger.note(cutter.case_id, "containment_dry_run" if dry else "containment_plan", _facts(plan))
    show_plan(cutter.case_id, plan, dry)
    if not plan.actions:
        log.warning("containment found nothing to cut for this alert")
    return plan


def _planned(cutter: Cutter, alert: Alert, inventory: Inventory) -> Plan:
    plan = plan_containment(alert, inventory.snapshot, cutter.protection, cutter.policy, cutter.trial)
    cutter.inventory, cutter.plan = inventory, plan
    cutter.remember(plan)
    return plan


def _facts(plan: Plan) -> dict[str, Any]:
    kinds = sorted({a.kind for a in plan.actions})
    return {
        "actions": {kind: sum(a.kind == kind for a in plan.actions) for kind in kinds},
        "spared": len(plan.spared),
        "apps": list(plan.apps_touched),
        "users": plan.users_touched,
        "paths": len(plan.paths),
        "uncovered": [list(item) for item in plan.uncovered[:50]],
        "unresolved": list(plan.unresolved),
        "unproven": sorted({a.kind for a in plan.actions if a.certainty == "unproven" and a.kind != "human_task"}),
    }


@step("keep the evidence")
def keep_evidence(cutter: Cutter, store: str) -> None:
    """Start to keep what was seen; the cut is held up for two seconds at most."""
    containment_evidence.begin(cutter, _opener(cutter, store))


def _opener(cutter: Cutter, store: str) -> Callable[[], EvidenceStore]:
    """Opens the evidence store when it is needed, and not in the way of the cut: it may be far away."""
    block = store_block(store)
    return lambda: evidence_of(block, cutter.case_id)


@step("cut the ways in")
def cut(cutter: Cutter, ask: Callable[[str, dict[str, Any]], str]) -> int:
    """Cut what lets the attacker in, while everything else is still being read; the answer counts what is done."""
    assert cutter.plan is not None
    assert cutter.inventory is not None
    cutter.ask = ask
    pool = ThreadPoolExecutor(1, thread_name_prefix="rest")
    cutter.rest = pool.submit(complete, cutter.client, cutter.inventory, cutter.parallel)
    pool.shutdown(wait=False)
    release(cutter, cutter.plan.paths)
    return cut_all(cutter, [a for a in cutter.plan.actions if not a.approval], ProgressShown(cutter.case_id))


@step("cut the rest")
def cut_rest(cutter: Cutter, alert: Alert, store: str) -> int:
    """Every other cut that nobody has to want, or somebody wants already."""
    assert cutter.plan is not None
    containment_evidence.keep_rest(cutter, _opener(cutter, store))
    ask_for(cutter, alert, cutter.plan.actions)
    done = done_targets(cutter)
    left = [a for a in cutter.plan.actions if (a.kind, a.target) not in done and approved(cutter, a)]
    return cut_all(cutter, left, ProgressShown(cutter.case_id)) if left else 0


@step("ask people and the identity provider")
def ask_others(cutter: Cutter) -> dict[str, Any]:
    """Record what people have to do, and end sign-on sessions at the identity provider."""
    assert cutter.plan is not None
    tasks = hand_to_people(cutter, cutter.plan.actions)
    return {"tasks_for_people": len(tasks), "idp_sessions": end_idp_sessions(cutter, cutter.plan.actions)}


@step("prove every path dead")
def prove(cutter: Cutter, alert: Alert, vault: str) -> Verdict:
    """Ask again and try each path, cut what came late, then see that the org stays quiet.

    Waits an eventually consistent org out within the policy's time, never assumes it. What cannot be tried is alive.
    """
    return Prover(cutter, alert, vault).run()


@step("finish")
def finish(cutter: Cutter, store: str) -> dict[str, Any]:
    """Evidence that came late, and cuts that a person has wanted meanwhile; the answer has what is still queued."""
    assert cutter.plan is not None
    kept = containment_evidence.finish(cutter, _opener(cutter, store))
    done = {(a.kind, a.target) for a in cutter.ledger.actions(cutter.case_id) if a.state == "done"}
    waiting = [a for a in cutter.plan.actions if a.approval and a.kind in CUTS and (a.kind, a.target) not in done]
    cut_all(cutter, [action for action in waiting if approved(cutter, action)])
    tasks = check_people(cutter, hand_to_people(cutter, cutter.plan.actions))
    return {"evidence_kept": kept, "queued": _queued(cutter, waiting), "human_tasks": tasks}


def _queued(cutter: Cutter, waiting: Iterable[Action]) -> list[dict[str, str]]:
    """What waits for a person: approve it, then contain the case again."""
    found = []
    for action in waiting:
        if not approved(cutter, action):
            subject, digest = cutter.approvals.get((str(action.kind), action.target), ("", ""))
            found.append({"kind": str(action.kind), "target": action.target, "subject": subject, "hash": digest})
    return found


def first_cut_at(cutter: Cutter) -> str | None:
    """When the first cut of the case was made, in this run or an earlier one; None where nothing was cut."""
    actions = cutter.ledger.actions(cutter.case_id)
    times = [a.finished_at for a in actions if a.kind in CUTS and a.state == "done" and a.finished_at]
    return min(times).isoformat() if times else None


def facts_of(cutter: Cutter, verdict: Verdict) -> dict[str, Any]:
    """What the phase found: ids, counts and times; a username is an e-mail address and stays out of the record."""
    plan = cutter.plan
    assert plan is not None
    return {
        "apps": list(plan.apps_touched),
        "user_ids": sorted(u.user_id for u in cutter.snapshot.users if not u.run_as),
        "simulated": cutter.simulated,
        "org_id": cutter.inventory.org_id if cutter.inventory else "",
        "spared": [list(item) for item in plan.spared],
        "leftovers": [[one.app, one.handle, one.why, one.removed] for one in plan.leftovers],
        "unresolved": list(plan.unresolved),
        "past_blocks": list(cutter.snapshot.past_blocks),
        "paths": verdict.rows,
        "others": verdict.others,
        "open": list(verdict.open),
        "watched": list(verdict.watched),
        "late_activity": verdict.activity,
        "rounds": verdict.rounds,
    }


def shown_plan(cutter: Cutter) -> dict[str, Any]:
    """The plan as plain data: targets by id or fingerprint, counts, reasons; no username.

    `past_blocks` are ids of the users whom a block does not stop ("Use Any API Client").
    """
    plan = cutter.plan
    assert plan is not None
    return {
        "past_blocks": list(cutter.snapshot.past_blocks),
        **_facts(plan),
        "spared": [list(item) for item in plan.spared],
        "leftovers": [[one.app, one.handle, one.why, one.removed] for one in plan.leftovers],
        "cuts": [
            {
                "kind": a.kind, "target": a.target, "reason": a.reason, "counts": a.counts, "certainty": a.certainty,
                "approval": a.approval, "users": a.blast.users, "apps": a.blast.integrations,
                "last_used": a.blast.last_used, "owner": a.blast.owner, "gives_back": bool(a.inverse),
            }
            for a in plan.actions
        ],
    }  # fmt: skip
