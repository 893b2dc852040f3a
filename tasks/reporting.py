"""The report, the counts in the Prefect UI, and the seal. Facts come from the ledger and the case folder alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from leakresponse.ledger import Ledger, seal, verify
from tasks.report_facts import gather
from tasks.support import ledger_of, policy_block, step, store_block

if TYPE_CHECKING:
    pass

PHASES = ("contain", "rotate", "scope", "assess", "notify")


@step("write the report")
def write_report(case_id: str, store: str, policy: str) -> int:
    """Write case.json and report.html; the answer is the report's size in bytes."""
    from leakresponse.documents.report import render_report

    block = store_block(store)
    folder = block.case_dir(case_id)
    ledger = ledger_of(block)
    facts = gather(case_id, folder, ledger, policy)
    (folder / "case.json").write_text(json.dumps(case_document(case_id, ledger), indent=1), encoding="utf-8")
    text = render_report(facts)
    (folder / "report.html").write_text(text, encoding="utf-8")
    return len(text.encode())


@step("write the case")
def write_case(case_id: str, store: str) -> None:
    """Write case.json alone, for a case that goes no further than containment."""
    block = store_block(store)
    document = case_document(case_id, ledger_of(block))
    (block.case_dir(case_id) / "case.json").write_text(json.dumps(document, indent=1), encoding="utf-8")


def case_document(case_id: str, ledger: Ledger) -> dict[str, Any]:
    """The case in one JSON document: phases with facts, actions, approvals, notices by state."""
    case = ledger.case(case_id)
    assert case is not None
    return {
        "case_id": case_id,
        "alert_id": case.alert_id,
        "discovered_at": case.facts.get("discovered_at"),
        "opened_at": case.opened_at.isoformat(),
        "phases": {p.phase: {"status": p.status, **p.facts} for p in ledger.phases(case_id)},
        "actions": [
            {"kind": a.kind, "target": a.target, "state": a.state, "inverse": a.inverse}
            for a in ledger.actions(case_id)
        ],
        "approvals": [
            {"subject": a.subject, "hash": a.subject_hash, "by": a.by, "decision": a.decision, "at": a.at.isoformat()}
            for a in ledger.approvals(case_id)
        ],
        "notices": dict(ledger.notice_counts(case_id)),
    }


@step("publish counts")
def publish(case_id: str, store: str, policy: str) -> None:
    """Counts for the Prefect UI, small ones withheld; never a name, an address or a value."""
    block = store_block(store)
    ledger = ledger_of(block)
    rules = policy_block(policy)
    phases = {p.phase: p.facts for p in ledger.phases(case_id)}
    shown = [
        {"jurisdiction": place, "people": count if count >= rules.suppress_below else f"<{rules.suppress_below}"}
        for place, count in phases["scope"]["states"].items()
    ]
    create_table_artifact(table=shown, key="people-by-jurisdiction", description=f"Case {case_id}")
    notify = phases["notify"]
    lines = [
        f"# Case {case_id}",
        f"- contained: {phases['contain'].get('contained_at', 'NO')}",
        f"- access paths proven dead: {sum(p['dead'] for p in phases['contain']['paths'])}",
        f"- keys rotated: {len(phases['rotate'].get('secrets', []))}",
        f"- records read: {phases['scope']['records']:,}; people: {phases['scope']['people']:,}",
        f"- notices due {notify['due']:,}, sent {notify['sent']:,}, held {notify['held']:,}",
    ]
    create_markdown_artifact("\n".join(lines), key="case-status", description=f"Case {case_id}")


@step("seal the case")
def seal_case(case_id: str, store: str) -> dict[str, Any]:
    """Hash every file of the case and export its chain; the answer names the head."""
    block = store_block(store)
    ledger = ledger_of(block)
    case = ledger.case(case_id)
    if case is not None and case.status == "open":
        ledger.close_case(case_id, "sealed")
    seal(block.case_dir(case_id), ledger, case_id)
    length, head = ledger.chain_head(case_id)
    return {"chain_length": length, "chain_head": head}


def verify_case(folder: Path) -> bool:
    """Whether a sealed case holds."""
    return verify(folder).ok
