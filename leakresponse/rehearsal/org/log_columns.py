"""Every type of event log file that the org can write: columns in the order of the files, and where they come from.

To add a type, add a LogType to one of the tables below; rows are then `(name, {column: value})`, and columns that a
row lacks are empty. Orders and sets differ between orgs and releases, so a reader goes by name.
"""

from __future__ import annotations

from collections.abc import Mapping

from leakresponse.rehearsal.org.log_columns_api import API_TYPES
from leakresponse.rehearsal.org.log_columns_heads import LogType
from leakresponse.rehearsal.org.log_columns_pages import PAGE_TYPES
from leakresponse.rehearsal.org.log_columns_setup import SETUP_TYPES

LOG_TYPES: Mapping[str, LogType] = {one.name: one for one in (*API_TYPES, *PAGE_TYPES, *SETUP_TYPES)}
COLUMNS: Mapping[str, tuple[str, ...]] = {name: one.columns for name, one in LOG_TYPES.items()}
#: What an org without the Event Monitoring add-on has (notes on the API, "EventLogFile").
FREE_TYPES = frozenset({
    "ApexUnexpectedException", "ApiTotalUsage", "CORSViolation", "CSPViolation", "HostnameRedirects",
    "InsecureExternalAssets", "Login", "Logout",
})  # fmt: skip

_NUMBERS = frozenset({
    "RUN_TIME", "CPU_TIME", "DB_TOTAL_TIME", "DB_BLOCKS", "DB_CPU_TIME", "ROWS_PROCESSED", "NUMBER_FIELDS", "NUM_ROWS",
    "REQUEST_SIZE", "RESPONSE_SIZE", "STATUS_CODE", "USER_AGENT", "RECORDS_PROCESSED", "RECORDS_FAILED", "ROW_COUNT",
    "RESULT_SIZE_MB", "AVERAGE_ROW_SIZE", "NUMBER_COLUMNS", "UI_NUMBER_COLUMNS", "NUMBER_BUCKETS", "SAMPLE_FACTOR",
    "NUMBER_EXCEPTION_FILTERS", "NUMBER_FAILURES", "SIZE_BYTES", "NUM_RESULTS", "EXEC_TIME", "CALLOUT_TIME", "TIME",
    "NUMBER_SOQL_QUERIES", "NUM_RETRIES", "NUM_GRAPH_DEPTH", "DURATION", "EFFECTIVE_PAGE_TIME", "QUERY_LENGTH",
    "ACTION_MESSAGE_LENGTH", "VIEW_STATE_SIZE", "COLUMN_NUMBER", "LINE_NUMBER", "NUMBER_OF_RECORDS",
})  # fmt: skip
_IDS = frozenset({"ORGANIZATION_ID", "USER_ID", "REPORT_ID", "DASHBOARD_ID", "DOCUMENT_ID", "VERSION_ID", "SITE_ID"})


def field_types(columns: tuple[str, ...]) -> str:
    """EventLogFile.LogFileFieldTypes: one word per column."""
    return ",".join(_type_of(name) for name in columns)


def _type_of(name: str) -> str:
    if name in _NUMBERS:
        return "Number"
    if name in _IDS or name.endswith("ID_DERIVED"):
        return "Id"
    return "DateTime" if name == "TIMESTAMP_DERIVED" else "Set" if name == "ENTITY_NAME" else "String"
