"""simple-salesforce, which we did not write, over https with the org's own certificate authority."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from tests.support.served_org import Served


@pytest.fixture(scope="module")
def real(org: Served) -> Iterator[Salesforce]:
    session = requests.Session()
    session.trust_env = False
    session.verify = org.facts["ca_file"]
    token = org.refresh_login(org.integration("migration")).json()["access_token"]
    instance = org.facts["https_url"].removeprefix("https://")
    yield Salesforce(instance=instance, session_id=token, session=session, version="67.0")
    session.close()


def test_reads_pages(real: Salesforce) -> None:
    headers = {"Sforce-Query-Options": "batchSize=200"}
    first = real.query("SELECT Id FROM Contact", headers=headers)
    more = real.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert len(first["records"]) + len(more["records"]) == first["totalSize"]


def test_describes_and_lists(real: Salesforce) -> None:
    assert "SSN__c" in {one["name"] for one in real.Contact.describe()["fields"]}
    assert "Contact" in {one["name"] for one in real.describe()["sobjects"]}


def test_makes_changes_and_deletes(real: Salesforce) -> None:
    made = real.Contact.create({"LastName": "Reed", "Email": "reed@example.com"})
    assert real.Contact.update(made["id"], {"Title": "Dr"}) == 204
    assert real.Contact.get(made["id"])["Title"] == "Dr"
    assert real.Contact.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        real.Contact.get(made["id"])


def test_bulk_queries(real: Salesforce) -> None:
    pages = list(real.bulk2.Contact.query("SELECT Id, Email FROM Contact", max_records=150, wait=0.05))
    total = real.query("SELECT COUNT() FROM Contact")["totalSize"]
    assert sum(page.count("\n") - 1 for page in pages) == total
    assert len(pages) > 1


def test_reads_limits(org: Served) -> None:
    session = requests.Session()
    session.trust_env, session.verify = False, org.facts["ca_file"]
    instance = org.facts["https_url"].removeprefix("https://")
    responder = Salesforce(instance=instance, session_id=org.responder().token, session=session, version="67.0")
    assert responder.limits()["DailyApiRequests"]["Max"] > 0


def test_knows_a_refused_query_and_a_dead_session(org: Served, real: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest):
        real.query("SELECT Nope FROM Contact")
    dead = Salesforce(instance=real.sf_instance, session_id="00Dxx!dead", session=real.session, version="67.0")
    with pytest.raises(SalesforceExpiredSession):
        dead.query("SELECT Id FROM Contact")


def test_collections_composite_requests_and_searches(real: Salesforce) -> None:
    lead = {"LastName": "Fern", "Company": "Fern", "Status": "Open"}
    made = real.bulk2.Lead.insert(records=[lead], wait=0.05)
    assert made[0]["numberRecordsFailed"] == 0
    records = [{"attributes": {"type": "Account"}, "Name": "Client made"}]
    (one,) = real.restful("composite/sobjects", method="POST", json={"records": records})
    assert one["success"]
    read = {"method": "GET", "url": f"/services/data/v67.0/sobjects/Account/{one['id']}", "referenceId": "read"}
    (answer,) = real.restful("composite", method="POST", json={"compositeRequest": [read]})["compositeResponse"]
    assert answer["body"]["Name"] == "Client made"
    found = real.search("FIND {Client made} IN NAME FIELDS RETURNING Account(Id)")["searchRecords"]
    assert one["id"] in {row["Id"] for row in found}
    assert real.quick_search("Client made")["searchRecords"]


def test_what_was_deleted_or_changed_lately(real: Salesforce) -> None:
    now = datetime.now(UTC)
    made = real.Account.create({"Name": "Short-lived"})["id"]
    assert made in real.Account.updated(now - timedelta(hours=1), now + timedelta(minutes=2))["ids"]
    real.Account.delete(made)
    gone = real.Account.deleted(now - timedelta(hours=1), now + timedelta(minutes=2))["deletedRecords"]
    assert made in {one["id"] for one in gone}
