"""The PDF of the report: fit for readers' aids, the same bytes each time, and blind to markup in its texts."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import cache

import pytest
import typst
from document_cases import report_facts
from pdf_check import elements, problems, read, text_of
from report_cases import HOSTILE, UNSEEN, empty_facts, hostile_facts, large_facts

from leakresponse.documents.facts import ReportFacts, TimelineEntry
from leakresponse.documents.report_pdf import render_pdf

CASES = {"usual": report_facts, "empty": empty_facts, "large": large_facts, "hostile": hostile_facts}


@cache
def pdf_of(name: str) -> bytes:
    return render_pdf(CASES[name]())


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", CASES)
def test_it_is_tagged_named_and_embedded(name: str) -> None:
    assert problems(pdf_of(name)) == []


def test_the_check_can_fail() -> None:
    bare = typst.compile(b"= Heading\n#table(columns: 1)[x]", pdf_tags=False)
    assert {"no structure tree", "not marked as tagged", "no title or no author"} <= set(problems(bare))


def test_a_table_without_a_head_is_found() -> None:
    bare = typst.compile(b"= Heading\n#table(columns: 2)[x][y]")
    assert any("without a head" in problem for problem in problems(bare))


def test_three_charts_have_alternatives_that_tell_their_figures() -> None:
    alts = [str(e["/Alt"]) for e in elements(read(pdf_of("usual"))) if e["/S"] == "/Figure"]
    assert len(alts) == 3
    assert any("CA 1,200" in alt for alt in alts)
    assert any("30 days (statutory)" in alt for alt in alts)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert render_pdf(report_facts()) == pdf_of("usual")


def test_its_date_is_that_of_the_facts() -> None:
    assert read(pdf_of("usual")).metadata.creation_date == report_facts().case.generated_at  # type: ignore[union-attr]


def test_it_names_title_author_and_language() -> None:
    reader = read(pdf_of("usual"))
    assert reader.metadata is not None
    assert reader.metadata.title == "Incident report case-1 – Harbor & Pine Inc"
    assert reader.metadata.author == "Harbor & Pine Inc"
    assert reader.trailer["/Root"]["/Lang"] == "en-US"  # type: ignore[index]


def test_it_is_us_letter_with_a_number_on_each_page() -> None:
    pages = read(pdf_of("large")).pages
    assert {(float(p.mediabox.width), float(p.mediabox.height)) for p in pages} == {(612.0, 792.0)}
    assert all(f"Page {n} of {len(pages)}" in page.extract_text() for n, page in enumerate(pages, 1))


def test_a_table_repeats_its_head_on_each_page() -> None:
    pages = [p.extract_text() for p in read(pdf_of("large")).pages]
    within = [text for text in pages if re.search(r"Recipient \d+ of", text)]
    assert len(within) > 8
    assert all("To whom" in text for text in within)


def test_five_hundred_duties_take_seconds() -> None:
    facts = large_facts()
    assert len(facts.duties) > 500
    start = time.perf_counter()
    render_pdf(facts)
    assert time.perf_counter() - start < 6


@pytest.mark.parametrize("words", HOSTILE)
def test_markup_in_a_text_is_printed_as_it_is(words: str) -> None:
    found = squeezed(text_of(pdf_of("hostile")))
    # The reader library turns words that run from right to left about; either order is the text.
    assert squeezed(words).replace("\u200b", "") in found.replace("\u200b", "") or squeezed(words)[::-1] in found


@pytest.mark.parametrize("words", UNSEEN)
def test_what_cannot_be_seen_is_marked(words: str) -> None:
    facts = report_facts(timeline=(TimelineEntry(report_facts().case.opened_at, words),))
    assert "\ufffd" in text_of(render_pdf(facts))


def test_a_row_longer_than_a_page_is_not_cut() -> None:
    words = " ".join(f"word{n}" for n in range(3_000))
    facts = report_facts(timeline=(TimelineEntry(report_facts().case.opened_at, words),))
    assert "word2999" in text_of(render_pdf(facts))


def test_an_objective_of_our_own_is_not_said_to_be_law() -> None:
    text = squeezed(text_of(pdf_of("usual")))
    assert re.search("Statutoryclocks.*Contractualclocks.*Internalobjective.*Notalegalduty", text)


def test_the_chain_head_and_the_way_to_check_stand_at_the_end() -> None:
    last = squeezed(text_of(pdf_of("usual"))[-3_000:])
    assert "ab" * 32 in last
    assert "leak-responseevidenceverifyCASE_DIR" in last


def test_a_rehearsal_says_so_at_the_top() -> None:
    facts: ReportFacts = report_facts()
    case = replace(facts.case, simulated=True, scenario="T01")
    assert "Rehearsal T01 on a simulated org" in read(render_pdf(replace(facts, case=case))).pages[0].extract_text()
