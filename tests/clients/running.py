"""Runs a client that we did not write: bounded in time, with a home of its own, reaching this machine only."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.clients.install import HERE, folder, node_bin

#: Longest that one call may take, in seconds: a refused CLI tries other hosts.
LONGEST = 120
_TOKEN = re.compile(r"00D\w{12,15}![\w.-]+|5Aep[\w.-]+|-----BEGIN[^-]+-----.*?-----END[^-]+-----", re.DOTALL)
_QUIET = {
    "SF_DISABLE_TELEMETRY": "true", "SF_USE_GENERIC_UNIX_KEYCHAIN": "true", "SF_SKIP_NEW_VERSION_CHECK": "true",
    "SF_AUTOUPDATE_DISABLE": "true", "SF_DISABLE_DNS_CHECK": "true", "SF_CONTAINER_MODE": "true", "NO_COLOR": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Done:
    """How a call ended; what it said, with tokens masked."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Any:
        """`result` of the JSON that the CLI prints."""
        assert self.code == 0, str(self)
        return json.loads(self.out)["result"]

    def __str__(self) -> str:
        return f"exit {self.code}\n{_TOKEN.sub('<token>', self.out)}\n{_TOKEN.sub('<token>', self.err)}"


@dataclass(slots=True)
class Node:
    """Node with a private home; `more` goes into the environment of every call."""

    home: Path
    more: dict[str, str] = field(default_factory=dict)

    def sf(self, *arguments: str, cwd: Path | None = None, longest: float = LONGEST, **more: str) -> Done:
        """The Salesforce CLI, answering JSON."""
        script = str(folder() / "node_modules" / ".bin" / "sf")
        return self.run(script, *arguments, "--json", cwd=cwd, longest=longest, more=more)

    def run(
        self, script: str, *arguments: str, cwd: Path | None = None, longest: float = LONGEST,
        more: Mapping[str, str] | None = None,
    ) -> Done:  # fmt: skip
        """A script by its path. The whole process group ends with the time-out."""
        command = [str(node_bin(folder()) / "node"), script, *arguments]
        process = subprocess.Popen(
            command, cwd=cwd or self.home, env=self._environment(more or {}), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            out, err = process.communicate(timeout=longest)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"{arguments[:3]} took longer than {longest} s: {Done(-1, out, err)}") from None
        return Done(process.returncode, out, err)

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        path = os.pathsep.join((str(node_bin(folder())), "/usr/bin", "/bin"))
        preload = f"--require={HERE / 'loopback_only.cjs'}"
        own = {"HOME": str(self.home), "PATH": path, "NODE_OPTIONS": preload, "LANG": "C.UTF-8"}
        return {**own, **_QUIET, **self.more, **more}
