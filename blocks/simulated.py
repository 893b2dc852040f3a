"""Blocks for a simulated org and its doubles, saved under given names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blocks.aws_vault import AwsVault
from blocks.case_store import CaseStore
from blocks.mail_channel import MailChannel
from blocks.response_policy import ResponsePolicy
from blocks.salesforce_org import SalesforceOrg

ENTITY = "Harbor & Pine Inc"
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
    )
    policy.save(names.policy, overwrite=True)
