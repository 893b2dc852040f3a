"""What no API does goes to people, with link, steps and a check; sign-on sessions go to the identity provider."""

from __future__ import annotations

from types import SimpleNamespace

from leakresponse.core.containment import Policy
from leakresponse.core.errors import Unavailable
from tasks import containment_outside

DRIFT = ("connected_app", "Drift")
SIGN_ON = Policy(proof_seconds=10, watch_seconds=0, identity_provider=True)


def test_a_task_is_in_the_record_once_with_steps_and_a_check(org, scene):
    made = scene(DRIFT)
    plan = made.plan()
    containment_outside.hand_to_people(made.cutter, plan.actions)
    (task,) = containment_outside.hand_to_people(made.cutter, plan.actions)
    assert (task["target"], bool(task["steps"]), bool(task["check"])) == ("block:Drift", True, True)
    assert len(made.notes("human_task")) == 1


def test_the_org_shows_whether_a_block_was_set(org, scene):
    made = scene(DRIFT)
    tasks = containment_outside.hand_to_people(made.cutter, made.plan().actions)
    (checked,) = containment_outside.check_people(made.cutter, tasks)
    assert checked["done"] is False
    assert "no block" in checked["seen"]


def sign_on(monkeypatch, made, answer):
    told = []

    def end_sessions(case_id, username):
        told.append(username)
        if isinstance(answer, Exception):
            raise answer
        return answer

    made.cutter.identity_provider = "idp"
    monkeypatch.setattr(
        containment_outside, "load_block", lambda kind, name: SimpleNamespace(end_sessions=end_sessions)
    )
    return told


def test_each_users_sign_on_sessions_are_ended_once(org, scene, monkeypatch):
    name = org.integration("order.sync")["username"]
    made = scene(("user", name), policy=SIGN_ON)
    told = sign_on(monkeypatch, made, 200)
    actions = made.plan().actions
    first = containment_outside.end_idp_sessions(made.cutter, actions)
    containment_outside.end_idp_sessions(made.cutter, actions)
    assert set(first.values()) == {"ended"}
    assert told == [name]


def test_a_provider_that_fails_is_said_and_stops_nothing(org, scene, monkeypatch):
    made = scene(("user", org.integration("order.sync")["username"]), policy=SIGN_ON)
    sign_on(monkeypatch, made, Unavailable("busy"))
    assert set(containment_outside.end_idp_sessions(made.cutter, made.plan().actions).values()) == {"Unavailable"}
