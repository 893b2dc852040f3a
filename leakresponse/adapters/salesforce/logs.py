"""EventLogFile and the stored real-time events.

Log facts: files arrive at least once, a daily file may be replaced, an hourly file may come late (EventLogFile page of
the object reference; REST guide "Using Event Monitoring"). Real-time objects filter on EventDate only, newest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.streams import Stream
from leakresponse.core.errors import Refused
from leakresponse.core.soql.build import all_of, between, compare, equals, isin, select

_FIELDS = ("Id", "EventType", "Interval", "LogDate", "Sequence", "CreatedDate", "LogFileLength", "LogFile")


@dataclass(frozen=True, slots=True)
class LogFile:
    """One EventLogFile row. `url` is the relative address of its CSV."""

    file_id: str
    event_type: str
    interval: str
    log_date: str
    sequence: int
    created: str
    length: int
    url: str


def list_files(client: SalesforceClient, event_types: Sequence[str], since: datetime) -> list[LogFile]:
    """Every log file of these types whose log day is not older than `since`, asked interval by interval.

    One query per interval: an org was seen to answer aggregates with daily files alone (third-party observation).
    """
    day = since.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for interval in ("Daily", "Hourly"):
        where = all_of(equals("Interval", interval), isin("EventType", event_types), compare("LogDate", ">=", day))
        soql = select("EventLogFile", _FIELDS, where=where, order_by=["CreatedDate"])
        found += [_log_file(row) for row in client.query(soql)]
    return found


def list_created(client: SalesforceClient, since: datetime | None) -> list[LogFile]:
    """Every log file of every type made at or after `since` (None: all there are), asked interval by interval."""
    found = []
    for interval in ("Daily", "Hourly"):
        where = equals("Interval", interval)
        if since is not None:
            where = all_of(where, compare("CreatedDate", ">=", since))
        soql = select("EventLogFile", _FIELDS, where=where, order_by=["CreatedDate"])
        found += [_log_file(row) for row in client.query(soql)]
    return found


def download(client: SalesforceClient, file: LogFile) -> Iterator[bytes]:
    """The CSV as a stream: a file may have hundreds of MB."""
    return iter(Stream(client, file.url))


def stored_events(
    client: SalesforceClient, name: str, fields: Sequence[str] | None, start: datetime, end: datetime
) -> Iterator[dict[str, object]] | None:
    """Rows of a stored real-time object in a span, all fields where none are named, newest first.

    None where the org has no such object or it may not be read.
    """
    try:
        known = client.describe(name).fields
    except Refused as refused:
        if refused.code in {"NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS"}:
            return None
        raise
    wanted = list(known) if fields is None else [f for f in fields if f in known]
    soql = select(name, wanted, where=between("EventDate", start, end), order_by=["EventDate DESC"])
    return client.query(soql)


def _log_file(row: dict[str, object]) -> LogFile:
    return LogFile(
        file_id=str(row["Id"]),
        event_type=str(row["EventType"]),
        interval=str(row["Interval"]),
        log_date=str(row["LogDate"]),
        sequence=int(float(str(row.get("Sequence") or 0))),
        created=str(row["CreatedDate"]),
        length=int(float(str(row.get("LogFileLength") or 0))),
        url=str(row["LogFile"]),
    )
