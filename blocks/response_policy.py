"""What the retailer has decided in peacetime."""

from __future__ import annotations

from typing import Any

from prefect.blocks.core import Block
from pydantic import Field

from blocks.salesforce_org import UserId
from leakresponse.core.containment import ActionKind, Level, Policy, Trial


class ResponsePolicy(Block):
    """Approvals, protected things, thresholds and waits. An org that needs others gets a policy block of its own."""

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
    dask_scheduler: str = Field(
        default="",
        title="Dask scheduler",
        description="Address (tls://host:8786) of a cluster that finds people; empty: processes of this machine. Its "
        "workers need this code, Prefect's API and the right to the case store and its key.",
    )
    field_classes: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        title="What fields hold",
        description="A person's decisions: Object.Field to {element: a data element or none, by: who, why: reason}. "
        "They stand before every rule, and are in the ledger and the report.",
    )
    parallel: int = Field(default=8, ge=1, le=32, title="Parallel calls", description="Bound on calls to the org.")
    objective_hours: int = Field(
        default=72, ge=1, title="Internal objective (h)", description="The playbook's own clock; no statute has it."
    )
    levels: dict[ActionKind, Level] = Field(
        default_factory=dict,
        title="Who decides each kind of cut",
        description="By kind: approval = never without a person, confirmed = by itself on a confirmed alert, "
        "suspected = by itself on suspicion too. Kinds left out follow the product's own choice.",
    )
    owners: dict[str, str] = Field(
        default_factory=dict,
        title="Business owners",
        description="App name or user id (005...) to who answers for it; shown in the plan beside what a cut stops.",
    )
    break_glass_user_ids: list[UserId] = Field(
        default_factory=list, title="Break-glass users", description="Salesforce ids (005...); never cut off."
    )
    approver_user_ids: list[UserId] = Field(
        default_factory=list, title="Approvers", description="Salesforce ids (005...) of approvers; never cut off."
    )
    networks: list[str] = Field(
        default_factory=list,
        title="Own networks",
        description="Ranges first-last for profiles without login ranges; empty: no ranges are proposed.",
    )
    proven_cuts: dict[str, str] = Field(
        default_factory=dict,
        title="Proven cuts",
        description="Kind of cut to the day when the cut trial saw it work in this org's sandbox.",
    )
    failed_cuts: list[str] = Field(
        default_factory=list,
        title="Cuts that failed",
        description="Kinds that the cut trial saw fail in this org's sandbox; the word contained never rests on them.",
    )
    vendor_addresses: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        title="Vendors' address lists",
        description="By a name of yours: {source, attack: [networks], own: {app or user: [networks]}} as a vendor "
        "published them. The scope flow takes such a name and labels the logs again.",
    )
    trial_org: str = Field(
        default="",
        title="Sandbox of the cut trial",
        description="Id of the org in which `doctor --try-cuts` tried the cuts; its last finished trial counts here.",
    )
    trial_days: int = Field(
        default=120, ge=1, title="Trial counts for (days)", description="Salesforce has three releases a year."
    )
    other_orgs: list[str] = Field(
        default_factory=list,
        title="Other orgs",
        description="Salesforce org blocks that are searched for the same app, user and address after a containment.",
    )
    request_case_types: list[str] = Field(
        default_factory=list,
        title="Cases that are privacy requests",
        description="Values of Case.Type under which people ask to see or erase their data, beside PrivacyRequest.",
    )
    proof_seconds: int = Field(
        default=2_100,
        ge=0,
        title="Wait for proof (s)",
        description="How long cuts may take to reach every server; Salesforce speaks of up to 30 minutes.",
    )
    watch_seconds: int = Field(
        default=60, ge=0, title="Watch (s)", description="How long the org must stay quiet before contained is said."
    )
    idle_days: int = Field(
        default=90, ge=1, title="Idle after (days)", description="Authorisations unused for longer are listed."
    )
    key_bits: int = Field(
        default=2048, ge=2048, le=4096, title="Key size (bits)", description="RSA size of new key pairs."
    )
    certificate_days: int = Field(
        default=365, ge=1, le=3_650, title="Certificate validity (days)", description="Of the certificates of new keys."
    )
    rotation_proof_seconds: int = Field(
        default=60,
        ge=0,
        title="Wait for a rotation (s)",
        description="How long a new credential may take to work everywhere, and an old one to be refused.",
    )
    pick_up_seconds: int = Field(
        default=3_600,
        ge=0,
        title="Wait for pick-up (s)",
        description="Planned rotation: how long services may take to read the new version before the old one ends.",
    )
    person_seconds: int = Field(
        default=0,
        ge=0,
        title="Wait for people (s)",
        description="How long a rotation waits for credentials that only a person can make; 0: it goes on without "
        "them, and is run again once they are stored.",
    )
    rotation_endpoints: dict[str, str] = Field(
        default_factory=dict,
        title="Rotation endpoints",
        description="Service, or kind of exposed secret (snowflake_host), to the rotation endpoint block for it.",
    )
    pager: str = Field(
        default="", title="Pager block", description="Name of the pager block that shouts when containment fails."
    )
    identity_provider: str = Field(
        default="", title="Identity provider block", description="Name of the block that ends sign-on sessions."
    )

    def containment(self) -> Policy:
        """The part that decides cuts."""
        return Policy(
            levels=dict(self.levels),
            owners=dict(self.owners),
            networks=tuple(self.networks),
            identity_provider=bool(self.identity_provider),
            proof_seconds=self.proof_seconds,
            watch_seconds=self.watch_seconds,
            idle_days=self.idle_days,
        )

    def trial(self) -> Trial:
        """What the cut trial saw in this org's sandbox."""
        return Trial(dict(self.proven_cuts), frozenset(self.failed_cuts))

    def protected(self) -> frozenset[str]:
        """Ids of users whom no cut may touch. Ids, because Prefect writes the fields of a block into its events."""
        return frozenset(self.break_glass_user_ids) | frozenset(self.approver_user_ids)
