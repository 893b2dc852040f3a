"""Rows of changes to the org itself: MetadataApiOperation. Those of permissions are in `permission_trail`."""

from __future__ import annotations

from leakresponse.rehearsal.org.calls import Call, LogRow
from leakresponse.rehearsal.org.events_common import of_call


def metadata_row(call: Call, operation: str) -> LogRow:
    """MetadataApiOperation."""
    return "MetadataApiOperation", {
        **of_call(call, "MetadataApiOperation"), "RUN_TIME": 120, "CPU_TIME": 60, "API_VERSION": call.version,
        "CLIENT_ID": call.client.name, "OPERATION": operation,
    }  # fmt: skip
