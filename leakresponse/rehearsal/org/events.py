"""The rows that Salesforce writes about acts: event log rows and stored real-time events, one function each.

They live by family: `events_api` (programs), `events_login`, `events_setup`, `events_pages` (people at a screen),
`events_soap`, `events_composite`, `events_threats`. To add one, take `of_call` or `common` for a log row and `stored`
for a stored event, and give back `(type, columns)`; columns and fields are in `log_columns*` and `schema_events*`.
"""

from __future__ import annotations

from leakresponse.rehearsal.org.events_api import (
    api_event,
    batch_row,
    bulk_request_row,
    bulk_result_event,
    job_row,
    rest_row,
    save_row,
    unique_query_row,
    usage_row,
)
from leakresponse.rehearsal.org.events_common import (
    SERVER_ADDRESS,
    address_of,
    agent_code,
    common,
    of_call,
    rows_processed,
    stored,
)
from leakresponse.rehearsal.org.events_login import (
    login_event,
    login_row,
    logout_event,
    logout_row,
    verification_event,
)
from leakresponse.rehearsal.org.events_setup import metadata_row

__all__ = [
    "SERVER_ADDRESS", "address_of", "agent_code", "api_event", "batch_row", "bulk_request_row", "bulk_result_event",
    "common", "job_row", "login_event", "login_row", "logout_event", "logout_row", "metadata_row", "of_call",
    "rest_row", "rows_processed", "save_row", "stored", "unique_query_row", "usage_row", "verification_event",
]  # fmt: skip
