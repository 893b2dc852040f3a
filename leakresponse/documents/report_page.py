"""The report put together: head, sections in their order, foot; every text made fit to be read."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

from leakresponse.documents import report_events, report_law, report_outcome, report_scope, report_words
from leakresponse.documents.facts import CaseHeader, ReportFacts
from leakresponse.documents.report_blocks import Banner, Page
from leakresponse.documents.report_view import View
from leakresponse.documents.report_words import day, many, moment

T = TypeVar("T")

#: What no reader can see and no font can draw: controls, marks that turn the direction of a text (a way to make a name
#: read as another), private use, halves of a pair, non-characters. PDF/A and PDF/UA refuse most of them outright.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)


def compose(facts: ReportFacts) -> Page:
    """The page that both forms of the report are printed from."""
    view, case = View(facts), facts.case
    page = Page(
        title=f"Incident report {case.case_id} – {case.entity}",
        over="Incident report · privileged and confidential · prepared for counsel",
        heading=f"{case.entity}: personal data taken from the Salesforce CRM",
        author=case.entity,
        meta=_meta(case),
        banners=tuple(_banners(facts)),
        figures=_figures(facts, view),
        sections=(
            report_events.what(facts, view.count(facts.scope.unplaced, "unplaced")),
            report_events.timeline(facts),
            report_events.paths(facts),
            report_events.credentials(facts),
            report_scope.scope(facts, view),
            report_scope.places(facts, view),
            report_law.duties(view),
            report_law.decisions(facts, view),
            report_outcome.notices(facts, view),
            report_outcome.gates(facts),
            report_outcome.open_ends(facts, view),
            report_outcome.evidence(facts),
        ),
        footer=_footer(facts),
    )
    return readable(page)


def readable(value: T) -> T:
    """The same with a replacement character for all that cannot be seen, however deep it stands."""
    if isinstance(value, str):
        return cast(T, _UNSEEN.sub("\ufffd", value))
    if isinstance(value, tuple):
        return cast(T, tuple(readable(item) for item in value))
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: readable(getattr(value, f.name)) for f in fields(value)}
        return cast(T, replace(value, **changed))
    return value


def _meta(case: CaseHeader) -> tuple[tuple[str, str], ...]:
    return (
        ("Case", case.case_id),
        ("Discovered", moment(case.discovered_at)),
        ("Case opened", moment(case.opened_at)),
        ("Report written", moment(case.generated_at)),
        ("Salesforce org", case.org_id or "–"),
        ("Alert", f"{case.alert_id}, from {case.alert_source}"),
        ("Attack, as evidenced", f"{moment(case.window_start)} to {moment(case.window_end)}"),
        ("Came in through", ", ".join(case.apps) or "–"),
    )


def _banners(facts: ReportFacts) -> list[Banner]:
    case, paths = facts.case, many(len(facts.paths), "access path")
    banners = []
    if case.simulated:
        title = f"Rehearsal {case.scenario} on a simulated org".replace("  ", " ")
        banners.append(Banner("warn", title, "No real person is affected. Figures are those of the exercise."))
    if facts.contained:
        words = f"{paths} known, every one cut and refused when it was tried again (section 3)."
        banners.append(Banner("ok", "Contained, with proof", words))
    elif facts.paths:
        unproven = sum(not path.proven for path in facts.paths)
        words = f"Without proof of being dead: {unproven} of {paths} (section 3)."
        banners.append(Banner("bad", "Not contained", words))
    else:
        banners.append(Banner("bad", "Not contained", "No access path is on record, so nothing is proven."))
    return banners


def _figures(facts: ReportFacts, view: View) -> tuple[tuple[str, str], ...]:
    scope, deadline = facts.scope, report_words.next_deadline(facts)
    (_, due), (_, sent), *_rest = view.notice_totals
    return (
        (f"{scope.people:,}", _counted("people", scope.people_possible)),
        (f"{scope.records:,}", _counted("records", scope.records_possible)),
        (f"{sum(place.people > 0 for place in scope.places)}", "jurisdictions with people"),
        (f"{sent:,}", f"notices sent, of {due:,} due"),
        (day(deadline.due_on) if deadline else "–", "first statutory deadline with a date"),
    )


def _counted(noun: str, possible: int) -> str:
    return f"{noun}, of them {possible:,} only possible" if possible else noun


def _footer(facts: ReportFacts) -> str:
    words = f"Case {facts.case.case_id}. Written {moment(facts.case.generated_at)} from the case ledger; days left are"
    words += f" counted from {day(facts.as_of)}. Times are UTC. This report holds counts, ids, times and reasons, and"
    return words + " no person's data. It is made for counsel's review and is not legal advice."
