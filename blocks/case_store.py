"""Where cases live: the ledger and the folders of evidence and frames."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from prefect.blocks.core import Block
from pydantic import Field


class CaseStore(Block):
    """The ledger's address and the folder below which every case has its own."""

    _block_type_name = "Case store"
    _block_type_slug = "case-store"
    _description = "The ledger and the case folders. The record of a case; Prefect is never the record."

    root: str = Field(title="Folder of the cases", description="One folder per case is made below it.")
    ledger_url: str = Field(
        title="Ledger", description="SQLAlchemy address, for example sqlite:////var/lib/leak-response/ledger.sqlite."
    )
    single_case: bool = Field(
        default=False, title="One case only", description="The folder above is the case's own folder (rehearsals)."
    )
    encryption: Literal["vault", "keyring", "plain"] = Field(
        default="vault",
        title="Encryption at rest",
        description="Whose key protects the cases: of the vault below, of this machine's keyring, or none. "
        "plain is for rehearsals: with a production org nothing but containment runs.",
    )
    key_name: str = Field(
        default="leak-response/case-keys",
        title="Name of the key",
        description="Secret in the vault, or entry of the keyring, that holds the wrapping key; made on first use.",
    )
    key_vault: str = Field(
        default="vault", title="Vault of the key", description="Name of the AWS vault block, where the vault is used."
    )

    def case_dir(self, case_id: str) -> Path:
        """The folder of one case, made on first use, readable by its owner alone."""
        folder = Path(self.root) if self.single_case else Path(self.root) / case_id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder
