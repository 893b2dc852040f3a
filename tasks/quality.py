"""The quality gates between phases. Great Expectations is imported inside, in the step that needs it, never before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.core.errors import LeakResponseError, ToolFailure
from tasks.frames import read_frame
from tasks.support import files_of, ledger_of, step, store_block

if TYPE_CHECKING:
    from leakresponse.core.quality import GateResult


class GateFailed(LeakResponseError):
    """A rule that stops the case did not hold; the rows are in quarantine with the reason."""


@step("quality gate: residency")
def gate_residency(case_id: str, store: str) -> dict[str, Any]:
    """Check the residency columns of the people; failing rows go to quarantine with a reason."""
    from expectations import residency

    files = files_of(store_block(store), case_id)
    people = read_frame(files, "people.parquet")
    where = read_frame(files, "recipients.parquet", ["person_id", "state", "postal_code", "country"])
    frame = people.merge(where, on="person_id", how="left")
    frame["candidates"] = frame["candidates"].map(" ".join)
    return _keep(case_id, store, files.folder, residency.check(frame))


@step("quality gate: notices")
def gate_notices(case_id: str, store: str, variants: Mapping[str, Any]) -> dict[str, Any]:
    """Check the notice list before dispatch: one notice per person and entity, an approved variant, a fit address."""
    from expectations import notices

    files = files_of(store_block(store), case_id)
    frame = read_frame(files, "notices.parquet")
    addresses = read_frame(files, "recipients.parquet", ["person_id", "email"])
    frame = frame.merge(addresses, on="person_id", how="left")
    approved = {entry["hash"] for entry in variants.values()}
    frame["approved"] = frame["variant_hash"].isin(approved)
    return _keep(case_id, store, files.folder, notices.check(frame))


@step("quality gate: dispatch")
def gate_dispatch(case_id: str, store: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """After dispatch: sent + queued + undeliverable + held + unknown + quarantined = due, and nobody twice."""
    from expectations import dispatch

    folder = store_block(store).case_dir(case_id)
    names = ("due", "sent", "queued", "undeliverable", "held", "unknown", "quarantined", "duplicates")
    return _keep(case_id, store, folder, dispatch.check({n: counts[n] for n in names}))


def _keep(case_id: str, store: str, folder: Path, result: GateResult) -> dict[str, Any]:
    """Write the result and the quarantine list to the case; the answer holds counts only."""
    quality = folder / "quality"
    quality.mkdir(exist_ok=True)
    document = {**asdict(result), "outcome": result.outcome}
    (quality / f"{result.gate}.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    ids = sorted({q.row_id for q in result.quarantine})
    facts = {
        "gate": result.gate,
        "outcome": result.outcome,
        "rows_in": result.rows_in,
        "rows_passed": result.rows_passed,
        "quarantined": len(ids),
    }
    ledger_of(store_block(store)).note(case_id, "quality_gate", facts)
    return facts


def stop_on_failure(facts: Mapping[str, Any]) -> None:
    """Stop the case where a gate could not be carried out or a stopping rule failed; what only warns is set aside."""
    if facts["outcome"] == "tool_failure":
        raise ToolFailure(f"quality gate {facts['gate']} could not be carried out")
    if facts["outcome"] == "fail":
        raise GateFailed(f"quality gate {facts['gate']} failed")
