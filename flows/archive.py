"""Archive: every access log of every org copied, each row once, before Salesforce lets go of it."""

from __future__ import annotations

from typing import Any

from leakresponse.core.errors import ToolFailure
from tasks import archive as steps
from tasks.support import playbook


@playbook("archive")
def archive(
    orgs: list[str] = [],  # noqa: B006 - shown as the default of the form, never changed
    store: str = "cases",
    retention_days: int = 0,
) -> dict[str, Any]:
    """Copy all event log files and stored real-time events of the orgs; counts per org, and gaps, as artifacts.

    Args:
        orgs: Names of the Salesforce org blocks to archive. Empty: all that are saved.
        store: The case store block; the archive lies below its folder.
        retention_days: How long the orgs keep log files, in days. 0: judged by the types of log files they have.
    """
    runs = {name: steps.copy_org.submit(name, store, retention_days) for name in steps.choose_orgs(orgs)}
    ended = {name: run.result(raise_on_failure=False) for name, run in runs.items()}
    failed = [name for name, result in ended.items() if isinstance(result, Exception)]
    if failed:
        raise ToolFailure(f"archive: {len(failed)} of {len(ended)} orgs could not be copied; see their tasks")
    return ended
