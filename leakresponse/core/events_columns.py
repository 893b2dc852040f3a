"""Which column of which log means what. Names only, never positions: order and set differ between orgs and releases.

Sources: Salesforce Object Reference "EventLogFile Supported Event Types" (v63), headers of live files, and the
platform events reference for real-time events. For each of our columns the first filled source column wins, row by row.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Columns of frames.EVENTS that carry text taken from the row, with the EventLogFile columns that may hold it.
ELF: Mapping[str, tuple[str, ...]] = {
    "user_id": ("USER_ID_DERIVED", "USER_ID"),
    "login_key": ("LOGIN_KEY",),
    "session_key": ("SESSION_KEY",),
    "app_id": ("CONNECTED_APP_ID",),
    "app_name": ("CONNECTED_APP_NAME", "CLIENT_NAME"),
    "client_ip": ("CLIENT_IP",),
    "user_agent": ("USER_AGENT",),
    "method": ("METHOD", "HTTP_METHOD", "METHOD_NAME", "REQUEST_METHOD"),
    "uri": ("URI", "API_RESOURCE", "REQUEST_PATH"),
    "entity": ("ENTITY_NAME", "ENTITY_TYPE"),
    "operation": ("OPERATION_TYPE", "QUERY_TYPE"),
    "rows": ("ROWS_PROCESSED", "RECORDS_PROCESSED", "ROW_COUNT", "NUM_RESULTS", "NUMBER_OF_RECORDS"),
    "bytes": ("RESPONSE_SIZE", "SIZE_BYTES"),
    "query": ("QUERY",),
    "job_id": ("JOB_ID",),
    "job_status": ("JOB_STATUS",),
    "request_id": ("REQUEST_ID",),
    "status": ("STATUS_CODE", "REQUEST_STATUS", "SUCCESS"),
}

#: Where one type differs. A Login has no entity, so `entity` carries the user name: alerts name users that way.
ELF_BY_TYPE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "login": {
        "client_ip": ("SOURCE_IP", "CLIENT_IP"),
        "user_agent": ("BROWSER_TYPE",),
        "operation": ("LOGIN_SUB_TYPE",),
        "status": ("LOGIN_STATUS",),
        "entity": ("USER_NAME",),
    },
    "uniquequery": {"query": ("QUERY_IDENTIFIER", "QUERY")},
    "bulkapirequest": {"uri": ("REQUEST_PATH", "URI")},
    "apitotalusage": {"uri": ("API_RESOURCE", "URI"), "operation": ("API_FAMILY",)},
    "report": {"operation": ("RENDERING_TYPE",), "query": ("REPORT_ID_DERIVED", "REPORT_ID")},
    "asyncreportrun": {"operation": ("RENDERING_TYPE",), "query": ("REPORT_ID_DERIVED", "REPORT_ID")},
    "aurarequest": {"query": ("ACTION_MESSAGE",)},
    "graphqlquery": {"detail": ("VARIABLES",), "status": ("EXCEPTION_MESSAGE",)},
    "search": {"query": ("SEARCH_QUERY",), "entity": ("PREFIXES_SEARCHED",)},
    "lightningpageview": {
        "entity": ("PAGE_ENTITY_TYPE",),
        "uri": ("PAGE_URL",),
        "record_id": ("PAGE_ENTITY_ID",),
    },
    "uri": {"record_id": ("URI_ID_DERIVED",)},
    "contenttransfer": {"operation": ("TRANSACTION_TYPE",), "record_id": ("VERSION_ID_DERIVED", "VERSION_ID")},
    "documentattachmentdownloads": {"record_id": ("ENTITY_ID",)},
    "api": {"operation": ("METHOD_NAME",)},
}

RTEM: Mapping[str, tuple[str, ...]] = {
    "user_id": ("UserId",),
    "login_key": ("LoginKey",),
    "session_key": ("SessionKey",),
    "app_id": ("ConnectedAppId",),
    "app_name": ("Application", "ConnectedAppName"),
    "client_ip": ("SourceIp",),
    "user_agent": ("UserAgent", "Browser"),
    "method": ("HttpMethod",),
    "uri": ("Uri", "PageUrl", "LoginUrl"),
    "entity": ("QueriedEntities",),
    "operation": ("Operation", "LoginSubType", "LoginType"),
    "rows": ("RowsReturned",),
    "query": ("Query",),
    "request_id": ("EventIdentifier", "EventUuid"),
    "status": ("Status",),
}

RTEM_BY_TYPE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "LoginEvent": {"entity": ("Username",), "user_agent": ("Browser",)},
    # Equal on every chunk of one run: never summed, the maximum counts (securityImplGuide, chunking).
    # The chunks of one run share its ExecutionIdentifier.
    "ReportEvent": {
        "rows": ("RowsProcessed",),
        "query": ("ReportId",),
        "detail": ("ColumnHeaders",),
        "request_id": ("ExecutionIdentifier", "EventIdentifier"),
    },
    "ListViewEvent": {
        "rows": ("RowsProcessed",),
        "query": ("ListViewId",),
        "detail": ("ColumnHeaders",),
        "request_id": ("ExecutionIdentifier", "EventIdentifier"),
    },
    "UriEvent": {"record_id": ("RecordId",)},
    "LightningUriEvent": {"record_id": ("RecordId",)},
    "FileEventStore": {"operation": ("FileAction",), "record_id": ("VersionId",), "bytes": ("ContentSize",)},
    "GuestUserAnomalyEventStore": {"entity": ("RequestedEntities",), "query": ("SoqlCommands",)},
}

#: Event types whose app name is the org's own word; elsewhere (CLIENT_NAME) it is the caller's and proves nothing.
NAMED_BY_ORG: frozenset[str] = frozenset({"ApiTotalUsage", "ApiEvent", "LoginEvent"})

#: Objects whose SourceIp is where the session logged in, not where the call came from (log notes, "Joining").
ADDRESS_OF_LOGIN: frozenset[str] = frozenset({"BulkApiResultEventStore", "ListViewEvent"})

#: Words that stand for "no value" in real-time events.
BLANKS: frozenset[str] = frozenset({"N/A", "Unknown", "null"})
