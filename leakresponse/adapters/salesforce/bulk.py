"""Bulk API 2.0 query jobs, streamed page by page with our own deadlines.

simple-salesforce's bulk handler decodes a whole page in memory, cannot ask for queryAll when downloading and waits up
to 24 hours (measured, 1.12.10). Facts: Bulk API 2.0 guide `query_get_job_results`: the header `Sforce-Locator` is the
literal `null` on the last page, and results must be read under the API version that made the job.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.errors import Refused, Unavailable

PAGE_ROWS = 100_000
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class BulkJob:
    """A finished query job. `rows` is `numberRecordsProcessed`."""

    job_id: str
    rows: int


def run_query(client: SalesforceClient, soql: str, *, deleted_too: bool = True, wait_seconds: float = 3600) -> BulkJob:
    """Create a query job (queryAll where `deleted_too`) and wait for its end.

    Raises Refused where the org fails or aborts the job, Unavailable past the deadline.
    """
    operation = "queryAll" if deleted_too else "query"
    body = {"operation": operation, "query": soql, "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
    job_id = str(client.call("POST", "/jobs/query", json=body, repeatable=True).json()["id"])
    deadline = time.monotonic() + wait_seconds
    pause = 0.05
    while time.monotonic() < deadline:
        job = client.call("GET", f"/jobs/query/{job_id}").json()
        if job["state"] == "JobComplete":
            return BulkJob(job_id, int(job.get("numberRecordsProcessed") or 0))
        if job["state"] in {"Failed", "Aborted"}:
            raise Refused(f"bulk query job ended {job['state']}", f"BULK_{job['state'].upper()}")
        time.sleep(pause)
        pause = min(pause * 1.5, 5)
    raise Unavailable("bulk query job did not end in time")


def pages(client: SalesforceClient, job: BulkJob, page_rows: int = PAGE_ROWS) -> Iterator[Iterator[bytes]]:
    """The result pages in order, each as a stream of CSV bytes with its own header line."""
    locator = ""
    while locator != "null":
        parameters = {"maxRecords": str(page_rows)} | ({"locator": locator} if locator else {})
        answer = client.call("GET", f"/jobs/query/{job.job_id}/results", params=parameters, stream=True)
        yield answer.iter_content(CHUNK_BYTES)
        locator = answer.headers.get("Sforce-Locator", "null")


def remove(client: SalesforceClient, job: BulkJob) -> None:
    """Delete our own job, so that its results do not lie about in the org for seven days."""
    try:
        client.call("DELETE", f"/jobs/query/{job.job_id}")
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
