"""A command line of ours that plants markers in its simulated org and notes every secret that passes by.

`python -m tests.support.canary_run NOTES rehearse T01 ...`: values are written to NOTES, one JSON a line, for the
search afterwards. Nothing else about the run is changed.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

from leakresponse.adapters import keypair
from leakresponse.adapters.salesforce import access, inventory
from leakresponse.cli import main
from leakresponse.core.redact import Redacted
from leakresponse.rehearsal import stage


def run(notes: Path, arguments: list[str]) -> int:
    """Hook in the notes, then run the command."""
    lock = threading.Lock()

    def note(kind: str, value: str) -> None:
        with lock, notes.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, "value": value}) + "\n")

    honest_token, honest_list, honest_pair, honest_wait = (
        access._access_token, inventory.read_tokens, keypair.make_key_pair, stage.await_org,
    )  # fmt: skip

    def token(answer: Any) -> Redacted[str]:
        issued = honest_token(answer)
        note("session id", issued.reveal())
        return issued

    def listed(*args: Any) -> Any:
        found = honest_list(*args)
        for row in found.rows:
            note("delete token", row["DeleteToken"])
        return found

    def pair(*args: Any, **kwargs: Any) -> keypair.KeyPair:
        made = honest_pair(*args, **kwargs)
        note("private key", made.private_pem.reveal())
        return made

    def planted(children: Any, state: Path) -> dict[str, Any]:
        connection = honest_wait(children, state)
        for kind, value in plant(state / "org.sqlite"):
            note(kind, value)
        return connection

    access._access_token, inventory.read_tokens, keypair.make_key_pair, stage.await_org = token, listed, pair, planted
    return main(arguments)


def plant(database: Path) -> list[tuple[str, str]]:
    """Put markers into fields that the attacker read, and whose change alters no score; the answer names them."""
    street, subject, note = (f"canary{secrets.token_hex(8)}" for _ in range(3))
    connection = sqlite3.connect(database, timeout=30)
    with connection:
        connection.execute("""UPDATE Contact SET MailingStreet = MailingStreet || ' Unit ' || ?""", (street,))
        connection.execute("""UPDATE "Case" SET Subject = Subject || ' ' || ?""", (subject,))
        connection.execute("""UPDATE "Case" SET Description = Description || ' ' || ?""", (note,))
    connection.close()
    return [("planted street", street), ("planted subject", subject), ("planted text", note)]


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
