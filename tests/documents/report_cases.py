"""Made-up cases at the ends of what a report must bear. No real person, business or number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from document_cases import START, duty, report_facts

from leakresponse.core.quality import RuleResult
from leakresponse.core.vocabulary import DATA_ELEMENTS, JURISDICTIONS
from leakresponse.documents.facts import (
    AccessPath,
    ClockKind,
    ClockMark,
    Credential,
    DecisionLine,
    Duty,
    DutyStatus,
    ElementScope,
    EvidenceLine,
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
from leakresponse.documents.wording import place_name

BRANDS = ("Harbor & Pine Inc", "Northlight Outfitters LLC", "Casa Brisa Home, a division of Harbor & Pine Inc")
HEBREW = "שלום עולם"
#: Texts that would be markup, or would break a page, if anything took them for more than text.
HOSTILE = (
    "#panic(1)", "] #pagebreak() [", "$ x $", r"\ \u{0}", '"quoted"', "`raw`", "<b>bold</b>", "{{ 7*7 }}", "= heading",
    "*strong* _em_", "@label", "// comment", "/* open", '#import "/etc/passwd"', "~", "- item", HEBREW, "مرحبا",
    "漢か", "😀🧿", "zero\u200bwidth", "a" * 300, "&amp;", "'", "</script><script>alert(1)</script>",
)  # fmt: skip
UNSEEN = ("nul\x00", "bell\x07", "over\u202eride", "mark\ufeff", "own\ue000", "lone\ud800", "none\ufffe")


def empty_facts() -> ReportFacts:
    """A case that has only been opened."""
    scope = Scope(records=0, people=0)
    return report_facts(scope=scope, timeline=(), paths=(), credentials=(), duties=(), decisions=(), notices=(),
                        variants=(), gates=(), risks=(), tasks=(), marks=())  # fmt: skip


def large_facts() -> ReportFacts:
    """Two million people in all 54 jurisdictions, three brands, bounded logs, more than five hundred duties."""
    places = tuple(
        PlaceScope(c, 900 + 8_007 * (n % 9) + 13 * n, 40 + n, 850 + 8_000 * (n % 9))
        for n, c in enumerate(JURISDICTIONS)
    )
    text = "name+ssn+dob+payment_card_with_code/adult/en/harbor-pine-inc"
    return report_facts(
        scope=_scope(places),
        duties=_duties(places),
        notices=tuple(
            NoticeCount(p.code, b, p.people // 3, sent=p.people // 3 - 20, held=12, undeliverable=8)
            for p in places
            for b in BRANDS
        ),
        variants=tuple(
            VariantLine(f"{c}/{text}", _hash(n), 700 + n, "counsel") for n, c in enumerate(JURISDICTIONS)
        ),
        risks=(
            OpenRisk("Risk 1", "What is not settled yet, and what could come of it. " * 3, "high"),
            OpenRisk("Risk 2", "What is not settled yet.", "low"),
        ),
        tasks=tuple(
            HumanTask(f"{place_name(c)}: file with it", "counsel", date(2026, 2, 20) + timedelta(days=9 * i), i == 2)
            for i, c in enumerate(JURISDICTIONS[:12])
        ),
        **_response(),
    )  # fmt: skip


def _hash(number: int) -> str:
    return f"{number:064x}"


def _scope(places: tuple[PlaceScope, ...]) -> Scope:
    people, abroad, military = 2_000_000, 3_811, 407
    objects = ("Contact", "Account", "Case", "Loyalty_Membership_Enrollment_Record__c")
    fields = tuple(f"Custom_Field_{k:02}__c" for k in range(12))
    return Scope(
        records=3_229_958,
        people=people,
        places=places,
        foreign=abroad,
        military=military,
        unplaced=people - sum(p.people for p in places) - abroad - military,
        records_possible=30_000,
        people_possible=9_020,
        minors=1_204,
        under_review=5_512,
        bounded=True,
        bound_reason="The logs give a range for two queries.",
        objects=tuple(
            ObjectScope(n, 800_000 - 7 * i, 5_000 * i, fields, ("bulk2", "rest")) for i, n in enumerate(objects)
        ),
        elements=tuple(ElementScope(e, people // (n + 1)) for n, e in enumerate(reversed(DATA_ELEMENTS))),
    )


def _response() -> dict[str, Any]:
    refused, store = "refresh answered 400 invalid_grant", "retailer/integrations/production/loyalty-engine"
    return {
        "timeline": tuple(
            TimelineEntry(START + timedelta(seconds=97 * n), f"phase finished: step {n}", "contain", "responder")
            for n in range(60)
        ),
        "paths": tuple(
            AccessPath("OAuth token", f"0CQ{n:015}", "revoke token", True, refused, START, START) for n in range(24)
        ),
        "credentials": tuple(
            Credential(f"{store}-{n}", "JWT key pair", True, n != 3, "invalid_grant", START) for n in range(6)
        ),
        "decisions": tuple(
            DecisionLine(START + timedelta(hours=n), "texts", "approved", "counsel", "Read.", _hash(n), n == 1)
            for n in range(8)
        ),
        "gates": (
            GateLine("residency", "pass", 2_000, 1_959, 41, (RuleResult("zip_form", "fail", 2_000, 41, False),)),
            GateLine("dispatch", "tool_failure", 3, 3, 0, (RuleResult("sums", "tool_failure", 3, 0, True, "slow"),)),
        ),
        "marks": (ClockMark("first cut", 1.9), ClockMark("contained", 48), ClockMark("scope known", 5_012)),
        "seal": Seal("0123456789abcdef" * 4, 48_211, 212, 8_812_004_113, True, tuple(
            EvidenceLine(f"EventLogFile-{n}.csv", _hash(n), 10_000 * n, START) for n in range(40)
        )),
    }  # fmt: skip


def _duties(places: tuple[PlaceScope, ...]) -> tuple[Duty, ...]:
    kinds: tuple[ClockKind, ...] = ("statutory", "statutory", "contractual", "internal", "advisory")
    states: tuple[DutyStatus, ...] = ("required", "required", "not_required", "review", "required")
    return tuple(
        duty(
            jurisdiction=place.code,
            kind=kinds[n // 5 % 5],
            status=states[n % 5],
            recipient=("individuals", "regulator", "cra")[n % 3],
            people=place.people,
            recipient_name=f"Recipient {n} of {place_name(place.code)}",
            because=f"Reason {n}: the statute says so.",
            question="Was the key taken?" if states[n % 5] == "review" else "",
            due_on=date(2026, 2, 25) + timedelta(days=n % 80),
        )
        for n, place in enumerate(p for p in places for _ in range(10))
    )


def hostile_facts() -> ReportFacts:
    """The same case with texts that want to be markup in every field that takes words."""
    all_of = " ".join(HOSTILE)
    base = report_facts()
    return replace(
        base,
        case=replace(base.case, entity=f'Pine # ] $ \\ " Inc {HEBREW}', apps=HOSTILE, summary=(all_of,)),
        timeline=tuple(TimelineEntry(START, words, words, words) for words in HOSTILE),
        paths=(AccessPath(all_of, all_of, all_of, True, all_of, START, START),),
        credentials=(Credential(all_of, "#kind", True, True, "$proof$", START),),
        duties=(duty(recipient_name=all_of, due_text=all_of, citation=all_of, link="https://example.org/#a?b=]$"),),
        decisions=(DecisionLine(START, all_of, "#d", "$by$", all_of, "cd" * 32),),
        notices=(NoticeCount("CA", all_of, 1200, sent=1200),),
        variants=(VariantLine(f"CA/{HOSTILE[0]}", "ef" * 32, 1200, "#me"),),
        gates=(GateLine("#gate", "fail", 2, 1, 1, (RuleResult("#rule", "fail", 2, 1, True, all_of),)),),
        risks=(OpenRisk("#risk", all_of, "high"),),
        tasks=(HumanTask(all_of, "#owner"),),
    )
