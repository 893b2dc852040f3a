"""A vault on moto that holds what the integrations of a served org use, and the hands of a rotation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leakresponse.adapters.salesforce import OrgAccess, SalesforceClient
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.ledger import Ledger, open_ledger
from leakresponse.rotation.journal import LedgerJournal
from leakresponse.rotation.types import RotationContext, Rules, SecretEntry
from tests.support import aws
from tests.support.served_org import Served

RULES = Rules(mode="planned", proof_seconds=0.2, poll_seconds=0.1, pick_up_seconds=0.0)
KEYS = ("rehearsal", "rehearsal")


def responder(org: Served) -> SalesforceClient:
    key = Redacted(Path(org.facts["private_key_file"]).read_text(encoding="utf-8"))
    facts = org.facts
    access = OrgAccess(
        facts["https_url"], facts["consumer_key"], facts["username"], key, ca_file=facts["ca_file"]
    )  # fmt: skip
    return SalesforceClient(access)


@contextmanager
def vault_served() -> Iterator[SecretsManager]:
    with aws.serving() as served:
        yield SecretsManager("us-east-1", served.url, KEYS)


def stock_key(vault: SecretsManager, org: Served, user: str, name: str = "", **tags: str) -> SecretEntry:
    """The key pair of an integration, as the retailer's vault holds it."""
    facts = org.integration(user)
    key = Path(facts["private_key_file"]).read_text(encoding="utf-8")
    value = {part: facts[part] for part in ("app", "consumer_key", "username")}
    return _stock(vault, org, facts, {**value, "private_key_pem": key}, name or f"sf/{user}", "jwt_key_pair", tags)


def stock_pair(vault: SecretsManager, org: Served, user: str, name: str = "", **more: str) -> SecretEntry:
    """Consumer key and secret of an integration."""
    facts = org.integration(user)
    value = {part: facts[part] for part in ("app", "consumer_key", "consumer_secret", "username")}
    return _stock(vault, org, facts, {**value, **more}, name or f"sf/{user}", "eca_key_secret", {})


def _stock(
    vault: SecretsManager, org: Served, facts: dict[str, Any], value: dict[str, str], name: str, kind: str,
    more: dict[str, str],
) -> SecretEntry:  # fmt: skip
    tags = {"org": org.world.org_id, "kind": kind, "app": facts["app"], "username": facts["username"], **more}
    vault.create(name, HiddenDict(value), {f"leak-response:{part}": text for part, text in tags.items()})
    consumers = tuple(more.get("consumers", "").split())
    return SecretEntry(name, kind, org.world.org_id, facts["app"], facts["username"], consumers)


@dataclass
class Hands:
    """Contexts of one case: each is as a new process would make it."""

    vault: SecretsManager
    orgs: dict[str, SalesforceClient]
    ledger: Ledger
    case_id: str

    def context(self, **rules: Any) -> RotationContext:
        journal = LedgerJournal(self.ledger, self.case_id)
        return RotationContext(self.vault, self.orgs.__getitem__, journal, replace(RULES, **rules))


def hands_of(folder: Path, vault: SecretsManager, *orgs: Served) -> Hands:
    ledger = open_ledger(folder / "ledger.sqlite")
    case_id = ledger.open_case("alert-1", b"{}", {"source": "test"}).case_id
    return Hands(vault, {one.world.org_id: responder(one) for one in orgs}, ledger, case_id)


def good_versions(vault: SecretsManager, name: str) -> list[tuple[str, ...]]:
    """The labels that stand, sorted: exactly one current, none pending, at most one previous."""
    return sorted(labels for labels in vault.describe(name).stages.values() if labels)
