"""Bulk jobs of both APIs: aborted, and told where a batch runs on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from leakresponse.adapters.salesforce.cuts import CUTS, CannotGiveBack, Hands, prove_many
from leakresponse.rehearsal.org import bulk_v1_run
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Client, Served

CUT = CUTS["abort_job"]
SOQL = "SELECT Id FROM Contact"


def _load(client: Client) -> str:
    """A load that waits for its client: open, with nothing sent."""
    body = {"operation": "insert", "object": "Contact", "contentType": "CSV"}
    return str(client.call("POST", "/jobs/ingest", json=body).json()["id"])


def _v1(client: Client, method: str, path: str, **options: Any) -> requests.Response:
    headers = {"X-SFDC-Session": client.token, "Content-Type": "application/json", **options.pop("headers", {})}
    return requests.request(method, f"{client.url}/services/async/60.0{path}", headers=headers, timeout=20, **options)


def _v1_job(client: Client) -> str:
    body = {"operation": "query", "object": "Contact", "contentType": "CSV"}
    return str(_v1(client, "POST", "/job", json=body).json()["id"])


MAKERS: dict[str, Callable[[Client], str]] = {"v2": _load, "v1": _v1_job}


@pytest.mark.parametrize("version", ["v2", "v1"])
def test_a_job_is_aborted_and_stays_so(org: Served, hands: Hands, version: str) -> None:
    target = f"{version}:{MAKERS[version](org.client('migration'))}"
    assert not CUT.dead(hands, target).dead
    assert CUT.act(hands, target)["aborted"]
    assert CUT.dead(hands, target).dead
    assert CUT.act(hands, target) == {"already": True}
    with pytest.raises(CannotGiveBack):
        CUT.undo(hands, target, {})


def test_a_finished_query_is_left_as_evidence(org: Served, hands: Hands) -> None:
    job = org.client("migration").bulk(SOQL)
    assert CUT.act(hands, job["id"]) == {"already": True}
    assert CUT.dead(hands, job["id"]).how == "the job is JobComplete"


def test_a_job_that_is_gone_is_no_path(hands: Hands) -> None:
    for target in ("v2:750000000000000AAA", "v1:750000000000000AAA"):
        assert CUT.act(hands, target) == {"already": True}
        assert CUT.dead(hands, target).dead


def test_an_older_batch_that_runs_is_told_and_waited_for(
    org: Served, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, gate, begun = org.client("migration"), threading.Event(), threading.Event()
    usual = bulk_v1_run._query

    def slow(*given: Any) -> Any:
        begun.set()
        gate.wait(20)
        return usual(*given)

    monkeypatch.setattr(bulk_v1_run, "_query", slow)
    target = f"v1:{_v1_job(client)}"
    path = f"/job/{target[3:]}/batch"
    _v1(client, "POST", path, data=SOQL, headers={"Content-Type": "text/csv"})
    assert begun.wait(20)
    assert CUT.act(hands, target) == {"aborted": True, "batches_running_on": 1}
    assert not CUT.dead(hands, target).dead
    gate.set()
    for _ in range(200):
        if CUT.dead(hands, target).dead:
            return
    raise AssertionError("the batch did not end")


@pytest.mark.parametrize(("version", "path"), [("v2", "*/jobs/ingest/*"), ("v1", "*/job/*")])
def test_a_job_that_the_org_keeps_going_is_not_proven(org: Served, hands: Hands, version: str, path: str) -> None:
    target = f"{version}:{MAKERS[version](org.client('migration'))}"
    keep_alive(org, path, "PATCH" if version == "v2" else "POST")
    CUT.act(hands, target)
    assert not CUT.dead(hands, target).dead


@pytest.mark.parametrize("version", ["v2", "v1"])
def test_a_lost_answer_is_asked_for_again(org: Served, hands: Hands, version: str) -> None:
    target = f"{version}:{MAKERS[version](org.client('migration'))}"
    method = "PATCH" if version == "v2" else "POST"
    order(org, {"match": {"path": "*job*", "method": method, "count": 1}, "fault": "reset"})
    CUT.act(hands, target)
    assert CUT.dead(hands, target).dead


def test_a_dead_session_is_renewed_for_the_older_api(org: Served, hands: Hands) -> None:
    target = f"v1:{_v1_job(org.client('migration'))}"
    order(org, {"match": {"path": "/services/async/*", "method": "POST", "count": 1}, "fault": "expire_session"})
    assert CUT.act(hands, target)["aborted"]


def test_many_jobs_are_proven_by_their_lists(org: Served, hands: Hands) -> None:
    targets = [f"v2:{_load(org.client('migration'))}" for _ in range(12)]
    for target in targets[:11]:
        CUT.act(hands, target)
    before = org.world.calls
    proofs = prove_many(CUT, hands, targets, 4)
    assert [proofs[one].dead for one in targets] == [True] * 11 + [False]
    assert org.world.calls - before == 3
