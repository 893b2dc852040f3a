"""Bringing the org's logs home: raw files to evidence, rows to Parquet parts of bounded size."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from leakresponse.core import progress
from leakresponse.core.soql.build import equals, select
from leakresponse.core.types import Alert
from tasks.frames import EVENT_PARTS, PARTS_INDEX
from tasks.support import (
    evidence_of,
    files_of,
    keep_alert,
    ledger_of,
    log,
    org_block,
    policy_block,
    refuse_plain,
    step,
    store_block,
)

if TYPE_CHECKING:
    from blocks import ResponsePolicy
    from leakresponse.adapters.salesforce import SalesforceClient
    from leakresponse.adapters.salesforce.logs import LogFile
    from leakresponse.core.log_tables import Loader

#: Types that say who came in, what was asked and how much was moved (log facts, "counting and naming records").
EVENT_TYPES = (
    "Login", "Logout", "RestApi", "API", "BulkApi", "BulkApi2", "BulkApiRequest", "ApiTotalUsage", "UniqueQuery",
    "Report", "ReportExport", "CompositeApi", "CompositeApiSubrequest", "ApexRestApi", "AsyncReportRun", "AuraRequest",
    "ContentTransfer", "DocumentAttachmentDownloads", "GraphQLQuery", "LightningPageView", "Search", "URI",
)  # fmt: skip
_SESSION = ("EventDate", "EventIdentifier", "UserId", "Username", "SourceIp", "SessionKey", "LoginKey")
REAL_TIME = {
    "ApiEvent": (
        "EventDate", "EventIdentifier", "UserId", "Username", "SourceIp", "SessionKey", "LoginKey", "Operation",
        "QueriedEntities", "Query", "Records", "RowsProcessed", "RowsReturned", "ConnectedAppId", "Application",
        "UserAgent", "Client",
    ),
    "BulkApiResultEventStore": (
        "EventDate", "EventIdentifier", "UserId", "Username", "SourceIp", "SessionKey", "LoginKey", "Query",
    ),
    "LoginEvent": (
        "EventDate", "EventIdentifier", "UserId", "Username", "SourceIp", "SessionKey", "LoginKey", "Application",
        "LoginType", "Status", "Browser",
    ),
    "ReportEvent": (
        *_SESSION, "Operation", "QueriedEntities", "ReportId", "ColumnHeaders", "Records", "RowsProcessed",
        "ExecutionIdentifier", "Sequence",
    ),
    "ListViewEvent": (
        *_SESSION, "QueriedEntities", "ListViewId", "ColumnHeaders", "Records", "RowsProcessed", "ExecutionIdentifier",
        "Sequence",
    ),
    "UriEvent": (*_SESSION, "Operation", "QueriedEntities", "RecordId"),
    "LightningUriEvent": (*_SESSION, "Operation", "QueriedEntities", "RecordId", "PageUrl"),
    "FileEventStore": (*_SESSION, "FileAction", "VersionId", "DocumentId", "ContentSize"),
    "GuestUserAnomalyEventStore": (*_SESSION, "RequestedEntities", "SoqlCommands", "UserAgent"),
}  # fmt: skip
#: So many real-time events are held at a time.
_LIVE_ROWS = 20_000


@step("collect the logs")
def collect(case_id: str, alert: Alert, org: str, store: str, policy: str, until: str) -> dict[str, Any]:
    """Download every log file since the look-back, keep each as evidence, and write all rows to Parquet parts.

    Log files come late: where real-time events of the alert's window are newer than the newest log row, wait for the
    files within the policy's bound. Answers counts (files, rows, repeated, rejected, gap_seconds) and `unknown`: the
    spans of the window of which the logs cannot tell.
    """
    from leakresponse.core.log_tables import Loader

    rules = policy_block(policy)
    since = min(alert.window.start, datetime.now(UTC)) - timedelta(days=rules.look_back_days)
    block, target = store_block(store), org_block(org)
    refuse_plain(block, target)
    keep_alert(block, case_id)
    files = files_of(block, case_id)
    client = target.client()
    last = min(datetime.fromisoformat(until), alert.window.end)
    own = {row["Id"] for row in client.query(select("User", ["Id"], where=equals("Username", client.access.username)))}
    taken = Taken(Loader(lambda name, content: files.write(f"{EVENT_PARTS}/{name}", content)))
    live = real_time(client, taken.loader, since, last, own)
    gap = _fetch_until(client, taken, _keeper(case_id, store), since, live, rules)
    loaded = taken.loader.close()
    files.write(PARTS_INDEX, json.dumps(loaded.parts).encode())
    if gap:
        log.warning("log files end %s s before the last real-time event", gap)
    for reason in loaded.reasons:
        log.warning("log rows left out: %s", reason)
    return {
        "files": len(taken.files),
        "rows": loaded.rows,
        "repeated": loaded.repeated,
        "rejected": loaded.rejected,
        "gap_seconds": gap,
        "unknown": _unknown(alert, taken, loaded.hours),
    }


@dataclass(slots=True)
class Taken:
    """Files already read (by id and creation, since a daily file may be replaced), and the time of their newest row."""

    loader: Loader
    files: dict[str, LogFile] = field(default_factory=dict)
    newest: datetime | None = None


def _keeper(case_id: str, store: str) -> Callable[[LogFile, Iterator[bytes]], IO[bytes]]:
    """Keeps a log file as evidence as it streams in, and opens it again."""
    evidence, ledger = evidence_of(store_block(store), case_id), ledger_of(store_block(store))

    def keep(file: LogFile, chunks: Iterator[bytes]) -> IO[bytes]:
        reference = evidence.put(f"logs/{file.event_type}-{file.interval}-{file.file_id}.csv", chunks)
        ledger.record_evidence(case_id, reference, "event log file")
        return evidence.open(reference.sha256)

    return keep


def _fetch_until(
    client: SalesforceClient,
    taken: Taken,
    keep: Callable[[LogFile, Iterator[bytes]], IO[bytes]],
    since: datetime,
    live: datetime | None,
    rules: ResponsePolicy,
) -> int:
    """Fetch files until they reach the newest real-time event, or the policy's wait is over: seconds still missing."""
    deadline = time.monotonic() + rules.log_wait_seconds
    while True:
        fetch_files(client, since, taken, keep, rules.parallel)
        gap = (live - (taken.newest or since)).total_seconds() - 1.0 if live else 0.0
        if gap <= 0 or time.monotonic() > deadline:
            return max(0, int(gap))
        progress.report("waiting for log files still on the way", 0)
        time.sleep(2.0)


