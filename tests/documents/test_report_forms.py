"""HTML and PDF say the same: what one shows the other shows, and what one withholds the other withholds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from document_cases import duty, report_facts
from pdf_check import elements, read, text_of
from report_cases import empty_facts, large_facts

from leakresponse.documents.facts import (
    GateLine,
    HumanTask,
    NoticeCount,
    OpenRisk,
    PlaceScope,
    ReportFacts,
    VariantLine,
)
from leakresponse.documents.report import render_report
from leakresponse.documents.report_pdf import render_pdf

CASES = {"usual": report_facts, "empty": empty_facts, "large": large_facts}
TEXTS = ("h1", "h2", "h3", "p", "li", "dd", "dt", "th", "td", "caption", "figcaption")


class Parts(HTMLParser):
    """The text of each part of the page that a reader reads, without the drawings."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._open: list[list[str]] = []
        self._drawing = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._drawing = self._drawing or tag == "svg"
        if tag in TEXTS:
            self._open.append([])

    def handle_endtag(self, tag: str) -> None:
        self._drawing = self._drawing and tag != "svg"
        if tag in TEXTS and self._open:
            self.parts.append("".join(self._open.pop()))

    def handle_data(self, data: str) -> None:
        if self._open and not self._drawing:
            self._open[-1].append(data)


def squeezed(text: str) -> str:
    return re.sub(r"[\s…]+", "", text)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_part_of_the_page_is_on_paper(case: Callable[[], ReportFacts]) -> None:
    facts = case()
    paper = squeezed(text_of(render_pdf(facts)))
    parts = Parts(render_report(facts)).parts
    assert len(parts) > 60
    assert [part for part in parts if squeezed(part) not in paper] == []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_figure_on_paper_is_on_the_page(case: Callable[[], ReportFacts]) -> None:
    facts = case()
    pdf = render_pdf(facts)
    pages = len(read(pdf).pages)
    shown = _figures(render_report(facts)) | {str(n) for n in range(1, pages + 1)}
    shown |= {figure[cut:] for figure in shown if len(figure) > 14 for cut in range(len(figure))}  # broken over lines
    assert _figures(re.sub(r"\b[0-9a-f]{32}\b", "", text_of(pdf))) - shown == set()


def _figures(text: str) -> set[str]:
    return {figure.rstrip(",.") for figure in re.findall(r"\d[\d,.]*", text)}


def test_the_facts_that_matter_are_in_both() -> None:
    facts = report_facts()
    page, paper = squeezed(" ".join(Parts(render_report(facts)).parts)), squeezed(text_of(render_pdf(facts)))
    wanted = [
        *(p.proof for p in facts.paths),
        *(p.subject for p in facts.paths),
        *(d.citation for d in facts.duties),
        *(d.because for d in facts.duties if d.status == "not_required"),
        *(d.reason for d in facts.decisions),
        *(r.detail for r in facts.risks),
        *(t.task for t in facts.tasks),
        *(e.what for e in facts.timeline),
        *(v.variant for v in facts.variants),
        *(v.variant_hash[:16] for v in facts.variants),
        facts.seal.chain_head,
        f"{facts.scope.people:,}",
        f"{facts.scope.records:,}",
    ]
    assert [words for words in wanted if squeezed(words) not in page or squeezed(words) not in paper] == []


def withheld_facts() -> ReportFacts:
    """Counts of 737 and 641 that stand below the threshold, or follow from an exact total, in every place they can."""
    facts = report_facts()
    places = (PlaceScope("CA", 90_000, 641, 89_359), PlaceScope("VT", 737), PlaceScope("WA", 50_000))
    return replace(
        facts,
        suppress_below=1_000,
        scope=replace(
            facts.scope, places=places, people=141_378, unplaced=641, elements=(), minors=641, under_review=737
        ),
        duties=(
            duty(people=89_359, because="counts 89,359 people"),
            duty(people=641, status="review", because="open for 641 residents", question="Are 641 people told?"),
            duty(jurisdiction="VT", people=737, status="not_required", because="only 737 residents"),
            duty(jurisdiction="UNKNOWN", people=641, status="review", because="641 people"),
        ),
        notices=(NoticeCount("CA", "One", 90_000, sent=70_000, held=20_000), NoticeCount("VT", "One", 737, sent=737)),
        variants=(VariantLine("CA/a", "aa" * 32, 89_359), VariantLine("CA/b", "bb" * 32, 641)),
        gates=(GateLine("notices", "pass", 5_000, 5_000, 0),),
        risks=(OpenRisk("Undecided", "For 641 people the law is not decided.", "high"),),
        tasks=(HumanTask("Ask", "counsel"),),
    )


@pytest.mark.parametrize("secret", ["737", "641", "89,359", "90,641", "140,737"])
def test_what_is_withheld_is_withheld_in_both(secret: str) -> None:
    """The last three are not small themselves, but give a small count away beside a total that is shown."""
    facts = withheld_facts()
    pdf = render_pdf(facts)
    alts = " ".join(str(e.get("/Alt", "")) for e in elements(read(pdf)))
    number = re.compile(rf"(?<![\d,.]){secret}(?![\d,.]*\d)")
    assert not number.search(re.sub(r"\d+\.\d+", "", render_report(facts)))
    assert not number.search(text_of(pdf))
    assert not number.search(alts)


def test_the_guard_of_withheld_counts_can_fail() -> None:
    facts = replace(withheld_facts(), suppress_below=0)
    assert "737" in render_report(facts)
    assert "737" in text_of(render_pdf(facts))
