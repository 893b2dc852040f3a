"""`leak-response alert`: store an alert, then tell Prefect."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from leakresponse.core.errors import BadInput, Unavailable
from leakresponse.ledger import open_ledger
from leakresponse.services.alerts import emit, event_id, take_in
from leakresponse.services.home import api_url, ledger_url


def alert(path: Path) -> dict[str, Any]:
    """Store the alert and emit its event.

    A repeat opens nothing new. Where the Prefect server is away the alert stays stored and `up` delivers it. Raises
    BadInput for a file that cannot be read, or, after storing and escalating it, for one that cannot be parsed.
    """
    try:
        raw = path.read_bytes()
    except OSError:
        raise BadInput(f"alert: cannot read {path}") from None
    alert_id = take_in(open_ledger(ledger_url()), raw)
    emitted, url = False, api_url()
    try:
        if url:
            emit(url, alert_id)
            emitted = True
    except Unavailable as problem:
        print(f"stored, not yet delivered: {problem}; `leak-response up` delivers it", file=sys.stderr)
    return {"alert_id": alert_id, "stored": True, "emitted": emitted, "event_id": event_id(alert_id)}
