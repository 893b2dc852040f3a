"""Serving the simulated org: http and https at once, a scenario acted on it, connection.json written last."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from leakresponse.adapters.processes import exit_with
from leakresponse.core.errors import BadInput, LeakResponseError
from leakresponse.rehearsal.org.brands import names_of
from leakresponse.rehearsal.org.build import ACTED, ACTING, CONNECTION, connection
from leakresponse.rehearsal.org.faults_model import Rule, ordered, rules_of
from leakresponse.rehearsal.org.orgs import Orgs, Plan
from leakresponse.rehearsal.org.orgs_serving import sockets_of
from leakresponse.rehearsal.org.retention import LogOptions
from leakresponse.rehearsal.org.world import Reading, World
from leakresponse.rehearsal.scenarios import MODULES

SCENARIOS: Mapping[str, str] = MODULES
FEWEST, MOST = 100, 5_000_000
MOST_LOG_ROWS = 50_000_000


def serve(
    port: int, scheme: str, people: int, seed: int, scenario: str | None, state: Path, faults: str = "none",
    reading: str = "attacker", orgs: str = "", log_rows: int | None = None, event_monitoring: str = "paid",
) -> None:  # fmt: skip
    """Build or reopen the orgs in `state` and serve them until stopped; `orgs` is a list as in `--orgs`.

    Raises BadInput for an unknown scenario, fault or org, a taken port or a folder that cannot be written; nothing is
    made then.
    """
    _check(scheme, people, scenario, faults, reading)
    logs = _log_options(log_rows, event_monitoring)
    chosen: Reading = "lenient" if reading == "lenient" else "attacker"
    plan = Plan(people, seed, names_of(orgs), chosen, logs=logs)
    _check_folder(state)
    sockets = sockets_of(port, scheme)
    try:
        every = Orgs(state, scheme, _say)
        every.prepare(plan)
        asyncio.run(_serve(every, sockets, scenario, faults))
    finally:
        for one in sockets.values():
            one.close()


def _check(scheme: str, people: int, scenario: str | None, faults: str, reading: str) -> None:
    if scenario is not None and scenario not in SCENARIOS:
        raise BadInput(f"unknown scenario {scenario!r}; known: {', '.join(SCENARIOS)}")
    if scheme not in {"http", "https"}:
        raise BadInput("--scheme is http or https")
    if not FEWEST <= people <= MOST:
        raise BadInput(f"--people must lie between {FEWEST} and {MOST}")
    if reading not in get_args(Reading):
        raise BadInput("--reading is attacker or lenient")
    ordered(faults)


def _log_options(log_rows: int | None, event_monitoring: str) -> LogOptions:
    if event_monitoring not in {"paid", "free"}:
        raise BadInput("--event-monitoring is paid or free")
    if log_rows is not None and not 1 <= log_rows <= MOST_LOG_ROWS:
        raise BadInput(f"--log-rows must lie between 1 and {MOST_LOG_ROWS}")
    return LogOptions(log_rows, event_monitoring == "paid")


def _check_folder(state: Path) -> None:
    """The folder can be written, and is not somebody else's. Raises BadInput before anything is made."""
    place = state
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise BadInput(f"{state}: cannot be written")
    if state.exists():
        (state / CONNECTION).unlink(missing_ok=True)


async def _serve(orgs: Orgs, sockets: dict[str, socket.socket], scenario: str | None, faults: str) -> None:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, orgs.stop)
    await orgs.run(sockets, lambda: _become_ready(orgs, scenario, faults))


async def _become_ready(orgs: Orgs, scenario: str | None, faults: str) -> None:
    """Act the scenario once, then say that the orgs are ready. A scenario that fails ends the process: no readiness."""
    world = orgs.main
    try:
        if scenario is not None and world.store.fact(ACTED) != scenario:
            await asyncio.to_thread(_play, world, scenario, connection(world, orgs.scheme))
        orgs.order_faults(_rules(scenario, faults))
        facts = orgs.tell()
        _say(f"ready at {facts['instance_url']} and {facts['http_url']}")
    except Exception:  # noqa: BLE001 - whatever ends a scenario ends the org: it must never look ready
        traceback.print_exc()
        os._exit(1)


def _rules(scenario: str | None, faults: str) -> list[Rule]:
    """What was ordered, else what the scenario brings along as its `FAULTS`."""
    if faults != "none" or scenario is None:
        return ordered(faults)
    return rules_of(getattr(importlib.import_module(SCENARIOS[scenario]), "FAULTS", None))


def _play(world: World, scenario: str, facts: dict[str, Any]) -> None:
    """A scenario may furnish the org first (`prepare`); what happens then happens over HTTP (`act`)."""
    _say(f"acting {scenario}")
    world.store.keep_fact(ACTING, scenario)
    module = importlib.import_module(SCENARIOS[scenario])
    if prepare := getattr(module, "prepare", None):
        prepare(world)
    module.act(facts, world.state)
    world.clock.move(None)
    world.logs.close_hours()
    world.store.keep_fact(ACTED, scenario)


def _say(words: str) -> None:
    print(f"simulated org: {words}", file=sys.stderr, flush=True)


def main() -> int:
    """`python -m leakresponse.rehearsal.org.main`."""
    parser = argparse.ArgumentParser(prog="simulated-org")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--scheme", choices=("http", "https"), default="https")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--faults", default="none")
    parser.add_argument("--reading", default="attacker")
    parser.add_argument("--orgs", default="")
    parser.add_argument("--log-rows", type=int)
    parser.add_argument("--event-monitoring", default="paid")
    parser.add_argument("--with-parent", type=int, default=0)
    given = parser.parse_args()
    if given.with_parent:
        exit_with(given.with_parent)
    try:
        serve(
            given.port, given.scheme, given.people, given.seed, given.scenario, given.state, given.faults,
            given.reading, given.orgs, given.log_rows, given.event_monitoring,
        )  # fmt: skip
    except LeakResponseError as problem:
        print(f"simulated org: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
