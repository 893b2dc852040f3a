"""What came of it: notices, quality gates, open risks and tasks, evidence, seal and how to check it."""

from __future__ import annotations

from collections.abc import Iterator

from leakresponse.core.quality import RuleResult
from leakresponse.documents import report_words
from leakresponse.documents.facts import GateLine, HumanTask, OpenRisk, ReportFacts, Seal
from leakresponse.documents.report_blocks import (
    Block,
    Bullets,
    Cell,
    Column,
    Heading,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    Tone,
    code,
    columns,
    digest,
    join,
    muted,
    narrow,
    number,
    plain,
    tag,
    text,
)
from leakresponse.documents.report_events import clock
from leakresponse.documents.report_view import NoticeRow, View
from leakresponse.documents.report_words import many

_OUTCOMES: dict[str, Tone] = {"pass": "ok", "fail": "bad", "tool_failure": "bad"}
_STATES = (
    "Held: waits for a person, for a letter or for law enforcement. Quarantined: a quality gate set the row aside. "
    "Unknown: sent or not is being settled; never sent again blindly."
)
_SEVERITY: dict[str, Tone] = {"high": "bad", "medium": "warn", "low": "muted"}


def notices(facts: ReportFacts, view: View) -> Section:
    return Section("notices", "Notices", (*_notices(facts, view), *_variants(facts, view)))


def _notices(facts: ReportFacts, view: View) -> Iterator[Block]:
    if not facts.notices:
        yield muted("No notice is due.")
        return
    yield Paragraph(text(view.notice_sum), strong=True)
    if view.notices_add_up:
        yield Paragraph(text("Every notice that is due is accounted for."), "ok")
    else:
        yield Paragraph(text("The figures do not add up; the lines concerned are marked."), "bad", strong=True)
    totals = view.notice_totals
    heads = columns(Column("Jurisdiction", 1.3), "Legal entity", *(number(name.capitalize()) for name, _ in totals))
    foot: Row = (text("All notices"), text(""), *(text(f"{total:,}") for _, total in totals))
    rows = tuple(_notice(row) for row in view.notice_rows)
    yield Table("Notices by jurisdiction and legal entity", heads, rows, _STATES, foot)


def _notice(row: NoticeRow) -> Row:
    where = text(row.where) if row.adds_up else (Span(f"{row.where} "), tag("does not add up", "bad"))
    return (where, text(row.entity), *(text(cell) for cell in row.cells))


def _variants(facts: ReportFacts, view: View) -> Iterator[Block]:
    if not facts.variants:
        return
    rows = tuple(
        (code(v.variant), text(count), text(v.approved_by or "not approved"), digest(v.variant_hash))
        for v, count in zip(facts.variants, view.variant_counts, strict=True)
    )
    heads = columns(Column("Variant", 2), number("Notices"), "Approved by", narrow("Hash"))
    summary = f"{many(len(rows), 'text was', 'texts were')} approved and used"
    note = "The approval is bound to the hash of every word; another text is another hash."
    yield Table("Texts by variant", heads, rows, note, summary=summary, open=len(rows) <= 12)


def gates(facts: ReportFacts) -> Section:
    return Section("gates", "Quality gates", tuple(_gates(facts)))


def _gates(facts: ReportFacts) -> Iterator[Block]:
    if not facts.gates:
        yield muted("No gate was run.")
        return
    heads = columns(
        "Gate", narrow("Outcome"), number("Rows in"), number("Passed"), number("Quarantined"),
        Column("Rules that did not pass", 2),
    )  # fmt: skip
    note = "Rows in = passed + quarantined. A tool failure means that the check could not be carried out; it is never"
    rows = tuple(_gate(gate) for gate in facts.gates)
    yield Table(many(len(rows), "gate"), heads, rows, f"{note} counted as a pass.")


