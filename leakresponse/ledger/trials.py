"""Cut trials in the ledger: a chain of its own for each org, `trial-<org id>`, with a row for everything tried.

What a run is about to make is written down before it is made, so that the next run can clean up after a killed one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from leakresponse.core.containment import Cell, Trial, trial_of
from leakresponse.ledger.ledger import Ledger
from leakresponse.ledger.tables import heads

#: For how many days a plan goes by a trial: Salesforce has three releases a year.
TRIAL_DAYS = 120
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class TrialRun:
    """One run. `finished` is false for one that was killed; `tidied` says that what it made is gone again.

    `lent` is the connected app it was lent, with the certificate that the app had before.
    """

    run: str
    at: str
    cells: tuple[Cell, ...] = ()
    finished: bool = False
    tidied: bool = False
    lent: tuple[str, str] | None = None


def begin_trial(ledger: Ledger, org_id: str, run: str, seconds: float, lent: tuple[str, str] | None) -> None:
    """Say that a run begins, before anything is made."""
    body: dict[str, Any] = {"run": run, "seconds": seconds}
    if lent:
        body |= {"lent_app": lent[0], "lent_certificate": _chunks(lent[1])}
    with ledger.writing(_case(org_id), make=True) as writer:
        writer.append("trial_started", body)


def note_cell(ledger: Ledger, org_id: str, run: str, cell: Cell) -> None:
    """Keep what one cut did to one credential."""
    ledger.note(_case(org_id), "trial_cell", {"run": run, **asdict(cell)})


def note_trial(ledger: Ledger, org_id: str, run: str, kind: str, body: Mapping[str, object]) -> None:
    """`trial_tidied` or `trial_finished` of a run."""
    ledger.note(_case(org_id), kind, {"run": run, **body})


def trial_runs(ledger: Ledger, org_id: str) -> list[TrialRun]:
    """Every run of an org, oldest first."""
    found: dict[str, dict[str, Any]] = {}
    for entry in ledger.timeline(_case(org_id)):
        body = cast("dict[str, Any]", dict(entry.body))
        one = found.setdefault(str(body["run"]), {"run": str(body["run"]), "at": entry.at, "cells": ()})
        if entry.kind == "trial_started" and "lent_app" in body:
            one["lent"] = (str(body["lent_app"]), _joined(body["lent_certificate"]))
        if entry.kind == "trial_cell":
            one["cells"] += (Cell(**{name: value for name, value in body.items() if name != "run"}),)
        one["finished"] = one.get("finished", False) or entry.kind == "trial_finished"
        one["tidied"] = one.get("tidied", False) or entry.kind == "trial_tidied"
    return [TrialRun(**one) for one in found.values()]


def last_trial(ledger: Ledger, org_id: str) -> TrialRun | None:
    """The latest run that was carried to its end."""
    return next((one for one in reversed(trial_runs(ledger, org_id)) if one.finished), None)


def latest_trial(ledger: Ledger, org_id: str, days: int = TRIAL_DAYS) -> Trial:
    """What a plan may learn from the latest finished run; nothing where it is older than `days`.

    `org_id` is that of the sandbox in which it was tried, not of the production org that the plan is for.
    """
    run = last_trial(ledger, org_id)
    if run is None or ledger.clock() - datetime.fromisoformat(run.at) > timedelta(days=days):
        return Trial()
    return trial_of(run.cells, run.at[:10])


def tried_orgs(ledger: Ledger) -> list[str]:
    """Ids of the orgs that have a chain of trials."""
    with ledger.reading() as connection:
        names = connection.scalars(sa.select(heads.c.case_id).order_by(heads.c.case_id)).all()
    return [name.removeprefix(_case("")) for name in names if name.startswith(_case(""))]


def _case(org_id: str) -> str:
    return f"trial-{org_id}"


def _chunks(text: str) -> list[str]:
    """A certificate is public; in pieces and coded it passes the door that masks whatever looks like a key."""
    coded = text.encode().hex()
    return [coded[place : place + _CHUNK] for place in range(0, len(coded), _CHUNK)]


def _joined(chunks: Any) -> str:
    return bytes.fromhex("".join(chunks)).decode()
