"""`leak-response contain`: the plan of one alert on a simulated org or sandbox, shown or carried out and proven."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from leakresponse.commands.respond import INSIDE, connection_of, own_folder
from leakresponse.core.alerts import alert_document, parse_alert
from leakresponse.core.errors import BadInput
from leakresponse.rehearsal import stage
from leakresponse.services.local import own_prefect


def contain(alert_path: Path, connection_path: Path, out: Path, dry_run: bool) -> dict[str, Any]:
    """Contain one alert, or show what would be cut; the answer is one JSON document.

    `case_dir, contained, dry_run`, and `plan` of a dry run, else `paths, open`: how many ways in were looked at, and
    which are not proven dead. Approvals are automatic, therefore an org that is neither sandbox nor simulated is
    refused. Raises BadInput with one line; nothing is made then.
    """
    try:
        alert = parse_alert(alert_path.read_bytes())
    except OSError:
        raise BadInput(f"alert: cannot read {alert_path}") from None
    connection = connection_of(connection_path)
    own_folder(out, alert.id)
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
        save_simulated(names, connection, vault_url, mail_port, journal, out.resolve(), ledger_url, single_case=True)
        stock_vault(names.vault, stage.integration_secrets(connection))
        open_ledger(ledger_url).store_alert(json.dumps(alert_document(alert)), alert.id, None)
        blocks: dict[str, Any] = {"org": names.org, "vault": names.vault, "store": names.store, "policy": names.policy}
        return {"case_dir": str(out), **_run(alert.id, dry_run, blocks, ledger_url)}


def _run(alert_id: str, dry_run: bool, blocks: dict[str, Any], ledger_url: str) -> dict[str, Any]:
    from flows.contain import NotContained
    from flows.contain import contain as flow
    from leakresponse.ledger import open_ledger
    from tasks import casework

    try:
        answer = flow(alert_id=alert_id, dry_run=dry_run, **blocks)
    except NotContained:
        case_id = casework.open_case(alert_id, blocks["store"])
        facts = next(p.facts for p in open_ledger(ledger_url).phases(case_id) if p.phase == "contain")
        return {"contained": False, "dry_run": False, "paths": len(facts["paths"]), "open": list(facts["open"])}
    if dry_run:
        return {"contained": False, "dry_run": True, "plan": answer["plan"]}
    return {"contained": True, "dry_run": False, "paths": answer["paths"], "open": []}
