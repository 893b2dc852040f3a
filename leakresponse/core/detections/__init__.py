"""Detections: pure predicates over events, each in its own folder with metadata, runbook and cases.

`detect` runs every rule; `alert_from` turns findings into the one alert that opens a case, with an id that is the same
whenever the same findings are seen again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leakresponse.core.detections.finding import RANK, Finding, Rule
from leakresponse.core.errors import MissingFact
from leakresponse.core.types import Alert, Principal, Window

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RULES", "Finding", "Rule", "alert_from", "detect", "finding_document"]


def _bulk_job_deleted(events: pd.DataFrame) -> list[Finding]:
    from leakresponse.core.detections.bulk_job_deleted import find

    return find(events)


#: Every rule by its name. Rules import pandas, so they are loaded when they run.
RULES: dict[str, Callable[[Any], list[Finding]]] = {"bulk_job_deleted": _bulk_job_deleted}


def detect(events: pd.DataFrame) -> list[Finding]:
    """What the rules find, most severe first, then oldest first."""
    found = [finding for rule in RULES.values() for finding in rule(events)]
    return sorted(found, key=lambda one: (-RANK[one.severity], one.first_seen, one.rule))


def alert_from(findings: Iterable[Finding], now: datetime) -> Alert:
    """One alert for everything found; its id depends on what was found, not on when.

    Raises MissingFact without findings: there is nothing to alert about.
    """
    found = list(findings)
    if not found:
        raise MissingFact("an alert needs at least one finding")
    principals = tuple(dict.fromkeys(one for finding in found for one in finding.principals))
    marks = sorted({f"{f.rule}|{'|'.join(f.keys)}|{_named(f.principals)}" for f in found})
    rules = sorted({finding.rule for finding in found})
    return Alert(
        "alert-" + hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16],
        "leak-response detect",
        now,
        f"{len(found)} finding(s) of {', '.join(rules)}",
        Window(min(f.first_seen for f in found), max(f.last_seen for f in found)),
        principals,
    )


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding as the `detect` command prints it."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "principal": {"kind": finding.principal.kind, "value": finding.principal.value},
        "first_seen": finding.first_seen.isoformat(),
        "last_seen": finding.last_seen.isoformat(),
        "evidence": list(finding.evidence),
    }


def _named(principals: Sequence[Principal]) -> str:
    return ",".join(sorted(f"{one.kind}={one.value}" for one in principals))
