"""Columns of the event log files that the org writes, in the order of the files.

Orders seen in live files: Login, ApiTotalUsage, BulkApiRequest, DatabaseSave, Report. RestApi's order is that of its
live twin ApexRestApi, with QUERY, which live files have. For the others (BulkApi2, API, URI, Logout,
MetadataApiOperation, PermissionUpdate) the names are those of the object reference (v63), in the common
order of live files; UniqueQuery's names are those of a published row.
"""

from __future__ import annotations

from collections.abc import Mapping

_HEAD = ("EVENT_TYPE", "TIMESTAMP", "REQUEST_ID", "ORGANIZATION_ID", "USER_ID")
_RUN = (*_HEAD, "RUN_TIME", "CPU_TIME", "URI", "SESSION_KEY", "LOGIN_KEY")
_DB = (*_RUN, "USER_TYPE", "REQUEST_STATUS", "DB_TOTAL_TIME")
_TAIL = ("TIMESTAMP_DERIVED", "USER_ID_DERIVED", "CLIENT_IP", "URI_ID_DERIVED")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "RestApi": (
        *_DB, "METHOD", "MEDIA_TYPE", "STATUS_CODE", "USER_AGENT", "ROWS_PROCESSED", "NUMBER_FIELDS", "DB_BLOCKS",
        "DB_CPU_TIME", "REQUEST_SIZE", "RESPONSE_SIZE", "ENTITY_NAME", "CONNECTED_APP_ID", "CLIENT_NAME",
        "EXCEPTION_MESSAGE", "QUERY", *_TAIL,
    ),
    "ApiTotalUsage": (
        *_HEAD, "API_FAMILY", "API_VERSION", "API_RESOURCE", "CLIENT_NAME", "HTTP_METHOD", "CLIENT_IP",
        "COUNTS_AGAINST_API_LIMIT", "CONNECTED_APP_ID", "ENTITY_NAME", "STATUS_CODE", "CONNECTED_APP_NAME",
        "USER_NAME", "TIMESTAMP_DERIVED",
    ),
    "BulkApiRequest": (
        *_RUN, "REQUEST_PATH", "API_VERSION", "JOB_ID", "BATCH_ID", "OPERATION_TYPE", "SUCCESS", "ERROR_MESSAGE",
        "CONNECTED_APP_ID", "CLIENT_NAME", "CONCURRENCY_MODE", "STATUS_CODE", *_TAIL,
    ),
    "BulkApi2": (
        *_RUN, "JOB_ID", "JOB_STATUS", "OPERATION_TYPE", "ENTITY_TYPE", "RECORDS_PROCESSED", "RECORDS_FAILED",
        "RESULT_SIZE_MB", *_TAIL,
    ),
    "UniqueQuery": (
        *_HEAD, "SESSION_KEY", "LOGIN_KEY", "QUERY_TYPE", "QUERY_IDENTIFIER", "SQL_ID", "TIMESTAMP_DERIVED",
    ),
    "Login": (
        *_DB, "LOGIN_TYPE", "BROWSER_TYPE", "API_TYPE", "API_VERSION", "USER_NAME", "TLS_PROTOCOL", "CIPHER_SUITE",
        "LOGIN_URL", "AUTHENTICATION_METHOD_REFERENCE", "LOGIN_SUB_TYPE", "AUTHENTICATION_SERVICE_ID", *_TAIL,
        "LOGIN_STATUS", "SOURCE_IP", "FORWARDED_FOR_IP",
    ),
    "Logout": (
        *_HEAD, "SESSION_KEY", "LOGIN_KEY", "USER_TYPE", "API_TYPE", "API_VERSION", "APP_TYPE", "BROWSER_TYPE",
        "CLIENT_VERSION", "PLATFORM_TYPE", "RESOLUTION_TYPE", "SESSION_LEVEL", "SESSION_TYPE",
        "USER_INITIATED_LOGOUT", "TIMESTAMP_DERIVED", "USER_ID_DERIVED", "CLIENT_IP",
    ),
    "MetadataApiOperation": (*_RUN, "API_VERSION", "CLIENT_ID", "OPERATION", *_TAIL),
    "PermissionUpdate": (
        *_HEAD, "SESSION_KEY", "LOGIN_KEY", "PERMISSION_TYPE", "FEATURE_ID", "UPDATE_TYPE", "DESCRIPTION", "CONTEXT",
        "TIMESTAMP_DERIVED",
    ),
    "DatabaseSave": (
        *_HEAD, "KEY_PREFIX", "DML_TYPE", "NUM_ROWS", "SAMPLE_FACTOR", "FIRST_ENTITY_ID", "SESSION_KEY", "LOGIN_KEY",
        "TIMESTAMP_DERIVED",
    ),
    "API": (
        *_DB, "API_TYPE", "API_VERSION", "CLIENT_NAME", "METHOD_NAME", "ENTITY_NAME", "ROWS_PROCESSED", "REQUEST_SIZE",
        "RESPONSE_SIZE", "DB_BLOCKS", "DB_CPU_TIME", "EXCEPTION_MESSAGE", *_TAIL,
    ),
    "URI": (*_DB, "DB_BLOCKS", "DB_CPU_TIME", "REFERRER_URI", *_TAIL),
    "Report": (
        *_DB, "ENTITY_NAME", "DISPLAY_TYPE", "RENDERING_TYPE", "REPORT_ID", "ROW_COUNT", "NUMBER_EXCEPTION_FILTERS",
        "NUMBER_COLUMNS", "UI_NUMBER_COLUMNS", "AVERAGE_ROW_SIZE", "SORT", "DB_BLOCKS", "DB_CPU_TIME",
        "NUMBER_BUCKETS", *_TAIL, "REPORT_ID_DERIVED", "ORIGIN",
    ),
}  # fmt: skip

_NUMBERS = frozenset({
    "RUN_TIME", "CPU_TIME", "DB_TOTAL_TIME", "DB_BLOCKS", "DB_CPU_TIME", "ROWS_PROCESSED", "NUMBER_FIELDS", "NUM_ROWS",
    "REQUEST_SIZE", "RESPONSE_SIZE", "STATUS_CODE", "USER_AGENT", "RECORDS_PROCESSED", "RECORDS_FAILED", "ROW_COUNT",
    "RESULT_SIZE_MB", "AVERAGE_ROW_SIZE", "NUMBER_COLUMNS", "SAMPLE_FACTOR",
})  # fmt: skip


def field_types(columns: tuple[str, ...]) -> str:
    """EventLogFile.LogFileFieldTypes: one word per column."""
    return ",".join(_type_of(name) for name in columns)


def _type_of(name: str) -> str:
    if name in _NUMBERS:
        return "Number"
    if name in {"ORGANIZATION_ID", "USER_ID"} or name.endswith("ID_DERIVED"):
        return "Id"
    return "DateTime" if name == "TIMESTAMP_DERIVED" else "Set" if name == "ENTITY_NAME" else "String"
