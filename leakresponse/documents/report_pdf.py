"""The report of a case as a PDF: tagged for readers' aids (PDF/UA-1) and for keeping (PDF/A-2a), set by Typst.

It is printed from the same page of blocks as `report.html`. The facts reach the template as a JSON file in memory and
are shown as texts; none of them is ever read as markup. Fonts are those inside the two wheels (Typst, matplotlib), so
that every machine prints the same bytes for the same facts.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import typst

from leakresponse.documents.charts import Chart
from leakresponse.documents.facts import ReportFacts
from leakresponse.documents.report_blocks import Page, Picture
from leakresponse.documents.report_page import compose

#: Accessible, and to be kept for years: ISO 14289-1 and ISO 19005-2 level A.
STANDARDS: list[Any] = ["a-2a", "ua-1"]


def render_pdf(facts: ReportFacts) -> bytes:
    """The whole `report.pdf`, US Letter; the same facts give the same bytes. Raises typst.TypstError when it cannot."""
    printed = _compile(facts, "pdf")
    assert isinstance(printed, bytes)
    return printed


def render_pages(facts: ReportFacts, ppi: float = 96) -> list[bytes]:
    """The pages as PNG pictures, to be looked at."""
    pages = _compile(facts, "png", ppi)
    return pages if isinstance(pages, list) else [pages]


def _compile(facts: ReportFacts, form: Literal["pdf", "png"], ppi: float | None = None) -> Any:
    page = compose(facts)
    template = files("leakresponse.documents").joinpath("templates/report/report.typ").read_bytes()
    given: Any = {"main.typ": template, "page.json": json.dumps(plain(page), ensure_ascii=False).encode()}
    for chart in _charts(page):
        given[f"{chart.name}.svg"] = chart.paper.encode()
    return typst.compile(
        given,
        format=form,
        ppi=ppi,
        pdf_standards=STANDARDS if form == "pdf" else [],
        timestamp=facts.case.generated_at.astimezone(UTC).replace(microsecond=0),
        font_paths=_fonts(),
    )


def plain(value: Any) -> Any:
    """Blocks as what JSON has; each names its kind, and a chart is the file that it is in."""
    if isinstance(value, Chart):
        return {"file": f"{value.name}.svg", "alt": value.alt}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if is_dataclass(value):
        held = {f.name: plain(getattr(value, f.name)) for f in fields(value)}
        return {"kind": type(value).__name__.lower(), **held}
    return value


def _charts(page: Page) -> list[Chart]:
    blocks = (block for section in page.sections for block in section.blocks)
    return [block.chart for block in blocks if isinstance(block, Picture)]


@cache
def _fonts() -> typst.Fonts:
    """Typst's own fonts, and for what they lack those that matplotlib brings; none of the machine's."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("matplotlib, whose fonts the report is set in")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])
