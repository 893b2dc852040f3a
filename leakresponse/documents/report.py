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

from leakresponse.documents import report_words
from leakresponse.documents.facts import ReportFacts
from leakresponse.documents.report_view import View

#: The only script: lists that are folded on the screen are open on paper.
SCRIPT = (
    "addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(d=>{d.dataset.was=d.open;d.open=true}));"
    "addEventListener('afterprint',()=>document.querySelectorAll('details').forEach(d=>{d.open=d.dataset.was==='true'}));"
)


def render_report(facts: ReportFacts) -> str:
    """The whole `report.html`: no external resource, inline charts, light and dark, printable."""
    view = View(facts)
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            facts=facts,
            case=facts.case,
            scope=facts.scope,
            seal=facts.seal,
            view=view,
            map_svg=Markup(view.map_svg),
            element_svg=Markup(view.element_svg),
            clock_svg=Markup(view.clock_svg),
            paragraphs=report_words.what_happened(facts),
            deadline=report_words.next_deadline(facts),
            script=Markup(SCRIPT),
            script_hash=digest,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("leakresponse.documents", "templates/report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        moment=report_words.moment,
        day=report_words.day,
        duration=report_words.duration,
        size=report_words.size_words,
        number=lambda n: f"{n:,}",
    )
    environment.globals.update(many=report_words.many)
    return environment
