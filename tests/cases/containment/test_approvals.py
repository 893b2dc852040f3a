"""What a person has to want does not hold up the rest."""

from __future__ import annotations

import threading

from leakresponse.core.containment import Policy
from tasks.casework import subject_hash

DRIFT = ("connected_app", "Drift")
FREEZE = Policy(levels={"freeze_user": "approval"}, proof_seconds=5, watch_seconds=0)


def not_yet(scene):
    """Asks, and nobody answers."""
    return lambda subject, seen: subject_hash(seen)


def kinds_done(made):
    return {a.kind for a in made.cutter.ledger.actions(made.cutter.case_id) if a.state == "done"}


def test_the_others_go_ahead_while_one_waits(org, scene):
    org.client("order.sync")
    made = scene(("user", org.integration("order.sync")["username"]), policy=FREEZE)
    made.cut(not_yet(made))
    assert "delete_session" in kinds_done(made)
    assert "freeze_user" not in kinds_done(made)


def test_a_way_in_that_nobody_approved_is_not_contained(org, scene):
    made = scene(("user", org.integration("order.sync")["username"]), policy=FREEZE)
    made.cut(not_yet(made))
    verdict = made.prove()
    assert not verdict.contained
    assert verdict.open


def test_an_approval_that_comes_later_is_carried_out_and_proven(org, scene):
    made = scene(("user", org.integration("order.sync")["username"]), policy=FREEZE, approval_wait=30)
    asked = {}
    made.cut(lambda subject, seen: asked.setdefault(subject, subject_hash(seen)))

    def approve():
        for subject, digest in asked.items():
            made.cutter.ledger.approve(made.cutter.case_id, subject, digest, "a person", "yes")

    timer = threading.Timer(1.0, approve)
    timer.start()
    verdict = made.prove()
    timer.join()
    assert verdict.contained, verdict.open
    assert "freeze_user" in kinds_done(made)


def test_a_policy_does_not_deactivate_users_by_itself(org, scene):
    made = scene(("user", org.integration("order.sync")["username"]))
    made.cut()
    assert "freeze_user" in kinds_done(made)
    assert "deactivate_user" not in kinds_done(made)


def test_on_suspicion_only_what_the_policy_lets_go_ahead_is_cut(org, scene):
    org.client("drift.integration")
    made = scene(DRIFT, confidence="suspected")
    made.cut(not_yet(made))
    assert kinds_done(made) == {"delete_session"}


def test_what_was_queued_is_carried_out_when_the_case_is_contained_again_after_a_yes(org, scene):
    name = org.integration("order.sync")["username"]
    org.client("order.sync")
    first, asked = scene(("user", name)), {}
    first.cut(lambda subject, seen: asked.setdefault(subject, subject_hash(seen)))
    assert "deactivate_user" not in kinds_done(first)
    digest = asked["contain: deactivate user"]
    first.cutter.ledger.approve(first.cutter.case_id, "contain: deactivate user", digest, "a person", "yes")
    again = scene(("user", name))
    again.cut(not_yet(again))
    assert "deactivate_user" in kinds_done(again)
