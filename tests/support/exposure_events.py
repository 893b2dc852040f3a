"""Small events and objects to find exposures in, and the reads that they prove."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd

from leakresponse.core.events import concat_events, normalise_elf, normalise_rtem
from leakresponse.core.exposure import (
    reads_of,
    resolve_reads,
)
from leakresponse.core.exposure_types import Read
from leakresponse.core.types import FieldInfo, ObjectInfo

USER = "005000000000001AAA"
KEYS = {"USER_ID_DERIVED": USER, "SESSION_KEY": "s1", "LOGIN_KEY": "l1", "CLIENT_IP": "208.68.36.90"}
JOB = "750000000000001AAA"
C = [f"00300000000000{n}AAA" for n in range(1, 6)]
A = [f"00100000000000{n}AAA" for n in range(1, 4)]
K = [f"50000000000000{n}AAA" for n in range(1, 4)]


def info(name: str, prefix: str, *fields: FieldInfo) -> ObjectInfo:
    return ObjectInfo(name, prefix, {one.name: one for one in (FieldInfo("Id", "ID", "id"), *fields)})


def reference(name: str, target: str, relationship: str) -> FieldInfo:
    return FieldInfo(name, name, "reference", (target,), relationship)


DESCRIBE = {
    one.name: one
    for one in (
        info("Account", "001", FieldInfo("Name", "Account Name", "string"), FieldInfo("Phone", "Phone", "phone")),
        info(
            "Contact",
            "003",
            FieldInfo("LastName", "Last Name", "string"),
            FieldInfo("Email", "Email", "email"),
            FieldInfo("SSN__c", "SSN", "string"),
            FieldInfo("MailingAddress", "Mailing Address", "address"),
            FieldInfo("MailingStreet", "Mailing Street", "textarea"),
            reference("AccountId", "Account", "Account"),
            FieldInfo("OwnerId", "Owner", "reference", ("Group", "User"), "Owner"),
        ),
        info(
            "Case",
            "500",
            FieldInfo("Subject", "Subject", "string"),
            FieldInfo("Description", "Description", "textarea"),
            reference("ContactId", "Contact", "Contact"),
            reference("AccountId", "Account", "Account"),
        ),
    )
}


def at(minute: int, second: int = 0) -> str:
    return f"2026-11-24T11:{minute:02d}:{second:02d}.000Z"


def elf(event_type: str, *rows: dict[str, str]) -> pd.DataFrame:
    return normalise_elf(
        event_type, pd.DataFrame([{**KEYS, **row} for row in rows], dtype="str").fillna(""), "f"
    ).events


def api_event(minute: int, query: str, ids: Sequence[str] | None, rows: int, operation: str = "Query") -> pd.DataFrame:
    records = json.dumps({"recordIds": list(ids)}) if ids is not None else None
    row = {
        "EventDate": at(minute), "UserId": USER, "SessionKey": "s1", "LoginKey": "l1", "Operation": operation,
        "Query": query, "RowsReturned": float(rows), "RowsProcessed": 4500.0, "Records": records,
    }  # fmt: skip
    return normalise_rtem("ApiEvent", [row]).events


def download(minute: int, query: str, session: str = "s1") -> pd.DataFrame:
    row = {"EventDate": at(minute), "UserId": USER, "SessionKey": session, "LoginKey": "l1", "Query": query}
    return normalise_rtem("BulkApiResultEventStore", [row]).events


def job_rows(
    minute: int, *, job: str = JOB, entity: str = "Contact", rows: int = 3, end: str = "Deleted", length: int = 1
) -> pd.DataFrame:
    state = {"JOB_ID": job, "ENTITY_TYPE": entity, "OPERATION_TYPE": "query"}
    return elf(
        "BulkApi2",
        {**state, "TIMESTAMP_DERIVED": at(minute), "JOB_STATUS": "UploadComplete"},
        {
            **state,
            "TIMESTAMP_DERIVED": at(minute + length),
            "JOB_STATUS": "JobComplete",
            "RECORDS_PROCESSED": str(rows),
        },
        {**state, "TIMESTAMP_DERIVED": at(minute + length, 50), "JOB_STATUS": end},
    )


def rest(minute: int, uri: str, method: str = "GET", status: str = "200", **more: str) -> pd.DataFrame:
    return elf(
        "RestApi", {"TIMESTAMP_DERIVED": at(minute), "URI": uri, "METHOD": method, "STATUS_CODE": status, **more}
    )


def reads(*parts: pd.DataFrame, label: str = "attack") -> list[Read]:
    events = concat_events(list(parts)).assign(label=label)
    return resolve_reads(reads_of(events), DESCRIBE)


def ids_of(exposed: pd.DataFrame, name: str) -> set[str]:
    return set(exposed.loc[exposed["object"] == name, "record_id"])


QUERY = "SELECT Id, Email FROM Contact"
