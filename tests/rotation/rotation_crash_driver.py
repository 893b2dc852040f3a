"""Kills a rotation at a point, takes it up again, and prints what came of it.

The org and the vault live in the process that calls: what a killed rotation did to them stays. A point is a step's end
(`createSecret`, ...), or the n-th call to the org, to the vault or commit of the ledger, before it or after it.
`rotation_crash_driver.py ORDER.json` prints a JSON list with one result for each point. Runs alone, because it forks.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from leakresponse.adapters.salesforce import OrgAccess, SalesforceClient
from leakresponse.adapters.salesforce.http import Wire
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.redact import Redacted
from leakresponse.ledger import open_ledger
from leakresponse.ledger.owner import this_owner
from leakresponse.rotation.journal import LedgerJournal
from leakresponse.rotation.rotate import PLAIN, Steps, first_pass, outcome_of, second_pass
from leakresponse.rotation.types import RotationContext, Rules, SecretEntry

STEPS = {"createSecret": "create", "setSecret": "set", "testSecret": "test", "finishSecret": "finish"}


def main(order: dict[str, Any]) -> None:
    results = []
    for place in points(order):
        case_id = f"alert-{order['mode']}-{place}"
        ended = in_child(lambda p=place, c=case_id: run(order, c, p))
        in_child(lambda c=case_id: run(order, c, None))
        results.append({"point": place, "ended": ended, **json.loads(Path(order["out"]).read_text())})
        if ended:
            break
    print(json.dumps(results))


def points(order: dict[str, Any]) -> Any:
    return list(STEPS) if order["points"] == "steps" else count(1, order["every"])


def run(order: dict[str, Any], alert: str, kill_at: Any) -> None:
    """One process's life: begin, or take up, and go to the end."""
    ledger = open_ledger(order["ledger"])
    ledger.owner = this_owner()
    case_id = ledger.open_case(alert, b"{}", {}).case_id
    does = killing_steps(kill_at) if kill_at in STEPS else PLAIN
    if isinstance(kill_at, int):
        kill_at_call(ledger.engine, kill_at)
    key = Redacted(order["access"].pop("private_key"))
    client = SalesforceClient(OrgAccess(**order["access"], private_key=key))
    vault = SecretsManager("us-east-1", order["vault"], ("rehearsal", "rehearsal"))
    rules = Rules(mode=order["mode"], proof_seconds=0.2, poll_seconds=0.1)
    context = RotationContext(vault, lambda _: client, LedgerJournal(ledger, case_id), rules)
    entry = SecretEntry(**order["entry"])
    done = outcome_of(context, second_pass(context, first_pass(context, entry, does), does))
    labels = sorted(labels for labels in vault.describe(entry.name).stages.values() if labels)
    answer = {"outcome": asdict(done), "good": done.good, "labels": labels, "broken": ledger.broken_link(case_id)}
    Path(order["out"]).write_text(json.dumps(answer))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killing_steps(name: str) -> Steps:
    """The steps, of which one does all of its work and is killed before anybody hears of it."""
    real = getattr(PLAIN, STEPS[name])

    def killed(*arguments: Any) -> None:
        real(*arguments)
        die()

    return replace(PLAIN, **{STEPS[name]: killed})


def kill_at_call(engine: sa.Engine, kill_at: int) -> None:
    passed = count(1)

    def point(*_: object) -> None:
        if next(passed) == kill_at:
            die()

    def around(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            point()
            answer = real(*arguments, **named)
            point()
            return answer

        return call

    Wire._call = around(Wire._call)  # type: ignore[method-assign]
    SecretsManager._call = around(SecretsManager._call)  # type: ignore[method-assign]
    sa.event.listen(engine, "commit", point)


def in_child(work: Callable[[], None]) -> bool:
    """Whether the work came to its end; False where it was killed."""
    child = os.fork()
    if child == 0:
        code = 3
        try:
            work()
            code = 0
        finally:
            if code:
                traceback.print_exc()
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return False
    if os.waitstatus_to_exitcode(status):
        raise SystemExit("a run failed by itself")
    return True


assert {field.name for field in fields(Steps)} >= set(STEPS.values())
if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
