"""Steps of containment: evidence, cuts, proof. Secrets stay in a `Cutter` that lives as long as the flow."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.inventory import Inventory, take_inventory
from leakresponse.core.containment import Action, Plan, Protection, plan_containment
from leakresponse.core.errors import LeakResponseError, Refused
from leakresponse.core.redact import Redacted
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
    store: str
    inventory: Inventory | None = field(default=None, repr=False)
    unkept: bytes = field(default=b"", repr=False)
    simulated: bool = False


@step("open the way to the org")
def prepare(case_id: str, org: str, store: str, policy: str) -> Cutter:
    """Log in as the responder and note what must never be cut: own user, own app, protected users."""
    block = org_block(org)
    client = block.client()
    usernames = frozenset({client.access.username, *block.protected_user_ids})
    protection = Protection(frozenset(), usernames, frozenset())
    ledger, parallel = ledger_of(store_block(store)), policy_block(policy).parallel
    return Cutter(case_id, client, ledger, parallel, protection, store, simulated=block.simulated)


@step("snapshot the evidence")
def snapshot(cutter: Cutter, alert: Alert, store: str) -> Plan:
    """Read tokens, sessions, grants, users and jobs, keep them as evidence, and plan the cuts."""
    inventory = take_inventory(cutter.client, alert, cutter.protection.usernames, cutter.parallel)
    cutter.inventory = inventory
    cutter.protection = inventory.protection
    cutter.unkept = json.dumps(asdict(inventory.snapshot), sort_keys=True).encode()
    _keep_snapshot(cutter)
    plan = plan_containment(alert, inventory.snapshot, inventory.protection)
    facts = {"actions": len(plan.actions), "spared": len(plan.spared), "apps": list(plan.apps_touched)}
    cutter.ledger.note(cutter.case_id, "containment_plan", facts)
    if not plan.actions:
        log.warning("containment found nothing to cut for this alert")
    return plan


def _keep_snapshot(cutter: Cutter) -> None:
    """Keep what was seen before the cut. Where there is no key, the cut goes first and it is tried again after."""
    if not cutter.unkept:
        return
    try:
        evidence = evidence_of(store_block(cutter.store), cutter.case_id)
        reference = evidence.put("containment/snapshot.json", [cutter.unkept])
    except LeakResponseError as problem:
        waiting = {"sha256": hashlib.sha256(cutter.unkept).hexdigest(), "reason": type(problem).__name__}
        cutter.ledger.note(cutter.case_id, "evidence_waits", waiting)
        log.error("the snapshot before the cut could not be kept: %s", type(problem).__name__)
        return
    cutter.ledger.record_evidence(cutter.case_id, reference, "snapshot before containment")
    cutter.unkept = b""


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
        lambda: _ACTS[action.kind](cutter, action.target),
        inverse=dict(action.inverse) or None,
    )
    return 1


def _revoke(cutter: Cutter, handle: str) -> dict[str, Any]:
    secret = cutter.inventory.secrets.get(handle) if cutter.inventory else None
    if secret is None:
        return {"already_gone": True}
    return {"already_gone": not cutter.client.revoke(secret)}


def _delete_session(cutter: Cutter, session_id: str) -> dict[str, Any]:
    return {"already_gone": not cutter.client.delete("AuthSession", session_id)}


def _remove_grant(cutter: Cutter, grant_id: str) -> dict[str, Any]:
    return {"already_gone": not cutter.client.delete("SetupEntityAccess", grant_id)}


def _freeze(cutter: Cutter, login_id: str) -> dict[str, Any]:
    cutter.client.update("UserLogin", login_id, {"IsFrozen": True})
    return {"frozen": True}


def _abort(cutter: Cutter, job_id: str) -> dict[str, Any]:
    try:
        cutter.client.call("PATCH", f"/jobs/query/{job_id}", json={"state": "Aborted"}, repeatable=True)
    except Refused as refused:
        return {"already_finished": refused.code == "INVALIDJOBSTATE", "code": refused.code}
    return {"aborted": True}


_ACTS: dict[str, Callable[[Cutter, str], dict[str, Any]]] = {
    "revoke_token": _revoke,
    "delete_session": _delete_session,
    "remove_grant": _remove_grant,
    "freeze_user": _freeze,
    "abort_job": _abort,
}


@step("prove every path dead")
def prove(cutter: Cutter, alert: Alert, vault: str) -> list[dict[str, Any]]:
    """Ask again and try each path; waits out an eventually consistent org, never assumes it.

    Answers one row per path: kind, target, dead, proof. A path that cannot be tried counts as alive.
    """
    _keep_snapshot(cutter)
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
    done = [a for a in cutter.ledger.actions(cutter.case_id) if a.kind in _ACTS]
    with ThreadPoolExecutor(cutter.parallel) as pool:
        paths = list(pool.map(lambda a: _path(cutter, a.kind, a.target, (a.kind, a.target) not in alive), done))
    seen = {(p["kind"], p["target"]) for p in paths}
    paths += [_row(k, t, False, "seen alive after the cut") for k, t in alive if (k, t) not in seen]
    return paths + _key_logins(cutter, inventory, vault)


def _path(cutter: Cutter, kind: str, target: str, gone: bool) -> dict[str, Any]:
    if kind == "revoke_token":
        secret = cutter.inventory.secrets.get(target) if cutter.inventory else None
        if secret is None:
            return _row(kind, target, gone, "no longer listed in OauthToken")
        refused = not cutter.client.revoke(secret)
        return _row(kind, target, gone and refused, "no longer listed; use answered invalid_token")
    if kind == "delete_session":
        dead = gone and not cutter.client.exists("AuthSession", target)
        return _row(kind, target, dead, "no longer listed; read by id answered not found")
    return _row(kind, target, gone, "re-query shows the cut in place")


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
        key = Redacted(value["private_key_pem"])
        code = cutter.client.try_key_login(value["consumer_key"], value["username"], key)
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


def user_ids(cutter: Cutter) -> list[str]:
    """Ids of the alert's users; a username is an e-mail address and stays out of the record."""
    return sorted(u.user_id for u in cutter.inventory.snapshot.users) if cutter.inventory else []


def org_id(cutter: Cutter) -> str:
    """The org's own id."""
    return cutter.inventory.org_id if cutter.inventory else ""
