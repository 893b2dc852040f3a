"""The responder's own client on an org that fails: what it sits out, and what it must not take for an answer."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leakresponse.adapters.salesforce import bulk, http, streams
from leakresponse.adapters.salesforce import client as client_module
from leakresponse.adapters.salesforce.access import OrgAccess
from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.logs import download, list_files
from leakresponse.core.errors import OutcomeUnknown, Refused, Unavailable
from leakresponse.core.redact import Redacted
from leakresponse.rehearsal.org import faults_orders
from leakresponse.rehearsal.org.faults_model import rules_of
from tests.support.served_org import Served

Order = Callable[..., None]
ACCOUNTS = "SELECT Id, Name FROM Account"


@pytest.fixture
def client(org: Served) -> Iterator[SalesforceClient]:
    key = Path(org.facts["private_key_file"]).read_text(encoding="utf-8")
    facts = org.facts
    made = SalesforceClient(
        OrgAccess(
            facts["instance_url"], facts["consumer_key"], facts["username"], Redacted(key), ca_file=facts["ca_file"]
        )
    )
    yield made
    made.wire.session.close()


@pytest.fixture
def order(org: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Order]:
    for module in (http, client_module, streams):
        monkeypatch.setattr(module, "pause_seconds", lambda _attempt: 0.0)

    def put(fault: Any, **match: Any) -> None:
        faults_orders.begin(org.world, rules_of([{"match": match, "fault": fault}]))

    yield put
    faults_orders.begin(org.world, [])


@pytest.mark.parametrize("fault", ["503", {"kind": "503", "html": True}, "request_limit", "cut", "reset"])
def test_a_query_is_asked_again(client: SalesforceClient, order: Order, fault: Any) -> None:
    wanted = client.count("SELECT COUNT() FROM Account")
    order(fault, path="*/query/*", in_a_row=2)
    order(fault, path="*/query*", in_a_row=2)
    assert len(list(client.query(ACCOUNTS))) == wanted


def test_an_expired_session_is_renewed_once(client: SalesforceClient, order: Order) -> None:
    first = client.token
    order("expire_session", path="*/limits", count=1)
    assert client.call("GET", "/limits").status_code == 200
    assert client.token != first


def test_the_days_limit_is_not_waited_out(org: Served, client: SalesforceClient, order: Order) -> None:
    order({"kind": "request_limit", "daily": True}, path="*/limits")
    calls = org.world.calls
    with pytest.raises(Refused, match="REQUEST_LIMIT_EXCEEDED"):
        client.call("GET", "/limits")
    assert org.world.faults.shown()[0]["seen"] == 1
    org.world.calls = calls


def test_a_cut_bulk_page_is_whole_in_the_end(client: SalesforceClient, order: Order) -> None:
    job = bulk.run_query(client, "SELECT Id, LastName FROM Contact")
    order("cut", path="*/results", in_a_row=2)
    parts, page = [], bulk.page_at(client, job, page_rows=120)
    for _ in range(20):
        parts.append(b"".join(page.chunks))
        if page.after == "null":
            break
        page = bulk.page_at(client, job, page.after, page_rows=120)
    rows = pd.concat([pd.read_csv(io.BytesIO(part)) for part in parts])
    assert len(rows) == rows["Id"].nunique() == job.rows > 120


def test_a_failed_job_is_made_anew(client: SalesforceClient, order: Order) -> None:
    order("bulk_fail_once")
    assert bulk.run_query(client, ACCOUNTS).rows > 0


def test_a_cut_log_file_is_whole_in_the_end(org: Served, client: SalesforceClient, order: Order) -> None:
    client.call("GET", "/limits")
    org.world.logs.close_hours()
    (file, *_) = list_files(client, ["RestApi"], datetime.now(UTC) - timedelta(days=1))
    order("cut", path="*/LogFile", in_a_row=2)
    assert len(b"".join(download(client, file))) == file.length


def test_a_cut_refusal_of_a_download_is_asked_again(client: SalesforceClient, order: Order) -> None:
    order("cut", path="*/LogFile", in_a_row=1)
    with pytest.raises(Refused, match="NOT_FOUND"):
        client.call("GET", "/sobjects/EventLogFile/0AT000000000001AAA/LogFile", stream=True)


def test_a_download_that_is_always_cut_says_so(client: SalesforceClient, order: Order) -> None:
    job = bulk.run_query(client, ACCOUNTS)
    order("cut", path="*/results", in_a_row=100)
    with pytest.raises(Unavailable):
        b"".join(bulk.page_at(client, job).chunks)


def test_a_lost_creation_is_not_repeated_blindly(client: SalesforceClient, order: Order) -> None:
    order("reset", method="POST", path="*/sobjects/*", count=1)
    with pytest.raises(OutcomeUnknown):
        client.create("Account", {"Name": "Lost"})


def test_a_busy_token_endpoint_proves_no_key_dead(org: Served, client: SalesforceClient, order: Order) -> None:
    facts = org.facts
    order("503", path="*/oauth2/token", in_a_row=100)
    with pytest.raises(Unavailable):
        client.try_key_login(facts["consumer_key"], facts["username"], client.access.private_key)
