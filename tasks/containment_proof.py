"""Proof: asked again, used again, and what came late cut too. What cannot be tried counts as alive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from leakresponse.adapters.salesforce.cuts import CUTS, Proof, prove_many
from leakresponse.adapters.salesforce.inventory import Inventory, complete, take_inventory
from leakresponse.adapters.salesforce.inventory_apps import updated
from leakresponse.core.containment import FACTS, Action, Path, Plan, Snapshot, plan_containment
from leakresponse.core.types import Alert
from tasks.containment_canary import ask_canary, release
from tasks.containment_cuts import done_targets
from tasks.containment_hands import Cutter
from tasks.containment_keys import try_vault

Target = tuple[str, str]
#: Kinds whose target is listed again while it lives; the others are asked one by one.
LISTED = frozenset({"revoke_token", "delete_session", "remove_grant", "freeze_user", "abort_job"})
#: Parts beyond the ways in that may hide one all the same.
NEEDED_LATER = frozenset({"eca_usages", "guests", "schedules"})


@dataclass(slots=True)
class Judged:
    """What one round of proof found. `late` are cuts that the org shows as still to be made."""

    proofs: dict[Target, Proof] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    uncovered: dict[str, str] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)
    late: list[Action] = field(default_factory=list)

    def is_closed(self, cutter: Cutter, path: Path) -> bool:
        """Whether one cut that counts is proven dead, and the org has shown what that proof rests on."""
        known = not path.rests_on or path.rests_on in cutter.trial.proven
        return known and any(self.is_dead(cut) for cut in path.cuts)

    def is_dead(self, cut: Target) -> bool:
        """Whether a cut holds by its last proof."""
        return cut in self.proofs and self.proofs[cut].dead

    def open(self, cutter: Cutter) -> list[str]:
        """The keys of ways in that are not proven dead."""
        keys = [str(row["target"]) for row in self.keys if not row["dead"]]
        return [*self.uncovered, *(k for k, p in self.paths.items() if not self.is_closed(cutter, p)), *keys]


def judge(cutter: Cutter, alert: Alert, vault: str, before: Judged | None, thorough: bool = False) -> Judged:
    """One round: look again, prove each cut that is not proven yet, try the keys that are known.

    `thorough` reads the parts beyond the ways in as well. Raises Refused or Unavailable where the org cannot be read.
    """
    missing = _complete_first(cutter)
    fresh = take_inventory(cutter.client, alert, cutter.protection.usernames, cutter.parallel, 0.0)
    fresh = complete(cutter.client, fresh, cutter.parallel) if thorough else fresh
    cutter.learn(fresh)
    ask_canary(cutter)
    now = plan_containment(
        alert, _completed(fresh, cutter.snapshot, thorough), cutter.protection, cutter.policy, cutter.trial
    )
    first = plan_containment(alert, cutter.snapshot, cutter.protection, cutter.policy, cutter.trial)
    cutter.remember(now)
    done = done_targets(cutter)
    judged = Judged(late=_late(now, done, thorough))
    judged.late += [a for a in first.actions if missing and a.kind in CUTS and (a.kind, a.target) not in done]
    judged.proofs = _proofs(cutter, done, {(a.kind, a.target) for a in judged.late}, before)
    judged.paths = _paths(cutter, first, now, before)
    release(cutter, judged.paths.values())
    judged.uncovered = _uncovered(first, now, cutter.found_before)
    judged.keys = try_vault(cutter, fresh.org_id, vault, before.keys if before else ())
    return judged


def _complete_first(cutter: Cutter) -> bool:
    """Whether parts of the first look were missing that may hide a way in; they are read once more."""
    first = cutter.inventory
    assert first is not None
    lacking = [text for text in first.snapshot.unresolved if text.partition(":")[0] in NEEDED_LATER]
    if lacking:
        rest = tuple(text for text in first.snapshot.unresolved if text not in lacking)
        again = replace(first, snapshot=replace(first.snapshot, unresolved=rest))
        cutter.inventory = complete(cutter.client, again, cutter.parallel)
    return bool(lacking)


def _completed(fresh: Inventory, first: Snapshot, thorough: bool) -> Snapshot:
    """A look at the ways in, with the other parts as they were seen at first: those are proven one by one."""
    if thorough:
        return fresh.snapshot
    return replace(
        fresh.snapshot,
        eca_usages=first.eca_usages,
        factors=first.factors,
        guests=first.guests,
        schedules=first.schedules,
        permissions=first.permissions,
        named_credentials=first.named_credentials,
        login_ranges=first.login_ranges,
        past_blocks=first.past_blocks,
        app_rows=updated(fresh.snapshot.app_rows, first.app_rows),
    )


def _late(now: Plan, done: Iterable[Target], thorough: bool) -> list[Action]:
    """Cuts that the org shows as still to be made: listed though cut, or new since the first look."""
    known = set(done)
    return [
        a for a in now.actions
        if a.kind in CUTS and (a.kind in LISTED or (thorough and (a.kind, a.target) not in known))
    ]  # fmt: skip


def _proofs(cutter: Cutter, done: set[Target], alive: set[Target], before: Judged | None) -> dict[Target, Proof]:
    """A proof for each cut; one that was proven dead and is not listed again keeps its proof."""
    kept = {t: p for t, p in before.proofs.items() if p.dead and t not in alive} if before else {}
    found = dict(kept)
    for kind, cut in CUTS.items():
        targets = sorted(t for k, t in done if k == kind and (k, t) not in kept)
        for target, proof in prove_many(cut, cutter.hands, targets, cutter.parallel).items():
            still = (kind, target) in alive and kind in LISTED
            found[str(kind), target] = Proof(False, "the org lists it again") if still else proof
    return found


def _paths(cutter: Cutter, first: Plan, now: Plan, before: Judged | None) -> dict[str, Path]:
    """Every way in that was ever seen, with today's cuts; those that an earlier run of the case closed stand by
    themselves."""
    found = dict(before.paths) if before else {}
    found |= {p.key: p for p in (*first.paths, *now.paths) if p.cuts}
    named = {cut for path in found.values() for cut in path.cuts}
    for action in cutter.ledger.actions(cutter.case_id):
        kind = next((k for k in CUTS if k == action.kind), None)
        if kind and action.state == "done" and FACTS[kind].counts and (kind, action.target) not in named:
            rests_on = str((action.receipt or {}).get("rests_on", ""))
            key = f"{action.kind}:{action.target}"
            found[key] = Path(key, ((kind, action.target),), rests_on)
    return found


def _uncovered(first: Plan, now: Plan, found_before: bool) -> dict[str, str]:
    """Ways in that nothing closes. What was cut answers to the alert no more, which is as it should be."""
    found = {} if found_before else {k: why for k, why in first.uncovered if k == "principal"}
    found |= {k: why for k, why in first.uncovered if ":" in k}
    return found | {k: why for k, why in now.uncovered if k != "principal"}


def rows_of(cutter: Cutter, judged: Judged) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The verdict for the record: what the word contained rests on, and the other cuts, which it does not rest on.

    A row has kind, target, dead and proof.
    """
    counted: dict[Target, dict[str, Any]] = {}
    for path in judged.paths.values():
        closed = judged.is_closed(cutter, path)
        for cut in path.cuts:
            if judged.is_dead(cut) or not closed:
                counted[cut] = _row(cut, judged, closed, path.rests_on)
    others = [_row(cut, judged, proof.dead, "") for cut, proof in judged.proofs.items() if cut not in counted]
    others += [row("", c, False, code) | {"kind": c[0], "target": c[1]} for c, code in _refused(cutter, counted)]
    open_ways = [row("uncovered", key, False, why) for key, why in judged.uncovered.items()]
    return [*counted.values(), *judged.keys, *open_ways], others


def _refused(cutter: Cutter, counted: Mapping[Target, Any]) -> list[tuple[Target, str]]:
    return [(cut, code) for cut, code in cutter.failed.items() if cut not in counted]


def _row(cut: Target, judged: Judged, dead: bool, rests_on: str) -> dict[str, Any]:
    proof = judged.proofs.get(cut)
    how = proof.how if proof else "not cut"
    if rests_on:
        how += "; a key session of our own ended so" if dead else f"; {rests_on} was not seen in this org"
    return row(cut[0], cut[1], dead, how)


def row(kind: str, target: object, dead: bool, proof: str) -> dict[str, Any]:
    """One line of the verdict."""
    return {"kind": kind, "target": target, "dead": dead, "proof": proof}
