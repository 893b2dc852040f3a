"""Where cases live: the ledger and the folders of evidence and frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from prefect.blocks.core import Block
from pydantic import Field, SecretStr, model_validator


class CaseStore(Block):
    """The ledger's address and the folder below which every case has its own."""

    _block_type_name = "Case store"
    _block_type_slug = "case-store"
    _description = "The ledger and the case folders. The record of a case; Prefect is never the record."

    root: str = Field(title="Folder of the cases", description="One folder per case is made below it.")
    ledger_url: SecretStr = Field(
        title="Ledger",
        description="SQLAlchemy address, for example sqlite:////var/lib/leak-response/ledger.sqlite. Kept encrypted: "
        "it may hold a password.",
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
    evidence_url: str = Field(
        default="",
        title="Evidence bucket",
        description="s3://bucket/prefix with Object Lock for production. Empty: evidence lies in the case's folder.",
    )
    retention_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        title="Retention (days)",
        description="For so long nobody, the account's root included, can delete evidence in the bucket.",
    )
    kms_key_id: str = Field(
        default="", title="KMS key", description="Id or ARN of the key under which the bucket encrypts evidence."
    )
    evidence_region: str = Field(default="us-east-1", title="Region", description="AWS region of bucket and KMS key.")
    evidence_endpoint_url: str = Field(
        default="",
        title="Endpoint",
        description="Empty for AWS. Rehearsals fill in their local double, which takes no real keys.",
    )
    timestamp_authority: str = Field(
        default="",
        title="Timestamp authority",
        description="Name of the timestamp authority block that witnesses every seal. Empty: none does.",
    )

    @model_validator(mode="after")
    def _bucket_is_whole(self) -> Self:
        """A bucket without retention or key is a mistake that is better told when the block is saved."""
        whole = self.evidence_url.startswith("s3://") and self.retention_days and self.kms_key_id
        if self.evidence_url and not whole:
            raise ValueError("an evidence bucket needs an address s3://bucket/prefix, retention days and a KMS key")
        return self

    def case_dir(self, case_id: str) -> Path:
        """The folder of one case, made on first use, readable by its owner alone."""
        folder = Path(self.root) if self.single_case else Path(self.root) / case_id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def evidence_address(self, name: str) -> str:
        """Where the evidence of one case (or archive) lies in the bucket."""
        return f"{self.evidence_url.rstrip('/')}/{name}"

    def evidence_options(self) -> dict[str, Any]:
        """For the driver of the bucket; a given endpoint is a local double and gets throwaway keys."""
        region = {"client_kwargs": {"region_name": self.evidence_region}}
        if not self.evidence_endpoint_url:
            return region
        return {"endpoint_url": self.evidence_endpoint_url, "key": "rehearsal", "secret": "rehearsal", **region}
