"""`leak-response archive`: copy the access logs now, or prove the archives, on the Prefect server of the blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leakresponse.services.home import use_server


def archive(orgs: Sequence[str], store: str) -> dict[str, Any]:
    """Run the flow here, for these org blocks or all; `complete` where no gap is open that no other file covers."""
    use_server()
    from flows.archive import archive as flow

    counts = flow(orgs=list(orgs), store=store)
    busy = any(one["busy"] for one in counts.values())
    complete = not busy and not any(one["uncovered_gaps"] or one["waiting_files"] for one in counts.values())
    return {"complete": complete, "orgs": counts}


def verify(store: str) -> dict[str, Any]:
    """Recompute every archive of a store; `complete` where all hold."""
    use_server()
    from tasks.archive import verify_archives

    found = verify_archives(store)
    return {"complete": all(one["ok"] for one in found.values()), "orgs": found}
