"""Blocks for a simulated org and its doubles, saved under given names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from blocks.aws_vault import AwsVault
from blocks.case_store import CaseStore
from blocks.identity_provider import IdentityProvider
from blocks.mail_channel import MailChannel
from blocks.response_policy import ResponsePolicy
from blocks.salesforce_org import SalesforceOrg

ENTITY = "Harbor & Pine Inc"
#: A simulated org has one server: what is cut is dead at once, or late by what a fault says.
SIMULATED_PROOF_SECONDS, SIMULATED_WATCH_SECONDS, SIMULATED_PICK_UP_SECONDS = 60, 2, 5
SENDER = "privacy@harborpine.example"


@dataclass(frozen=True, slots=True)
class BlockNames:
    """The names that a flow gets for one org and its surroundings."""

    org: str
    vault: str
    store: str
    policy: str
    channel: str

    def parameters(self) -> dict[str, str]:
        """As flow parameters of `respond`."""
        return {
            "org": self.org,
            "vault": self.vault,
            "store": self.store,
            "policy": self.policy,
            "channel": self.channel,
        }


def save_simulated(
    names: BlockNames,
    connection: Mapping[str, Any],
    vault_url: str,
    mail_port: int,
    journal: Path,
    root: Path,
    ledger_url: str,
    single_case: bool,
    plain: bool = True,
) -> None:
    """Save the five blocks, replacing those of the same names.

    `plain` leaves the case's files open to outside programs (design contract); else the simulated vault keeps the key.
    """
    SalesforceOrg.from_connection(dict(connection)).save(names.org, overwrite=True)
    AwsVault(endpoint_url=vault_url).save(names.vault, overwrite=True)
    store = CaseStore(
        root=str(root),
        ledger_url=ledger_url,
        single_case=single_case,
        encryption="plain" if plain else "vault",
        key_vault=names.vault,
    )
    store.save(names.store, overwrite=True)
    channel = MailChannel(
        host="127.0.0.1",
        port=mail_port,
        sender=SENDER,
        delivery_log=str(journal),
        print_address="letters@printhouse.example",
    )
    channel.save(names.channel, overwrite=True)
    policy = ResponsePolicy(
        auto_approve=True,
        legal_entity=ENTITY,
        contact_address="100 Harbor Street, Portland, ME 04101",
        contact_phone="1-800-555-0142",
        monitoring_provider="Example Identity Watch",
        contact_web="https://harborpine.example/notice",
        proof_seconds=SIMULATED_PROOF_SECONDS,
        watch_seconds=SIMULATED_WATCH_SECONDS,
        pick_up_seconds=SIMULATED_PICK_UP_SECONDS,
        identity_provider=_save_provider(names, connection),
    )
    policy.save(names.policy, overwrite=True)


def _save_provider(names: BlockNames, connection: Mapping[str, Any]) -> str:
    """The block of the identity provider where the rehearsal has one; its name, else nothing."""
    if not connection.get("idp_url"):
        return ""
    name = f"{names.org}-idp"
    IdentityProvider(url=SecretStr(f"{connection['idp_url']}/hook")).save(name, overwrite=True)
    return name
