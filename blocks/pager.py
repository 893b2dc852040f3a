"""Whoever must be woken when containment fails."""

from __future__ import annotations

from collections.abc import Mapping

from prefect.blocks.core import Block
from pydantic import Field, SecretStr


class Pager(Block):
    """A webhook of the on-call system. It gets the case's id and counts, nothing else."""

    _block_type_name = "Pager"
    _block_type_slug = "pager"
    _description = "Wakes a person when an attack is not contained. Sends a case id and counts, never personal data."

    url: SecretStr = Field(
        title="Webhook address", description="Takes a JSON POST; kept encrypted, because its path is often the secret."
    )

    def page(self, case_id: str, event: str, counts: Mapping[str, int]) -> int:
        """Send one page; the answer is the HTTP status. Raises Refused or Unavailable, without the address."""
        from leakresponse.adapters.webhook import post_json

        document = {"case_id": case_id, "event": event, "counts": {k: int(v) for k, v in counts.items()}}
        return post_json(self.url.get_secret_value(), document)
