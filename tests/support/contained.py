"""One containment, step by step, without Prefect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leakresponse.core.containment import Plan
from leakresponse.core.types import Alert
from leakresponse.ledger import EvidenceStore
from tasks import containment, containment_evidence
from tasks.casework import subject_hash
from tasks.containment_cuts import cut_all, done_targets
from tasks.containment_hands import Cutter, approved, ask_for
from tasks.containment_proving import Prover, Verdict
from tests.support.served_org import Served


@dataclass
class Scene:
    """An org, the open hands, and the alert."""

    org: Served
    cutter: Cutter
    alert: Alert
    store: EvidenceStore

    def plan(self) -> Plan:
        """Look and plan, the ways in first."""
        containment.make_plan.fn(self.cutter, self.alert)
        return containment.complete_plan.fn(self.cutter, self.alert, True)

    def cut(self, ask: Any = None) -> int:
        """Look, keep the evidence, cut the ways in, then the rest."""
        containment.make_plan.fn(self.cutter, self.alert)
        containment_evidence.begin(self.cutter, lambda: self.store)
        done: int = containment.cut.fn(self.cutter, ask or self.approve_at_once)
        containment.complete_plan.fn(self.cutter, self.alert, False)
        ask_for(self.cutter, self.alert, self.cutter.plan.actions if self.cutter.plan else ())
        left = [a for a in self.cutter.plan.actions if (a.kind, a.target) not in done_targets(self.cutter)]  # type: ignore[union-attr]
        return done + cut_all(self.cutter, [a for a in left if approved(self.cutter, a)])

    def prove(self, vault: str = "") -> Verdict:
        """The whole loop of proof."""
        return Prover(self.cutter, self.alert, vault).run()

    def contain(self) -> Verdict:
        """Cut and prove."""
        self.cut()
        return self.prove()

    def approve_at_once(self, subject: str, seen: dict[str, Any]) -> str:
        """A policy that approves everything."""
        digest = subject_hash(seen)
        self.cutter.ledger.approve(self.cutter.case_id, subject, digest, "policy", "test", policy=True)
        return digest

    def notes(self, kind: str) -> list[Any]:
        """Remarks of one kind in the chain."""
        return [entry.body for entry in self.cutter.ledger.timeline(self.cutter.case_id) if entry.kind == kind]
