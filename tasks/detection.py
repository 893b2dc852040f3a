"""Asking the org's own logs whether an attack is in them, and turning what is found into an alert."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from leakresponse.core import progress
from leakresponse.core.alerts import alert_document, parse_alert
from leakresponse.core.errors import Refused
from tasks.support import ledger_of, org_block, step, store_block

if TYPE_CHECKING:
    import pandas as pd

    from leakresponse.adapters.salesforce.logs import LogFile

#: What the detections read: who logged in from where, and what became of bulk jobs.
EVENT_TYPES = ("Login", "BulkApi2", "BulkApiRequest", "ApiTotalUsage", "RestApi")
LOOK_BACK_DAYS = 30


@step("look for an attack in the logs")
def find_alert(org: str) -> dict[str, Any]:
    """The alert document of what the detections find in the last 30 days of an org's logs.

    Raises Refused where nothing is found.
    """
    from leakresponse.adapters.salesforce.logs import download, list_files
    from leakresponse.core import detections
    from leakresponse.core import events as model
    from leakresponse.core.events_csv import read_elf_csv

    client = org_block(org).client()
    moment = datetime.now(UTC)
    files = list_files(client, EVENT_TYPES, moment - timedelta(days=LOOK_BACK_DAYS))

    def read(file: LogFile) -> pd.DataFrame:
        return read_elf_csv(io.BytesIO(b"".join(download(client, file))))

    with ThreadPoolExecutor(4) as pool:
        frames = list(pool.map(read, files))
    parts = []
    for event_type in sorted({f.event_type for f in files}):
        some = [(f.file_id, frame) for f, frame in zip(files, frames, strict=True) if f.event_type == event_type]
        parts.append(model.normalise_files(event_type, some).events)
    progress.report("looking for an attack in the logs", len(files), len(files))
    findings = detections.detect(model.deduplicate(model.concat_events(parts)))
    if not findings:
        raise Refused("no attack found in the logs", "NOTHING_FOUND")
    return alert_document(detections.alert_from(findings, moment))


@step("store the alert of the security desk")
def store_alert(document: str, store: str) -> str:
    """Store an alert that somebody else has raised, answer its id. Raises BadInput for what is no alert."""
    alert = parse_alert(document)
    ledger_of(store_block(store)).store_alert(document, alert.id, None)
    return alert.id


@step("detect and store the alert")
def detect_alert(org: str, store: str) -> str:
    """Find an attack, store its alert in the ledger, answer the alert's id."""
    document = find_alert.fn(org)
    ledger_of(store_block(store)).store_alert(json.dumps(document), document["id"], None)
    return str(document["id"])
