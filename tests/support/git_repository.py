"""A git repository made for one test, with nobody's own settings in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_NOBODY = {
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a", "GIT_COMMITTER_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_EMAIL": "a@example.com",
}  # fmt: skip


class GitRepository:
    """Commits whole states of files, one second apart."""

    def __init__(self, root: Path, *options: str) -> None:
        self.root, self._at = root, 1_700_000_000
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *options)

    def git(self, *arguments: str) -> str:
        """Run git here."""
        dates = {"GIT_AUTHOR_DATE": f"{self._at} +0000", "GIT_COMMITTER_DATE": f"{self._at} +0000"}
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env={**os.environ, **_NOBODY, **dates}, check=True,
            capture_output=True, timeout=60,
        )  # fmt: skip
        return done.stdout.decode().strip()

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "more") -> str:
        """Write (or with None remove) files and commit them; the answer is the commit."""
        self._at += 1
        for name, content in files.items():
            path = self.root / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")
