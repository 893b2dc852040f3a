"""Steps of containment: evidence, cuts, proof. Secrets stay in a `Cutter` that lives as long as the flow."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, Hands
from leakresponse.adapters.salesforce.inventory import Inventory, take_inventory
from leakresponse.core.containment import Action, Plan, Protection, plan_containment
from leakresponse.core.errors import LeakResponseError
from leakresponse.core.types import Alert
from leakresponse.ledger import Ledger
from tasks.support import evidence_of, ledger_of, log, org_block, policy_block, step, store_block, vault_block

PROOF_SECONDS = 90


@dataclass(slots=True)
class Cutter:
    """The open hands of one containment: client, ledger, and the snapshot with its secrets."""

    case_id: str
    client: SalesforceClient = field(repr=False)
    ledger: Ledger = field(repr=False)
    parallel: int
    protection: Protection
    inventory: Inventory | None = field(default=None, repr=False)


@step("open the way to the org")
def prepare(case_id: str, org: str, store: str, policy: str) -> Cutter:
    """Log in as the responder and note what must never be cut: own user, own app, protected users."""
    block = org_block(org)
    client = block.client()
    usernames = frozenset({block.username, *block.protected_usernames})
    protection = Protection(frozenset(), usernames, frozenset())
    return Cutter(case_id, client, ledger_of(store_block(store)), policy_block(policy).parallel, protection)


@step("snapshot the evidence")
def snapshot(cutter: Cutter, alert: Alert, store: str) -> Plan:
    """Read tokens, sessions, grants, users and jobs, keep them as evidence, and plan the cuts."""
    inventory = take_inventory(cutter.client, alert, cutter.protection.usernames, cutter.parallel)
    cutter.inventory = inventory
    cutter.protection = inventory.protection
    body = json.dumps(asdict(inventory.snapshot), sort_keys=True).encode()
    evidence = evidence_of(store_block(store), cutter.case_id)
    reference = evidence.put("containment/snapshot.json", [body])
    cutter.ledger.record_evidence(cutter.case_id, reference, "snapshot before containment")
    plan = plan_containment(alert, inventory.snapshot, inventory.protection)
    facts = {"actions": len(plan.actions), "spared": len(plan.spared), "apps": list(plan.apps_touched)}
    cutter.ledger.note(cutter.case_id, "containment_plan", facts)
    if not plan.actions:
        log.warning("containment found nothing to cut for this alert")
    return plan


@step("cut")
def cut(cutter: Cutter, actions: Iterable[Action]) -> int:
    """Carry out cuts in parallel, each once by its ledger key; the answer counts those done now or before."""
    batch = list(actions)
    with ThreadPoolExecutor(cutter.parallel) as pool:
        return sum(pool.map(lambda action: _cut_one(cutter, action), batch))


def _cut_one(cutter: Cutter, action: Action) -> int:
    cutter.ledger.once(
        cutter.case_id,
        f"contain:{action.kind}:{action.target}",
        action.kind,
        action.target,
        lambda: CUTS[action.kind].act(_hands(cutter), action.target),
        inverse=dict(action.inverse) or None,
    )
    return 1


@step("prove every path dead")
def prove(cutter: Cutter, alert: Alert, vault: str) -> list[dict[str, Any]]:
    """Ask again and try each path; waits out an eventually consistent org, never assumes it.

    Answers one row per path: kind, target, dead, proof. A path that cannot be tried counts as alive.
    """
    deadline = time.monotonic() + PROOF_SECONDS
    while True:
        paths = _judge(cutter, alert, vault)
        alive = [p for p in paths if not p["dead"]]
        if not alive or time.monotonic() > deadline:
            return paths
        _cut_late_comers(cutter, alert)
        time.sleep(1.0)


def _judge(cutter: Cutter, alert: Alert, vault: str) -> list[dict[str, Any]]:
    inventory = take_inventory(cutter.client, alert, cutter.protection.usernames, cutter.parallel)
    again = plan_containment(alert, inventory.snapshot, inventory.protection)
    alive = {(a.kind, a.target) for a in again.actions}
    done = [a for a in cutter.ledger.actions(cutter.case_id) if a.kind in set(CUTS)]
    with ThreadPoolExecutor(cutter.parallel) as pool:
        paths = list(pool.map(lambda a: _path(cutter, a.kind, a.target, (a.kind, a.target) not in alive), done))
    seen = {(p["kind"], p["target"]) for p in paths}
    paths += [_row(k, t, False, "seen alive after the cut") for k, t in alive if (k, t) not in seen]
    return paths + _key_logins(cutter, inventory, vault)


def _path(cutter: Cutter, kind: str, target: str, gone: bool) -> dict[str, Any]:
    proof = next(cut for cut in CUTS.values() if cut.kind == kind).dead(_hands(cutter), target)
    return _row(kind, target, gone and proof.dead, proof.how)


def _hands(cutter: Cutter) -> Hands:
    return Hands(cutter.client, cutter.inventory.secrets if cutter.inventory else {})


def _key_logins(cutter: Cutter, inventory: Inventory, vault: str) -> list[dict[str, Any]]:
    """Attempt a fresh JWT login with every key the vault holds for the app: a JWT login needs no token at all."""
    if not vault:
        return []
    usernames = {u.username for u in inventory.snapshot.users}
    block = vault_block(vault)
    secrets = block.secrets()
    rows = []
    for info in secrets.tagged(block.org_tag, inventory.org_id):
        value = secrets.read(info.name)
        concerned = value.get("app") in inventory.snapshot.apps or value.get("username") in usernames
        if not concerned or not value.get("private_key_pem"):
            continue
        code = cutter.client.try_key_login(value["consumer_key"], value["username"], value["private_key_pem"])
        rows.append(_row("jwt_login", info.name, bool(code), f"login attempt answered {code or 'a token'}"))
    return rows


def _cut_late_comers(cutter: Cutter, alert: Alert) -> None:
    inventory = take_inventory(cutter.client, alert, cutter.protection.usernames, cutter.parallel)
    known = cutter.inventory.secrets if cutter.inventory else {}
    cutter.inventory = inventory.with_secrets(known)
    for action in plan_containment(alert, inventory.snapshot, inventory.protection).actions:
        try:
            _cut_one(cutter, action)
        except LeakResponseError as error:
            log.warning("a late cut failed: %s", type(error).__name__)


def _row(kind: str, target: str, dead: bool, proof: str) -> dict[str, Any]:
    return {"kind": kind, "target": target, "dead": dead, "proof": proof}


def usernames(cutter: Cutter) -> list[str]:
    """Usernames of the alert's users; the responder's directory, not personal data of customers."""
    return sorted(u.username for u in cutter.inventory.snapshot.users) if cutter.inventory else []


def org_id(cutter: Cutter) -> str:
    """The org's own id."""
    return cutter.inventory.org_id if cutter.inventory else ""
