"""Rehearse: a scenario acted on a simulated org, answered by the same flows, scored against a sealed answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from blocks.simulated import BlockNames, save_simulated
from flows.respond import respond
from leakresponse.rehearsal import scoring, stage
from leakresponse.rehearsal.case_reader import CaseReader
from leakresponse.rehearsal.folder import Rehearsal, open_rehearsal
from tasks import casework, detection, reporting, rotation
from tasks.support import playbook

NAMES = BlockNames("rehearsal-org", "rehearsal-vault", "rehearsal-cases", "rehearsal-policy", "rehearsal-mail")


@playbook("rehearse")
def rehearse(
    scenario: str = "T01",
    people: Annotated[int, Field(ge=100, le=5_000_000)] = 2_000,
    seed: int = 1,
    out: str = "",
    faults: str = "none",
    plain: bool = True,
) -> dict[str, Any]:
    """Play one tabletop scenario from the attack to the scorecard, on doubles alone.

    Args:
        scenario: The scenario's id, for example T01.
        people: How many people the simulated org holds.
        seed: The same seed gives the same org and the same attack.
        out: Folder of the rehearsal; empty for a new one below the home of leak-response.
        faults: How the simulated org fails: none, light, heavy, or the path of a JSON file on the worker.
        plain: Leave the case's files unencrypted, for outside programs to read; going on, a rehearsal keeps its choice.
    """
    folder = Path(out) if out else casework.new_rehearsal_folder(scenario)
    rehearsal = open_rehearsal(folder, scenario, people, seed, None if plain else False)
    finished = rehearsal.result()
    if finished is not None:
        return finished
    with stage.Children(rehearsal.logs) as children:
        set_stage = _set_stage(children, rehearsal, faults)
        alert_id = detection.detect_alert(NAMES.org, NAMES.store)
        started = casework.now()
        case = respond(alert_id=alert_id, **NAMES.parameters())
        result = _score(rehearsal, set_stage, case["case_id"], started)
    rehearsal.finish(result)
    return result


def _set_stage(children: stage.Children, rehearsal: Rehearsal, faults: str) -> stage.Stage:
    rehearsal.clear_half_built_org()
    stage.start_org(
        children, rehearsal.org, rehearsal.people, rehearsal.seed, rehearsal.scenario, faults=faults
    )  # fmt: skip
    stage.start_doubles(children, rehearsal.doubles)
    vault_url, mail_port = stage.await_doubles(children, rehearsal.doubles)
    connection = stage.await_org(children, rehearsal.org)
    (rehearsal.folder / "org-ready").touch()
    journal = rehearsal.doubles / "mail.jsonl"
    ledger_url = f"sqlite:///{rehearsal.folder.resolve() / 'ledger.sqlite'}"
    case = rehearsal.case.resolve()
    save_simulated(
        NAMES, connection, vault_url, mail_port, journal, case, ledger_url, single_case=True, plain=rehearsal.plain
    )  # fmt: skip
    rotation.stock_vault(NAMES.vault, stage.integration_secrets(connection))
    return stage.Stage(connection, vault_url, mail_port, journal)


def _score(rehearsal: Rehearsal, set_stage: stage.Stage, case_id: str, started: str) -> dict[str, Any]:
    def current_key(name: str) -> str:
        return rotation.current_key(NAMES.vault, name)

    def evidence_holds() -> bool:
        return reporting.verify_case(case_id, NAMES.store)

    stage.calm(set_stage.connection)
    finished = CaseReader(rehearsal.case, casework.opener(case_id, NAMES.store))
    scores = scoring.score(
        rehearsal.org / "answer", finished, set_stage.connection, set_stage.journal, current_key, evidence_holds
    )
    return {
        "scenario": rehearsal.scenario,
        "seed": rehearsal.seed,
        "people": rehearsal.people,
        "passed": all(part["passed"] for part in scores.values()),
        "case_dir": str(rehearsal.case),
        "report": str(rehearsal.case / "report.html"),
        "scores": scores,
        "clock": casework.clock(case_id, NAMES.store, started),
    }
