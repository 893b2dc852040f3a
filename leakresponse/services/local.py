"""A Prefect server of this run's own, for the commands that run flows in their own process."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from leakresponse.adapters.processes import Children, free_port
from leakresponse.core import progress
from leakresponse.services.prefect_server import settings

START_SECONDS = 120


def answers(url: str) -> bool:
    """Whether the server's health page says yes."""
    try:
        return httpx.get(f"{url}/health", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def start_server(children: Children, home: Path, port: int = 0) -> str:
    """Start the server, point this process at it and answer its API address. Call before Prefect is imported."""
    home.mkdir(parents=True, exist_ok=True)
    chosen = port or free_port()
    environment = settings(home, chosen)
    os.environ.update(environment)
    module = ["leakresponse.services.prefect_server", "--port", str(chosen), "--with-parent", str(os.getpid())]
    children.start("prefect", module)
    return environment["PREFECT_API_URL"]


def await_server(children: Children, url: str) -> None:
    """Wait until the server answers."""
    children.wait("prefect", lambda: answers(url), START_SECONDS)


@contextmanager
def own_prefect(home: Path, logs: Path) -> Iterator[Children]:
    """Children, the first of them a Prefect server whose home is `PREFECT_HOME` where set, else `home`."""
    chosen = Path(os.environ.get("PREFECT_HOME") or home)
    os.environ["PREFECT_UI_ENABLED"] = os.environ["PREFECT_SERVER_UI_ENABLED"] = "false"
    os.environ["PREFECT_LOGGING_LEVEL"] = os.environ.get("PREFECT_LOGGING_LEVEL", "ERROR")
    with Children(logs) as children:
        progress.report("starting a Prefect server of this run's own", 0)
        url = start_server(children, chosen)
        importlib.import_module("flows.respond")  # while the server starts: both take seconds
        await_server(children, url)
        try:
            yield children
        finally:
            _send_logs()


def _send_logs() -> None:
    """What was logged goes to the server while it is there; the process would knock at a dead one for a minute else."""
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=5)
