"""The dry run shows the plan and changes nothing."""

from __future__ import annotations

import hashlib

from tasks import containment

#: What any login leaves behind, whoever logs in: the session and its history, usage counters, and the org's logs.
OWN_TRACES = (
    "AuthSession",
    "LoginHistory",
    "sim_access",
    "sim_log",
    "sim_volume",
    "LoginEvent",
    "ApiEvent",
    "sim_cursor",
)


def store_hash(org) -> str:
    """A hash of every row of every table but those where our own login and reading show."""
    reader, digest = org.world.store.connect(), hashlib.sha256()
    tables = [row[0] for row in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    own = org.facts["username"]
    for table in tables:
        if table in OWN_TRACES:
            continue
        for row in sorted(map(repr, reader.execute(f'SELECT * FROM "{table}"'))):
            if own not in row:
                digest.update(f"{table}{row}".encode())
    reader.close()
    return digest.hexdigest()


def others(org) -> set[str]:
    """Sessions of everybody but us."""
    own = org.world.store.one('SELECT Id FROM "User" WHERE Username = ?', org.facts["username"])["Id"]
    return {row["Id"] for row in org.world.store.all("SELECT Id FROM AuthSession WHERE UsersId != ?", own)}


def test_nothing_changes_in_the_org(org, scene):
    thief = org.client("drift.integration")
    made = scene(("connected_app", "Drift"))
    made.cutter.client.call("GET", "/limits")
    before, sessions = store_hash(org), others(org)
    plan = made.plan()
    assert plan.actions
    assert store_hash(org) == before
    assert others(org) == sessions
    assert thief.call("GET", "/limits").status_code == 200


def test_a_real_run_does_change_it(org, scene):
    made = scene(("connected_app", "Drift"))
    made.cutter.client.call("GET", "/limits")
    before = store_hash(org)
    made.cut()
    assert store_hash(org) != before


def test_the_plan_is_in_the_record_as_a_dry_run_and_no_cut_is(org, scene):
    made = scene(("connected_app", "Drift"))
    made.plan()
    assert len(made.notes("containment_dry_run")) == 1
    assert not made.cutter.ledger.actions(made.cutter.case_id)


def test_what_is_shown_names_no_user_and_no_secret(org, scene):
    made = scene(("user", org.integration("drift.integration")["username"]))
    assert made.plan().actions
    text = repr(containment.shown_plan(made.cutter))
    assert "@" not in text
    assert not any(secret.reveal() in text for secret in made.cutter.hands.secrets.values())
