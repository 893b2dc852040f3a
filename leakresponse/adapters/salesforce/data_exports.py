"""Data exports that users asked for: the setup audit trail alone tells of them (log notes)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.soql.build import between, select
from leakresponse.core.types import Window


def data_exports(client: SalesforceClient, users: Collection[str], window: Window) -> list[tuple[str, datetime]]:
    """(user id, time) of each.

    What the trail calls such an act is published nowhere, and Section and Display cannot be filtered on (object
    reference, SetupAuditTrail), so the window is read whole, and any word of an export counts.
    """
    if not users:
        return []
    asked = ["CreatedById", "CreatedDate", "Action", "Section", "Display"]
    rows = client.query(select("SetupAuditTrail", asked, where=between("CreatedDate", window.start, window.end)))
    return [
        (row["CreatedById"], datetime.fromisoformat(row["CreatedDate"]))
        for row in rows
        if row["CreatedById"] in users
        and "export" in " ".join(row[name] or "" for name in ("Action", "Section", "Display")).lower()
    ]
