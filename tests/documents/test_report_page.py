"""The report in a real browser: readable by everybody, in dark and light, on a phone and on paper."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from document_cases import report_facts
from pdf_check import text_of
from report_cases import empty_facts, hostile_facts, large_facts

from leakresponse.documents import charts
from leakresponse.documents.facts import ReportFacts
from leakresponse.documents.report import render_report

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
AUDIT = (Path(__file__).parent / "page_audit.js").read_text(encoding="utf-8")
CASES = {"usual": report_facts, "empty": empty_facts, "large": large_facts, "hostile": hostile_facts}
#: The text column of US Letter between the report's margins, in CSS pixels.
PAPER = 816 - 2 * 57

pytestmark = [
    pytest.mark.ui,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]
Show = Callable[..., Any]


@pytest.fixture(scope="module")
def show() -> Iterator[Show]:
    """Opens a report at a width and in a colour scheme; all pages go with the browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.fspath(CHROMIUM), headless=True, args=FLAGS)

        def opened(facts: ReportFacts, width: int = 1280, scheme: str = "light", text: str = "") -> Any:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
            page.set_content(text or render_report(facts))
            return page

        yield opened
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1280])
@pytest.mark.parametrize("name", CASES)
def test_the_audit_finds_nothing(show: Show, name: str, width: int, scheme: str) -> None:
    page = show(CASES[name](), width, scheme)
    assert page.evaluate(AUDIT) == []
    page.close()


def test_the_audit_can_find(show: Show) -> None:
    worse = render_report(report_facts()).replace("--muted:#566273", "--muted:#a9b2bd").replace('scope="col"', "")
    found = show(report_facts(), text=worse.replace("<h3>", "<h5>").replace("</h3>", "</h5>")).evaluate(AUDIT)
    for problem in ("contrast of", "heads", "skips a level"):
        assert any(problem in line for line in found)


def test_a_phone_keeps_the_tables_as_tables(show: Show) -> None:
    wide, phone = show(report_facts()), show(report_facts(), 360)
    for role in ("table", "columnheader", "rowheader", "cell"):
        count = wide.get_by_role(role).count()
        assert count > 10
        assert phone.get_by_role(role).count() == count


@pytest.mark.parametrize("width", [360, 920, 921, 1280])
def test_no_table_needs_to_be_moved_sideways(show: Show, width: int) -> None:
    page = show(large_facts(), width)
    wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)"
    assert page.evaluate(f"{wide}.length") == 0
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_of_the_keyboard_is_seen(show: Show, scheme: str) -> None:
    page = show(report_facts(), scheme=scheme)
    look = """() => {
        const at = document.activeElement, style = getComputedStyle(at);
        const inside = at.getBoundingClientRect().left >= 0;
        return [at.className || at.tagName, style.outlineStyle, parseFloat(style.outlineWidth), inside];
    }"""
    kinds = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        kind, style, width, inside = page.evaluate(look)
        if kind == "BODY":
            break
        assert style != "none" and width >= 2 and inside, kind
        kinds.add(kind)
    assert {"skip", "A", "SUMMARY", "plot"} <= kinds


def test_the_first_key_leads_to_the_report(show: Show) -> None:
    page = show(report_facts())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_paper_is_light_and_shows_what_is_folded(show: Show) -> None:
    page = show(large_facts(), PAPER, "dark")
    assert page.evaluate("[...document.querySelectorAll('details:not([open])')].length") > 2
    page.emulate_media(media="print")
    assert page.evaluate(AUDIT) == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    hidden = (
        "[...document.querySelectorAll('details > :not(summary)')].filter(e => e.getBoundingClientRect().height < 5)"
    )
    assert page.evaluate(f"{hidden}.length") == 0


@pytest.mark.parametrize("name", ["usual", "large"])
def test_paper_cuts_no_table(show: Show, name: str) -> None:
    page = show(CASES[name](), PAPER)
    page.emulate_media(media="print")
    wide = (
        f"[...document.querySelectorAll('table,figure svg')].filter(e => e.getBoundingClientRect().right > {PAPER} + 1)"
    )
    assert page.evaluate(f"{wide}.length") == 0
    rows = "[...document.querySelectorAll('tr')].every(e => getComputedStyle(e).breakInside === 'avoid')"
    heads = "[...document.querySelectorAll('thead')].every(e => getComputedStyle(e).display === 'table-header-group')"
    assert page.evaluate(rows) and page.evaluate(heads)


def test_a_printed_page_has_every_reason_for_no_notice(show: Show) -> None:
    facts = large_facts()
    paper = re.sub(r"\s+", "", text_of(show(facts).pdf(format="Letter")))
    reasons = [re.sub(r"\s+", "", d.because) for d in facts.duties if d.status == "not_required"]
    assert len(reasons) > 100
    assert [reason for reason in reasons if reason not in paper] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_on_the_map_can_be_read_on_every_grade(show: Show, scheme: str) -> None:
    page = show(report_facts(), scheme=scheme)
    names = ("ink", "accent", "panel", "on-accent")
    style = "getComputedStyle(document.documentElement)"
    ink, accent, panel, on_accent = (_rgb(page.evaluate(f"{style}.getPropertyValue('--{name}')")) for name in names)
    for shade in (0.0, *charts._SHADES):
        ground = tuple(a * shade + p * (1 - shade) for a, p in zip(accent, panel, strict=True))
        assert _contrast(on_accent if shade > charts.STRONG else ink, ground) >= 4.5, shade


def _rgb(colour: str) -> tuple[float, ...]:
    text = colour.strip().lstrip("#")
    text = text if len(text) == 6 else "".join(c * 2 for c in text)
    return tuple(float(int(text[i : i + 2], 16)) for i in (0, 2, 4))


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    low, high = sorted(_luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: tuple[float, ...]) -> float:
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
