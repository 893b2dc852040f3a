"""What the law asks, by when, and what was decided: obligations with clocks, open questions, decisions, no notices."""

from __future__ import annotations

from collections.abc import Iterator

from leakresponse.documents.facts import DecisionLine, ReportFacts
from leakresponse.documents.report_blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Paragraph,
    Picture,
    Row,
    Section,
    Span,
    Table,
    columns,
    digest,
    muted,
    narrow,
    number,
    tag,
    text,
)
from leakresponse.documents.report_events import clock
from leakresponse.documents.report_view import DutyRow, View
from leakresponse.documents.report_words import many

#: More rows than this begin folded on a screen.
FOLD = 25

_NOTES = {
    "statutory": "Required by law.",
    "contractual": "Owed by agreement.",
    "internal": "Set by the response plan. Not a legal duty; nothing in law runs out on this day.",
    "advisory": "Recommended, not required.",
}
_KINDS = (
    Span("Three kinds of clock are kept apart. "), Span("Statutory", "strong"),
    Span(" clocks are law, with their citation. "), Span("Contractual", "strong"),
    Span(" clocks come from agreements. The "), Span("internal objective", "strong"),
    Span(" is the response plan's own; no statute has it."),
)  # fmt: skip


def duties(view: View) -> Section:
    return Section("duties", "Obligations and clocks", tuple(_duties(view)))


def _duties(view: View) -> Iterator[Block]:
    yield Paragraph(_KINDS)
    if chart := view.clock_chart:
        words = "Circle: statutory. Square: contractual. Hollow diamond: internal objective. Triangle: advisory."
        yield Picture(chart, f"Nearest deadlines with a date. {words}")
    for kind, words in view.kinds:
        yield Heading(f"{words} clocks" if kind in ("statutory", "contractual") else words)
        yield _required(view.duty_rows(kind, "required"), kind, words)
    if not view.kinds:
        yield muted("No obligation is required.")
    reviews = view.of_status("review")
    if reviews:
        yield Heading("To be reviewed by a person")
        yield _reviews(reviews)


def _required(rows: list[DutyRow], kind: str, words: str) -> Table:
    heads = columns(
        "Jurisdiction", Column("To whom", 1.2), number("People"), narrow("Due"), number("Days left"),
        Column("Rule and start of the clock", 1.8), Column("Citation", 1.2),
    )  # fmt: skip
    noun = words.lower() + (" obligation" if kind != "internal" else "")
    return Table(many(len(rows), noun), heads, tuple(_duty(row) for row in rows), _NOTES[kind])


def _duty(row: DutyRow) -> Row:
    rule = text(row.duty.due_text)
    if row.duty.clock_starts and "counted from" not in row.duty.due_text:
        rule += (Span(f" (starts: {row.duty.clock_starts.replace('_', ' ')})", tone="muted"),)
    left = (Span(row.left, "strong", "bad"),) if row.late else text(row.left)
    return (
        text(row.where), text(row.duty.recipient_name), text(row.people), text(row.due), left, rule, _cited(row),
    )  # fmt: skip


def _cited(row: DutyRow) -> Cell:
    return (Span(row.duty.citation, link=row.link),)


def _reviews(rows: list[DutyRow]) -> Table:
    heads = columns(
        "Jurisdiction", Column("To whom", 1.2), number("People"), narrow("Due if it holds"),
        Column("Why it is open", 1.8), Column("Question", 1.4), Column("Citation", 1.2),
    )  # fmt: skip
    cells = tuple(
        (
            text(r.where), text(r.duty.recipient_name), text(r.people), text(r.due), text(r.because),
            text(r.question or "–"), _cited(r),
        )
        for r in rows
    )  # fmt: skip
    return Table(
        "Questions that a person must answer",
        heads,
        cells,
        "The engine does not guess. Until they are answered, plan as if the duty holds.",
        summary=many(len(rows), "question is open", "questions are open"),
        open=len(rows) <= FOLD,
    )


def decisions(facts: ReportFacts, view: View) -> Section:
    return Section("decisions", "Decisions and reasons", tuple(_decisions(facts, view)))


def _decisions(facts: ReportFacts, view: View) -> Iterator[Block]:
    if facts.decisions:
        heads = columns(
            narrow("Time (UTC)"), Column("Subject", 1.2), "Decision", "By", Column("Reason", 1.8),
            narrow("Seen (hash)"),
        )  # fmt: skip
        note = "Each is bound to the hash of exactly what was seen. “By policy” means that no person decided."
        rows = tuple(_decision(item) for item in facts.decisions)
        yield Table(many(len(rows), "decision"), heads, rows, note, head=1)
    nots = view.of_status("not_required")
    if nots:
        yield Heading("No notice: decided, and why")
        yield _no_notices(nots)
    if not facts.decisions and not nots:
        yield muted("No decision is on record.")


def _decision(item: DecisionLine) -> Row:
    by = text(item.by) + ((Span(" "), tag("by policy", "warn")) if item.policy else ())
    return (
        text(clock(item.at)), text(item.subject), text(item.decision), by, text(item.reason or "–"),
        digest(item.subject_hash),
    )  # fmt: skip


def _no_notices(rows: list[DutyRow]) -> Table:
    heads = columns(
        "Jurisdiction", Column("To whom", 1.2), number("People"), Column("Reason", 2.4), Column("Citation", 1.2)
    )
    cells = tuple(
        (text(r.where), text(r.duty.recipient_name), text(r.people), text(r.because or "–"), _cited(r)) for r in rows
    )
    return Table(
        "Duties that were examined and found not to apply",
        heads,
        cells,
        summary=f"{many(len(rows), 'duty is', 'duties are')} not required; each has its reason",
        open=len(rows) <= FOLD,
    )
