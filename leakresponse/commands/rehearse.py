"""`leak-response rehearse`: one scenario from the attack to the scorecard, with its own Prefect and its own org."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.folder import open_rehearsal
from leakresponse.rehearsal.org.faults_model import ordered
from leakresponse.rehearsal.scenarios import MODULES, ROTATED, SCOPED, WHOLE
from leakresponse.services.local import own_prefect

READINGS, PARTS = ("attacker", "lenient"), ("", "containment", "scope", "rotation")


def rehearse(
    scenario: str,
    people: int,
    seed: int,
    out: Path,
    faults: str = "none",
    plain: bool | None = None,
    reading: str = "attacker",
    only: str = "",
) -> dict[str, Any]:
    """Run or go on with a rehearsal; the answer is its JSON document (design contract).

    Raises BadInput for an unknown scenario or fault, one that is not answered to the end yet, an unusable folder or a
    silly size; nothing is made then.
    """
    if scenario not in MODULES:
        raise BadInput(f"unknown scenario {scenario!r}; known: {', '.join(MODULES)}")
    if reading not in READINGS or only not in PARTS:
        raise BadInput("--reading is attacker or lenient, --only is containment, scope or rotation")
    if not only and scenario not in WHOLE:
        far = "rotation" if scenario in ROTATED else "scope" if scenario in SCOPED else "containment"
        raise BadInput(f"{scenario} is answered as far as {far}: add --only {far}")
    if (only == "rotation") != (scenario in ROTATED):
        raise BadInput(f"{scenario} is {'' if scenario in ROTATED else 'not '}played with --only rotation")
    if only == "scope" and scenario not in SCOPED:
        raise BadInput(f"{scenario} is answered as far as containment: add --only containment")
    if not 100 <= people <= 5_000_000:
        raise BadInput("--people must lie between 100 and 5000000")
    ordered(faults)
    rehearsal = open_rehearsal(out, scenario, people, seed, plain, reading, only)
    finished = rehearsal.result()
    if finished is not None:
        return finished
    with own_prefect(rehearsal.folder / "prefect", rehearsal.logs):
        from flows.rehearse import rehearse as flow

        chosen: dict[str, Any] = {"faults": faults, "reading": reading, "only": only}
        result: dict[str, Any] = flow(
            scenario=scenario, people=people, seed=seed, out=str(rehearsal.folder), plain=rehearsal.plain, **chosen
        )  # fmt: skip
    return result


def print_scorecard(result: dict[str, Any]) -> None:
    """The scorecard, for people."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"Scenario {result['scenario']}: {result['people']:,} people, seed {result['seed']}")
    for column in ("score", "passed", "figures"):
        table.add_column(column)
    for name, score in result["scores"].items():
        figures = ", ".join(
            f"{k} {_short(v)}" for k, v in score.items() if k != "passed" and not isinstance(v, list | dict)
        )
        table.add_row(name, "[green]yes[/]" if score["passed"] else "[red]NO[/]", figures)
    clock = ", ".join(
        f"{k.removeprefix('alert_to_').removesuffix('_s')} {_short(v)} s" for k, v in result["clock"].items()
    )
    table.add_row("clock", "", f"from the alert: {clock}")
    console = Console(file=sys.stdout)
    console.print(table)
    shown = f"report: {result['report']}" if "report" in result else f"case: {result['case_dir']}"
    console.print(f"{'PASSED' if result['passed'] else 'FAILED'}   {shown}")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
