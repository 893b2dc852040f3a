"""Slow theft by REST: many small queries, and long answers that are read one page at a time, hours apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from leakresponse.rehearsal.client import OrgClient

#: Salesforce's page sizes (REST guide, "Query Options Header": 200 to 2,000).
SMALLEST_PAGE, LARGEST_PAGE = 200, 2_000


def pages(client: OrgClient, soql: str, size: int) -> Iterator[int]:
    """The pages of one query by QueryMore, each fetched when it is asked for; yields the rows of each."""
    options = {"headers": {"Sforce-Query-Options": f"batchSize={size}"}}
    answer: dict[str, Any] = client.call("GET", f"/query?q={quote(soql)}", **options).json()
    while True:
        client.received.add_json(answer["records"])
        yield len(answer["records"])
        if answer["done"]:
            return
        answer = client.call("GET", answer["nextRecordsUrl"], **options).json()
