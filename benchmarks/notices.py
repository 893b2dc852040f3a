"""Rendering notices beside plain placeholder replacement in the same finished texts."""

from __future__ import annotations

from benchmarks.measure import Row, row, seconds

NOTICES = 2_000


def measure() -> list[Row]:
    """Seconds for NOTICES letters of one variant."""
    from datetime import date

    from leakresponse.documents.notice_types import Breach, Entity, Monitoring, NoticeContext, RenderedNotice
    from leakresponse.documents.notices import render_notice
    from leakresponse.law import notice_rules

    day = date(2026, 11, 24)
    breach = Breach(day, day, day, "Somebody copied records.", ("We cut the access.",), day)
    entity = Entity("Harbor & Pine Inc", "100 Harbor Street, Portland, ME 04101", "1-800-555-0142", "https://x.example")
    rules = notice_rules("CA", day).for_elements(frozenset({"name", "ssn"}))
    include, omit = [p.id for p in rules.must_include], [p.id for p in rules.must_omit]
    offer = Monitoring("Example Identity Watch", 12, date(2027, 2, 24), "https://x.example", "1-800-555-0142")
    people = [(f"n-{n:024}", f"Person {n}") for n in range(NOTICES)]

    def letter(notice: str, name: str) -> RenderedNotice:
        held = NoticeContext(
            notice, "CA", ("name", "ssn"), entity, breach, name, monitoring=offer, monitoring_code="HP-1"
        )
        return render_notice(held, include, omit)

    def ours() -> None:
        for notice, name in people:
            letter(notice, name)

    first = letter("n-MARK", "Person MARK")

    def bare() -> None:
        for notice, name in people:
            for text in (first.text, first.html):
                text.replace("Person MARK", name).replace("n-MARK", notice)

    return [row("notices", "rendering", seconds(ours), seconds(bare), "str.replace in the same texts", 4.0, NOTICES)]
