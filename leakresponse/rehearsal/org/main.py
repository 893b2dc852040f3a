"""Serving the simulated org: http and https at once, a scenario acted on it, connection.json written last."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import uvicorn

from leakresponse.adapters.processes import exit_with
from leakresponse.core.errors import BadInput, LeakResponseError
from leakresponse.rehearsal.org import faults_orders
from leakresponse.rehearsal.org.app import make_app
from leakresponse.rehearsal.org.build import ACTED, ACTING, CONNECTION, build, connection
from leakresponse.rehearsal.org.certs import write_private
from leakresponse.rehearsal.org.faults_model import Rule, ordered, rules_of
from leakresponse.rehearsal.org.logs import HourTimer
from leakresponse.rehearsal.org.world import Reading, World

SCENARIOS: Mapping[str, str] = {"T01": "leakresponse.rehearsal.scenarios.t01"}
FEWEST, MOST = 100, 5_000_000


class _Server(uvicorn.Server):
    """One of two servers in one loop: signals are taken once, by the loop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def serve(
    port: int, scheme: str, people: int, seed: int, scenario: str | None, state: Path, faults: str = "none",
    reading: str = "attacker",
) -> None:  # fmt: skip
    """Build or reopen the org in `state` and serve it until stopped.

    Raises BadInput for an unknown scenario or fault, a taken port or a folder that cannot be written; nothing is made
    then.
    """
    _check(scheme, people, scenario, faults, reading)
    _check_folder(state)
    sockets = _sockets(port, scheme)
    try:
        chosen: Reading = "lenient" if reading == "lenient" else "attacker"
        world = build(state, people, seed, chosen, say=_say)
        asyncio.run(_serve(world, sockets, scheme, scenario, faults))
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


def _check_folder(state: Path) -> None:
    """The folder can be written, and is not somebody else's. Raises BadInput before anything is made."""
    place = state
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise BadInput(f"{state}: cannot be written")
    if state.exists():
        (state / CONNECTION).unlink(missing_ok=True)


def _sockets(port: int, scheme: str) -> dict[str, socket.socket]:
    """The wanted port for the wanted scheme, a free one for the other. Raises BadInput where it is taken."""
    twin = "http" if scheme == "https" else "https"
    return {scheme: _listen(port), twin: _listen(0)}


def _listen(port: int) -> socket.socket:
    # The protocol is named, because asyncio turns delays off (TCP_NODELAY) only on sockets that name it.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(512)
    except (OSError, OverflowError):
        listener.close()
        raise BadInput(f"port {port} is in use or cannot be had") from None
    return listener


async def _serve(
    world: World, sockets: dict[str, socket.socket], scheme: str, scenario: str | None, faults: str
) -> None:
    world.urls = [f"{name}://127.0.0.1:{one.getsockname()[1]}" for name, one in sockets.items()]
    world.urls += [url.replace("127.0.0.1", "localhost") for url in world.urls]
    servers = _servers(world)
    timer = HourTimer(world.logs)
    timer.start()
    ready = asyncio.create_task(_become_ready(world, list(servers.values()), scheme, scenario, faults))
    _stop_on_signals(list(servers.values()))
    try:
        await asyncio.gather(*(server.serve([sockets[name]]) for name, server in servers.items()))
    finally:
        ready.cancel()
        timer.stop()
        world.bulk.stop()
        world.cursors.close()
        world.store.close()


def _servers(world: World) -> dict[str, _Server]:
    app, tls = make_app(world), world.state / "tls"
    common: dict[str, Any] = {
        "log_level": "warning", "access_log": False, "lifespan": "off", "timeout_keep_alive": 75,
        "server_header": False, "date_header": False, "backlog": 512, "timeout_graceful_shutdown": 3,
    }  # fmt: skip
    secure: dict[str, Any] = {"ssl_certfile": str(tls / "server.pem"), "ssl_keyfile": str(tls / "server.key")}
    return {
        "http": _Server(uvicorn.Config(app, **common)),
        "https": _Server(uvicorn.Config(app, **common, **secure)),
    }


def _stop_on_signals(servers: list[_Server]) -> None:
    def stop() -> None:
        for server in servers:
            server.force_exit = server.should_exit
            server.should_exit = True

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)


async def _become_ready(world: World, servers: list[_Server], scheme: str, scenario: str | None, faults: str) -> None:
    """Act the scenario once, then say that the org is ready. A scenario that fails ends the process: no readiness."""
    while not all(server.started for server in servers):
        await asyncio.sleep(0.01)
    facts = connection(world, scheme)
    try:
        if scenario is not None and world.store.fact(ACTED) != scenario:
            await asyncio.to_thread(_play, world, scenario, facts)
        faults_orders.begin(world, _rules(scenario, faults))
        fresh = world.state / f"{CONNECTION}.new"
        write_private(fresh, json.dumps(facts, indent=1).encode())
        fresh.replace(world.state / CONNECTION)
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
    _say(f"acting {scenario}")
    world.store.keep_fact(ACTING, scenario)
    importlib.import_module(SCENARIOS[scenario]).act(facts, world.state)
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
    parser.add_argument("--with-parent", type=int, default=0)
    given = parser.parse_args()
    if given.with_parent:
        exit_with(given.with_parent)
    try:
        serve(
            given.port, given.scheme, given.people, given.seed, given.scenario, given.state, given.faults, given.reading
        )
    except LeakResponseError as problem:
        print(f"simulated org: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
