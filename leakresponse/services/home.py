"""The product's own folder on this machine: `LEAK_RESPONSE_HOME`, else `~/.leak-response`."""

from __future__ import annotations

import json
import os
from pathlib import Path

from leakresponse.core.errors import BadInput

NOTE = "up.json"


def home() -> Path:
    """The folder, made readable by its owner alone. Raises BadInput where it cannot be."""
    path = Path(os.environ.get("LEAK_RESPONSE_HOME") or Path.home() / ".leak-response")
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        raise BadInput(f"{path}: cannot be made") from None
    if not os.access(path, os.W_OK):
        raise BadInput(f"{path}: cannot be written")
    return path


def ledger_url() -> str:
    """Address of the ledger: `LEAK_RESPONSE_LEDGER`, else a SQLite file in the folder."""
    return os.environ.get("LEAK_RESPONSE_LEDGER") or f"sqlite:///{home() / 'ledger.sqlite'}"


def api_url() -> str:
    """The Prefect API to talk to: `PREFECT_API_URL`, else the one that `up` last wrote down; empty where neither."""
    given = os.environ.get("PREFECT_API_URL")
    if given:
        return given.rstrip("/")
    note = home() / NOTE
    return str(json.loads(note.read_text(encoding="utf-8"))["api_url"]) if note.exists() else ""


def use_server() -> str:
    """The address of the Prefect API, from now on this process's. Raises BadInput where none is known."""
    url = api_url()
    if not url:
        raise BadInput("no Prefect server is known: start `leak-response up` first, or set PREFECT_API_URL")
    os.environ["PREFECT_API_URL"] = url
    return url
