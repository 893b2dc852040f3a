"""Limits, what was deleted or changed, and the search."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.served_org import Client, Served


@pytest.fixture(scope="module")
def client(org: Served) -> Client:
    return org.client("migration")


def span(org: Served) -> dict[str, str]:
    """From an hour ago to a minute from now."""
    now = org.world.clock.now()
    stamps = {"start": now - timedelta(hours=1), "end": now + timedelta(minutes=1)}
    return {name: at.strftime("%Y-%m-%dT%H:%M:%S+00:00") for name, at in stamps.items()}


def test_limits_are_named_as_salesforce_does_and_count_calls(org: Served) -> None:
    responder = org.responder()
    first = responder.call("GET", "/limits").json()
    assert {"ActiveScratchOrgs", "HourlyODataCallout", "SingleEmail", "DataStorageMB"} <= set(first)
    assert set(first["PermissionSets"]) == {"Max", "Remaining", "CreateCustom"}
    second = responder.call("GET", "/limits").json()
    assert second["DailyApiRequests"]["Remaining"] < first["DailyApiRequests"]["Remaining"]


def test_a_bulk_job_is_counted(org: Served) -> None:
    responder = org.responder()
    before = responder.call("GET", "/limits").json()["DailyBulkV2QueryJobs"]["Remaining"]
    org.client("migration").bulk("SELECT Id FROM Lead")
    assert responder.call("GET", "/limits").json()["DailyBulkV2QueryJobs"]["Remaining"] == before - 1


def test_limits_need_a_permission(org: Served) -> None:
    def let(seen: int) -> None:
        with org.world.store.write() as db:
            for table in ("Profile", "PermissionSet"):
                db.execute(f"UPDATE {table} SET PermissionsViewSetup = ? WHERE Name != 'Responder'", (seen,))

    client = org.client("order.sync")
    let(0)
    try:
        answer = client.call("GET", "/limits")
    finally:
        let(1)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS")


def test_records_are_counted_by_object(org: Served) -> None:
    responder = org.responder()
    found = responder.call("GET", "/limits/recordCount", params={"sObjects": "Contact,Lead"}).json()["sObjects"]
    counted = {one["name"]: one["count"] for one in found}
    assert counted["Contact"] >= responder.query("SELECT COUNT() FROM Contact")["totalSize"] > 0


def test_deleted_and_changed_records_are_listed(org: Served, client: Client) -> None:
    ids = [client.call("POST", "/sobjects/Account", json={"Name": name}).json()["id"] for name in ("Kept", "Gone")]
    assert client.call("DELETE", f"/sobjects/Account/{ids[1]}").status_code == 204
    deleted = client.call("GET", "/sobjects/Account/deleted", params=span(org)).json()
    assert ids[1] in {one["id"] for one in deleted["deletedRecords"]}
    assert deleted["latestDateCovered"].endswith("+0000")
    updated = client.call("GET", "/sobjects/Account/updated", params=span(org)).json()["ids"]
    assert ids[0] in updated
    assert ids[1] not in updated


def test_a_span_that_ends_before_it_starts_is_refused(org: Served, client: Client) -> None:
    asked = span(org)
    wrong = {"start": asked["end"], "end": asked["start"]}
    answer = client.call("GET", "/sobjects/Account/deleted", params=wrong)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_REPLICATION_DATE")


def search(client: Client, text: str) -> list[dict[str, Any]]:
    """The records that a SOSL search finds."""
    return list(client.call("GET", "/search", params={"q": text}).json()["searchRecords"])


def test_sosl_finds_by_word_and_returns_what_is_asked(client: Client) -> None:
    contact = client.rows("SELECT Id, LastName, Email FROM Contact WHERE Email != null LIMIT 1")[0]
    text = f"FIND {{{contact['Email']}}} IN EMAIL FIELDS RETURNING Contact(Id, LastName WHERE Email != null LIMIT 5)"
    assert search(client, text)[0]["LastName"] == contact["LastName"]
    everywhere = search(client, f"FIND {{{contact['Email']}}}")
    assert contact["Id"] in {row["Id"] for row in everywhere}


def test_a_search_by_parameters(client: Client) -> None:
    name = client.rows("SELECT LastName FROM Contact LIMIT 1")[0]["LastName"]
    params = {"q": name, "sobject": "Contact", "Contact.fields": "Id,LastName", "Contact.limit": "1"}
    found = client.call("GET", "/parameterizedSearch", params=params).json()["searchRecords"]
    assert len(found) == 1
    body = {"q": name, "in": "NAME", "sobjects": [{"name": "Contact", "fields": ["Id"]}], "overallLimit": 1}
    assert len(client.call("POST", "/parameterizedSearch", json=body).json()["searchRecords"]) == 1


@pytest.mark.parametrize("text", ["SELECT Id", "FIND {x}", "FIND {'} OR 1=1"])
def test_what_is_no_search_is_refused(client: Client, text: str) -> None:
    answer = client.call("GET", "/search", params={"q": text})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "MALFORMED_SEARCH")


def test_quotes_in_a_search_do_no_harm(client: Client) -> None:
    assert search(client, "FIND {o' OR Name != 'x} RETURNING Contact(Id)") == []


def test_nothing_was_seen_lately(client: Client) -> None:
    assert client.call("GET", "/recent").json() == []
