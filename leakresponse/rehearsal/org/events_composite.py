"""Log rows of the composite resources: CompositeApi and, from v64, CompositeApiSubrequest.

Neither names an object or counts rows, and neither carries an app (notes on Salesforce's logs); columns as in live
files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org.calls import Call, LogRow
from leakresponse.rehearsal.org.events_common import of_call


def _row(call: Call, kind: str, uri: str) -> dict[str, Any]:
    return {**of_call(call, kind), "URI": uri, "RUN_TIME": 20, "CPU_TIME": 10}


def composite_row(call: Call, all_or_none: bool, collated: bool, reason: str) -> LogRow:
    """CompositeApi: one composite request, or one graph of a graph request."""
    return "CompositeApi", {
        **_row(call, "CompositeApi", call.path), "ALL_OR_NONE": int(all_or_none), "FAILURE_REASON": reason,
        "IS_REQUEST_COLLATION_ON": int(collated), "NUM_RETRIES": 0,
    }  # fmt: skip


def subrequest_row(call: Call, asked: Mapping[str, Any], result: Mapping[str, Any], ran: bool) -> LogRow:
    """CompositeApiSubrequest: one sub-request; the address without its query, which holds SOQL and people's data."""
    status = int(result["httpStatusCode"])
    return "CompositeApiSubrequest", {
        **_row(call, "CompositeApiSubrequest", str(asked["url"]).partition("?")[0]),
        "REQUEST_STATUS": "S" if status < 400 else "F", "DB_TOTAL_TIME": 5_000_000, "METHOD": asked["method"],
        "IS_CANCELLED": int(not ran), "CANCELLED_REASON": "" if ran else "PROCESSING_HALTED",
        "SUCCESS": int(status < 400), "STATUS_CODE": status, "INITIAL_REFERENCE_IDS": asked["referenceId"],
    }  # fmt: skip
