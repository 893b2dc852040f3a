"""The three outcomes of a quality gate, and the arithmetic that must always add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["pass", "fail", "tool_failure"]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule of a gate. `unexpected` counts failing rows; `stops` says whether policy makes it stop the case."""

    rule: str
    outcome: Outcome
    checked: int
    unexpected: int
    stops: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row set aside, never dropped: its id, the rule it failed, and why, in words without personal data."""

    row_id: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class GateResult:
    """What a gate says: `rows_in == rows_passed + number of distinct quarantined ids`, always."""

    gate: str
    rows_in: int
    rows_passed: int
    rules: tuple[RuleResult, ...]
    quarantine: tuple[Quarantined, ...]

    @property
    def outcome(self) -> Outcome:
        """Tool failure wins over fail, fail over pass; a failing rule that only warns does not fail the gate."""
        outcomes = {r.outcome for r in self.rules if r.stops or r.outcome == "tool_failure"}
        if "tool_failure" in outcomes:
            return "tool_failure"
        return "fail" if "fail" in outcomes else "pass"
