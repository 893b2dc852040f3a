"""Made-up facts for reports and notices. No real person, business or number."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from leakresponse.core.quality import RuleResult
from leakresponse.documents.facts import (
    AccessPath,
    CaseHeader,
    ClockMark,
    Credential,
    DecisionLine,
    Duty,
    ElementScope,
    GateLine,
    HumanTask,
    NoticeCount,
    ObjectScope,
    OpenRisk,
    PlaceScope,
    ReportFacts,
    Scope,
    Seal,
    TimelineEntry,
    VariantLine,
)
from leakresponse.documents.notice_types import Breach, Entity, Monitoring, NoticeContext

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ENTITY = Entity("Harbor & Pine Inc", "1 Wharf Street, Portland, ME 04101", "1-800-555-0100", "www.harborpine.example")
BREACH = Breach(
    discovered_on=date(2026, 3, 2),
    occurred_from=date(2026, 2, 27),
    occurred_to=date(2026, 3, 1),
    what_happened="An unauthorized person used the connection of an outside application to copy customer records.",
    what_we_did=("We cut off the access and replaced the credentials of the connection.",),
    notice_date=date(2026, 3, 5),
)
MONITORING = Monitoring("IDWatch", 18, date(2026, 6, 1), "www.idwatch.example", "1-800-555-0199")


def context(**changes: object) -> NoticeContext:
    """A notice to an adult in California whose name, e-mail and Social Security number were exposed."""
    base = NoticeContext(
        notice_id="n-0001",
        jurisdiction="CA",
        elements=("email", "ssn", "name"),
        entity=ENTITY,
        breach=BREACH,
        recipient_name="Robin Sample",
        monitoring=MONITORING,
        monitoring_code="CODE-1",
        address_lines=("12 Elm Street", "Salem, OR 97301"),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def duty(**changes: object) -> Duty:
    """A required statutory duty to people in California."""
    base = Duty(
        jurisdiction="CA",
        recipient="individuals",
        recipient_name="Affected residents of California",
        status="required",
        kind="statutory",
        people=1200,
        due_text="within 30 calendar days of discovery",
        clock_starts="discovery",
        citation="Cal. Civ. Code § 1798.82(a)",
        because="names with Social Security numbers were acquired",
        due_on=date(2026, 4, 1),
        link="https://leginfo.legislature.ca.gov/",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def report_facts(**changes: object) -> ReportFacts:
    """A contained case with 1,234 people in three states, one notice held, one gate that warned."""
    scope = Scope(
        records=1500,
        people=1234,
        objects=(ObjectScope("Contact", 1500, 0, ("Email", "SSN__c"), ("bulk2",)),),
        elements=(ElementScope("name", 1234), ElementScope("ssn", 300), ElementScope("passport", 4)),
        places=(PlaceScope("CA", 1200, 3), PlaceScope("WA", 20), PlaceScope("VT", 4)),
        unplaced=10,
    )
    base = ReportFacts(
        case=CaseHeader(
            "case-1", "Harbor & Pine Inc", "00D000000000001AAA", "a-1", "SOC", START, START, START + timedelta(hours=2),
            START - timedelta(days=3), START - timedelta(days=1), ("Drift",),
        ),
        as_of=date(2026, 3, 2),
        scope=scope,
        seal=Seal("ab" * 32, 99, 7, 4096),
        timeline=(TimelineEntry(START, "case opened"),),
        paths=(AccessPath("OAuth token", "0CQ1", "revoke token", True, "refresh answered 400 invalid_grant", START),),
        credentials=(Credential("harborpine/drift", "JWT key pair", True, True, "invalid_grant", START),),
        duties=(
            duty(),
            duty(kind="internal", jurisdiction="US", due_on=date(2026, 3, 5), citation="Response policy", link=""),
            duty(kind="contractual", jurisdiction="US", recipient="owner", due_on=date(2026, 3, 1), link=""),
            duty(status="not_required", recipient="cra", recipient_name="Bureaus", because="no such duty", due_on=None),
            duty(status="review", jurisdiction="VT", people=4, because="open for 4 residents", question="Who?"),
        ),
        decisions=(DecisionLine(START, "notice variants", "approved", "counsel", "read them", "cd" * 32),),
        notices=(
            NoticeCount("CA", "Harbor & Pine Inc", 1200, sent=1180, held=20),
            NoticeCount("WA", "Harbor & Pine Inc", 20, sent=20),
        ),
        variants=(VariantLine("CA/name+ssn/adult/en/harbor-pine-inc", "ef" * 32, 300, "counsel"),),
        gates=(GateLine("notices", "pass", 1220, 1219, 1, (RuleResult("email_form", "fail", 1220, 1, False),)),),
        risks=(OpenRisk("Log files were late", "The newest log file ends 40 s early.", "medium"),),
        tasks=(HumanTask("CA: file with the Attorney General", "counsel", date(2026, 4, 16)),),
        marks=(ClockMark("alert_to_first_cut", 1.9),),
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]
