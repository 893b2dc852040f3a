"""What browser pages, reports, files and guests leave behind: log rows and stored events.

Facts (log notes): Report carries ROW_COUNT, ReportExport no count; an export leaves both. Records of ReportEvent and
ListViewEvent is `{"totalSize", "rows": [{"datacells": [...]}]}` in chunks that share an ExecutionIdentifier, with the
same RowsProcessed on all; reports give data for their first 1,000 events. UriEvent is Classic, LightningUriEvent is
Lightning. AuraRequest has no row count. ContentTransfer carries no address and no session.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.events import common
from leakresponse.rehearsal.org.events_common import of_call, stored
from leakresponse.rehearsal.org.report_definitions import Report

#: Rows in one chunk of Records, which holds at most 250,000 characters; how many chunks a report gives at most.
CHUNK_ROWS, MAX_EVENTS = 500, 1_000
_RUN_TIME = {"RUN_TIME": 180, "CPU_TIME": 60}
#: RENDERING_TYPE of an export as CSV; runs in Lightning leave it blank (Report event type).
_CSV = "C"


def report_run(
    call: Call, answer: Answer, report: Report, rows: Sequence[tuple[Any, ...]], kind: str, operation: str,
    exported: bool = False, scheduled: bool = False,
) -> None:  # fmt: skip
    """A run: `kind` is Report or AsyncReportRun; `rows` begin with the record's id."""
    size = sum(len(str(value or "")) for row in rows[:100] for value in row[1:])
    answer.log.append((kind, {
        **_page(call, kind), "ENTITY_NAME": report.object, "DISPLAY_TYPE": "D", "REPORT_ID": report.report_id[:15],
        "RENDERING_TYPE": _CSV if exported else "", "ROW_COUNT": len(rows), "NUMBER_COLUMNS": len(report.columns),
        "UI_NUMBER_COLUMNS": len(report.columns), "AVERAGE_ROW_SIZE": size // max(1, min(100, len(rows))),
        "NUMBER_EXCEPTION_FILTERS": 0, "NUMBER_BUCKETS": 0, "DB_BLOCKS": len(rows) // 8 + 3, "DB_CPU_TIME": 20,
        "REPORT_ID_DERIVED": report.report_id, "ORIGIN": operation,
    }))  # fmt: skip
    if exported:
        answer.log.append(("ReportExport", {
            **_page(call, "ReportExport"), "URI": f"/{report.report_id[:15]}", "CLIENT_INFO": call.client.agent,
            "REPORT_DESCRIPTION": report.name,
        }))  # fmt: skip
    answer.stored += _report_events(call, report, rows, operation, exported, scheduled)


