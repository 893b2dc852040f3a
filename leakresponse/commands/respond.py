"""`leak-response respond`: the whole way on one simulated org or sandbox, outside any scenario."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.core.alerts import alert_document, parse_alert
from leakresponse.core.errors import BadInput
from leakresponse.core.types import Alert
from leakresponse.ledger.verification import KEY_FILE
from leakresponse.rehearsal import stage
from leakresponse.services.local import own_prefect

if TYPE_CHECKING:
    from blocks.simulated import BlockNames

INSIDE = ".running"
ALERT_FILE = "alert.json"


def respond(alert_path: Path, connection_path: Path, out: Path, plain: bool | None = None) -> dict[str, Any]:
    """Answer one alert on the org of a connection.json; the answer is the JSON document of the design contract.

    Approvals are automatic and notices go to a local sink, therefore an org that is neither sandbox nor simulated is
    refused. Raises BadInput with one line; nothing is made then.
    """
    alert = alert_in(alert_path)
    with own_org(alert, connection_path, out, plain) as names:
        from flows.respond import respond as flow
        from tasks import casework

        started = casework.now()
        case_id = flow(alert_id=alert.id, **names.parameters())["case_id"]
        return _result(case_id, names.store, out, started)


def alert_in(path: Path) -> Alert:
    """The alert of a file. Raises BadInput with one line."""
    try:
        return parse_alert(path.read_bytes())
    except OSError:
        raise BadInput(f"alert: cannot read {path}") from None


@contextmanager
def own_org(alert: Alert, connection_path: Path, out: Path, plain: bool | None) -> Iterator[BlockNames]:
    """A Prefect of its own in the folder, doubles of vault and mail, blocks for the org, and the alert stored.

    Raises BadInput before anything is made, where org or folder are not fit.
    """
    connection = connection_of(connection_path)
    own_folder(out, alert.id)
    kept = kept_plain(out, plain)
    inside = out / INSIDE
    with own_prefect(inside / "prefect", inside / "logs") as children:
        from blocks.simulated import BlockNames, save_simulated
        from leakresponse.ledger import open_ledger
        from tasks.rotation import stock_vault

        stage.start_doubles(children, inside / "doubles")
        vault_url, mail_port = stage.await_doubles(children, inside / "doubles")
        names = BlockNames("org", "vault", "cases", "policy", "mail")
        ledger_url = f"sqlite:///{inside.resolve() / 'ledger.sqlite'}"
        journal = inside / "doubles" / "mail.jsonl"
        save_simulated(
            names, connection, vault_url, mail_port, journal, out.resolve(), ledger_url, single_case=True, plain=kept
        )  # fmt: skip
        stock_vault(names.vault, stage.integration_secrets(connection))
        open_ledger(ledger_url).store_alert(json.dumps(alert_document(alert)), alert.id, None)
        yield names


def _result(case_id: str, store: str, out: Path, started: str) -> dict[str, Any]:
    from tasks import casework

    scope = casework.facts_of(case_id, "scope", store)
    contained = casework.facts_of(case_id, "contain", store)
    return {
        "case_dir": str(out),
        "contained": bool(contained.get("contained_at")),
        "people": scope["people"],
        "records": scope["records"],
        "states": scope["states"],
        "clock": casework.clock(case_id, store, started),
    }


def connection_of(path: Path) -> dict[str, Any]:
    """A connection.json of an org on which nobody has to approve. Raises BadInput for any other org."""
    connection = stage.read_connection(path)
    if not (connection.get("sandbox") or connection.get("simulated")):
        raise BadInput("this org is neither a sandbox nor simulated: run the flows, with people approving")
    return connection


def kept_plain(out: Path, plain: bool | None) -> bool:
    """Whether the case's files are unencrypted: as it was begun, else as asked, else yes (design contract)."""
    begun = (out / ALERT_FILE).exists() or (out / KEY_FILE).exists()
    if not begun:
        return plain is not False
    kept = not (out / KEY_FILE).exists()
    if plain not in (None, kept):
        raise BadInput(f"{out}: this case was begun with {'--plain' if kept else '--no-plain'}")
    return kept


def own_folder(out: Path, alert_id: str) -> None:
    """A new folder, or the unfinished one of the same alert."""
    held = out / ALERT_FILE
    occupied = out.exists() and (not out.is_dir() or any(out.iterdir()))
    if occupied and not _is_of(held, alert_id) and not (out / INSIDE).exists():
        raise BadInput(f"{out}: exists and is not an empty folder")
    try:
        (out / INSIDE).mkdir(parents=True, exist_ok=True)
    except OSError:
        raise BadInput(f"{out}: cannot be written") from None


def _is_of(held: Path, alert_id: str) -> bool:
    """Whether an alert that is not encrypted has this id."""
    try:
        return bool(json.loads(held.read_text(encoding="utf-8")).get("id") == alert_id)
    except (OSError, ValueError):
        return False
