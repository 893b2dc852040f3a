"""`leak-response case list|show|resume`: real cases, from the ledger."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from leakresponse.core.errors import BadInput
from leakresponse.ledger import open_ledger
from leakresponse.services.home import ledger_url, use_server


def list_cases() -> list[dict[str, Any]]:
    """Every case with its phases."""
    ledger = open_ledger(ledger_url())
    return [
        {
            "case_id": case.case_id,
            "alert_id": case.alert_id,
            "status": case.status,
            "opened_at": case.opened_at.isoformat(),
            "phases": {p.phase: p.status for p in ledger.phases(case.case_id)},
        }
        for case in ledger.cases()
    ]


def show_case(case_id: str) -> dict[str, Any]:
    """One case: phases with their facts, actions by state, notices by state, the head of its chain."""
    ledger = open_ledger(ledger_url())
    case = ledger.case(case_id)
    if case is None:
        raise BadInput(f"no case {case_id!r}")
    length, head = ledger.chain_head(case_id)
    return {
        "case_id": case.case_id,
        "alert_id": case.alert_id,
        "status": case.status,
        "opened_at": case.opened_at.isoformat(),
        "phases": [asdict(p) for p in ledger.phases(case_id)],
        "actions": [{"kind": a.kind, "target": a.target, "state": a.state} for a in ledger.actions(case_id)],
        "notices": dict(ledger.notice_counts(case_id)),
        "chain": {"length": length, "head": head},
    }


def resume_case(case_id: str) -> dict[str, Any]:
    """Start `respond` again for a case; finished phases are passed by. Needs a running `leak-response up`."""
    import httpx

    case = open_ledger(ledger_url()).case(case_id)
    if case is None:
        raise BadInput(f"no case {case_id!r}")
    url = use_server()
    try:
        found = httpx.get(f"{url}/deployments/name/respond/respond", timeout=10, trust_env=False)
        if found.status_code != 200:
            raise BadInput("the Prefect server has no deployment respond/respond")
        address = f"{url}/deployments/{found.json()['id']}/create_flow_run"
        run = httpx.post(address, json={"parameters": {"alert_id": case.alert_id}}, timeout=10, trust_env=False)
    except httpx.HTTPError:
        raise BadInput("the Prefect server does not answer: start `leak-response up` first") from None
    return {"case_id": case_id, "flow_run_id": run.json()["id"]}
