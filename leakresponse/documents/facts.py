"""What the report is made from: ids, counts, times and reasons, never a person's value.

The caller fills these from the ledger and the law engine; nothing here reads anything. Times are aware datetimes in
UTC. Counts are exact; the report itself withholds small ones (`ReportFacts.suppress_below`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from leakresponse.core.quality import GateResult, Outcome, RuleResult

ClockKind = Literal["statutory", "contractual", "internal", "advisory"]
DutyStatus = Literal["required", "not_required", "review"]


@dataclass(frozen=True, slots=True)
class CaseHeader:
    """Which case this is. `window` is the span of the attack as the evidence bounds it.

    `entity` is the retailer as it signs; `summary` may carry sentences of the case team, else the report words its own.
    """

    case_id: str
    entity: str
    org_id: str
    alert_id: str
    alert_source: str
    discovered_at: datetime
    opened_at: datetime
    generated_at: datetime
    window_start: datetime | None = None
    window_end: datetime | None = None
    apps: tuple[str, ...] = ()
    simulated: bool = False
    scenario: str = ""
    summary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One moment of the case. `actor` is a role, a policy or a system, `phase` the part of the response."""

    at: datetime
    what: str
    phase: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class AccessPath:
    """One way in. `dead` only where an attempted use was refused; `proof` says which and how it was refused.

    `subject` is an id or a masked name, never a token. `kind`: oauth token, browser session, user, certificate ...
    """

    kind: str
    subject: str
    action: str
    dead: bool
    proof: str
    cut_at: datetime | None = None
    proved_at: datetime | None = None

    @property
    def proven(self) -> bool:
        """Dead, and it is said how that is known."""
        return self.dead and bool(self.proof)


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential of an integration and its rotation; `proof` is the refusal that the old one met.

    `outage_seconds`: its services were locked out so long, None where they were not. `not_on_new`: services of whom no
    use of the new one was seen. `trouble`: what keeps it from being good.
    """

    name: str
    kind: str
    old_refused: bool
    new_works: bool
    proof: str = ""
    rotated_at: datetime | None = None
    pending_removed: bool = True
    outage_seconds: float | None = None
    not_on_new: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def proven(self) -> bool:
        """Rotated with proof from both sides."""
        return self.old_refused and self.new_works


@dataclass(frozen=True, slots=True)
class ObjectScope:
    """Records of one object: `records` exposed for certain, `possible` beyond them, the fields and channels."""

    name: str
    records: int
    possible: int = 0
    fields: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ElementScope:
    """How many people one data element (core vocabulary) was exposed for; people overlap between elements."""

    element: str
    people: int


@dataclass(frozen=True, slots=True)
class PlaceScope:
    """People placed in one jurisdiction (USPS code), the likely count.

    `possible`: people placed elsewhere or nowhere for whom it is a candidate, and people whom the logs allow and do not
    name; likely + possible is the high count, None where no log limits it.
    `sure`: those of `people` whose data was read for certain and for whom it is the only candidate, the low count; None
    where that is not known. `open_thresholds`: numbers of the law between low and high, so that what is open decides.
    """

    code: str
    people: int
    possible: int | None = 0
    sure: int | None = None
    open_thresholds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One exposed field (Object.Field) and what is said of it."""

    field: str
    says: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose data. `people` = sum of `places` + `foreign` + `military` + `unplaced`; the report says so if it is not.

    `records` and `people` are all, those that are only possible among them (`records_possible`, `people_possible`):
    the high count is the whole, the low count is what is left without them. `bounded` where the logs give bounds and
    not the exact set; then `bound_reason` says why.
    """

    records: int
    people: int
    objects: tuple[ObjectScope, ...] = ()
    elements: tuple[ElementScope, ...] = ()
    places: tuple[PlaceScope, ...] = ()
    foreign: int = 0
    military: int = 0
    unplaced: int = 0
    records_possible: int = 0
    people_possible: int = 0
    minors: int = 0
    under_review: int = 0
    bounded: bool = False
    bound_reason: str = ""
    fields_decided: tuple[FieldLine, ...] = ()
    fields_open: tuple[FieldLine, ...] = ()
    fields_noted: tuple[FieldLine, ...] = ()
    sensitive: tuple[FieldLine, ...] = ()
    sensitive_by: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def records_sure(self) -> int:
        """The low count."""
        return self.records - self.records_possible

    @property
    def people_sure(self) -> int:
        """The low count."""
        return self.people - self.people_possible


@dataclass(frozen=True, slots=True)
class Duty:
    """One obligation, or the reasoned absence of one, in the words of the law engine's answer."""

    jurisdiction: str
    recipient: str
    recipient_name: str
    status: DutyStatus
    kind: ClockKind
    people: int
    due_text: str
    clock_starts: str
    citation: str
    because: str
    due_on: date | None = None
    link: str = ""
    question: str = ""
    people_possible: int = 0


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """Who decided what, on which hash of what they saw, and why. `policy` where a policy and no person decided."""

    at: datetime
    subject: str
    decision: str
    by: str
    reason: str
    subject_hash: str = ""
    policy: bool = False


