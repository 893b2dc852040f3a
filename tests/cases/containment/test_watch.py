"""Quiet since: the attack's users and apps, and nobody else's."""

from __future__ import annotations

import threading

from leakresponse.core.containment import Policy
from tasks.containment_watch import begin_watch

DRIFT = ("connected_app", "Drift")
WATCHED = Policy(proof_seconds=25, watch_seconds=1.5)


def test_a_login_of_the_apps_user_is_seen_and_others_are_not(org, scene):
    made = scene(DRIFT)
    made.plan()
    watch = begin_watch(made.cutter)
    org.client("order.sync")
    assert watch.activity() == 0
    org.client("drift.nightly")
    assert watch.activity() > 0


def test_what_was_known_when_the_watch_began_is_no_news(org, scene):
    made = scene(DRIFT)
    org.client("drift.nightly")
    made.plan()
    assert begin_watch(made.cutter).activity() == 0


def test_a_refused_attempt_is_not_activity(org, scene):
    made = scene(DRIFT)
    made.cut()
    watch = begin_watch(made.cutter)
    assert org.key_login(org.integration("drift.nightly")).status_code == 400
    assert watch.activity() == 0


def test_what_moves_during_the_watch_is_cut_and_the_watch_begins_again(org, scene):
    facts = org.integration("order.sync")
    made = scene(("user", facts["username"]), policy=WATCHED)
    made.cut()

    def come_back():
        with org.world.store.write() as db:
            db.execute("UPDATE UserLogin SET IsFrozen = 0")
        org.key_login(facts)

    timer = threading.Timer(1.2, come_back)
    timer.start()
    verdict = made.prove()
    timer.join()
    assert verdict.contained, verdict.open
    assert verdict.quiet_since
    assert {"LoginHistory", "OauthToken", "AuthSession"} <= set(verdict.watched)
    assert org.key_login(facts).status_code == 400
