"""Readiness of the encryption of cases: whose key, whether it can be had, and whether plain files are allowed here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blocks import CaseStore, SalesforceOrg

#: Name of the check, what finds out (empty: not ready), and what to do then.
Question = tuple[str, Callable[[], str], str]
_KEY_FIX = {
    "vault": "check the vault block that the store names, and let its role read and create the secret of that name",
    "keyring": "start and unlock the keyring of this machine, or set the encryption of the case store block to vault",
}


def encryption_questions(name: str, store: CaseStore, orgs: Sequence[SalesforceOrg]) -> list[Question]:
    """About the encryption of one case store, given every org that a flow may be run on."""
    from tasks.support import PLAIN_PRODUCTION, is_plain_production

    if store.encryption == "plain":
        held = any(is_plain_production(store, org) for org in orgs)
        return [(f"encryption {name}", lambda: "" if held else "plain, for rehearsals", PLAIN_PRODUCTION)]
    return [(f"encryption {name}", lambda: _ready(store), _KEY_FIX[store.encryption])]


def _ready(store: CaseStore) -> str:
    from tasks.support import key_holder

    key_holder(store).ready()
    return f"{store.encryption}: {store.key_name}"