def _report_events(
    call: Call, report: Report, rows: Sequence[tuple[Any, ...]], operation: str, exported: bool, scheduled: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    run, source = str(uuid.uuid4()), "API" if "/services/" in call.path else "Lightning"
    for number, records in _chunks([row[0] for row in rows]):
        yield "ReportEvent", {
            **stored(call, "ReportEvent"), "ReportId": report.report_id or None, "Name": report.name,
            "Operation": operation, "RowsProcessed": float(len(rows)), "NumberOfColumns": len(report.columns),
            "ColumnHeaders": f"[{', '.join(report.columns)}]", "Format": "Tabular", "Scope": "organization",
            "ExportFileFormat": "CSV" if exported else None, "Sequence": number, "ExecutionIdentifier": run,
            "QueriedEntities": report.object, "DisplayedFieldEntities": report.object, "Records": records,
            "IsScheduled": int(scheduled), "OwnerId": report.owner_id or None, "EventSource": source,
        }  # fmt: skip


def list_view(
    call: Call, answer: Answer, name: str, list_id: str, columns: Sequence[str], ids: Sequence[str], classic: bool
) -> None:
    """One page of a list view."""
    run = str(uuid.uuid4())
    for number, records in _chunks(ids):
        answer.stored.append(("ListViewEvent", {
            **stored(call, "ListViewEvent"), "ListViewId": list_id or None, "Name": f"All {name}",
            "DeveloperName": f"All_{name}", "Scope": "everything", "ColumnHeaders": ",".join(columns),
            "NumberOfColumns": len(columns), "QueriedEntities": name, "Records": records,
            "RowsProcessed": float(len(ids)), "Sequence": number, "ExecutionIdentifier": run,
            "EventSource": "Classic" if classic else "Lightning",
        }))  # fmt: skip


def page_view(call: Call, answer: Answer, name: str, record_id: str, operation: str = "Read") -> None:
    """A Lightning page: LightningPageView, URI, and LightningUriEvent for records."""
    answer.log.append(("LightningPageView", {
        **of_call(call, "LightningPageView"), "USER_AGENT": call.client.agent, "APP_NAME": "one:one",
        "PAGE_URL": call.path, "PAGE_ENTITY_ID": record_id, "PAGE_ENTITY_TYPE": name,
        "PAGE_CONTEXT": "force:detail", "DURATION": 900,
        "EFFECTIVE_PAGE_TIME": 850, "DEVICE_PLATFORM": "SFX:BROWSER:DESKTOP", "UI_EVENT_SOURCE": "navigation",
        "PAGE_START_TIME": int(call.now.timestamp() * 1000), "UI_EVENT_ID": "ltng:pageView",
    }))  # fmt: skip
    answer.log.append(("URI", {**_page(call, "URI"), "DB_BLOCKS": 3, "DB_CPU_TIME": 10}))
    if record_id:
        answer.stored.append(("LightningUriEvent", {
            **stored(call, "LightningUriEvent"), "AppName": "one:one", "PageUrl": call.path, "RecordId": record_id,
            "Operation": operation, "QueriedEntities": name, "DevicePlatform": "SFX:BROWSER:DESKTOP",
            "UserType": "Standard", "Duration": 900.0, "EffectivePageTime": 850.0, "PageStartTime": iso(call.now),
        }))  # fmt: skip


def classic_view(call: Call, answer: Answer, name: str, record_id: str, shown: str) -> None:
    """A Classic page: URI, and UriEvent for records."""
    answer.log.append(("URI", {**_page(call, "URI"), "DB_BLOCKS": 3, "DB_CPU_TIME": 10, "URI_ID_DERIVED": record_id}))
    if record_id:
        answer.stored.append(("UriEvent", {
            **stored(call, "UriEvent"), "Name": shown, "RecordId": record_id, "Operation": "Read",
            "OperationStatus": "Success", "QueriedEntities": name,
        }))  # fmt: skip


def aura_request(call: Call, answer: Answer, actions: Iterable[str]) -> None:
    """AuraRequest: the actions of one request, `n$descriptor=ms;` each; nothing says how many rows they gave."""
    message = "".join(f"{number}${one}=11;" for number, one in enumerate(actions, 1))
    answer.log.append(("AuraRequest", {
        **_page(call, "AuraRequest"), "ACTION_MESSAGE": message.rstrip(";"), "REQUEST_METHOD": call.method,
        "USER_AGENT": call.client.agent, "ACTION_MESSAGE_LENGTH": len(message),
    }))  # fmt: skip


def site_page(call: Call, answer: Answer, site_id: str, page: str, guest: bool) -> None:
    """Sites: one page of the public site."""
    answer.log.append(("Sites", {
        **_page(call, "Sites"), "PAGE_NAME": page, "REQUEST_TYPE": "page", "IS_FIRST_REQUEST": 1, "SITE_ID": site_id,
        "IS_SECURE": 1, "RESPONSE_SIZE": answer.size, "IS_GUEST": int(guest), "IS_API": 0, "IS_ERROR": 0,
        "HTTP_METHOD": call.method,
    }))  # fmt: skip


def file_download(call: Call, answer: Answer, version: dict[str, Any], api: bool) -> None:
    """A file's content: ContentTransfer, and FileEventStore."""
    word = "VersionDownloadApi" if api else "VersionDownloadAction"
    head = common(call.world, "ContentTransfer", call.now, call.caller.user_id, call.request_id)
    answer.log.append(("ContentTransfer", {
        **head, "TRANSACTION_TYPE": word, "DOCUMENT_ID": version["ContentDocumentId"][:15],
        "VERSION_ID": version["Id"][:15], "FILE_TYPE": version["FileType"], "SIZE_BYTES": version["ContentSize"],
        "DOCUMENT_ID_DERIVED": version["ContentDocumentId"], "VERSION_ID_DERIVED": version["Id"],
    }))  # fmt: skip
    answer.stored.append(("FileEventStore", {
        **stored(call, "FileEventStore"), "FileAction": "API_DOWNLOAD" if api else "UI_DOWNLOAD",
        "FileName": version["Title"], "FileType": version["FileType"], "ContentSize": version["ContentSize"],
        "DocumentId": version["ContentDocumentId"], "VersionId": version["Id"],
    }))  # fmt: skip


def login_as(call: Call, answer: Answer, target: dict[str, Any]) -> None:
    """LoginAs: USER_ID is the user taken over, DELEGATED_USER the administrator."""
    head = common(call.world, "LoginAs", call.now, target["Id"], call.request_id)
    answer.log.append(("LoginAs", {
        **head, **_RUN_TIME, "URI": call.path, "SESSION_KEY": call.caller.session_key,
        "LOGIN_KEY": call.caller.login_key, "CLIENT_IP": call.client.address,
        "DELEGATED_USER_ID": call.caller.user_id[:15], "DELEGATED_USER_ID_DERIVED": call.caller.user_id,
        "DELEGATED_USER_NAME": call.caller.username,
    }))  # fmt: skip
    answer.stored.append(("LoginAsEvent", {
        **stored(call, "LoginAsEvent"), "UserId": target["Id"], "Username": target["Username"],
        "DelegatedUsername": call.caller.username, "DelegatedOrganizationId": call.world.org_id,
        "LoginType": "Application", "Application": "Browser", "UserType": "Standard",
    }))  # fmt: skip


def _user_type(call: Call) -> str:
    """Guests have no session (Sites and AuraRequest event types, USER_TYPE); neither has the scheduler, nor a path."""
    return "Standard" if call.caller.session_id or not call.path else "Guest"


def _page(call: Call, kind: str) -> dict[str, Any]:
    return {
        **of_call(call, kind), **_RUN_TIME, "URI": call.path, "USER_TYPE": _user_type(call), "REQUEST_STATUS": "S",
        "DB_TOTAL_TIME": 40_000_000,
    }  # fmt: skip


def _chunks(ids: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Records in chunks, numbered from 1; a run without rows gives one empty chunk."""
    starts = range(0, max(1, len(ids)), CHUNK_ROWS)
    for number, start in enumerate(starts[:MAX_EVENTS], 1):
        part = ids[start : start + CHUNK_ROWS]
        yield number, json.dumps({"totalSize": len(part), "rows": [{"datacells": [one]} for one in part]})


def graphql_query(call: Call, answer: Answer, given: Mapping[str, Any], failed: bool) -> None:
    """GraphQL: the text and the variables of one query; no entity, no count."""
    text = str(given.get("query", ""))
    answer.log.append(("GraphQLQuery", {
        **_page(call, "GraphQLQuery"), "QUERY": text, "QUERY_LENGTH": len(text),
        "VARIABLES": json.dumps(given.get("variables") or {}), "OPERATION_NAME": str(given.get("operationName") or ""),
        "APP_TYPE": "", "EXCEPTION_MESSAGE": "ValidationError" if failed else "",
    }))  # fmt: skip
