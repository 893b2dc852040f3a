"""Queries read again by the bulk API, page by page into the case, going on from the pages that are already there.

Beside the pages of a replay lies what is known of them: the job, and for each locator the parts that hold its page.
A page is noted once all its parts are stored, so a killed run fetches at most the pages that were under way again.
A job that the org no longer has is made anew, and its pages with it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from leakresponse.core import progress
from leakresponse.core.errors import Unavailable
from tasks.support import log

if TYPE_CHECKING:
    from leakresponse.adapters.salesforce import SalesforceClient
    from leakresponse.adapters.salesforce.bulk import BulkJob, Page
    from leakresponse.core.exposure import Replay
    from leakresponse.core.scope_engine_pages import Part
    from leakresponse.ledger import CaseFiles

FOLDER = "work"
#: Replays under way at one time: an org runs few query jobs side by side.
JOBS = 4
#: Pages of one replay under way at one time, where the org tells their locators beforehand.
PAGES = 4
_LAST = "null"


@dataclass(slots=True)
class Kept:
    """What is stored of one replay. `pages`: locator to the locator of the next page and the parts of this one.

    `order` has the locators where the org told all of them beforehand; empty where they come one by one.
    """

    job_id: str = ""
    rows: int = 0
    done: bool = False
    order: list[str] = field(default_factory=list)
    pages: dict[str, tuple[str, list[Part]]] = field(default_factory=dict)

    def missing(self) -> Iterator[str]:
        """Locators known and not stored."""
        yield from (one for one in self.order if one not in self.pages)

    def next(self) -> str:
        """Where to go on, page by page; "null" at the end."""
        locator = ""
        while locator in self.pages:
            locator = self.pages[locator][0]
        return locator

    def parts(self) -> list[Part]:
        """Everything stored, in the order of the pages."""
        if self.order:
            return [part for one in self.order for part in self.pages[one][1]]
        found: list[Part] = []
        locator = ""
        while locator in self.pages:
            locator, parts = self.pages[locator]
            found += parts
        return found


class Meter:
    """Rows and bytes of many replays, told as they come; totals grow as the org says how much there is."""

    def __init__(self, stage: str, replays: int) -> None:
        self._stage, self._replays = stage, replays
        self._rows = self._bytes = self._expected = self._known = 0
        self._lock = threading.Lock()

    def job(self, rows: int) -> None:
        """A job has ended with so many rows: from here on there is a bound on what will come."""
        with self._lock:
            self._expected += rows
            self._known += 1
            self._tell()

    def pages(self, parts: Sequence[Part]) -> None:
        """Parts are stored, now or by an earlier run."""
        with self._lock:
            self._rows += sum(one.rows for one in parts)
            self._bytes += sum(one.bytes for one in parts)
            self._tell()

    def _tell(self) -> None:
        """Replays whose job has not ended count as much as the average of those that have."""
        total = max(self._rows, self._expected * self._replays // max(1, self._known))
        progress.report(f"{self._stage}: rows", self._rows, total)
        if self._rows:
            progress.report(f"{self._stage}: bytes", self._bytes, self._bytes * total // self._rows)


def run_replays(
    client: SalesforceClient, replays: Sequence[Replay], files: CaseFiles, parallel: int, stage: str
) -> dict[str, list[Part]]:
    """The stored parts of each replay by its id; what is not stored yet is fetched, each page once."""
    meter = Meter(stage, len(replays))
    with ThreadPoolExecutor(min(parallel, JOBS)) as pool:
        found = pool.map(lambda one: _run(client, one, files, meter), replays)
        return {replay.replay_id: parts for replay, parts in zip(replays, found, strict=True)}


def _run(client: SalesforceClient, replay: Replay, files: CaseFiles, meter: Meter) -> list[Part]:
    from leakresponse.adapters.salesforce import bulk

    kept = _kept(files, replay.replay_id)
    if kept.done:
        meter.job(kept.rows)
        meter.pages(kept.parts())
        return kept.parts()
    job = bulk.finished(client, kept.job_id) if kept.job_id else None
    if job is None:
        job = bulk.run_query(client, replay.soql)
        kept = Kept(job.job_id, job.rows, order=list(bulk.locators(client, job) or ()))
        _keep(files, replay.replay_id, kept)
    meter.job(job.rows)
    meter.pages([part for _, parts in kept.pages.values() for part in parts])
    _fetch(client, job, kept, replay.replay_id, files, meter)
    if kept.order and sum(one.rows for one in kept.parts()) != job.rows:
        log.warning("pages fetched side by side are not the whole result: fetched one after the other")
        kept = Kept(job.job_id, job.rows)
        _fetch(client, job, kept, replay.replay_id, files, meter)
    kept.done = True
    _keep(files, replay.replay_id, kept)
    bulk.remove(client, job)
    return kept.parts()


def _fetch(client: SalesforceClient, job: BulkJob, kept: Kept, name: str, files: CaseFiles, meter: Meter) -> None:
    """The pages that are missing, side by side where their locators are known."""
    from leakresponse.adapters.salesforce import bulk

    lock = threading.Lock()

    def take(page: Page, number: int) -> str:
        parts = _store(files, f"{FOLDER}/{name}.{number:05}", page)
        rows = sum(one.rows for one in parts)
        if page.rows is not None and page.rows != rows:
            raise Unavailable("a result page has not the rows that its header says")
        with lock:
            kept.pages[page.locator] = (page.after, parts)
            _keep(files, name, kept)
        meter.pages(parts)
        return page.after

    if kept.order:
        places = {locator: number for number, locator in enumerate(kept.order)}
        with ThreadPoolExecutor(PAGES) as pool:
            missing = list(kept.missing())
            list(pool.map(lambda one: take(bulk.page_at(client, job, one, None), places[one]), missing))
        return
    locator = kept.next()
    while locator != _LAST:
        locator = take(bulk.page_at(client, job, locator, bulk.PAGE_ROWS), len(kept.pages))


def _store(files: CaseFiles, stem: str, page: Page) -> list[Part]:
    from leakresponse.core.scope_engine_pages import store_page

    return store_page(files, stem, page.chunks)


def _manifest(name: str) -> str:
    return f"{FOLDER}/{name}.pages.json"


def _kept(files: CaseFiles, name: str) -> Kept:
    from leakresponse.core.scope_engine_pages import Part

    if not files.exists(_manifest(name)):
        return Kept()
    said: dict[str, Any] = json.loads(files.read(_manifest(name)))
    said["pages"] = {at: (after, [Part(**one) for one in parts]) for at, (after, parts) in said["pages"].items()}
    return Kept(**said)


def _keep(files: CaseFiles, name: str, kept: Kept) -> None:
    files.write(_manifest(name), json.dumps(asdict(kept)).encode())
