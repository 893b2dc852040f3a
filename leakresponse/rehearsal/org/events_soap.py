"""What a call of the SOAP API leaves behind: an API row, and for queries the SOAP form of ApiEvent.

API_TYPE is E (enterprise) or P (partner); the connected app stands in neither: it is found through the session key
(log notes, "Joining").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call, LogRow
from leakresponse.rehearsal.org.events_common import of_call, rows_processed

_TYPES = {"u": "P", "c": "E", "m": "M"}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def method_name(operation: str) -> str:
    """METHOD_NAME as the log has it: queryMore is query_more."""
    return _CAPITAL.sub("_", operation).lower()


def api_row(call: Call, operation: str, found: Answer, kind: str, refusal: str, size: int, seconds: float) -> LogRow:
    """API: one call."""
    spent = max(1, round(seconds * 1000))
    return "API", {
        **of_call(call, "API"), "RUN_TIME": spent, "CPU_TIME": spent,
        "REQUEST_STATUS": "F" if refusal else "S", "DB_TOTAL_TIME": spent * 600_000,
        "API_TYPE": _TYPES[kind], "API_VERSION": call.version,
        "METHOD_NAME": method_name(operation), "ENTITY_NAME": ",".join(found.entities),
        "ROWS_PROCESSED": rows_processed(call, found),
        "REQUEST_SIZE": len(call.body), "RESPONSE_SIZE": size, "DB_BLOCKS": found.rows // 8 + 3,
        "DB_CPU_TIME": spent // 2, "EXCEPTION_MESSAGE": refusal,
        "QUERY": found.query,
    }  # fmt: skip


def as_soap(table: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """An ApiEvent of a SOAP call (ApiEvent, ApiType)."""
    return {**row, "ApiType": "SOAP Partner"} if table == "ApiEvent" else row
