"""The retailer's own job, as a process: it reads its secret from the vault at each run, logs in and reads a little.

Each run is one line of a journal: when, which consumer key (by fingerprint), how many calls and which of them failed. A
session that was ended between its login and its query is taken up by a new login, as OAuth clients do; that is
counted apart. No credential is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from leakresponse.adapters.processes import exit_with
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.errors import LeakResponseError
from leakresponse.core.secret_rules import fingerprint
from leakresponse.rehearsal.client import Denied, OrgClient

PAUSE_SECONDS = 0.5
_QUERY = "SELECT Id, Name FROM Account LIMIT 5"
_ENDED = 401


def main() -> None:
    """Run until the parent is gone."""
    parser = argparse.ArgumentParser(prog="real-job")
    parser.add_argument("--connection", type=Path, required=True)
    parser.add_argument("--vault", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--with-parent", type=int, default=0)
    arguments = parser.parse_args()
    os.umask(0o077)
    if arguments.with_parent:
        exit_with(arguments.with_parent)
    connection = json.loads(arguments.connection.read_text(encoding="utf-8"))
    vault = SecretsManager("us-east-1", arguments.vault, ("testing", "testing"))
    with arguments.journal.open("a", encoding="utf-8") as journal:
        while True:
            line = run_once(connection, vault, arguments.secret, arguments.address, arguments.agent)
            journal.write(json.dumps(line) + "\n")
            journal.flush()
            time.sleep(PAUSE_SECONDS)


def run_once(
    connection: Mapping[str, Any], vault: SecretsManager, secret: str, address: str, agent: str
) -> dict[str, Any]:
    """One run; `failed` is the code of the call that stopped it, empty where all went well."""
    line: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "key": "", "failed": "", "logged_in_again": 0}
    client = OrgClient(connection, address, agent)
    try:
        value = vault.read(secret)
        line["key"] = fingerprint(value["consumer_key"])
        _log_in(client, value)
        try:
            client.query(_QUERY)
        except Denied as denied:
            if denied.status != _ENDED:
                raise
            line["logged_in_again"] = 1
            _log_in(client, value)
            client.query(_QUERY)
    except Denied as denied:
        line["failed"] = denied.code or str(denied.status)
    except (LeakResponseError, requests.RequestException) as problem:
        line["failed"] = type(problem).__name__
    return line


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The runs so far; a last line that a kill cut short is left out."""
    whole = path.read_text(encoding="utf-8").rpartition("\n")[0] if path.exists() else ""
    return [json.loads(line) for line in whole.splitlines()]


def _log_in(client: OrgClient, value: Mapping[str, str]) -> None:
    client.login_refresh(value["consumer_key"], value["consumer_secret"], value["refresh_token"])


if __name__ == "__main__":
    main()
