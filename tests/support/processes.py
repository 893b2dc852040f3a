"""Processes of the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def call(*arguments: str, timeout: float = 600, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as its users do."""
    command = [sys.executable, "-m", "leakresponse.cli", *arguments]
    env = {**clean_environment(), **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=env)


def clean_environment() -> dict[str, str]:
    """Ours, without anything that points at the user's Prefect."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}


@contextmanager
def org(state: Path, *arguments: str, seconds: float = 300) -> Iterator[dict[str, Any]]:
    """A simulated org as a process; its connection.json."""
    command = [sys.executable, "-m", "leakresponse.cli", "org", "--port", "0", "--state", str(state), *arguments]
    with (state.parent / f"{state.name}.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=clean_environment())
    try:
        deadline = time.monotonic() + seconds
        while not (state / "connection.json").exists():
            assert process.poll() is None, (state.parent / f"{state.name}.log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the simulated org was not ready in time"
            time.sleep(0.1)
        yield json.loads((state / "connection.json").read_text())
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
