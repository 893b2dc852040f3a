"""The gate after dispatch: every notice that was due is accounted for, and nobody got two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from expectations.gate import Rule, one_of, run_gate
from leakresponse.core.quality import GateResult

GATE: Final = "dispatch"
#: What became of a notice; with `quarantined` where rows were set aside before they came into the outbox.
OUTCOMES: Final = ("sent", "queued", "undeliverable", "held", "unknown")
_OPTIONAL: Final = ("quarantined", "sending")


def check(counts: Mapping[str, int]) -> GateResult:
    """Check one dispatch's counts: `due`, the outcomes, `duplicates`; a count that is missing is a tool failure.

    The one row of this gate is the dispatch itself, so rows in is 1.
    """
    import pandas as pd

    outcomes = [*OUTCOMES, *(name for name in _OPTIONAL if name in counts)]
    frame = pd.DataFrame([{"dispatch": "dispatch", **{k: int(v) for k, v in counts.items()}}])
    return run_gate(GATE, frame, "dispatch", rules(outcomes, int(counts.get("due", -1))))


def rules(outcomes: list[str], due: int) -> tuple[Rule, ...]:
    """The suite: the sum, no negative count, nobody twice."""
    counted = ("due", *outcomes)
    return (
        Rule(
            "all_accounted_for",
            counted,
            "ExpectMulticolumnSumToEqual",
            {"column_list": outcomes, "sum_total": due},
            lambda f: f[outcomes].sum(axis=1) != due,
            f"{' + '.join(outcomes)} is not due",
        ),
        one_of("duplicates", [0], "none_twice", "a notice was sent twice"),
        *(_not_negative(name) for name in counted),
    )


def _not_negative(name: str) -> Rule:
    return Rule(
        f"{name}_not_negative",
        (name,),
        "ExpectColumnValuesToBeBetween",
        {"column": name, "min_value": 0},
        lambda f: f[name] < 0,
        f"{name} is negative",
    )
