"""Steps after the scope: each secret of the leaked text is rotated, ended by whoever can, or becomes a duty."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leakresponse.rotation.exposed import Exposed, duty_of, exposed_secrets
from leakresponse.rotation.exposed_ends import ExposedEnd, end_exposed
from leakresponse.rotation.known import known_values
from leakresponse.rotation.types import RotationContext
from tasks.support import files_of, ledger_of, step, store_block, vault_block

FOUND, LISTED = "secrets.json", "exposed_secrets.json"


@step("compare what leaked with the vault")
def list_exposed(case_id: str, vault: str, store: str) -> tuple[tuple[Exposed, ...], int]:
    """The secrets of the leaked text, each once, with the vault's name for those that are ours.

    Also how many secrets of the vault could not be read, since one of them may be what leaked.
    """
    files = files_of(store_block(store), case_id)
    found = json.loads(files.read(FOUND)) if files.exists(FOUND) else []
    if not found:
        return (), 0
    known = known_values(vault_block(vault).secrets())
    return exposed_secrets(found, known.values), len(known.unread)


def own(case_id: str, store: str, listed: Iterable[Exposed]) -> set[str]:
    """The vault's names of those that are in force there, and of those that this case has begun to rotate.

    After a crash the leaked value may be the previous one already, and its end not proven yet.
    """
    begun = {one.target for one in ledger_of(store_block(store)).actions(case_id) if one.kind == "rotate_create"}
    return {one.secret for one in listed if one.ours or one.secret in begun}


@step("end the secrets that are not in the vault")
def end_others(context: RotationContext, listed: Sequence[Exposed]) -> list[ExposedEnd]:
    """What the vault has never held is switched off at AWS, or handed to the operator's endpoint for its kind."""
    return end_exposed(context, [one for one in listed if not one.secret])


@step("write the rotation list")
def write_list(
    case_id: str,
    store: str,
    listed: Sequence[Exposed],
    outcomes: Iterable[Mapping[str, Any]],
    ends: Sequence[ExposedEnd],
) -> dict[str, Any]:
    """Each secret with its state, into the case; the answer holds counts, `open` those that wait for a person by kind.

    `outcomes` are of those secrets of the vault that were rotated for it.
    """
    rotated = {one["name"] for one in outcomes if one["old_refused"] and one["new_works"]}
    ended = {one.fingerprint: one for one in ends}
    rows = [_row(one, ended.get(one.fingerprint), rotated) for one in listed]
    files_of(store_block(store), case_id).write(LISTED, json.dumps(rows, indent=1).encode())
    states = dict(Counter(row["state"] for row in rows))
    waiting = dict(Counter(row["kind"] for row in rows if row["state"] not in {"rotated", "ended"}))
    counts = {"listed": len(rows), "states": states, "open": waiting}
    ledger_of(store_block(store)).note(case_id, "exposed_secrets", counts)
    return counts


def _row(one: Exposed, end: ExposedEnd | None, rotated: set[str]) -> dict[str, Any]:
    """Ids and words alone. What the vault has held is over with the rotation of its secret, and only with it."""
    owner, what = duty_of(one.kind)
    state = "rotated" if one.secret in rotated else end.state if end else "person"
    return {
        "kind": one.kind,
        "fingerprint": one.fingerprint,
        "records": list(one.records),
        "secret": one.secret,
        "state": state,
        "how": end.how if end else "",
        "error": end.error if end else "",
        "owner": "" if state in {"rotated", "ended"} else owner,
        "what": "" if state in {"rotated", "ended"} else what,
    }
