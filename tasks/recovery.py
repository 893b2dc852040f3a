"""Steps of recovery: what containment took is given back, item by item, from the inverses that the ledger holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from prefect.artifacts import create_table_artifact

from leakresponse.adapters.salesforce.cuts import CannotGiveBack, Hands
from leakresponse.core.errors import BadInput, LeakResponseError, code_of
from leakresponse.ledger import ActionRecord, Ledger
from tasks.giving_back import give_back_cut, open_cuts
from tasks.support import ledger_of, log, org_block, step, store_block

#: Who has to do what cannot be given back by a machine, in words for the person who reads it.
_WHO = {
    "USER_MUST_AUTHORISE_AGAIN": "the user, by authorising the app again once it is safe",
    "USER_MUST_LOG_IN_AGAIN": "the user, by logging in again",
    "USER_MUST_SET_A_PASSWORD": "the user, by the link that Salesforce sends",
    "OWNER_MUST_START_AGAIN": "the owner of the job, by starting it again",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was taken. `outcome`: open, given back, cannot, failed; `who` acts where no machine can."""

    kind: str
    target: str
    outcome: str
    who: str = ""

    @property
    def name(self) -> str:
        """As a person names it in the form: kind:target."""
        return f"{self.kind}:{self.target}"


@step("list what was taken")
def taken(case_id: str, store: str) -> list[Item]:
    """Every cut of the case that happened and was not given back yet, the last one first."""
    return [Item(a.kind, a.target, "open") for a in open_cuts(ledger_of(store_block(store)), case_id)]


def chosen(items: Sequence[Item], names: Iterable[str]) -> list[Item]:
    """Those that a person named, or all. Raises BadInput for a name that is not among them."""
    wanted = [name.strip() for name in names if name.strip()]
    known = {item.name: item for item in items}
    missing = [name for name in wanted if name not in known]
    if missing:
        raise BadInput(f"{len(missing)} of the named items were not taken in this case, or were given back already")
    return [known[name] for name in dict.fromkeys(wanted)] if wanted else list(items)


@step("give back")
def give_back(case_id: str, items: Sequence[Item], org: str, store: str) -> list[Item]:
    """Undo each cut once, in the reverse of the order in which they were made; a failure leaves the others alone.

    An item whose cut has no way back is answered with who has to act. Nothing is given back twice: the ledger's key
    of the way back is that of the cut, and rotation uses the same.
    """
    ledger = ledger_of(store_block(store))
    hands = Hands(org_block(org).client(), {})
    by_name = {f"{a.kind}:{a.target}": a for a in open_cuts(ledger, case_id)}
    return [_one(ledger, case_id, hands, by_name[item.name]) for item in items if item.name in by_name]


def _one(ledger: Ledger, case_id: str, hands: Hands, taken: ActionRecord) -> Item:
    try:
        give_back_cut(ledger, case_id, hands, taken)
    except CannotGiveBack as cannot:
        return Item(taken.kind, taken.target, "cannot", _WHO.get(cannot.code, cannot.code))
    except LeakResponseError as error:
        log.warning("a cut could not be given back: %s", type(error).__name__)
        return Item(taken.kind, taken.target, "failed", code_of(error))
    return Item(taken.kind, taken.target, "given back")


def seen(items: Sequence[Item], rotated: bool) -> dict[str, Any]:
    """What an approver sees and binds the approval to: exactly these items, and whether the old credential is dead."""
    return {"items": sorted(item.name for item in items), "old_credentials_replaced": rotated}


@step("show what was given back")
def show(case_id: str, items: Sequence[Item], store: str) -> None:
    """An artifact for the UI and a row in the chain: kinds, targets by id, outcomes."""
    table = [asdict(item) for item in items]
    create_table_artifact(table=table, key="recovery", description=f"Case {case_id}: what was given back, and what not")
    outcomes = {one: sum(item.outcome == one for item in items) for one in ("given back", "cannot", "failed")}
    ledger_of(store_block(store)).note(case_id, "recovery", outcomes)
