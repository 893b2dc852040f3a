"""The continuous archive of access logs: every log file and stored event of an org, each row once, gaps named.

Order of a run: what a killed run left is finished from its evidence; files are listed, fetched and archived; stored
events since the last time; gaps; report. Nothing is skipped after a failure: what could not be fetched waits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.core import progress
from leakresponse.core.archive import (
    Copy,
    Interval,
    ask_since,
    file_key,
    next_cursor,
    retention_of,
    stored_objects,
    stored_since,
    wanted,
)
from leakresponse.core.archive_gaps import find_gaps, find_late, lost_span, predecessor
from leakresponse.core.archive_report import ArchiveReport, Replaced, Taken
from leakresponse.core.errors import BadInput, Refused, Unavailable
from leakresponse.core.soql.build import select
from leakresponse.ledger import CaseFiles, InProgress, Ledger
from leakresponse.ledger.archive import ArchiveRun, archive_id_of
from tasks.support import files_in, ledger_of, log, org_block, refuse_plain, step, store_block

if TYPE_CHECKING:
    from blocks import CaseStore
    from leakresponse.adapters.salesforce import SalesforceClient
    from leakresponse.adapters.salesforce.logs import LogFile
    from leakresponse.core.archive_rows import Hashes
    from tasks.archive_parts import Partitions

#: Gaps are looked for among files of so many days: files come up to three days late (log notes, "Completeness").
LOOK_BACK = timedelta(days=10)
#: Name of the cursor of log files; those of stored events have the object's name.
LOG_FILES = "EventLogFile"
#: Rows of a stored event that make one piece of evidence.
PIECE_ROWS = 5_000
PARALLEL = 4
_ABSENT = frozenset({"NOT_FOUND", "INVALID_TYPE", "INVALID_TYPE_FOR_OPERATION", "INSUFFICIENT_ACCESS"})
_GONE = frozenset({"NOT_FOUND", "ENTITY_IS_DELETED"})


def choose_orgs(names: Sequence[str]) -> list[str]:
    """The org blocks to archive: those named, else every one that is saved. Raises BadInput where there is none."""
    if names:
        return list(dict.fromkeys(names))
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        documents = client.read_block_documents_by_type("salesforce-org", include_secrets=False)
    found = sorted(document.name for document in documents if document.name)
    if not found:
        raise BadInput("archive: no Salesforce org block is saved")
    return found


@step("copy the access logs")
def copy_org(org: str, store: str, retention_days: int = 0) -> dict[str, Any]:
    """One run for one org; counts. `busy` where another run is at work on it: that one does the same."""
    block, its_org = store_block(store), org_block(org)
    refuse_plain(block, its_org)
    client = its_org.client()
    org_id = str(next(client.query(select("Organization", ["Id"])))["Id"])
    ledger, files = ledger_of(block), archive_files_of(block, org_id)
    try:
        with ledger.archive_run(org_id) as run:
            report = Copying(client, ledger, files, run, org_id).whole_run(retention_days)
    except InProgress:
        log.warning("archive of %s: another run is at work", org_id)
        return {"org_id": org_id, "busy": True}
    _say(report)
    publish(report)
    return {"org_id": org_id, "busy": False, **report.counts()}


def archive_files_of(store: CaseStore, org_id: str, begin: bool = True) -> CaseFiles:
    """Where the archive of an org lies, encrypted at rest like the cases of the same store; `begin` makes it."""
    folder = Path(store.root) / "archive" / org_id
    if begin:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return files_in(store, folder, archive_id_of(org_id), begin)


def verify_archives(store: str) -> dict[str, dict[str, Any]]:
    """Every archive of a store, recomputed: by org id, whether it holds, and the first broken link."""
    from leakresponse.ledger.archive_check import verify_archive

    block = store_block(store)
    ledger, folder = ledger_of(block), Path(block.root) / "archive"
    ids = sorted(path.name for path in folder.glob("*") if path.is_dir())
    return {one: asdict(verify_archive(ledger, archive_files_of(block, one, begin=False), one)) for one in ids}


def publish(report: ArchiveReport) -> None:
    """Counts for the Prefect UI; outside of a flow run there is nobody to show them to."""
    from prefect.artifacts import create_table_artifact
    from prefect.context import FlowRunContext, TaskRunContext

    if FlowRunContext.get() is None and TaskRunContext.get() is None:
        return
    figures = [{"what": name, "count": value} for name, value in report.counts().items()]
    figures += [{"what": f"{row['event_type']} rows, new", "count": row["new"]} for row in report.by_type()]
    create_table_artifact(table=figures, key=f"archive-{report.org_id.lower()}", description="Archive of access logs")


def _say(report: ArchiveReport) -> None:
    """Loud where data is lost, a warning where something is missing."""
    if report.lost:
        log.error("archive of %s: %s spans are lost for ever", report.org_id, len(report.lost))
    if report.open_gaps:
        log.warning("archive of %s: %s gaps that no other file covers", report.org_id, len(report.open_gaps))


@dataclass(slots=True)
class Copying:
    """One run on one org's archive."""

    client: SalesforceClient
    ledger: Ledger
    files: CaseFiles
    run: ArchiveRun
    org_id: str
    taken: list[Taken] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    settled: list[Copy] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    def whole_run(self, retention_days: int = 0) -> ArchiveReport:
        """Everything, in order; the answer is also kept in the archive and, by its hash, in the chain."""
        began = self.ledger.clock()
        for copy in self.ledger.unsettled_archive_files(self.run.case_id, "kept"):
            self._archive(copy)
        listed, waiting = self.copy_files()
        for name in stored_objects(self.client.object_names()):
            self.copy_stored(name, began)
        report = self._report(began, retention_days, listed, waiting)
        content = json.dumps(report.to_json(), indent=1).encode()
        self.files.write(f"org={self.org_id}/reports/{began:%Y%m%dT%H%M%S}.json", content)
        self.ledger.end_archive_run(self.run, report.counts(), hashlib.sha256(content).hexdigest(), began)
        return report

    def copy_files(self) -> tuple[list[Copy], int]:
        """Fetch and archive the log files that are new; the answer is all that were listed, and how many wait."""
        from leakresponse.adapters.salesforce.logs import list_created

        cursor = self.ledger.archive_cursor(self.run.case_id, LOG_FILES)
        found = {_listed(one).key: one for one in list_created(self.client, ask_since(cursor))}
        listed = [_listed(one) for one in found.values()]
        chosen = wanted(listed, self.ledger.known_archive_files(self.run.case_id, list(found)))
        self.ledger.list_archive_files(self.run, chosen)
        self._settle_vanished(found)
        left = []
        with ThreadPoolExecutor(PARALLEL) as pool:
            fetched = pool.map(lambda one: self._fetch(one, found[one.key]), chosen)
            for number, (copy, kept) in enumerate(zip(chosen, fetched, strict=True), start=1):
                settled = None if kept is None else self._archive(kept)
                if settled is None or settled.state == "short":
                    left.append(copy)
                progress.report("archive of log files", number, len(chosen))
        waiting = sum(one.state == "listed" for one in self.ledger.known_archive_files(
            self.run.case_id, [one.key for one in left]).values())  # fmt: skip
        self._move_cursor(LOG_FILES, cursor, next_cursor(cursor, listed, left))
        return listed, waiting

    def copy_stored(self, name: str, now: datetime) -> None:
        """Archive the stored events of one object since the last time; an object that the org lacks is noted."""
        from leakresponse.adapters.salesforce.logs import stored_events

        cursor = self.ledger.archive_cursor(self.run.case_id, name)
        since = stored_since(name, cursor, now)
        newest = cursor
        try:
            rows = stored_events(self.client, name, None, since, now + timedelta(minutes=5))
            if rows is None:
                self.absent.append(name)
                return
            for day, some in groupby(rows, key=lambda row: str(row["EventDate"])[:10]):
                newest = max(filter(None, (newest, self._copy_day(name, day, some))))
        except Refused as refused:
            if refused.code not in _ABSENT:
                raise
            self.absent.append(name)
            return
        self._move_cursor(name, cursor, newest)

    def _copy_day(self, name: str, day: str, rows: Iterator[dict[str, object]]) -> datetime:
        """Rows of one day in pieces; the answer is the newest EventDate. Rows that the archive has leave no piece."""
        from leakresponse.core.archive_rows import join_hashes

        known, newest = self._partitions.hashes(name, day), datetime.min.replace(tzinfo=UTC)
        for piece in _pieces(rows):
            newest = max(newest, *(datetime.fromisoformat(str(row["EventDate"])) for row in piece))
            fresh, hashes = _fresh(piece, known)
            known = join_hashes([known, hashes])
            if fresh:
                self._keep_piece(name, day, fresh)
        return newest

    def _keep_piece(self, name: str, day: str, rows: list[dict[str, object]]) -> None:
        from leakresponse.core.archive_files import json_lines

        content = json_lines(rows)
        sha256 = hashlib.sha256(content).hexdigest()
        starts = datetime.fromisoformat(f"{day}T00:00:00+00:00")
        piece = Copy(f"{name}:{sha256}", name, "RealTime", starts, 0, "", self.ledger.clock(), len(content))
        self.ledger.list_archive_files(self.run, [piece])
        kept = self.files.evidence.put(f"{name}-{day}.jsonl", [content])
        self._archive(self.ledger.keep_archive_file(self.run, piece, kept.sha256, kept.bytes))

    @property
    def _partitions(self) -> Partitions:
        from tasks.archive_parts import Partitions

        return Partitions(self.files, self.org_id)

    def _fetch(self, copy: Copy, file: LogFile) -> Copy | None:
        """The raw file as evidence; None where it cannot be had now. A length that is not the org's is asked again."""
        from leakresponse.adapters.salesforce.logs import download

        name = f"{copy.event_type}-{copy.interval}-{copy.file_id}.csv"
        try:
            kept = self.files.evidence.put(name, download(self.client, file))
            if copy.length and kept.bytes != copy.length:
                kept = self.files.evidence.put(name, download(self.client, file))
        except Unavailable:
            return None
        except Refused as refused:
            if refused.code not in _GONE:
                raise
            self.ledger.settle_archive_file(self.run, replace(copy, state="gone"))
            return None
        return self.ledger.keep_archive_file(self.run, copy, kept.sha256, kept.bytes)

    def _settle_vanished(self, found: Mapping[str, LogFile]) -> None:
        """Files that a killed run listed and that the org no longer has: replaced, or too old."""
        for copy in self.ledger.unsettled_archive_files(self.run.case_id, "listed"):
            if copy.key not in found:
                self.ledger.settle_archive_file(self.run, replace(copy, state="gone"))

    def _archive(self, copy: Copy) -> Copy:
        """The rows of a kept file into Parquet, then the receipt."""
        done = self._partitions.add(copy)
        self.ledger.settle_archive_file(self.run, done)
        fresh = done.fresh - copy.fresh
        others = [] if done.interval == "RealTime" else self._same_day(done)
        repeated = fresh == 0 and any(one.sha256 == done.sha256 for one in others)
        self.taken.append(Taken(done.event_type, done.interval, done.rows, fresh, done.rejected, repeated))
        self.settled.append(done)
        before = predecessor(done, others)
        if before is not None:
            self._compare(before, done)
        return done

    def _same_day(self, copy: Copy) -> list[Copy]:
        starts = copy.log_date.replace(hour=0)
        files = self.ledger.archive_files(self.run.case_id, starts, starts + timedelta(days=1), copy.event_type)
        return [one for one in files if one.key != copy.key]

    def _compare(self, before: Copy, after: Copy) -> None:
        from leakresponse.core.archive_rows import difference

        added, removed = difference(self._hashes(before), self._hashes(after))
        same_id = before.file_id == after.file_id
        self.replaced.append(Replaced(after.event_type, after.day, added, removed, same_id))

    def _hashes(self, copy: Copy) -> Hashes:
        from tasks.archive_parts import digest

        return digest(self.files, copy).hashes

    def _move_cursor(self, name: str, old: datetime | None, new: datetime | None) -> None:
        if new is not None and new != old:
            self.ledger.move_archive_cursor(self.run, name, new)

    def _report(self, began: datetime, retention_days: int, listed: Sequence[Copy], waiting: int) -> ArchiveReport:
        since = began - LOOK_BACK
        recent = self.ledger.archive_files(self.run.case_id, since=since)
        types = {one.event_type for one in (*recent, *listed) if one.interval != "RealTime"}
        retention = retention_of(types, retention_days)
        lost = lost_span(self.run.last_run_at, retention, began)
        gaps = [*find_gaps(recent, began), *([] if lost is None else [lost])]
        new_gaps = self.ledger.note_archive_gaps(self.run, gaps, since)
        return ArchiveReport(
            org_id=self.org_id,
            started=began,
            finished=self.ledger.clock(),
            retention_days=retention.days,
            taken=tuple(self.taken),
            waiting=waiting,
            gaps=tuple(self.ledger.archive_gaps(self.run.case_id)),
            new_gaps=new_gaps,
            late=tuple(find_late(self.settled)),
            replaced=tuple(self.replaced),
            missing_objects=tuple(self.absent),
        )


def _listed(file: LogFile) -> Copy:
    interval: Interval = "Daily" if file.interval == "Daily" else "Hourly"
    log_date, created = (datetime.fromisoformat(text).astimezone(UTC) for text in (file.log_date, file.created))
    key = file_key(file.file_id, file.created, file.length)
    return Copy(key, file.event_type, interval, log_date, file.sequence, file.file_id, created, file.length)


def _pieces(rows: Iterator[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    piece: list[dict[str, object]] = []
    for row in rows:
        piece.append(row)
        if len(piece) >= PIECE_ROWS:
            yield piece
            piece = []
    if piece:
        yield piece


def _fresh(piece: list[dict[str, object]], known: Hashes) -> tuple[list[dict[str, object]], Hashes]:
    """The rows that the archive lacks, and the hashes of these."""
    from leakresponse.core.archive_files import slice_of
    from leakresponse.core.archive_rows import UNSTEADY, fresh_rows, hash_rows

    hashes = hash_rows(slice_of(piece).rows, UNSTEADY)
    mask = fresh_rows(hashes, known)
    return [row for row, fresh in zip(piece, mask, strict=True) if fresh], hashes[mask]
