"""The way back of a cut, once: shared by recovery, where a person chooses, and rotation, where the old key is dead.

Nothing is given back twice: the ledger's key of the way back is that of the cut, whoever walks it.
"""

from __future__ import annotations

from typing import Any

from leakresponse.adapters.salesforce.cuts import CUTS, Cut, Hands
from leakresponse.ledger import ActionRecord, Ledger

#: What a cut's own word for its way back is in the ledger.
_KINDS = {"remove_grant": "restore_grant", "freeze_user": "unfreeze_user"}


def _key_of(cut_key: str) -> str:
    """The ledger key under which one cut is given back."""
    return f"give_back:{cut_key}"


def open_cuts(ledger: Ledger, case_id: str) -> list[ActionRecord]:
    """For every target that is still taken the first of its cuts, which knows how it was; the last taken first."""
    firsts: dict[tuple[str, str], ActionRecord] = {}
    for action in _standing(ledger, case_id):
        firsts.setdefault((action.kind, action.target), action)
    return list(reversed(firsts.values()))


def give_back_cut(ledger: Ledger, case_id: str, hands: Hands, taken: ActionRecord) -> None:
    """Undo one cut, and with it every later one of the same target. Raises CannotGiveBack, Refused, Unavailable."""
    inverse = {str(key): str(value) for key, value in (taken.inverse or {}).items()}

    def act() -> dict[str, Any]:
        return _cut_of(taken.kind).undo(hands, taken.target, inverse)

    ledger.once(case_id, _key_of(taken.key), _undo_kind(taken.kind), taken.target, act)
    _settle_renewals(ledger, case_id, taken)


def take_again(ledger: Ledger, case_id: str, hands: Hands, given: ActionRecord) -> None:
    """Make a cut again that was given back: a cut of its own. A grant has a new row, which is the target now."""
    back = next(one for one in ledger.actions(case_id) if one.key == _key_of(given.key))
    receipt = back.receipt or {}
    target = str(receipt.get("created") or receipt.get("id") or given.target)

    def act() -> dict[str, Any]:
        return _cut_of(given.kind).act(hands, target)

    ledger.once(case_id, f"take_again:{given.key}", given.kind, target, act, inverse=given.inverse)


def _settle_renewals(ledger: Ledger, case_id: str, first: ActionRecord) -> None:
    """A target that was cut several times is given back once: as it was before the first of those cuts."""

    def settled() -> dict[str, Any]:
        return {"with": first.key}

    for later in _standing(ledger, case_id):
        if (later.kind, later.target) == (first.kind, first.target):
            ledger.once(case_id, _key_of(later.key), _undo_kind(later.kind), later.target, settled)


def _standing(ledger: Ledger, case_id: str) -> list[ActionRecord]:
    """Cuts that were made and not given back. One that found its target gone has taken nothing, unless it was a repeat:
    then the try before it may have been the one."""
    actions = ledger.actions(case_id)
    done = {action.key for action in actions if action.state == "done"}
    kinds = {cut.kind for cut in CUTS.values()}
    made = [a for a in actions if a.kind in kinds and a.state == "done" and not _took_nothing(a)]
    return [action for action in made if _key_of(action.key) not in done]


def _took_nothing(action: ActionRecord) -> bool:
    return bool((action.receipt or {}).get("already")) and action.attempts == 1


def _undo_kind(kind: str) -> str:
    return _KINDS.get(kind, f"undo_{kind}")


def _cut_of(kind: str) -> Cut:
    return next(cut for cut in CUTS.values() if cut.kind == kind)
