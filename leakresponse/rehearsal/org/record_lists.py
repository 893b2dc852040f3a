"""What programs that keep a copy ask: which records were deleted or changed, and what the user saw last.

REST guide, "sObject Get Deleted", "sObject Get Updated", "Recently Viewed Items". The code for a span that ends before
it starts is the SOAP guide's (getDeleted); programs look at no record, so `recent` is empty.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import bad_request, no_method
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.records import object_of
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.schema import SObject
from leakresponse.rehearsal.org.soql_engine import run

#: How far back deletions and changes can be asked for, in days; how many ids one answer holds.
DELETED_DAYS, UPDATED_DAYS, MAX_IDS = 15, 30, 600_000


def deleted(call: Call) -> Answer:
    """`/sobjects/X/deleted?start=&end=`."""
    obj, start, end = _asked(call, DELETED_DAYS)
    rows = _rows(call, obj, f"IsDeleted = true AND SystemModstamp >= {start} AND SystemModstamp < {end}")
    body = {
        "deletedRecords": [{"deletedDate": _shown(at), "id": key} for key, at in rows],
        "earliestDateAvailable": _shown(iso(call.now - timedelta(days=DELETED_DAYS))), "latestDateCovered": _shown(end),
    }  # fmt: skip
    return Answer(body=body, rows=len(rows), entities=(obj.name,))


def updated(call: Call) -> Answer:
    """`/sobjects/X/updated?start=&end=`: what was made or changed."""
    obj, start, end = _asked(call, UPDATED_DAYS)
    rows = _rows(call, obj, f"IsDeleted = false AND SystemModstamp >= {start} AND SystemModstamp < {end}")
    body = {"ids": [key for key, _ in rows], "latestDateCovered": _shown(end)}
    return Answer(body=body, rows=len(rows), entities=(obj.name,))


def recent(call: Call) -> Answer:
    """`/recent`: nothing."""
    if call.method != "GET":
        raise no_method(call.method)
    return Answer(body=[])


def _asked(call: Call, days: int) -> tuple[SObject, str, str]:
    """The object and the span, to the minute. Raises 400 for a span that is none or begins too early."""
    obj = object_of(call, call.args["name"])
    if not obj.has_deleted_flag:
        raise bad_request("INVALID_TYPE_FOR_OPERATION", f"entity type {obj.name} does not support replication")
    start, end = (_minute(call.query.get(name, "")) for name in ("start", "end"))
    if start >= end:
        raise bad_request("INVALID_REPLICATION_DATE", "startDate before endDate")
    if start < call.now - timedelta(days=days):
        raise bad_request(
            "INVALID_REPLICATION_DATE", f"startDate before org replication enabled date or {days} days ago"
        )
    return obj, iso(start), iso(end)


def _minute(text: str) -> datetime:
    """A moment without its seconds; a `+` of the address may have become a blank."""
    try:
        found = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        raise bad_request("INVALID_DATE_FORMAT", f"{text} is not a valid value for the type xsd:dateTime") from None
    known = found if found.tzinfo else found.replace(tzinfo=UTC)
    return known.astimezone(UTC).replace(second=0, microsecond=0)


def _rows(call: Call, obj: SObject, where: str) -> list[tuple[Any, Any]]:
    soql = f"SELECT Id, SystemModstamp FROM {obj.name} WHERE {where} ORDER BY SystemModstamp LIMIT {MAX_IDS + 1}"  # noqa: S608
    compiled = prepare(call, soql, all_rows=True)
    at = compiled.outputs[1].index
    found = [(row[0], row[at]) for row in run(call.world.store.reader, compiled)]
    if len(found) > MAX_IDS:
        raise bad_request("EXCEEDED_ID_LIMIT", f"More than {MAX_IDS} records: choose dates that are closer together")
    return found


def _shown(stored: str) -> str:
    return f"{stored[:-1]}+0000"


ROUTES = (
    Endpoint("/sobjects/{name}/deleted", deleted, "ids deleted in a span of time", "400 `INVALID_REPLICATION_DATE`"),
    Endpoint("/sobjects/{name}/updated", updated, "ids changed in a span of time", "400 `INVALID_REPLICATION_DATE`"),
    Endpoint("/recent", recent, "an empty list", ""),
)
