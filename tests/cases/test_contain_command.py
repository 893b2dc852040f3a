"""`leak-response contain`, as its users run it: the plan alone, the whole, and the shout where one way stays open."""

from __future__ import annotations

import json

import pytest
import requests

from tests.support.attacker import Attacker
from tests.support.processes import call, org


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contain")
    with org(folder / "org", "--people", "300", "--seed", "3", "--log-rows", "2000") as connection:
        yield folder, connection


def contain(folder, alert, out, *more):
    connection = str(folder / "org/connection.json")
    return call("contain", str(alert), "--connection", connection, "--out", str(folder / out), "--json", *more)


def test_a_dry_run_then_a_way_that_stays_open_then_the_whole(simulated):
    folder, connection = simulated
    thief = Attacker(connection, "order.sync", "45.66.77.88")
    alert = thief.alert(folder / "alert.json", "connected_app", "user")
    dry = contain(folder, alert, "dry", "--dry-run")
    assert dry.returncode == 0, dry.stderr[-3000:]
    shown = json.loads(dry.stdout)
    assert (shown["dry_run"], shown["contained"]) == (True, False)
    assert {cut["kind"] for cut in shown["plan"]["cuts"]} >= {"delete_session", "remove_grant", "freeze_user"}
    assert "@" not in json.dumps(shown["plan"])
    assert thief.get("/limits").status_code == 200
    whole = contain(folder, alert, "whole")
    assert whole.returncode == 0, whole.stderr[-3000:]
    answer = json.loads(whole.stdout)
    assert (answer["contained"], answer["open"]) == (True, [])
    assert answer["paths"] > 0
    assert thief.get("/limits").status_code == 401


@pytest.mark.torture
def test_an_open_way_ends_loudly_and_never_says_contained(simulated):
    folder, connection = simulated
    thief = Attacker(connection, "support.lead", "45.66.77.89")
    alert = thief.alert(folder / "second.json", "user")
    rule = {"match": {"path": "*/sobjects/UserLogin/*", "method": "PATCH"}, "fault": "kept_alive"}
    requests.post(f"{connection['http_url']}/simulation/faults", json=[rule], timeout=30)
    try:
        done = contain(folder, alert, "open")
    finally:
        requests.post(f"{connection['http_url']}/simulation/faults", json=None, timeout=30)
    assert done.returncode == 1, done.stderr[-3000:]
    answer = json.loads(done.stdout)
    assert answer["contained"] is False
    assert any(key.startswith("login:") for key in answer["open"])


def test_a_wrong_call_changes_nothing(simulated, tmp_path):
    folder, _connection = simulated
    done = contain(folder, tmp_path / "missing.json", "none")
    assert done.returncode == 2
    assert not (folder / "none").exists()
