"""What the orchestrator's page shows of a case: the rows of the report, so that neither shows what the other withholds.

Whoever may open that page may not be cleared for the case, and the orchestrator keeps these rows in the clear. So there
are ids, counts, times and law here; small counts are withheld, by the same cells as in the report. The page takes every
cell for Markdown (`>0` becomes a quotation), so bounds are written in words and what could be markup is left out.
"""

from __future__ import annotations

import re

from leakresponse.documents import report_words
from leakresponse.documents.facts import ReportFacts
from leakresponse.documents.report_view import OUTCOMES, DutyRow, View
from leakresponse.documents.report_words import KIND_WORDS, many, moment
from leakresponse.documents.suppression import shown, withheld

Rows = list[dict[str, str]]
_BOUND = re.compile(r"^([<>])(?=[\d,]+$)")
_MARKUP = re.compile(r"[<>\[\]`*|\\]|^[#>+-]+(?= )")
_NEAREST = 3
_SEVERITIES = ("high", "medium", "low")


def tables(facts: ReportFacts) -> dict[str, tuple[str, Rows]]:
    """Name to caption and rows of every table."""
    view = View(facts)
    found = {
        "people": (f"People by jurisdiction. {_note(view)}", _people(view)),
        "elements": (f"People by data element; one person counts under each. {_note(view)}", _elements(view)),
        "obligations": (f"Obligations and clocks, as of {facts.as_of}. {_note(view)}", _obligations(view)),
        "access-paths": ("Access paths. Dead only where an attempted use was refused after the cut.", _paths(facts)),
        "notices": (f"Notices by jurisdiction and legal entity. {_note(view)}", _notices(view)),
    }
    return {name: (caption, [_readable(row) for row in rows]) for name, (caption, rows) in found.items()}


def _readable(row: dict[str, str]) -> dict[str, str]:
    """Cells as plain words."""
    worded = {name: _BOUND.sub(lambda m: "under " if m[1] == "<" else "over ", cell) for name, cell in row.items()}
    return {name: _MARKUP.sub("", cell) for name, cell in worded.items()}


def status(facts: ReportFacts) -> str:
    """The case in one page of Markdown."""
    view, case, scope = View(facts), facts.case, facts.scope
    dead = sum(path.proven for path in facts.paths)
    rotated = sum(c.proven for c in facts.credentials)
    lines = [
        f"# {'Contained' if facts.contained else 'NOT PROVEN CONTAINED'}: {case.case_id}",
        "",
        "| What | Figure |",
        "|---|---|",
        f"| Discovered | {moment(case.discovered_at)} |",
        f"| Opened | {moment(case.opened_at)} |",
        f"| Access paths proven dead | {dead} of {len(facts.paths)} |",
        f"| Credentials rotated and proven | {rotated} of {len(facts.credentials)} |",
        f"| Records read | {scope.records:,} |",
        f"| People | {shown(scope.people, view.below)}{' (the logs give bounds)' if scope.bounded else ''} |",
        f"| Notices | {_notice_line(view)} |",
        *(f"| Time to {m.name.replace('_', ' ')} | {report_words.duration(m.seconds)} |" for m in facts.marks),
        "",
        *_next(view),
        *_risks(facts, view),
        "## Where the record is",
        "",
        f"`report.html` and `report.pdf` of **{case.case_id}** in the case store. "
        f"`leak-response case show {case.case_id}` prints the ledger's view. This page is not the record.",
    ]
    return "\n".join(lines)


def _note(view: View) -> str:
    if not view.below:
        return ""
    return f"Counts below {view.below} are withheld, and others where those could be worked out from them."


def _people(view: View) -> Rows:
    """The places, then those whom no jurisdiction counts. The total stands with them, as in the report."""
    rows: Rows = [
        {"jurisdiction": row.name, "code": row.code, "low": row.low, "likely": row.people, "high": row.high}
        for row in (*view.place_rows, *view.other_rows)
    ]
    total = shown(view.facts.scope.people, view.below)
    return [*rows, {"jurisdiction": "All people", "code": "", "low": "", "likely": total, "high": ""}]


def _elements(view: View) -> Rows:
    return [{"data element": name, "people": label} for name, label in view.element_rows]


def _obligations(view: View) -> Rows:
    """Required ones by their day, then what a person must decide. What is not required stands in the report."""
    required = [row for kind in KIND_WORDS for row in view.duty_rows(kind, "required")]
    required.sort(key=lambda row: (row.duty.due_on is None, row.duty.due_on or view.facts.as_of))
    return [_obligation(row, "required") for row in required] + [
        _obligation(row, "to be reviewed") for row in view.of_status("review")
    ]


def _obligation(row: DutyRow, state: str) -> dict[str, str]:
    return {
        "due": row.due,
        "days left": row.left,
        "people": row.people,
        "state": state,
        "to whom": row.duty.recipient_name,
        "jurisdiction": row.where,
        "clock": row.duty.kind,
        "citation": row.duty.citation,
    }


def _paths(facts: ReportFacts) -> Rows:
    return [
        {
            "path": path.kind,
            "which": path.subject,
            "action": path.action,
            "dead": "proven" if path.proven else "NOT PROVEN",
            "proof": path.proof or "none",
        }
        for path in sorted(facts.paths, key=lambda p: (p.dead, p.kind))
    ]


def _notices(view: View) -> Rows:
    heads = ("due", *OUTCOMES)
    return [
        {"jurisdiction": row.where, "legal entity": row.entity, **dict(zip(heads, row.cells, strict=True))}
        for row in view.notice_rows
    ]


def _notice_line(view: View) -> str:
    """The sums; a small one is withheld, and with it what it could be worked out from."""
    totals = view.notice_totals
    hidden = withheld([[number for _, number in totals]], view.below, rows_add_up=True)
    words = [f"{shown(n, view.below, hidden=(0, c) in hidden)} {name}" for c, (name, n) in enumerate(totals) if n]
    return ", ".join(words) or "none due"


def _next(view: View) -> list[str]:
    """The nearest days of required duties that a clock runs for."""
    rows = [row for kind in KIND_WORDS for row in view.duty_rows(kind, "required") if row.duty.due_on]
    days = sorted({row.duty.due_on for row in rows if row.duty.due_on})[:_NEAREST]
    if not days:
        return []
    lines = ["## Nearest clocks", "", "| Due | Days left | Kind | Obligations |", "|---|---|---|---|"]
    for day in days:
        due = [row for row in rows if row.duty.due_on == day]
        kinds = ", ".join(kind for kind in KIND_WORDS if any(row.duty.kind == kind for row in due))
        lines.append(f"| {due[0].due} | {due[0].left} | {kinds} | {many(len(due), 'obligation')} |")
    return [*lines, ""]


def _risks(facts: ReportFacts, view: View) -> list[str]:
    if not facts.risks:
        return []
    risks = sorted(facts.risks, key=lambda risk: _SEVERITIES.index(risk.severity))
    return ["## Open risks", "", *(f"- **{r.severity}**: {r.title}. {view.masked(r.detail)}" for r in risks), ""]
