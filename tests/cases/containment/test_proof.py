"""Contained is said with proof, and only then."""

from __future__ import annotations

import pytest

from leakresponse.core.containment import Policy
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Client

DRIFT = ("connected_app", "Drift")
both_readings = pytest.mark.parametrize("org", ["attacker", "lenient"], indirect=True)
SHORT = Policy(proof_seconds=2, watch_seconds=0)


@both_readings
def test_every_way_in_of_an_app_is_dead(org, scene):
    thief = org.client("drift.integration")
    keyed = org.client("drift.nightly")
    verdict = scene(DRIFT).contain()
    assert verdict.contained, verdict.open
    assert all(row["dead"] for row in verdict.rows)
    assert thief.call("GET", "/limits").status_code == 401
    assert keyed.call("GET", "/limits").status_code == 401
    assert org.refresh_login(org.integration("drift.integration")).status_code == 400
    assert org.key_login(org.integration("drift.nightly")).json()["error"] == "invalid_app_access"


def test_other_apps_go_on(org, scene):
    other = org.client("order.sync")
    assert scene(DRIFT).contain().contained
    assert other.call("GET", "/limits").status_code == 200


def test_a_user_named_by_the_alert_is_out(org, scene):
    facts = org.integration("drift.integration")
    user = org.client("drift.integration")
    assert scene(("user", facts["username"])).contain().contained
    assert user.call("GET", "/limits").status_code == 401
    assert org.refresh_login(facts).status_code == 400


@pytest.mark.parametrize(("path", "method"), [
    ("*/sobjects/AuthSession/*", "DELETE"),
    ("*/sobjects/SetupEntityAccess/*", "DELETE"),
    ("/services/oauth2/revoke", "POST"),
])  # fmt: skip
def test_one_way_that_the_org_keeps_alive_is_enough_to_say_no(org, scene, path, method):
    org.client("drift.nightly")
    made = scene(DRIFT, policy=SHORT)
    keep_alive(org, path, method)
    verdict = made.contain()
    assert not verdict.contained
    assert verdict.open
    assert not verdict.quiet_since


def test_a_frozen_user_who_is_not_frozen_is_not_contained(org, scene):
    made = scene(("user", org.integration("order.sync")["username"]), policy=SHORT)
    keep_alive(org, "*/sobjects/UserLogin/*", "PATCH")
    verdict = made.contain()
    assert any(key.startswith("login:") for key in verdict.open)
    assert not verdict.contained


def test_a_revoke_that_reaches_the_servers_late_is_waited_out(org, scene):
    org.client("drift.integration")
    made = scene(DRIFT)
    order(org, {"fault": {"kind": "late_revoke", "seconds": 1.5}})
    assert made.contain().contained


def test_without_the_canary_a_key_session_is_not_contained(org, scene, monkeypatch):
    org.client("drift.nightly")
    monkeypatch.setattr("tasks.containment.release", lambda cutter, plan: None)
    monkeypatch.setattr("tasks.containment_proof.release", lambda cutter, plan: None)
    verdict = scene(DRIFT, policy=SHORT).contain()
    assert not verdict.contained
    assert any("delete_session:jwt was not seen" in row["proof"] for row in verdict.rows)


def test_the_canary_proves_that_key_sessions_end_and_is_in_the_record(org, scene):
    org.client("drift.nightly")
    made = scene(DRIFT)
    assert made.contain().contained
    assert len(made.notes("key_session_ended")) == 1


def test_a_login_after_the_cut_is_cut_too(org, scene):
    facts = org.integration("order.sync")
    made = scene(("user", facts["username"]))
    made.cut()
    with org.world.store.write() as db:
        db.execute("UPDATE UserLogin SET IsFrozen = 0")
    late = Client(org.url, str(org.key_login(facts).json()["access_token"]))
    assert late.call("GET", "/limits").status_code == 200
    assert made.prove().contained
    assert late.call("GET", "/limits").status_code == 401


def test_nothing_that_answers_to_the_alert_is_never_contained(org, scene):
    verdict = scene(("connected_app", "Unheard of"), policy=SHORT).contain()
    assert not verdict.contained
    assert "principal" in verdict.open


def test_an_org_that_cannot_be_read_claims_nothing(org, scene):
    made = scene(DRIFT, policy=SHORT)
    made.cut()
    order(org, {"match": {"path": "*/query*", "in_a_row": 100000}, "fault": "503"})
    assert not made.prove().contained


def test_contained_again_after_a_thaw_freezes_again(org, scene):
    name = org.integration("order.sync")["username"]
    assert scene(("user", name)).contain().contained
    with org.world.store.write() as db:
        db.execute("UPDATE UserLogin SET IsFrozen = 0")
    assert scene(("user", name)).contain().contained
    assert is_frozen(org, name)


def test_a_principal_that_is_not_found_beside_one_that_is_makes_contained_impossible(org, scene):
    verdict = scene(DRIFT, ("user", "nobody@nowhere.example"), policy=SHORT).contain()
    assert not verdict.contained
    assert verdict.open == ("principal",)


def test_gone_on_with_after_a_crash_what_was_cut_is_proven_again(org, scene):
    org.client("drift.nightly")
    scene(DRIFT).cut()
    verdict = scene(DRIFT).contain()
    assert verdict.contained, verdict.open
    assert {"revoke_token", "delete_session", "remove_grant"} <= {row["kind"] for row in verdict.rows}


def is_frozen(org, username):
    sql = 'SELECT IsFrozen FROM UserLogin l JOIN "User" u ON u.Id = l.UserId WHERE Username = ?'
    return bool(org.world.store.one(sql, username)["IsFrozen"])
