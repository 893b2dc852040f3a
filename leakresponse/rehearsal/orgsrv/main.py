"""Serving the simulated org: http and https at once, a scenario acted on it, connection.json written last."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn

from leakresponse.adapters.processes import exit_with
from leakresponse.core.errors import BadInput, LeakResponseError
from leakresponse.rehearsal.orgsrv.app import make_app
from leakresponse.rehearsal.orgsrv.build import build, connection
from leakresponse.rehearsal.orgsrv.org import Org

SCENARIOS = {"T01": "leakresponse.rehearsal.scenarios.t01"}
TICK_SECONDS = 5.0


def serve(
    port: int, scheme: str, people: int, seed: int, scenario: str | None, state: Path, faults: str = "none",
    reading: str = "attacker",
) -> None:  # fmt: skip
    """Build or reopen the org in `state` and serve it until stopped.

    Raises BadInput for an unknown scenario, a taken port or a folder that cannot be written; nothing is made then.
    """
    if scenario is not None and scenario not in SCENARIOS:
        raise BadInput(f"unknown scenario {scenario!r}; known: {', '.join(SCENARIOS)}")
    if faults != "none" or reading != "attacker":
        raise BadInput("this version serves --faults none and --reading attacker only")
    if not 100 <= people <= 5_000_000:
        raise BadInput("--people must lie between 100 and 5000000")
    first, second = _listen(port), _listen(0)
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        (state / "connection.json").unlink(missing_ok=True)
    except OSError:
        raise BadInput(f"{state}: cannot be written") from None
    org = build(state, people, seed)
    sockets = {scheme: first, "http" if scheme == "https" else "https": second}
    asyncio.run(_serve(org, sockets, scheme, scenario))


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError):
        raise BadInput(f"port {port} is in use or cannot be had") from None
    return listener


async def _serve(org: Org, sockets: dict[str, socket.socket], scheme: str, scenario: str | None) -> None:
    app = make_app(org)
    urls = {name: f"{name}://127.0.0.1:{s.getsockname()[1]}" for name, s in sockets.items()}
    org.bases = tuple(urls.values())
    tls = {"ssl_certfile": str(org.state / "tls/server.pem"), "ssl_keyfile": str(org.state / "tls/server.key")}
    common = {"log_level": "warning", "access_log": False, "lifespan": "off", "timeout_keep_alive": 30}
    http = uvicorn.Server(uvicorn.Config(app, **common))
    https = uvicorn.Server(uvicorn.Config(app, **common, **tls))
    facts = connection(org, urls["http"], urls["https"], scheme)
    threading.Thread(target=_tend, args=(org,), daemon=True).start()
    threading.Thread(target=_become_ready, args=(org, facts, scenario, http, https), daemon=True).start()
    https.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    await asyncio.gather(http.serve([sockets["http"]]), https.serve([sockets["https"]]))


def _tend(org: Org) -> None:
    while True:
        time.sleep(TICK_SECONDS)
        org.logs.flush_late()


def _become_ready(org: Org, facts: dict[str, object], scenario: str | None, *servers: uvicorn.Server) -> None:
    """Act the scenario once, then say that we are ready."""
    try:
        while not all(server.started for server in servers):
            time.sleep(0.02)
        acted = org.store.meta("acted")
        if scenario is not None and acted != scenario:
            importlib.import_module(SCENARIOS[scenario]).act(facts, org.state)
            org.clock.move(None)
            org.logs.flush()
            org.store.set_meta("acted", scenario)
        fresh = org.state / "connection.new"
        fresh.write_text(json.dumps(facts, indent=1), encoding="utf-8")
        fresh.replace(org.state / "connection.json")
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


def main() -> int:
    """`python -m leakresponse.rehearsal.org.main`."""
    parser = argparse.ArgumentParser(prog="simulated-org")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--scheme", choices=("http", "https"), default="https")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--with-parent", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.with_parent:
        exit_with(arguments.with_parent)
    try:
        serve(
            arguments.port, arguments.scheme, arguments.people, arguments.seed, arguments.scenario, arguments.state
        )  # fmt: skip
    except LeakResponseError as problem:
        print(f"simulated-org: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
