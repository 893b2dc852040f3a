"""Processes of ours: started, awaited, stopped by process id, and never outliving whoever started them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from leakresponse.core.errors import Unavailable

CHECK_SECONDS = 0.5


class Children(AbstractContextManager["Children"]):
    """The processes that one run has started; leaving the block stops every one of them, newest first."""

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        log_dir.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, module: Sequence[str], env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Run `python -m MODULE ...` in the background, its output going to `NAME.log`."""
        with (self._log_dir / f"{name}.log").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *module],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        self._running.append((name, process))
        return process

    def wait(self, name: str, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready()`; raises Unavailable where the process ended before, or time is up."""
        process = next(p for n, p in self._running if n == name)
        deadline = time.monotonic() + seconds
        while not ready():
            if process.poll() is not None:
                raise Unavailable(f"{name} ended at start with code {process.returncode}; see {name}.log")
            if time.monotonic() > deadline:
                raise Unavailable(f"{name} was not ready in {seconds:.0f} s; see {name}.log")
            time.sleep(0.05)

    def lines(self, name: str, start: int) -> list[str]:
        """What a process has said since its `start`-th line."""
        text = (self._log_dir / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        return text.splitlines()[start:]

    def dead(self) -> list[str]:
        """Names of those that ended by themselves."""
        return [name for name, process in self._running if process.poll() is not None]

    def stop(self) -> None:
        """End all: a polite signal, then, after a while, the other one."""
        for _, process in reversed(self._running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        for _, process in reversed(self._running):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self._running.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def free_port() -> int:
    """A port that was free a moment ago on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether nobody listens on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def exit_with(parent_pid: int) -> None:
    """End this process soon after process `parent_pid` is gone. The check is by id and changes of parentage."""

    def watch() -> None:
        while _alive(parent_pid):
            time.sleep(CHECK_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False
