"""What the retailer has decided in peacetime."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field


class ResponsePolicy(Block):
    """Approvals, protected things, thresholds and waits."""

    _block_type_name = "Response policy"
    _block_type_slug = "response-policy"
    _description = "Who must approve what, what is never cut, and how small counts are shown."

    auto_approve: bool = Field(
        default=False,
        title="Approve by policy",
        description="Only for rehearsals and simulated orgs: phases go on without a person. Recorded as such.",
    )
    approval_wait_seconds: int = Field(
        default=86_400, ge=0, title="Wait for approval (s)", description="How long a flow waits for a person."
    )
    legal_entity: str = Field(
        default="", title="Legal entity", description="Who gives notice where a record names no brand."
    )
    contact_phone: str = Field(default="", title="Toll-free number", description="Printed in notices.")
    contact_web: str = Field(default="", title="Information page", description="Printed in notices.")
    contact_address: str = Field(default="", title="Postal address", description="Printed in notices.")
    monitoring_provider: str = Field(
        default="", title="Monitoring provider", description="Who gives the identity protection that laws ask for."
    )
    what_happened: str = Field(
        default="An unauthorized person used the connection of an outside application to copy records from the system "
        "in which we keep customer information.",
        title="What happened",
        description="One or two general sentences for notices; counsel's wording.",
    )
    what_we_did: list[str] = Field(
        default_factory=lambda: [
            "We cut off the access, confirmed that it no longer works, and replaced the credentials of the connection.",
            "We are reviewing which outside applications may reach customer information.",
        ],
        title="What we did",
        description="Sentences for notices.",
    )
    harm_likely: bool | None = Field(
        default=True,
        title="Harm is likely",
        description="Counsel's finding where a law asks for risk of harm. Empty: undecided, such duties go to review.",
    )
    suppress_below: int = Field(
        default=10, ge=0, title="Suppress counts below", description="Smaller counts show as '<n' in artifacts."
    )
    log_wait_seconds: int = Field(
        default=150, ge=0, title="Wait for logs (s)", description="How long scope waits for log files still on the way."
    )
    look_back_days: int = Field(
        default=30, ge=1, le=365, title="Look back (days)", description="How far back logs are read for the baseline."
    )
    parallel: int = Field(default=8, ge=1, le=32, title="Parallel calls", description="Bound on calls to the org.")
    objective_hours: int = Field(
        default=72, ge=1, title="Internal objective (h)", description="The playbook's own clock; no statute has it."
    )
