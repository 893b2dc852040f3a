"""Report: the sealed record that people read."""

from __future__ import annotations

from typing import Any

from tasks import casework, reporting
from tasks.support import playbook


@playbook("report")
def report(case_id: str, store: str = "cases", policy: str = "policy") -> dict[str, Any]:
    """Write the report, publish counts to the Prefect UI, seal the case folder.

    Args:
        case_id: The case.
        store: The case store block.
        policy: The response policy block.
    """
    with casework.phase(case_id, "report", store) as facts:
        facts["report_bytes"] = reporting.write_report(case_id, store, policy)
        reporting.publish(case_id, store, policy)
    sealed = reporting.seal_case(case_id, store)
    return {"case_id": case_id, **sealed}
