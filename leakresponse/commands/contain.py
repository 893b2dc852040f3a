"""`leak-response contain`: the plan of one alert on a simulated org or sandbox, shown or carried out and proven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leakresponse.commands.respond import alert_in, own_org


def contain(alert_path: Path, connection_path: Path, out: Path, dry_run: bool) -> dict[str, Any]:
    """Contain one alert, or show what would be cut; the answer is one JSON document.

    `case_dir, contained, dry_run`, and `plan` of a dry run, else `paths, open`: how many ways in were looked at, and
    which are not proven dead. Approvals are automatic, therefore an org that is neither sandbox nor simulated is
    refused. Raises BadInput with one line; nothing is made then.
    """
    alert = alert_in(alert_path)
    with own_org(alert, connection_path, out, None) as names:
        blocks: dict[str, Any] = {"org": names.org, "vault": names.vault, "store": names.store, "policy": names.policy}
        return {"case_dir": str(out), **_run(alert.id, dry_run, blocks)}


def _run(alert_id: str, dry_run: bool, blocks: dict[str, Any]) -> dict[str, Any]:
    from flows.contain import NotContained
    from flows.contain import contain as flow
    from leakresponse.ledger import case_id_of
    from tasks.support import ledger_of, store_block

    try:
        answer = flow(alert_id=alert_id, dry_run=dry_run, **blocks)
    except NotContained:
        phases = ledger_of(store_block(blocks["store"])).phases(case_id_of(alert_id))
        facts = next(p.facts for p in phases if p.phase == "contain")
        return {"contained": False, "dry_run": False, "paths": len(facts["paths"]), "open": list(facts["open"])}
    if dry_run:
        return {"contained": False, "dry_run": True, "plan": answer["plan"]}
    return {"contained": True, "dry_run": False, "paths": answer["paths"], "open": []}
