"""An attack that no scenario knows, by a client that knows nothing of the pipeline, is answered whole."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import requests

from tests.support.attacker import Attacker
from tests.support.processes import call, org

PEOPLE = "3000"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outside")
    with org(folder / "org", "--people", PEOPLE, "--seed", "3") as connection:
        yield folder, connection


@pytest.fixture(scope="module")
def by_key(simulated):
    """An integration that logs in by key, misused for its own queries and objects; then the answer to it."""
    folder, connection = simulated
    thief = Attacker(connection, "order.sync", "45.66.77.88")
    thief.query("SELECT Id, FirstName, Email, SSN__c FROM Contact WHERE MailingState = 'TX' LIMIT 120")
    thief.query(
        "SELECT Id, Name, Email, Account.Name FROM Contact WHERE Loyalty_Tier__c != null ORDER BY LastName LIMIT 40"
    )
    assert thief.query("SELECT Id, Status, Subject FROM Case", pages=1) > 0
    thief.query("SELECT COUNT() FROM Lead")
    assert (
        thief.bulk("Loyalty_Member__c", "SELECT Id, Contact__c, Email__c FROM Loyalty_Member__c WHERE Points__c > 500")
        > 0
    )
    lead = (
        thief.get("/query", q="SELECT Id FROM Lead LIMIT 1")
        .json()["records"][0]["attributes"]["url"]
        .rpartition("/")[2]
    )
    thief.read("Lead", lead)
    alert = thief.alert(folder / "alert.json", "connected_app", "user")
    requests.post(f"{connection['http_url']}/simulation/flush", timeout=30)
    done = call(
        "respond",
        str(alert),
        "--connection",
        str(folder / "org/connection.json"),
        "--out",
        str(folder / "case"),
        "--json",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return thief, folder / "case", json.loads(done.stdout)


def test_stdout_is_exactly_the_contracts_document(by_key):
    _thief, _case, answer = by_key
    assert set(answer) == {"case_dir", "contained", "people", "records", "states", "clock"}
    assert answer["contained"] is True


def test_every_record_read_is_exposed_and_none_other(by_key):
    thief, case, _answer = by_key
    exposed = pd.read_parquet(case / "exposures.parquet")
    assert set(zip(exposed["object"], exposed["record_id"], strict=True)) == thief.got


def test_the_stolen_credential_is_dead(by_key):
    thief, _case, _answer = by_key
    assert thief.get("/limits").status_code == 401
    refused = thief.login()
    assert refused.status_code == 400
    assert "access_token" not in refused.text


def test_people_and_states_add_up(by_key):
    _thief, case, answer = by_key
    people = pd.read_parquet(case / "people.parquet")
    assert len(people) == answer["people"] == sum(answer["states"].values())
    assert people["person_id"].is_unique


def test_the_sealed_case_verifies_until_one_byte_changes(by_key):
    _thief, case, _answer = by_key
    assert call("evidence", "verify", str(case), "--json").returncode == 0
    report = case / "report.html"
    original = report.read_bytes()
    report.write_bytes(original.replace(b"<h1", b"<H1", 1))
    broken = call("evidence", "verify", str(case), "--json")
    report.write_bytes(original)
    assert broken.returncode == 1
    assert "report.html" in json.loads(broken.stdout)["problem"]


def test_other_integrations_go_on(simulated, by_key):
    _folder, connection = simulated
    other = Attacker(connection, "support.lead", "192.0.2.10")
    assert other.get("/limits").status_code == 200
