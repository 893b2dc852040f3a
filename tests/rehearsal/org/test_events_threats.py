"""Threat events: by order, by what happens, and how they are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests

from leakresponse.rehearsal.org import events_threats
from leakresponse.rehearsal.org.schema_events_threats import SCORE_TOPS, STREAMS
from tests.support.served_org import Served


def order(org: Served, **given: Any) -> requests.Response:
    return requests.post(f"{org.url}/simulation/threat", json=given, timeout=10)


@pytest.mark.parametrize("name", sorted(SCORE_TOPS))
def test_a_threat_by_order_has_the_score_of_its_object(org: Served, name: str) -> None:
    who = org.integration("migration")["username"]
    assert order(org, object=name, username=who, share=0.5, fields={"SourceIp": "203.0.113.9"}).status_code == 200
    (row,) = org.responder().rows(f"SELECT Score, Username, SourceIp, Summary FROM {name} WHERE Username = '{who}'")
    assert (row["Score"], row["SourceIp"]) == (SCORE_TOPS[name] / 2, "203.0.113.9")
    assert who in row["Summary"]


def test_its_data_are_features_with_contributions(org: Served) -> None:
    order(
        org, object="ReportAnomalyEventStore", username=org.facts["username"], features=[["rowCount", 9000, 95]]
    )  # fmt: skip
    soql = f"SELECT SecurityEventData FROM ReportAnomalyEventStore WHERE Username = '{org.facts['username']}'"
    (feature,) = json.loads(org.responder().rows(soql)[0]["SecurityEventData"])
    assert feature == {"featureName": "rowCount", "featureValue": "9000", "featureContribution": "95.00 %"}


def test_threats_of_nobody_or_of_no_kind_are_refused(org: Served) -> None:
    assert order(org, object="ApiAnomalyEventStore", username="nobody@example.com").status_code == 400
    assert order(org, object="ApiEvent", username=org.facts["username"]).status_code == 400


@pytest.mark.parametrize("name", STREAMS)
def test_streams_are_described_and_refuse_queries(org: Served, name: str) -> None:
    responder = org.responder()
    assert responder.call("GET", f"/sobjects/{name}/describe").json()["queryable"] is False
    refused = responder.call("GET", "/query", params={"q": f"SELECT EventDate FROM {name}"})
    assert refused.status_code == 400
    assert f"entity type {name} does not support query" in refused.json()[0]["message"]


def test_reading_far_more_than_ever_raises_one_anomaly(
    another: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_threats, "API_ROWS", 250)
    org = another()
    client = org.client("migration", "45.66.77.88")
    client.rows("SELECT Id FROM Contact LIMIT 100")
    soql = "SELECT RowsProcessed, SourceIp, Score FROM ApiAnomalyEventStore"
    assert org.responder().rows(soql) == []
    client.rows("SELECT Id FROM Contact")
    client.rows("SELECT Id FROM Contact")
    (found,) = org.responder().rows(soql)
    assert found["RowsProcessed"] >= 250
    assert found["SourceIp"] == "45.66.77.88"
    assert 0.9 < found["Score"] <= 1


def test_who_always_reads_much_is_no_anomaly(another: Callable[..., Served], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_threats, "API_ROWS", 250)
    org = another()
    client = org.client("migration")
    user = org.world.store.one('SELECT Id FROM "User" WHERE Username = ?', org.integration("migration")["username"])
    with org.world.store.write() as db:
        db.execute("INSERT INTO sim_volume VALUES ('api', ?, '20260101', 9000)", ((user or {})["Id"],))
    client.rows("SELECT Id FROM Contact")
    client.rows("SELECT Id FROM Contact")
    assert org.responder().rows("SELECT Id FROM ApiAnomalyEventStore") == []


def test_many_actions_of_a_guest_raise_an_anomaly(org: Served) -> None:
    world = org.world
    row = {"USER_TYPE": "Guest", "ACTION_MESSAGE": "1$aura://A/ACTION$get=2;" * 150}
    guest = world.store.one('SELECT Id, Username FROM "User" LIMIT 1') or {}
    call = _call_of(org, guest)
    with world.store.write() as db:
        for _ in range(3):
            events_threats.watch(call, db, [("AuraRequest", row)], [])
    soql = f"SELECT TotalControllerEvents, UserType FROM GuestUserAnomalyEventStore WHERE UserId = '{guest['Id']}'"
    (found,) = org.responder().rows(soql)
    assert (found["TotalControllerEvents"], found["UserType"]) == (300, "Guest")


def _call_of(org: Served, user: dict[str, Any]) -> Any:
    """A call by a user who has no session."""
    from leakresponse.rehearsal.org.calls import Call, Client
    from leakresponse.rehearsal.org.identity import authenticate

    world = org.world
    caller = replace(
        authenticate(world, org.client("migration").token), user_id=user["Id"], username=user["Username"]
    )  # fmt: skip
    return Call(
        world=world, caller=caller, client=Client("192.0.2.9", "bot/1"), method="POST", path="/s/sfsites/aura",
        version="67.0", base_url="", query={}, headers={}, body=b"", args={}, now=world.clock.now(), request_id="r",
    )  # fmt: skip
