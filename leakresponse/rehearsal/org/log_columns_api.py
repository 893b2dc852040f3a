"""Log types of programs: REST, SOAP, Bulk, composite, GraphQL, Apex, queries and saves."""

from __future__ import annotations

from leakresponse.rehearsal.org.log_columns_heads import DB, HEAD, RUN, TAIL, LogType

_REST = (
    *DB, "METHOD", "MEDIA_TYPE", "STATUS_CODE", "USER_AGENT", "ROWS_PROCESSED", "NUMBER_FIELDS", "DB_BLOCKS",
    "DB_CPU_TIME", "REQUEST_SIZE", "RESPONSE_SIZE", "ENTITY_NAME", "CONNECTED_APP_ID", "CLIENT_NAME",
    "EXCEPTION_MESSAGE", "QUERY", *TAIL,
)  # fmt: skip

API_TYPES: tuple[LogType, ...] = (
    LogType("RestApi", _REST, "inferred"),
    LogType("ApexRestApi", _REST, "observed"),
    LogType("API", (
        *DB, "API_TYPE", "API_VERSION", "CLIENT_NAME", "METHOD_NAME", "ENTITY_NAME", "ROWS_PROCESSED", "REQUEST_SIZE",
        "RESPONSE_SIZE", "DB_BLOCKS", "DB_CPU_TIME", "EXCEPTION_MESSAGE", "QUERY", *TAIL,
    ), "listed"),
    LogType("ApiTotalUsage", (
        *HEAD, "API_FAMILY", "API_VERSION", "API_RESOURCE", "CLIENT_NAME", "HTTP_METHOD", "CLIENT_IP",
        "COUNTS_AGAINST_API_LIMIT", "CONNECTED_APP_ID", "ENTITY_NAME", "STATUS_CODE", "CONNECTED_APP_NAME",
        "USER_NAME", "TIMESTAMP_DERIVED",
    ), "observed"),
    LogType("BulkApi", (
        *RUN, "JOB_ID", "BATCH_ID", "ROWS_PROCESSED", "NUMBER_FAILURES", "SUCCESS", "MESSAGE", "ENTITY_TYPE",
        "OPERATION_TYPE", *TAIL,
    ), "listed"),
    LogType("BulkApi2", (
        *RUN, "JOB_ID", "OPERATION_TYPE", "ENTITY_TYPE", "JOB_STATUS", "RECORDS_PROCESSED", "RECORDS_FAILED",
        "RESULT_SIZE_MB", "ERROR_MESSAGE", *TAIL,
    ), "listed"),
    LogType("BulkApiRequest", (
        *RUN, "REQUEST_PATH", "API_VERSION", "JOB_ID", "BATCH_ID", "OPERATION_TYPE", "SUCCESS", "ERROR_MESSAGE",
        "CONNECTED_APP_ID", "CLIENT_NAME", "CONCURRENCY_MODE", "STATUS_CODE", *TAIL,
    ), "observed"),
    LogType("CompositeApi", (
        *RUN, "ALL_OR_NONE", "FAILURE_REASON", "IS_REQUEST_COLLATION_ON", "NUM_RETRIES", "NUM_GRAPH_DEPTH", *TAIL,
    ), "observed"),
    LogType("CompositeApiSubrequest", (
        *DB, "METHOD", "IS_CANCELLED", "CANCELLED_REASON", "SUCCESS", "STATUS_CODE", "INITIAL_REFERENCE_IDS", *TAIL,
    ), "observed"),
    LogType("GraphQLQuery", (
        *RUN, "APP_TYPE", "OPERATION_NAME", "QUERY", "QUERY_LENGTH", "VARIABLES", "EXCEPTION_MESSAGE", *TAIL,
    ), "reference"),
    LogType("UniqueQuery", (
        "EVENT_TYPE", "TIMESTAMP", "REQUEST_ID", "USER_ID", "SESSION_KEY", "LOGIN_KEY", "ORGANIZATION_ID", "SQL_ID",
        "QUERY_IDENTIFIER", "QUERY_TYPE", "TIMESTAMP_DERIVED",
    ), "listed"),
    LogType("DatabaseSave", (
        *HEAD, "KEY_PREFIX", "DML_TYPE", "NUM_ROWS", "SAMPLE_FACTOR", "FIRST_ENTITY_ID", "SESSION_KEY", "LOGIN_KEY",
        "TIMESTAMP_DERIVED",
    ), "observed"),
    LogType("ApexExecution", (
        *RUN, "EXEC_TIME", "DB_TOTAL_TIME", "CALLOUT_TIME", "NUMBER_SOQL_QUERIES", "ENTRY_POINT", "QUIDDITY",
        "IS_LONG_RUNNING_REQUEST", *TAIL,
    ), "listed"),
    LogType("ApexCallout", (
        *RUN, "TYPE", "METHOD", "SUCCESS", "STATUS_CODE", "TIME", "REQUEST_SIZE", "RESPONSE_SIZE", "URL", *TAIL,
    ), "observed"),
    LogType("NamedCredential", (*RUN, "NAMED_CREDENTIAL_NAME", "CALLER_PACKAGE_NAMESPACE", *TAIL), "listed"),
    LogType("QueuedExecution", (*DB, "JOB_ID", "ENTRY_POINT", *TAIL), "observed"),
)  # fmt: skip
