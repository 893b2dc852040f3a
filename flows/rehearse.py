"""Rehearse: a scenario acted on a simulated org, answered by the same flows, scored against a sealed answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from blocks.simulated import BlockNames, save_simulated
from flows.code_leak import code_leak
from flows.contain import contain
from flows.respond import respond
from flows.scope import scope
from leakresponse.core import progress
from leakresponse.core.errors import LeakResponseError
from leakresponse.rehearsal import scoring, scoring_code, stage
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
    reading: Literal["attacker", "lenient"] = "attacker",
    only: Literal["", "containment", "scope", "rotation"] = "",
) -> dict[str, Any]:
    """Play one tabletop scenario from the attack to the scorecard, on doubles alone.

    Args:
        scenario: The scenario's id, for example T01.
        people: How many people the simulated org holds.
        seed: The same seed gives the same org and the same attack.
        out: Folder of the rehearsal; empty for a new one below the home of leak-response.
        faults: How the simulated org fails: none, light, heavy, or the path of a JSON file on the worker.
        plain: Leave the case's files unencrypted, for outside programs to read; going on, a rehearsal keeps its choice.
        reading: How the simulated org reads facts on which sources contradict each other.
        only: Stop after containment, or after the scope, and score that far; rotation alone, for credentials that
            lay open in code; empty to go all the way.
    """
    folder = Path(out) if out else casework.new_rehearsal_folder(scenario)
    rehearsal = open_rehearsal(folder, scenario, people, seed, None if plain else False, reading, only)
    finished = rehearsal.result()
    if finished is not None:
        return finished
    with stage.Children(rehearsal.logs) as children:
        set_stage = _set_stage(children, rehearsal, faults)
        alert_id = _alert(rehearsal)
        started = casework.now()
        case_id = _rotate(rehearsal, alert_id) if only == "rotation" else _PARTS[only](alert_id)
        result = _score(rehearsal, set_stage, case_id, started)
    rehearsal.finish(result)
    return result


def _alert(rehearsal: Rehearsal) -> str:
    """What our detections find, or, for an attack that they do not know yet, what the security desk sends."""
    if rehearsal.desk_alert.exists():
        return detection.store_alert(rehearsal.desk_alert.read_text(encoding="utf-8"), NAMES.store)
    return detection.detect_alert(NAMES.org, NAMES.store)


def _respond(alert_id: str) -> str:
    return str(respond(alert_id=alert_id, **NAMES.parameters())["case_id"])


def _contain(alert_id: str) -> str:
    """As far as containment; one that failed is scored like any other, and has claimed nothing."""
    case_id = casework.open_case(alert_id, NAMES.store)
    blocks: dict[str, Any] = {"org": NAMES.org, "vault": NAMES.vault, "store": NAMES.store, "policy": NAMES.policy}
    try:
        if not casework.is_done(case_id, "contain", NAMES.store):
            contain(case_id=case_id, **blocks)
    except LeakResponseError as failed:
        progress.report(f"not contained: {type(failed).__name__}", 0)
    reporting.write_case(case_id, NAMES.store)
    return case_id


def _scope(alert_id: str) -> str:
    """Containment, then whose data was read; nobody is told."""
    case_id = _contain(alert_id)
    if not casework.is_done(case_id, "scope", NAMES.store):
        scope(case_id=case_id, org=NAMES.org, store=NAMES.store, policy=NAMES.policy)
    reporting.write_case(case_id, NAMES.store)
    return case_id


def _rotate(rehearsal: Rehearsal, alert_id: str) -> str:
    """The code that the alert is about, scanned and its live secrets rotated, while the real job goes on."""
    case_id = casework.open_case(alert_id, NAMES.store)
    blocks: dict[str, Any] = {"org": NAMES.org, "vault": NAMES.vault, "store": NAMES.store, "policy": NAMES.policy}
    code_leak(case_id=case_id, path=str(rehearsal.repository), **blocks)
    reporting.write_case(case_id, NAMES.store)
    return case_id


#: How far a case is taken.
_PARTS: Mapping[str, Callable[[str], str]] = {"": _respond, "containment": _contain, "scope": _scope}


def _set_stage(children: stage.Children, rehearsal: Rehearsal, faults: str) -> stage.Stage:
    rehearsal.clear_half_built_org()
    stage.start_org(
        children, rehearsal.org, rehearsal.people, rehearsal.seed, rehearsal.scenario, faults=faults,
        reading=rehearsal.reading,
    )  # fmt: skip
    stage.start_doubles(children, rehearsal.doubles)
    vault_url, mail_port = stage.await_doubles(children, rehearsal.doubles)
    connection = stage.await_org(children, rehearsal.org)
    (rehearsal.folder / "org-ready").touch()
    if rehearsal.idp_sessions.exists():
        connection |= {"idp_url": stage.start_idp(children, rehearsal.idp_sessions, rehearsal.doubles)}
    journal = rehearsal.doubles / "mail.jsonl"
    ledger_url = f"sqlite:///{rehearsal.folder.resolve() / 'ledger.sqlite'}"
    case = rehearsal.case.resolve()
    save_simulated(
        NAMES, connection, vault_url, mail_port, journal, case, ledger_url, single_case=True, plain=rehearsal.plain
    )  # fmt: skip
    held = [*stage.integration_secrets(connection), *stage.scenario_secrets(rehearsal.org, connection)]
    rotation.stock_vault(NAMES.vault, held)
    stage.start_job(children, rehearsal.org, connection, vault_url, rehearsal.job_journal)
    return stage.Stage(connection, vault_url, mail_port, journal)


def _score(rehearsal: Rehearsal, set_stage: stage.Stage, case_id: str, started: str) -> dict[str, Any]:
    def current_key(name: str) -> str:
        return rotation.current_key(NAMES.vault, name)

    def evidence_holds() -> bool:
        return reporting.verify_case(case_id, NAMES.store)

    stage.calm(set_stage.connection)
    sealed, connection = rehearsal.org / "answer", set_stage.connection
    finished = CaseReader(rehearsal.case, casework.opener(case_id, NAMES.store))
    if rehearsal.only == "rotation":
        scores = scoring_code.score_rotated(sealed, finished, connection, current_key, rehearsal.job_journal)
    elif rehearsal.only:
        partly = scoring.score_scoped if rehearsal.only == "scope" else scoring.score_contained
        scores = partly(sealed, finished, connection, current_key)
    else:
        scores = scoring.score(
            sealed, finished, connection, set_stage.journal, current_key, evidence_holds
        )  # fmt: skip
    more = {"only": rehearsal.only} if rehearsal.only else {"report": str(rehearsal.case / "report.html")}
    return {
        "scenario": rehearsal.scenario,
        "seed": rehearsal.seed,
        "people": rehearsal.people,
        "reading": rehearsal.reading,
        "passed": all(part["passed"] for part in scores.values()),
        "case_dir": str(rehearsal.case),
        **more,
        "scores": scores,
        "clock": casework.clock(case_id, NAMES.store, started),
    }
