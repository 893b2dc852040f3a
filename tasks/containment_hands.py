"""What one containment holds open while it runs. Secrets live here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.canary import Canary
from leakresponse.adapters.salesforce.cuts import Hands
from leakresponse.adapters.salesforce.inventory import Inventory
from leakresponse.core.containment import Action, Plan, Policy, Protection, Snapshot, Trial
from leakresponse.core.types import Alert
from leakresponse.ledger import EvidenceRef, Ledger


class Cutter:
    """Client, ledger, policy, and the first snapshot with its secrets.

    `approvals` maps a cut to the subject and the hash under which a person was asked, `ask` asks; `rests_on` maps a cut
    to the observation that it needs to count; `failed` the cuts that the org refused, with its code; `renewals` how
    often one was cut anew because the org showed it alive. Not a dataclass: Prefect walks through those, row by row.
    """

    def __init__(
        self,
        case_id: str,
        client: SalesforceClient,
        ledger: Ledger,
        protection: Protection,
        parallel: int = 8,
        policy: Policy | None = None,
        trial: Trial | None = None,
        identity_provider: str = "",
        approval_wait_seconds: float = 0.0,
        simulated: bool = False,
    ) -> None:
        self.case_id, self.client, self.ledger = case_id, client, ledger
        self.protection, self.parallel = protection, parallel
        self.policy, self.trial = policy or Policy(), trial or Trial()
        self.identity_provider, self.approval_wait_seconds = identity_provider, approval_wait_seconds
        self.simulated = simulated
        self.inventory: Inventory | None = None
        self.plan: Plan | None = None
        self.ask: Callable[[str, dict[str, Any]], str] | None = None
        self.approvals: dict[tuple[str, str], tuple[str, str]] = {}
        self.rests_on: dict[tuple[str, str], str] = {}
        self.failed: dict[tuple[str, str], str] = {}
        self.renewals: dict[tuple[str, str], int] = {}
        self.evidence: dict[str, tuple[Future[EvidenceRef], bytes]] = {}
        self.rest: Future[Inventory] | None = None
        self.canary: Canary | None = None
        #: An earlier run of this case cut already, and had found everybody whom the alert names.
        self.found_before = False

    @property
    def hands(self) -> Hands:
        """What a cut works with."""
        return Hands(self.client, self.inventory.secrets if self.inventory else {})

    @property
    def snapshot(self) -> Snapshot:
        """What was alive before anything was cut."""
        assert self.inventory is not None
        return self.inventory.snapshot

    def learn(self, inventory: Inventory) -> None:
        """Keep the secrets of a later look beside those of the first one."""
        assert self.inventory is not None
        self.inventory = self.inventory.with_secrets({**inventory.secrets, **self.inventory.secrets})

    def remember(self, plan: Plan) -> None:
        """Keep which cuts need an observation to count."""
        self.rests_on |= {cut: path.rests_on for path in plan.paths if path.rests_on for cut in path.cuts}


#: Never done on the word of a policy alone: a deactivated user is work to bring back.
BY_PERSON = frozenset({"deactivate_user"})


def subject_of(action: Action) -> str:
    """What a person approves: one kind of cut at a time."""
    return f"contain: {action.kind.replace('_', ' ')}"


def shown(alert: Alert, actions: list[Action]) -> dict[str, Any]:
    """What the approver sees of one kind, and the approval is bound to: targets by id, and who would feel it."""
    return {
        "confidence": alert.confidence,
        "actions": [
            {
                "kind": one.kind,
                "target": one.target,
                "reason": one.reason,
                "users": one.blast.users,
                "apps": one.blast.integrations,
                "owner": one.blast.owner,
                "certainty": one.certainty,
                "gives_back": sorted(dict(one.inverse)),
            }
            for one in actions
        ],
    }


def ask_for(cutter: Cutter, alert: Alert, actions: Iterable[Action]) -> None:
    """Ask a person for the cuts that need one and were not asked for yet; one question for each kind."""
    groups: dict[str, list[Action]] = {}
    wanted = [a for a in actions if a.approval and (str(a.kind), a.target) not in cutter.approvals]
    cutter.approvals |= _given_before(cutter) if wanted else {}
    for action in wanted:
        if (str(action.kind), action.target) not in cutter.approvals:
            groups.setdefault(subject_of(action), []).append(action)
    for subject, group in groups.items():
        if cutter.ask is not None:
            digest = cutter.ask(subject, shown(alert, group))
            cutter.approvals |= {(str(a.kind), a.target): (subject, digest) for a in group}
            asked = {"subject": subject, "hash": digest, "targets": [[str(a.kind), a.target] for a in group]}
            cutter.ledger.note(cutter.case_id, "approval_asked", asked)


def _given_before(cutter: Cutter) -> dict[tuple[str, str], tuple[str, str]]:
    """What was asked in an earlier run of the case and approved since: it need not be asked again."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for entry in cutter.ledger.timeline(cutter.case_id):
        if entry.kind == "approval_asked":
            subject, digest = str(entry.body["subject"]), str(entry.body["hash"])
            if cutter.ledger.approval_for(cutter.case_id, subject, digest):
                found |= {(str(kind), str(target)): (subject, digest) for kind, target in entry.body["targets"]}
    return found


def approved(cutter: Cutter, action: Action) -> bool:
    """Whether a cut may be made now: nobody has to want it, or somebody wants exactly this."""
    if not action.approval:
        return True
    asked = cutter.approvals.get((str(action.kind), action.target))
    found = cutter.ledger.approval_for(cutter.case_id, *asked) if asked else None
    return found is not None and not (found.policy and action.kind in BY_PERSON)
