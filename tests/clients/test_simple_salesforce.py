"""simple-salesforce, the pipeline's own client, on more than one page of everything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from simple_salesforce.api import Salesforce

from tests.support.served_org import Served

pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def real(org: Served) -> Iterator[Salesforce]:
    session = requests.Session()
    session.trust_env = False
    session.verify = org.facts["ca_file"]
    instance = org.facts["https_url"].removeprefix("https://")
    yield Salesforce(instance=instance, session_id=org.responder().token, session=session, version="67.0")
    session.close()


def test_it_reads_every_page(real: Salesforce) -> None:
    found = real.query_all("SELECT Id FROM Contact")
    assert len(found["records"]) == found["totalSize"] > 2_000


def test_it_bulk_reads_every_page(real: Salesforce) -> None:
    pages = list(real.bulk2.Contact.query("SELECT Id FROM Contact", max_records=700, wait=0.05))
    assert len(pages) > 3
    assert sum(page.count("\n") - 1 for page in pages) == real.query("SELECT COUNT() FROM Contact")["totalSize"]


def test_it_updates(real: Salesforce) -> None:
    record = real.query("SELECT Id FROM Contact LIMIT 1")["records"][0]["Id"]
    assert real.Contact.update(record, {"Title": "Dr"}) == 204
    assert real.Contact.get(record)["Title"] == "Dr"
