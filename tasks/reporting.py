"""The report, the counts in the Prefect UI, and the seal. Facts come from the ledger and the case folder alone."""

from __future__ import annotations

import json
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from leakresponse.ledger import Ledger, seal, verify
from tasks.report_facts import gather
from tasks.support import files_of, ledger_of, step, store_block, witness_of


@step("write the report")
def write_report(case_id: str, store: str, policy: str) -> int:
    """Write case.json, report.html and report.pdf of the same facts; the answer is the size of both in bytes."""
    from leakresponse.documents.report import render_report
    from leakresponse.documents.report_pdf import render_pdf

    block = store_block(store)
    folder = block.case_dir(case_id)
    ledger = ledger_of(block)
    facts = gather(case_id, files_of(block, case_id), ledger, policy)
    (folder / "case.json").write_text(json.dumps(case_document(case_id, ledger), indent=1), encoding="utf-8")
    text, printed = render_report(facts).encode(), render_pdf(facts)
    (folder / "report.html").write_bytes(text)
    (folder / "report.pdf").write_bytes(printed)
    return len(text) + len(printed)


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
    """The report's tables for the Prefect UI, by the same rules; never a name, an address or a value.

    Keys carry the case: rows of the same key are the history of one thing.
    """
    from leakresponse.documents import artifacts

    block = store_block(store)
    facts = gather(case_id, files_of(block, case_id), ledger_of(block), policy)
    create_markdown_artifact(artifacts.status(facts), key=f"{case_id}-status", description=f"Case {case_id}")
    for name, (caption, rows) in artifacts.tables(facts).items():
        if rows:
            create_table_artifact(table=rows, key=f"{case_id}-{name}", description=f"{caption} Case {case_id}.")


@step("seal the case")
def seal_case(case_id: str, store: str) -> dict[str, Any]:
    """Hash every file of the case and export its chain; the answer names the head."""
    block = store_block(store)
    ledger = ledger_of(block)
    case = ledger.case(case_id)
    if case is not None and case.status == "open":
        ledger.close_case(case_id, "sealed")
    folder = block.case_dir(case_id)
    address = block.evidence_address(case_id) if block.evidence_url else ""
    seal(folder, ledger, case_id, address, witness_of(block), files_of(block, case_id))
    length, head = ledger.chain_head(case_id)
    return {"chain_length": length, "chain_head": head}


def verify_case(case_id: str, store: str) -> bool:
    """Whether a sealed case holds, what lies encrypted included."""
    files = files_of(store_block(store), case_id)
    return verify(files.folder, open_content=files.open).ok
