"""Many integrations in several orgs, each with a connected app and a key pair of its own in the vault."""

from __future__ import annotations

from collections.abc import Sequence

from leakresponse.adapters.keypair import make_key_pair
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.redact import HiddenDict
from leakresponse.rehearsal.crowd import add_key_app
from leakresponse.rotation.types import SecretEntry
from tests.support.served_org import Served

USER = "order.sync"


def stock_crowd(vault: SecretsManager, orgs: Sequence[Served], many: int) -> list[SecretEntry]:
    """So many secrets, spread over the orgs in turns. They begin with one key pair in common, for speed."""
    pair = make_key_pair("before")
    entries = []
    for number in range(many):
        org = orgs[number % len(orgs)]
        app, username = f"Job {number:03d}", org.integration(USER)["username"]
        with org.world.store.write() as db:
            key = add_key_app(db, app, pair.certificate_pem, org.integration(USER)["app"])
        value = {"app": app, "consumer_key": key, "username": username, "private_key_pem": pair.private_pem.reveal()}
        tags = {"org": org.world.org_id, "kind": "jwt_key_pair", "app": app, "username": username}
        name = f"crowd/{number:03d}"
        vault.create(name, HiddenDict(value), {f"leak-response:{part}": text for part, text in tags.items()})
        entries.append(SecretEntry(name, "jwt_key_pair", org.world.org_id, app, username))
    return entries
