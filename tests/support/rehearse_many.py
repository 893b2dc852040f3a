"""Several rehearsals in one process, with one Prefect server and one org that is made once and copied.

`python -m tests.support.rehearse_many FOLDER PEOPLE` reads a JSON list of `{name, scenario, reading, faults, only,
proof_seconds}` from stdin and prints one JSON object: the result of each, by name, or what ended it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.support.processes import clean_environment

PEOPLE, SEED = 250, 3


def rehearse_many(
    folder: Path, wanted: Iterable[Mapping[str, str]], seconds: float = 540, people: int = PEOPLE
) -> dict[str, dict[str, Any]]:
    """Run them one after the other, in a process of their own, as far as `only` says: containment by default."""
    command = [sys.executable, "-m", "tests.support.rehearse_many", str(folder), str(people)]
    done = subprocess.run(
        command, input=json.dumps(list(wanted)), capture_output=True, text=True, timeout=seconds,
        env=clean_environment(), cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(folder: Path, wanted: list[dict[str, str]], people: int) -> dict[str, Any]:
    """Every result by name."""
    from leakresponse.services.local import own_prefect

    template = _template(folder / "template", people)
    results: dict[str, Any] = {}
    with own_prefect(folder / "prefect", folder / "logs"):
        from blocks import simulated
        from flows.rehearse import rehearse

        for one in wanted:
            simulated.SIMULATED_PROOF_SECONDS = int(one.get("proof_seconds", 60))
            only = one.get("only", "containment")
            out = _prepared(folder / one["name"], template, one["scenario"], one["reading"], only, people)
            try:
                results[one["name"]] = rehearse(
                    scenario=one["scenario"], people=people, seed=SEED, out=str(out), faults=one.get("faults", "none"),
                    reading=one["reading"], only=only,
                )  # fmt: skip
            except Exception as error:  # noqa: BLE001 - whatever ends one must not end the others
                results[one["name"]] = {"ended_by": f"{type(error).__name__}: {str(error)[:300]}"}
    return results


def _template(state: Path, people: int) -> Path:
    from leakresponse.rehearsal.org.build import build

    world = build(state, people, SEED)
    world.bulk.stop()
    world.store.close()
    return state


def _prepared(out: Path, template: Path, scenario: str, reading: str, only: str, people: int) -> Path:
    """A rehearsal's folder with the org already in it, but nothing acted."""
    from leakresponse.rehearsal.folder import open_rehearsal

    rehearsal = open_rehearsal(out, scenario, people, SEED, None, reading, only)
    shutil.copytree(template, rehearsal.org)
    (out / "org-ready").touch()
    return out


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), json.load(sys.stdin), int(sys.argv[2]))))
