"""The report of a case as one self-contained HTML file that a general counsel can read, print and keep.

It loads nothing: no style sheet, font, picture or script from anywhere, and a content security policy that would
refuse one. It holds ids, counts, times and reasons, and no person's value.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from leakresponse.documents.facts import ReportFacts
from leakresponse.documents.report_page import compose

#: The only script: lists that are folded on the screen are open on paper, also where the style sheet cannot do it.
SCRIPT = (
    "addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(d=>{d.dataset.was=d.open;d.open=true}));"
    "addEventListener('afterprint',()=>document.querySelectorAll('details').forEach(d=>{d.open=d.dataset.was==='true'}));"
)


def render_report(facts: ReportFacts) -> str:
    """The whole `report.html`: no external resource, inline charts, light and dark, printable."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    template = _environment().get_template("report.html.j2")
    return template.render(page=compose(facts), script=Markup(SCRIPT), script_hash=digest)


def _kind(block: object) -> str:
    return type(block).__name__.lower()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("leakresponse.documents", "templates/report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(kind=_kind, drawn=lambda chart: Markup(chart.inline))
    return environment