def fetch_files(
    client: SalesforceClient,
    since: datetime,
    taken: Taken,
    keep: Callable[[LogFile, Iterator[bytes]], IO[bytes]],
    parallel: int,
) -> None:
    """Download the files not taken yet and add their rows as they stream in."""
    from leakresponse.adapters.salesforce.logs import download, list_files
    from leakresponse.core.log_tables import LogSource

    listed = {f"{f.file_id}:{f.created}": f for f in list_files(client, EVENT_TYPES, since)}
    wanted = [file for key, file in listed.items() if key not in taken.files]
    done = 0

    def one(file: LogFile) -> datetime | None:
        nonlocal done
        source = LogSource(file.event_type, file.file_id, lambda: keep(file, download(client, file)))
        newest = taken.loader.add_file(source)
        done += 1
        progress.report("event log files", done, len(wanted))
        return newest

    with ThreadPoolExecutor(parallel) as pool:
        newest = [moment for moment in pool.map(one, wanted) if moment]
    taken.newest = max([*newest, *filter(None, [taken.newest])], default=None)
    taken.files |= listed


def real_time(
    client: SalesforceClient, loader: Loader, since: datetime, last: datetime, own: Collection[str]
) -> datetime | None:
    """Add the stored real-time events since then; objects the org lacks are left out.

    Answers the time of the newest one up to `last` that is not our own.
    """
    from leakresponse.adapters.salesforce.logs import stored_events
    from leakresponse.core import events as model

    newest: list[datetime] = []
    for name, fields in REAL_TIME.items():
        rows = stored_events(client, name, fields, since, datetime.now(UTC) + timedelta(minutes=5))
        if rows is None:
            log.warning("no stored %s in this org: scope rests on log files alone", name)
            continue
        count = 0
        while some := list(islice(rows, _LIVE_ROWS)):
            parsed = model.normalise_rtem(name, some)
            loader.add_events(parsed.events, parsed.rejected, parsed.reasons)
            theirs = parsed.events[~parsed.events["user_id"].isin(own)]["timestamp"]
            newest += [moment.to_pydatetime() for moment in theirs[theirs <= last].nlargest(1)]
            count += len(parsed.events)
            progress.report(f"real-time events: {name}", count)
    return max(newest, default=None)


def _unknown(alert: Alert, taken: Taken, hours: dict[str, frozenset[int]]) -> list[dict[str, Any]]:
    """The spans of the alert's window of which the logs cannot tell, as facts."""
    from leakresponse.core.log_gaps import FileSpan, unknown_spans

    spans = [
        FileSpan(one.event_type, one.interval, datetime.fromisoformat(one.log_date), one.sequence)
        for one in taken.files.values()
    ]
    found = unknown_spans(alert.window, spans, hours, datetime.now(UTC))
    for one in found:
        log.warning("the logs do not tell from %s to %s: %s", one.start, one.end, one.because)
    return [
        {"from": one.start.isoformat(), "to": one.end.isoformat(), "because": one.because, "types": list(one.types)}
        for one in found
    ]
