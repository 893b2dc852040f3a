"""What happened and what was done: summary, timeline, access paths, credentials."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from leakresponse.documents import report_words
from leakresponse.documents.facts import AccessPath, Credential, ReportFacts
from leakresponse.documents.report_blocks import (
    Block,
    Column,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    code,
    columns,
    muted,
    narrow,
    number,
    plain,
    said,
    text,
)
from leakresponse.documents.report_words import many


def clock(at: datetime | None) -> str:
    """A moment in a column that says UTC at its head."""
    return report_words.moment(at).replace(" UTC", "")


def what(facts: ReportFacts, unplaced: str) -> Section:
    """The case in plain words; `unplaced` as the table of people shows that count."""
    return Section("what", "What happened", tuple(plain(p) for p in report_words.what_happened(facts, unplaced)))


def timeline(facts: ReportFacts) -> Section:
    return Section("timeline", "Timeline", tuple(_timeline(facts)))


def _timeline(facts: ReportFacts) -> Iterator[Block]:
    if facts.timeline:
        heads = columns(narrow("Time (UTC)"), Column("Event", 3), "Phase", "By")
        events = tuple(
            (text(clock(e.at)), text(e.what), text(e.phase or "–"), text(e.actor or "–")) for e in facts.timeline
        )
        yield Table("What was done, when and by whom", heads, events, head=-1)
    else:
        yield muted("No event is on record.")
    if facts.marks:
        steps = tuple((text(m.name.replace("_", " ")), text(report_words.duration(m.seconds))) for m in facts.marks)
        note = "Measured on the ledger's own times."
        yield Table("How long it took", columns("Step", number("Time taken")), steps, note)


def paths(facts: ReportFacts) -> Section:
    return Section("paths", "Access paths cut, and proof", tuple(_paths(facts)))


def _paths(facts: ReportFacts) -> Iterator[Block]:
    if not facts.paths:
        yield Paragraph(text("No access path is on record; containment is not proven."), "bad")
        return
    heads = columns("Path", Column("Which", 1.4), "Action", narrow("Cut (UTC)"), narrow("Dead"), Column("Proof", 2.2))
    note = "A path counts as dead only where an attempted use was refused after the cut; the proof says how."
    yield Table(many(len(facts.paths), "access path"), heads, tuple(_path(p) for p in facts.paths), note)


def _path(path: AccessPath) -> Row:
    proof = text(path.proof or "none")
    if path.proved_at:
        proof += (Span(f" ({report_words.moment(path.proved_at)})", tone="muted"),)
    dead = said(path.proven, "proven", "not proven")
    return (text(path.kind), code(path.subject), text(path.action), text(clock(path.cut_at)), dead, proof)


def credentials(facts: ReportFacts) -> Section:
    return Section("credentials", "Credentials rotated", tuple(_credentials(facts)))


def _credentials(facts: ReportFacts) -> Iterator[Block]:
    if not facts.credentials:
        yield muted("No credential was rotated.")
        return
    heads = columns(
        Column("Credential", 1.4), "Kind", narrow("Rotated (UTC)"), narrow("Old refused"), narrow("New works"),
        Column("Proof", 1.6),
    )  # fmt: skip
    note = "The new one must log in and the old one must be refused; both were tried."
    rows = tuple(_credential(item) for item in facts.credentials)
    yield Table(many(len(rows), "credential"), heads, rows, note)


def _credential(item: Credential) -> Row:
    proof = text(item.proof or "none")
    if not item.pending_removed:
        proof += (Span(" A pending version was left behind.", tone="bad"),)
    if item.outage_seconds is not None:
        proof += (Span(f" Locked out for {item.outage_seconds:,.1f} s.", tone="muted"),)
    if item.not_on_new:
        proof += (Span(f" Not seen on the new one: {', '.join(item.not_on_new)}.", tone="bad"),)
    if item.trouble:
        proof += (Span(f" {item.trouble[0].upper()}{item.trouble[1:]}.", tone="bad"),)
    old, new = said(item.old_refused, "yes", "no"), said(item.new_works, "yes", "no")
    return (code(item.name), text(item.kind), text(clock(item.rotated_at)), old, new, proof)