def _gate(gate: GateLine) -> Row:
    failed = [_rule(rule) for rule in gate.rules if rule.outcome != "pass"]
    rules = join(failed, (Span("", "br"),)) if failed else text(f"none of {many(len(gate.rules), 'rule')}")
    if gate.rows_in != gate.rows_passed + gate.quarantined:
        rules += (Span("", "br"), Span("rows do not add up", "strong", "bad"))
    outcome = (tag(gate.outcome.replace("_", " "), _OUTCOMES.get(gate.outcome, "bad")),)
    counts = (gate.rows_in, gate.rows_passed, gate.quarantined)
    return (text(gate.gate), outcome, *(text(f"{n:,}") for n in counts), rules)


def _rule(rule: RuleResult) -> Cell:
    words = f"{rule.rule.replace('_', ' ')}: {f'{rule.unexpected:,}' if rule.outcome == 'fail' else 'tool failure'}"
    if rule.note:
        words += f" ({rule.note})"
    return (Span(words), Span(" stops" if rule.stops else " warns", tone="muted"))


def open_ends(facts: ReportFacts, view: View) -> Section:
    return Section("open", "Open risks and tasks", tuple(_open(facts, view)))


def _open(facts: ReportFacts, view: View) -> Iterator[Block]:
    if facts.risks:
        yield Bullets(tuple(_risk(risk, view.masked(risk.detail)) for risk in facts.risks))
    else:
        yield muted("No open risk is on record.")
    if facts.tasks:
        rows = tuple(_task(task, facts) for task in sorted(facts.tasks, key=lambda t: t.done))
        heads = columns(Column("Task", 3), "Owner", narrow("Due"), narrow("State"))
        yield Table("What only a person can do", heads, rows)


def _risk(risk: OpenRisk, detail: str) -> Cell:
    title = risk.title.rstrip(".")
    return (tag(risk.severity, _SEVERITY[risk.severity]), Span(f" {title}. ", "strong"), Span(detail))


def _task(task: HumanTask, facts: ReportFacts) -> Row:
    late = task.due_on is not None and task.due_on < facts.as_of
    state = tag("done", "ok") if task.done else tag("overdue", "bad") if late else tag("open", "warn")
    return (text(task.task), text(task.owner), text(report_words.day(task.due_on)), (state,))


def evidence(facts: ReportFacts) -> Section:
    return Section("evidence", "Evidence, seal and how to verify", tuple(_evidence(facts.seal)))


def _evidence(seal: Seal) -> Iterator[Block]:
    words = f"{many(seal.evidence_items, 'piece')} of evidence ({report_words.size_words(seal.size)}), each kept under"
    words += f" its SHA-256. The ledger's chain has {many(seal.chain_rows, 'row')}; a change in any earlier row changes"
    words += " the head."
    if seal.verified:
        words += " The chain was verified when this report was written."
    yield plain(words)
    yield Paragraph((Span("Chain head: "), Span(seal.chain_head, "code")))
    yield Heading("How to verify")
    yield Bullets(_STEPS, ordered=True)
    if seal.items:
        yield _items(seal)


_STEPS: tuple[Cell, ...] = (
    (
        Span("Run "),
        Span("leak-response evidence verify CASE_DIR", "code"),
        Span(". It recomputes every hash and the chain, and names the first link that is broken."),
    ),
    (
        Span("Without this product: "),
        Span("leak-response evidence export CASE_DIR --out CASE.zip", "code"),
        Span(" writes a zip with its own check. Unpack it and run "),
        Span("python3 verify.py", "code"),
        Span("; it needs Python alone."),
    ),
    (Span("The chain goes on after this report was written; the head above must be the hash of one of its rows."),),
)


def _items(seal: Seal) -> Table:
    rows = tuple(
        (text(i.name), text(report_words.size_words(i.size)), text(clock(i.collected_at)), code(i.sha256))
        for i in seal.items
    )
    more = f" of {seal.evidence_items:,}" if len(rows) < seal.evidence_items else ""
    heads = columns("Name", number("Size"), narrow("Collected (UTC)"), Column("SHA-256", 2))
    return Table("Evidence by hash", heads, rows, summary=f"Evidence list ({len(rows):,}{more})", open=False)
