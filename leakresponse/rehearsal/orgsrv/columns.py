"""Columns of the log types that acts write, in the order of real files where one was seen.

Orders of Login, ApiTotalUsage and BulkApiRequest are those of observed headers. RestApi follows the reference's column
set in ApexRestApi's order, with the QUERY column that live files have. For BulkApi2, Logout and UniqueQuery the
reference gives the set alone (EventLogFile supported types, v63; UniqueQuery from a published row): the order is ours.
"""

from __future__ import annotations

_START = ("EVENT_TYPE", "TIMESTAMP", "REQUEST_ID", "ORGANIZATION_ID", "USER_ID", "RUN_TIME", "CPU_TIME", "URI",
          "SESSION_KEY", "LOGIN_KEY")  # fmt: skip
_END = ("TIMESTAMP_DERIVED", "USER_ID_DERIVED", "CLIENT_IP", "URI_ID_DERIVED")

COLUMNS: dict[str, tuple[str, ...]] = {
    "RestApi": (
        *_START, "USER_TYPE", "REQUEST_STATUS", "DB_TOTAL_TIME", "METHOD", "MEDIA_TYPE", "STATUS_CODE", "USER_AGENT",
        "ROWS_PROCESSED", "NUMBER_FIELDS", "DB_BLOCKS", "DB_CPU_TIME", "REQUEST_SIZE", "RESPONSE_SIZE", "ENTITY_NAME",
        "CONNECTED_APP_ID", "CLIENT_NAME", "EXCEPTION_MESSAGE", "QUERY", *_END,
    ),
    "ApiTotalUsage": (
        "EVENT_TYPE", "TIMESTAMP", "REQUEST_ID", "ORGANIZATION_ID", "USER_ID", "API_FAMILY", "API_VERSION",
        "API_RESOURCE", "CLIENT_NAME", "HTTP_METHOD", "CLIENT_IP", "COUNTS_AGAINST_API_LIMIT", "CONNECTED_APP_ID",
        "ENTITY_NAME", "STATUS_CODE", "CONNECTED_APP_NAME", "USER_NAME", "TIMESTAMP_DERIVED",
    ),
    "BulkApiRequest": (
        *_START, "REQUEST_PATH", "API_VERSION", "JOB_ID", "BATCH_ID", "OPERATION_TYPE", "SUCCESS", "ERROR_MESSAGE",
        "CONNECTED_APP_ID", "CLIENT_NAME", "CONCURRENCY_MODE", "STATUS_CODE", *_END,
    ),
    "BulkApi2": (
        *_START, "JOB_ID", "JOB_STATUS", "OPERATION_TYPE", "ENTITY_TYPE", "RECORDS_PROCESSED", "RECORDS_FAILED",
        "RESULT_SIZE_MB", *_END,
    ),
    "UniqueQuery": (
        "EVENT_TYPE", "TIMESTAMP", "REQUEST_ID", "ORGANIZATION_ID", "USER_ID", "SESSION_KEY", "LOGIN_KEY",
        "QUERY_TYPE", "QUERY_IDENTIFIER", "SQL_ID", "TIMESTAMP_DERIVED",
    ),
    "Login": (
        *_START, "USER_TYPE", "REQUEST_STATUS", "DB_TOTAL_TIME", "LOGIN_TYPE", "BROWSER_TYPE", "API_TYPE",
        "API_VERSION", "USER_NAME", "TLS_PROTOCOL", "CIPHER_SUITE", "LOGIN_URL", "AUTHENTICATION_METHOD_REFERENCE",
        "LOGIN_SUB_TYPE", "AUTHENTICATION_SERVICE_ID", *_END, "LOGIN_STATUS", "SOURCE_IP", "FORWARDED_FOR_IP",
    ),
    "Logout": (
        "EVENT_TYPE", "TIMESTAMP", "REQUEST_ID", "ORGANIZATION_ID", "USER_ID", "SESSION_KEY", "LOGIN_KEY", "USER_TYPE",
        "SESSION_TYPE", "SESSION_LEVEL", "BROWSER_TYPE", "PLATFORM_TYPE", "RESOLUTION_TYPE", "APP_TYPE",
        "CLIENT_VERSION", "API_TYPE", "API_VERSION", "USER_INITIATED_LOGOUT", "TIMESTAMP_DERIVED", "USER_ID_DERIVED",
        "CLIENT_IP",
    ),
}  # fmt: skip