@dataclass(frozen=True, slots=True)
class NoticeCount:
    """Notices of one jurisdiction and legal entity: `due` = the sum of all that follow it."""

    jurisdiction: str
    legal_entity: str
    due: int
    sent: int = 0
    queued: int = 0
    held: int = 0
    undeliverable: int = 0
    unknown: int = 0
    quarantined: int = 0

    @property
    def accounted(self) -> int:
        """All outcomes together; the report names every line where it is not `due`."""
        return self.sent + self.queued + self.held + self.undeliverable + self.unknown + self.quarantined


@dataclass(frozen=True, slots=True)
class VariantLine:
    """One text that was approved: its name, the hash that the approval is bound to, and for how many notices."""

    variant: str
    variant_hash: str
    notices: int
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class GateLine:
    """One quality gate: rows in = rows passed + quarantined."""

    gate: str
    outcome: Outcome
    rows_in: int
    rows_passed: int
    quarantined: int
    rules: tuple[RuleResult, ...] = ()

    @classmethod
    def of(cls, result: GateResult) -> GateLine:
        """The line of a gate's result; row ids stay behind."""
        quarantined = len({q.row_id for q in result.quarantine})
        return cls(result.gate, result.outcome, result.rows_in, result.rows_passed, quarantined, result.rules)


@dataclass(frozen=True, slots=True)
class OpenRisk:
    """What is not settled, and what could come of it."""

    title: str
    detail: str
    severity: Literal["high", "medium", "low"] = "medium"


@dataclass(frozen=True, slots=True)
class HumanTask:
    """What only a person can do: filing with a regulator, answering a question of law. `owner` is a role."""

    task: str
    owner: str
    due_on: date | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One piece of evidence by its hash."""

    name: str
    sha256: str
    size: int
    collected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """Evidence and the head of the hash chain at the moment of the report. `size` in bytes."""

    chain_head: str
    chain_rows: int
    evidence_items: int
    size: int = 0
    verified: bool = False
    items: tuple[EvidenceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockMark:
    """A time the response took from the alert on, in seconds: first cut, contained, scope, notices ready."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """The whole case for the report. `as_of` is the day that days left are counted from.

    `suppress_below`: table and chart cells of 1 up to this number are withheld; 0 shows all. Totals are always exact.
    """

    case: CaseHeader
    as_of: date
    scope: Scope
    seal: Seal
    timeline: tuple[TimelineEntry, ...] = ()
    paths: tuple[AccessPath, ...] = ()
    credentials: tuple[Credential, ...] = ()
    duties: tuple[Duty, ...] = ()
    decisions: tuple[DecisionLine, ...] = ()
    notices: tuple[NoticeCount, ...] = ()
    variants: tuple[VariantLine, ...] = ()
    gates: tuple[GateLine, ...] = ()
    risks: tuple[OpenRisk, ...] = ()
    tasks: tuple[HumanTask, ...] = ()
    marks: tuple[ClockMark, ...] = ()
    suppress_below: int = 10

    @property
    def contained(self) -> bool:
        """Contained only with proof: at least one path is known and every one met a refusal."""
        return bool(self.paths) and all(path.proven for path in self.paths)
