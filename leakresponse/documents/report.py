"""The report of a case as one self-contained HTML file that a general counsel can read, print and keep."""

from __future__ import annotations

from leakresponse.documents.facts import ReportFacts


def render_report(facts: ReportFacts) -> str:
    """The whole `report.html`: no external resource, inline charts, light and dark, printable."""
    raise NotImplementedError
