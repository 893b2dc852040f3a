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


def pages(client: SalesforceClient, job: BulkJob, page_rows: int = PAGE_ROWS) -> Iterator[Iterator[bytes]]:
    """The result pages in order, each as a stream of CSV bytes with its own header line."""
    locator = ""
    while locator != "null":
        parameters = {"maxRecords": str(page_rows)} | ({"locator": locator} if locator else {})
        page = Stream(client, f"/jobs/query/{job.job_id}/results", parameters)
        yield iter(page)
        locator = page.headers.get("Sforce-Locator", "null")


def remove(client: SalesforceClient, job: BulkJob) -> None:
    """Delete our own job, so that its results do not lie about in the org for seven days."""
    try:
        client.call("DELETE", f"/jobs/query/{job.job_id}")
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
