"""Bulk API 2.0 query jobs, streamed page by page with our own deadlines.

simple-salesforce's bulk handler decodes a whole page in memory, cannot ask for queryAll when downloading and waits up
to 24 hours (measured, 1.12.10). Facts: Bulk API 2.0 guide `query_get_job_results`: the header `Sforce-Locator` is the
literal `null` on the last page, and results must be read under the API version that made the job.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.streams import Stream
from leakresponse.core.errors import Refused, Unavailable

PAGE_ROWS = 100_000
#: A job that the org ends as Failed is made anew; so many are tried.
TRIES = 3


@dataclass(frozen=True, slots=True)
class BulkJob:
    """A finished query job. `rows` is `numberRecordsProcessed`."""

    job_id: str
    rows: int


def run_query(client: SalesforceClient, soql: str, *, deleted_too: bool = True, wait_seconds: float = 3600) -> BulkJob:
    """Create a query job (queryAll where `deleted_too`) and wait for its end; one that fails is made anew.

    Raises Refused where the org fails every job or one is aborted, Unavailable past the deadline.
    """
    operation = "queryAll" if deleted_too else "query"
    body = {"operation": operation, "query": soql, "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
    deadline = time.monotonic() + wait_seconds
    for _ in range(TRIES):
        job_id = str(client.call("POST", "/jobs/query", json=body, repeatable=True).json()["id"])
        ended = _await_end(client, job_id, deadline)
        if ended["state"] == "JobComplete":
            return BulkJob(job_id, int(ended.get("numberRecordsProcessed") or 0))
        if ended["state"] == "Aborted":
            break
        remove(client, BulkJob(job_id, 0))
    raise Refused(f"bulk query job ended {ended['state']}", f"BULK_{ended['state'].upper()}")


def _await_end(client: SalesforceClient, job_id: str, deadline: float) -> dict[str, Any]:
    """The job in its end state. Raises Unavailable past the deadline."""
    pause = 0.05
    while time.monotonic() < deadline:
        job: dict[str, Any] = client.call("GET", f"/jobs/query/{job_id}").json()
        if job["state"] in {"JobComplete", "Failed", "Aborted"}:
            return job
        time.sleep(pause)
        pause = min(pause * 1.5, 5)
    raise Unavailable("bulk query job did not end in time")


@dataclass(frozen=True, slots=True)
class Page:
    """One result page under way. `after` is the locator of the next one, "null" on the last. Chunks come once."""

    locator: str
    after: str
    rows: int | None
    chunks: Iterator[bytes]


def finished(client: SalesforceClient, job_id: str) -> BulkJob | None:
    """A job of an earlier run whose results can still be fetched; None where it has expired or was removed.

    Results stay for seven days (Bulk API 2.0 guide).
    """
    try:
        job: dict[str, Any] = client.call("GET", f"/jobs/query/{job_id}").json()
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
        return None
    return BulkJob(job_id, int(job.get("numberRecordsProcessed") or 0)) if job["state"] == "JobComplete" else None


def page_at(client: SalesforceClient, job: BulkJob, locator: str = "", page_rows: int | None = PAGE_ROWS) -> Page:
    """The result page at a locator, "" for the first. Without `page_rows` the org decides how long it is."""
    parameters = ({"maxRecords": str(page_rows)} if page_rows else {}) | ({"locator": locator} if locator else {})
    answer = Stream(client, f"/jobs/query/{job.job_id}/results", parameters)
    rows = answer.headers.get("Sforce-NumberOfRecords", "")
    after = answer.headers.get("Sforce-Locator", "null")
    return Page(locator, after, int(rows) if rows.isdigit() else None, iter(answer))


def locators(client: SalesforceClient, job: BulkJob) -> tuple[str, ...] | None:
    """The locators of all pages, for fetching them side by side; None where the org does not tell.

    `resultPages` is there from API version 58.0 on and gives up to five at a time (Bulk API 2.0 guide, "Get Parallel
    Results for a Query Job"); the page spells the follow-up address `nextRecordUrl` and `nextRecordsUrl`.
    """
    found: list[str] = []
    path = f"/jobs/query/{job.job_id}/resultPages"
    while path:
        try:
            answer: dict[str, Any] = client.call("GET", path).json()
        except Refused as refused:
            if refused.code != "NOT_FOUND":
                raise
            return None
        found += [
            _locator_in(str(one.get("resultUrl") or one.get("resultLink") or "")) for one in answer["resultPages"]
        ]
        after = answer.get("nextRecordsUrl") or answer.get("nextRecordUrl")
        path = "" if answer.get("done", True) or not after else str(after)
    return tuple(found)


def _locator_in(address: str) -> str:
    return parse_qs(urlsplit(address).query).get("locator", [""])[0]


def remove(client: SalesforceClient, job: BulkJob) -> None:
    """Delete our own job, so that its results do not lie about in the org for seven days."""
    try:
        client.call("DELETE", f"/jobs/query/{job.job_id}")
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
