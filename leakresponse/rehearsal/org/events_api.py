"""Rows of programs' calls: REST, Bulk, queries, saves; ApiEvent and BulkApiResultEventStore.

Which log carries what follows the notes on Salesforce's logs: RestApi and ApiTotalUsage carry the app, BulkApi2 and
UniqueQuery do not; ApiEvent names its app only on the first call of a token; RowsProcessed is the whole query's total
on every page, RowsReturned the page's; a bulk download leaves BulkApiResultEventStore alone, without job id and count.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call, LogRow
from leakresponse.rehearsal.org.events_common import agent_code, common, of_call, rows_processed, stored
from leakresponse.rehearsal.org.ids import request_id
from leakresponse.rehearsal.org.schema_events import ENTITIES_LENGTH, QUERY_LENGTH, RECORDS_LENGTH
from leakresponse.rehearsal.org.world import World


def rest_row(call: Call, answer: Answer, seconds: float, refusal: str) -> LogRow:
    """RestApi: one row per call of the REST API other than Bulk. `refusal` is the errorCode, empty where it worked."""
    spent = max(1, round(seconds * 1000))
    return "RestApi", {
        **of_call(call, "RestApi"), "RUN_TIME": spent, "CPU_TIME": spent, "DB_TOTAL_TIME": spent * 600_000,
        "REQUEST_STATUS": "F" if refusal else "S", "METHOD": call.method, "MEDIA_TYPE": answer.media.split(";")[0],
        "STATUS_CODE": answer.status, "USER_AGENT": agent_code(call.client.agent),
        "ROWS_PROCESSED": rows_processed(call, answer),
        "NUMBER_FIELDS": answer.fields, "DB_BLOCKS": answer.rows // 8 + 3, "DB_CPU_TIME": spent // 2,
        "REQUEST_SIZE": len(call.body), "RESPONSE_SIZE": answer.size,
        "ENTITY_NAME": ",".join(answer.entities), "CONNECTED_APP_ID": call.caller.app_id[:15],
        "EXCEPTION_MESSAGE": refusal, "QUERY": answer.query,
    }  # fmt: skip


def usage_row(call: Call, answer: Answer, family: str) -> LogRow:
    """ApiTotalUsage: one row per call, which every org has; it counts calls, never rows.

    API_RESOURCE is like `/v21.0/sobjects/Account/001xx000003DGQW` (object reference, ApiTotalUsage event type).
    """
    caller = call.caller
    return "ApiTotalUsage", {
        **common(call.world, "ApiTotalUsage", call.now, caller.user_id, call.request_id), "API_FAMILY": family,
        "API_VERSION": call.version, "API_RESOURCE": call.path.removeprefix("/services/data"),
        "CLIENT_NAME": call.client.name, "HTTP_METHOD": call.method, "CLIENT_IP": call.client.address,
        "COUNTS_AGAINST_API_LIMIT": 1, "CONNECTED_APP_ID": caller.app_id[:15], "ENTITY_NAME": ",".join(answer.entities),
        "STATUS_CODE": answer.status, "CONNECTED_APP_NAME": caller.app_name, "USER_NAME": caller.username,
    }  # fmt: skip


def bulk_request_row(call: Call, answer: Answer, job_id: str, operation: str, batch_id: str = "") -> LogRow:
    """BulkApiRequest: creation and changes of jobs, not downloads."""
    return "BulkApiRequest", {
        **of_call(call, "BulkApiRequest"), "RUN_TIME": 20, "CPU_TIME": 10, "REQUEST_PATH": call.path,
        "API_VERSION": call.version, "JOB_ID": job_id[:15], "BATCH_ID": batch_id[:15],
        "OPERATION_TYPE": operation, "SUCCESS": int(answer.status < 400), "CONNECTED_APP_ID": call.caller.app_id[:15],
        "CONCURRENCY_MODE": "Parallel", "STATUS_CODE": answer.status,
    }  # fmt: skip


def job_row(world: World, at: datetime, job: dict[str, Any], status: str, rows: int = 0) -> LogRow:
    """BulkApi2: one state of a job. `job` is a row of sim_job; a deletion carries the keys of whoever deleted it."""
    kind = "ingest" if job["kind"] == "V2Ingest" else "query"
    return "BulkApi2", {
        **common(world, "BulkApi2", at, job["user_id"], request_id()), "RUN_TIME": job["milliseconds"],
        "CPU_TIME": job["milliseconds"], "URI": f"/services/data/v{job['version']}/jobs/{kind}",
        "SESSION_KEY": job["session_key"], "LOGIN_KEY": job["login_key"], "JOB_ID": job["job_id"][:15],
        "JOB_STATUS": status, "OPERATION_TYPE": job["operation"], "ENTITY_TYPE": job["object"],
        "RECORDS_PROCESSED": rows, "RECORDS_FAILED": job["failed"], "ERROR_MESSAGE": job["message"],
        "CLIENT_IP": job["address"],
    }  # fmt: skip


def batch_row(call: Call, job: dict[str, Any], batch: dict[str, Any]) -> LogRow:
    """BulkApi: a batch of the older bulk API that ended; the text of a query is not in it."""
    return "BulkApi", {
        **of_call(call, "BulkApi"), "RUN_TIME": batch["milliseconds"], "CPU_TIME": batch["milliseconds"],
        "JOB_ID": job["job_id"][:15], "BATCH_ID": batch["batch_id"][:15], "ROWS_PROCESSED": batch["rows"],
        "NUMBER_FAILURES": batch["failed"], "SUCCESS": int(batch["state"] == "Completed"),
        "MESSAGE": batch["message"], "ENTITY_TYPE": job["object"], "OPERATION_TYPE": job["operation"],
    }  # fmt: skip


def unique_query_row(call: Call, soql: str) -> LogRow:
    """UniqueQuery: the text of a query. Literals stay: that they are hidden was seen for queries of Apex only."""
    row = of_call(call, "UniqueQuery")
    row |= {"QUERY_TYPE": "SOQL", "QUERY_IDENTIFIER": soql, "SQL_ID": f"{zlib.crc32(soql.encode()):08x}sim"}
    return "UniqueQuery", row


def save_row(call: Call, prefix: str, dml: str, record_ids: Sequence[str]) -> LogRow:
    """DatabaseSave: records written."""
    return "DatabaseSave", {
        **of_call(call, "DatabaseSave"), "KEY_PREFIX": prefix, "DML_TYPE": dml, "NUM_ROWS": len(record_ids),
        "SAMPLE_FACTOR": 1, "FIRST_ENTITY_ID": record_ids[0][:15] if record_ids else "",
    }  # fmt: skip


def api_event(
    call: Call, operation: str, soql: str, entities: Sequence[str], record_ids: Sequence[str], total: int, done: bool,
    returned: int,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """ApiEvent of one page of a query. The newer form of Records names ids only."""
    records = json.dumps({"totalSize": total, "done": done, "recordIds": list(record_ids)}, separators=(",", ":"))
    first = call.caller.first_use
    return "ApiEvent", {
        **stored(call, "ApiEvent"), "ApiType": "REST", "ApiVersion": float(call.version),
        "Application": call.caller.app_name if first else "N/A", "Client": call.client.name or None,
        "ConnectedAppId": call.caller.app_id if first else None, "ElapsedTime": 40, "Operation": operation,
        "Platform": "Unknown", "QueriedEntities": ",".join(entities)[:ENTITIES_LENGTH], "Query": soql[:QUERY_LENGTH],
        "Records": records[:RECORDS_LENGTH], "RowsProcessed": float(total), "RowsReturned": float(returned),
        "UserAgent": call.client.agent, "AdditionalInfo": "{}",
    }  # fmt: skip


def bulk_result_event(call: Call, soql: str) -> tuple[str, dict[str, Any]]:
    """BulkApiResultEventStore of one download."""
    return "BulkApiResultEventStore", {**stored(call, "BulkApiResultEventStore"), "Query": soql[:QUERY_LENGTH]}
