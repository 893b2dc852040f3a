"""A git history made up for a scenario: dated commits of one file each, through `git fast-import`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leakresponse.core.errors import BadInput, Unavailable

_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: when, what it says, and the one file that it writes."""

    at: datetime
    message: str
    path: str
    content: str


def make_repository(folder: Path, commits: Iterable[Commit]) -> None:
    """A bare repository with these commits on `main`, oldest first. Raises BadInput where git is not installed."""
    stream = "".join(_written(one) for one in commits)
    try:
        subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True, capture_output=True, timeout=_SECONDS)
        subprocess.run(
            ["git", "-C", str(folder), "fast-import", "--quiet"], input=stream.encode(), check=True,
            capture_output=True, timeout=_SECONDS,
        )  # fmt: skip
        subprocess.run(
            ["git", "-C", str(folder), "symbolic-ref", "HEAD", "refs/heads/main"], check=True, capture_output=True,
            timeout=_SECONDS,
        )  # fmt: skip
    except FileNotFoundError:
        raise BadInput("this scenario needs git") from None
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise Unavailable("git did not make the repository of the scenario") from None


def _written(one: Commit) -> str:
    who = "Integration Team <integration@harborpine.example>"
    return (
        f"commit refs/heads/main\ncommitter {who} {int(one.at.timestamp())} +0000\n"
        f"{_data(one.message)}M 100644 inline {one.path}\n{_data(one.content)}"
    )


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"
