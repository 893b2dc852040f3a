"""The mail server that takes notices."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field


class MailChannel(Block):
    """SMTP to the retailer's own relay, or to a local sink in rehearsals."""

    _block_type_name = "Mail channel"
    _block_type_slug = "mail-channel"
    _description = "The mail relay that takes notices, and its delivery log for what a lost connection left unknown."

    host: str = Field(default="127.0.0.1", title="Relay host", description="Name or address of the SMTP relay.")
    port: int = Field(default=25, ge=1, le=65535, title="Port", description="SMTP port of the relay.")
    sender: str = Field(title="Sender address", description="From which notices come, for example privacy@example.com.")
    batch_size: int = Field(
        default=500, ge=1, le=10_000, title="Batch size", description="Notices leased from the outbox at a time."
    )
    delivery_log: str = Field(
        default="",
        title="Delivery log",
        description="One JSON object a line with notice_id, written by the relay; settles messages left unknown.",
    )
    print_address: str = Field(
        default="",
        title="Mail house intake",
        description="Address to which letters go for printing, one message each. Empty: letters wait as held.",
    )
