"""Bringing the org's logs home: raw files to evidence, rows to one table."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

from leakresponse.core import progress
from leakresponse.core.soql.build import equals, select
from leakresponse.core.types import Alert
from tasks.frames import write_frame
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
    import pandas as pd

    from leakresponse.adapters.salesforce import SalesforceClient
    from leakresponse.adapters.salesforce.logs import LogFile

#: Types that say who came in, what was asked and how much was moved (log facts, "counting and naming records").
EVENT_TYPES = (
    "Login", "Logout", "RestApi", "API", "BulkApi", "BulkApi2", "BulkApiRequest", "ApiTotalUsage", "UniqueQuery",
    "Report", "ReportExport", "CompositeApi", "CompositeApiSubrequest",
)  # fmt: skip
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
}  # fmt: skip
RAW_EVENTS = "events-raw.parquet"


@step("collect the logs")
def collect(case_id: str, alert: Alert, org: str, store: str, policy: str, until: str) -> dict[str, Any]:
    """Download every log file since the look-back, keep each as evidence, and write all rows to one Parquet file.

    Log files come late: where real-time events of the alert's window are newer than the newest log row, wait for the
    files within the policy's bound. Answers counts: files, rows, rejected, gap_seconds.
    """
    from leakresponse.core import events as model

    rules = policy_block(policy)
    since = min(alert.window.start, datetime.now(UTC)) - timedelta(days=rules.look_back_days)
    block, target = store_block(store), org_block(org)
    refuse_plain(block, target)
    keep_alert(block, case_id)
    files = files_of(block, case_id)
    evidence = evidence_of(block, case_id)
    ledger = ledger_of(block)
    client = target.client()
    live, rejected = real_time(client, since, datetime.now(UTC) + timedelta(minutes=5))
    last = min(datetime.fromisoformat(until), alert.window.end)
    own = {row["Id"] for row in client.query(select("User", ["Id"], where=equals("Username", client.access.username)))}
    taken = Taken()

    def keep(file: LogFile, chunks: Iterator[bytes]) -> IO[bytes]:
        reference = evidence.put(f"logs/{file.event_type}-{file.interval}-{file.file_id}.csv", chunks)
        ledger.record_evidence(case_id, reference, "event log file")
        return evidence.open(reference.sha256)

    deadline = time.monotonic() + rules.log_wait_seconds
    while True:
        fetch_files(client, since, taken, keep, rules.parallel)
        gap = _gap_seconds(live, taken, last, own)
        if gap <= 0 or time.monotonic() > deadline:
            break
        progress.report("waiting for log files still on the way", 0)
        time.sleep(2.0)
    if gap > 0:
        log.warning("log files end %s s before the last real-time event", int(gap))
    table = model.deduplicate(model.concat_events([*taken.events, *live]))
    write_frame(files, RAW_EVENTS, table, "EVENTS")
    rejected += taken.rejected
    return {"files": len(taken.files), "rows": len(table), "rejected": rejected, "gap_seconds": max(0, int(gap))}


@dataclass(slots=True)
class Taken:
    """Files already read (id and creation, since a daily file may be replaced), their rows, and rows left out."""

    files: set[str] = field(default_factory=set)
    events: list[pd.DataFrame] = field(default_factory=list)
    rejected: int = 0


def fetch_files(
    client: SalesforceClient,
    since: datetime,
    taken: Taken,
    keep: Callable[[LogFile, Iterator[bytes]], IO[bytes]],
    parallel: int,
    event_types: Sequence[str] = EVENT_TYPES,
) -> None:
    """Download the files not taken yet and add their rows, type by type."""
    from leakresponse.adapters.salesforce.logs import download, list_files
    from leakresponse.core import events as model
    from leakresponse.core.events_csv import read_elf_csv

    wanted = [f for f in list_files(client, event_types, since) if f"{f.file_id}:{f.created}" not in taken.files]
    done = 0

    def one(file: LogFile) -> pd.DataFrame:
        nonlocal done
        with keep(file, download(client, file)) as kept:
            frame = read_elf_csv(kept)
        done += 1
        progress.report("event log files", done, len(wanted))
        return frame

    with ThreadPoolExecutor(parallel) as pool:
        frames = list(pool.map(one, wanted))
    for event_type in sorted({f.event_type for f in wanted}):
        some = [(f.file_id, frame) for f, frame in zip(wanted, frames, strict=True) if f.event_type == event_type]
        parsed = model.normalise_files(event_type, some)
        taken.events.append(parsed.events)
        taken.rejected += parsed.rejected
    taken.files |= {f"{f.file_id}:{f.created}" for f in wanted}


def real_time(client: SalesforceClient, since: datetime, until: datetime) -> tuple[list[pd.DataFrame], int]:
    """Stored real-time events of the span, one frame per object; objects the org lacks are left out."""
    from leakresponse.adapters.salesforce.logs import stored_events
    from leakresponse.core import events as model

    parts, rejected = [], 0
    for name, fields in REAL_TIME.items():
        rows = stored_events(client, name, fields, since, until)
        if rows is None:
            log.warning("no stored %s in this org: scope rests on log files alone", name)
            continue
        parsed = model.normalise_rtem(name, list(rows))
        parts.append(parsed.events)
        rejected += parsed.rejected
        progress.report(f"real-time events: {name}", len(parsed.events))
    return parts, rejected


def _gap_seconds(live: list[pd.DataFrame], taken: Taken, last: datetime, own: Collection[str]) -> float:
    """By how much the newest real-time event up to `last` is newer than the newest log row; our own do not count."""
    newest_live = max((_newest(f[~f["user_id"].isin(own)], last) for f in live), default=0.0)
    newest_file = max((_newest(f, None) for f in taken.events), default=0.0)
    return newest_live - newest_file - 1.0 if newest_live else 0.0


def _newest(frame: pd.DataFrame, before: datetime | None) -> float:
    times = frame["timestamp"].dropna()
    if before is not None:
        times = times[times <= before]
    return float(times.max().timestamp()) if len(times) else 0.0
