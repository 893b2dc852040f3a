"""Contain an app in one org, then sweep two others: `python sweep_driver.py FOLDER`. Prints one JSON document.

A process of its own, because the Prefect of the tests must not be this one's.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from leakresponse.adapters.processes import Children
from leakresponse.rehearsal import stage
from leakresponse.services.local import own_prefect

ALERT = {
    "id": "sweep-1", "source": "test", "detected_at": "2026-11-20T10:00:00Z", "summary": "",
    "window": {"from": "2026-11-20T08:00:00Z", "to": "2026-11-20T10:00:00Z"},
    "principals": [{"kind": "connected_app", "value": "Drift"}],
}  # fmt: skip


def main() -> None:
    """Everything, and the answer."""
    folder = Path(sys.argv[1])
    with own_prefect(folder / "prefect", folder / "logs"), Children(folder / "logs") as children:
        state = folder / "org"
        children.start("org", ["leakresponse.rehearsal.org.main", "--port", "0", "--people", "200", "--seed", "1",
                               "--state", str(state), "--orgs", "production,outlet,sandbox"])  # fmt: skip
        main_org = stage.await_org(children, state)
        stage.start_doubles(children, folder / "doubles")
        vault_url, mail_port = stage.await_doubles(children, folder / "doubles")
        print(json.dumps(_play(folder, state, main_org, vault_url, mail_port)))


def _play(folder: Path, state: Path, main_org: dict[str, Any], vault_url: str, mail_port: int) -> dict[str, Any]:
    from blocks import SalesforceOrg
    from blocks.simulated import BlockNames, save_simulated
    from flows.contain import contain
    from flows.sweep import sweep
    from leakresponse.ledger import open_ledger

    names = BlockNames("main", "vault", "cases", "policy", "mail")
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    save_simulated(
        names, main_org, vault_url, mail_port, folder / "mail.jsonl", folder / "cases", url, single_case=False
    )
    others = {one["name"]: one for one in main_org["orgs"] if one["org_id"] != main_org["org_id"]}
    for name in others:
        beside = json.loads((state / "orgs" / name / "connection.json").read_text(encoding="utf-8"))
        SalesforceOrg.from_connection(beside).save(name, overwrite=True)
    ledger = open_ledger(url)
    ledger.store_alert(json.dumps(ALERT), str(ALERT["id"]), None)
    case_id = contain(alert_id=str(ALERT["id"]), org="main", vault="vault", store="cases", policy="policy")["case_id"]
    asked = {"orgs": sorted(others), "vault": "vault", "store": "cases", "policy": "policy"}
    first = sweep(case_id=case_id, **asked)
    again = sweep(case_id=case_id, **asked)
    notes = [dict(e.body) for e in ledger.timeline(case_id) if e.kind == "sibling_case"]
    cases = [one.case_id for one in ledger.cases()]
    holds = [ledger.broken_link(one) for one in cases]
    return {"first": first["orgs"], "again": again["orgs"], "notes": notes, "cases": cases, "holds": holds}


if __name__ == "__main__":
    main()
