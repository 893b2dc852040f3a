"""`leak-response doctor --try-cuts`: what each cut really does in this sandbox, tried, timed and kept in the ledger."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.core import progress
from leakresponse.core.containment import Cell, trial_of
from leakresponse.core.errors import BadInput, Refused
from leakresponse.ledger import open_ledger
from leakresponse.ledger.trials import (
    TrialRun,
    begin_trial,
    last_trial,
    note_cell,
    note_trial,
    trial_runs,
    tried_orgs,
)
from leakresponse.services.home import api_url, ledger_url

if TYPE_CHECKING:
    from leakresponse.adapters.salesforce.trial_types import Ask, Borrowed, Consent
    from leakresponse.ledger.ledger import Ledger


def try_cuts(connection: Path | None, org: str, app: str, seconds: float) -> dict[str, Any]:
    """Try every cut on one sandbox or simulated org; the answer is one JSON document.

    `org_id, day, cells, proven, failed, left`. `app` is the developer name of a connected app that the trial may use.
    Raises BadInput with one line, and nothing is changed, where the org is no sandbox; Refused or Unavailable where
    the trial could not begin or its things not be taken away.
    """
    from leakresponse.adapters.salesforce import trial, trial_kit

    block, facts = _block(connection, org)
    if not (block.sandbox or block.simulated):
        raise BadInput("cuts are tried in a sandbox or simulated org alone")
    client = block.client()
    try:
        org_id = trial.check_sandbox(client)
        borrowed = trial_kit.borrow(client, app) if app else None
    except Refused as refused:
        if refused.code not in {"NOT_A_SANDBOX", "NOT_FOUND", "NOT_PRE_AUTHORIZED"}:
            raise
        raise BadInput(f"cuts are not tried: {refused}") from None
    ledger = open_ledger(ledger_url())
    borrowed = _clean_up_before(client, ledger, org_id, borrowed)
    ask = _person(facts) if block.simulated else _tell_person
    return _run(client, ledger, org_id, borrowed, ask, seconds)


def shown_trials(ledger: Ledger) -> list[dict[str, Any]]:
    """The last finished trial of every org that has one, for `doctor`."""
    runs = ((org_id, last_trial(ledger, org_id)) for org_id in tried_orgs(ledger))
    return [_document(org_id, run.at, run.cells) for org_id, run in runs if run is not None]


def table_of(document: Mapping[str, Any]) -> list[str]:
    """Lines of a table: a line for each cut, what became of each credential."""
    lines = [f"Cut trial of {document['org_id']}, {document['day']}"]
    for cell in document["cells"]:
        said = {"dead": "dead after", "alive": "still alive after"}.get(cell["outcome"])
        result = f"{said} {cell['seconds']:g} s" if said else f"could not be tried: {cell['why']}"
        lines.append(f"  {cell['cut']:<20} {cell['app']:<14} {cell['held']:<16} {result}")
    return lines


def _run(
    client: Any, ledger: Ledger, org_id: str, borrowed: Borrowed | None, ask: Ask, seconds: float
) -> dict[str, Any]:
    from leakresponse.adapters.keypair import make_key_pair
    from leakresponse.adapters.salesforce import trial, trial_kit

    run, pair, cells = uuid.uuid4().hex[:12], make_key_pair("leak-response cut trial", valid_days=2), list[Cell]()
    lent = (borrowed.app.developer_name, borrowed.certificate_pem) if borrowed else None
    begin_trial(ledger, org_id, run, seconds, lent)
    try:
        kit = trial_kit.make_kit(client, pair.private_pem, pair.certificate_pem, borrowed)
        for cell in trial.try_cuts(kit, ask, seconds):
            note_cell(ledger, org_id, run, cell)
            cells.append(cell)
            progress.report(f"cut trial: {cell.cut}", len(cells))
        note_trial(ledger, org_id, run, "trial_finished", {"cells": len(cells)})
    finally:
        left = trial_kit.tidy(client, borrowed)
        note_trial(ledger, org_id, run, "trial_tidied", {"left": left})
    at = next(one.at for one in trial_runs(ledger, org_id) if one.run == run)
    return {**_document(org_id, at, tuple(cells)), "left": left}


def _clean_up_before(client: Any, ledger: Ledger, org_id: str, borrowed: Borrowed | None) -> Borrowed | None:
    """Take away what a killed run left; the answer is the lent app of this run, with the certificate it really had."""
    from dataclasses import replace

    from leakresponse.adapters.salesforce import trial_kit

    unfinished = [one for one in trial_runs(ledger, org_id) if not one.tidied]
    if not unfinished:
        return borrowed
    own: dict[str, str] = {}
    for one in unfinished:
        if one.lent:
            own.setdefault(*one.lent)
            app = trial_kit.borrow(client, one.lent[0])
            trial_kit.tidy(client, replace(app, certificate_pem=own[one.lent[0]]))
    trial_kit.tidy(client, None)
    _note_tidied(ledger, org_id, unfinished)
    if borrowed and borrowed.app.developer_name in own:
        return replace(borrowed, certificate_pem=own[borrowed.app.developer_name])
    return borrowed


def _note_tidied(ledger: Ledger, org_id: str, runs: list[TrialRun]) -> None:
    for one in runs:
        note_trial(ledger, org_id, one.run, "trial_tidied", {"left": [], "by_a_later_run": True})


def _document(org_id: str, at: str, cells: tuple[Cell, ...]) -> dict[str, Any]:
    learnt = trial_of(cells, at[:10])
    return {
        "org_id": org_id, "day": at[:10], "cells": [asdict(one) for one in cells],
        "proven": sorted(learnt.proven), "failed": sorted(learnt.failed),
    }  # fmt: skip


def _block(connection: Path | None, org: str) -> tuple[Any, Mapping[str, Any]]:
    """The org's block, and what a browser needs to reach a simulated org."""
    from blocks import SalesforceOrg

    if connection is not None:
        from leakresponse.rehearsal.stage import read_connection

        facts = read_connection(connection)
        return SalesforceOrg.from_connection(facts), facts
    if not org:
        raise BadInput("--try-cuts needs --connection or --org")
    if url := api_url():
        os.environ["PREFECT_API_URL"] = url
    try:
        block: Any = SalesforceOrg.load(org)
    except ValueError:
        raise BadInput("no org block of that name") from None
    return block, {"ca_file": block.ca_file}


def _person(facts: Mapping[str, Any]) -> Ask:
    from leakresponse.rehearsal.person import allow_device

    return lambda consent: allow_device(facts, consent.link, consent.code, consent.username)


def _tell_person(consent: Consent) -> None:
    """Shown once to whoever runs the command, and kept nowhere: the password dies with the next cut."""
    print(
        f"Open {consent.link}, type {consent.code}, log in as {consent.username} with {consent.password}, and allow.",
        file=sys.stderr, flush=True,
    )  # fmt: skip
