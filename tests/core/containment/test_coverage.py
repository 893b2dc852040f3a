"""The word contained: on which cuts it may rest, and when the plan itself already says that it cannot be said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leakresponse.core.containment import FACTS, KEY_SESSION, GuestRow, Protection, Trial, plan_containment
from tests.support.containment import NOBODY, alert, session, snapshot, token, user

DRIFT = alert(("connected_app", "Drift"))
USER = alert(("user", "ann@x.example"))
KEY_BORN = snapshot(apps=("Drift",), sessions=(session("s", app="Drift", login_subtype=""),), tokens=(token("t"),))


@pytest.mark.parametrize("kind", [kind for kind, fact in FACTS.items() if fact.rating in {"X", "1", "0"}])
def test_nothing_rests_on_a_fact_that_is_disputed_or_has_one_source(kind):
    assert not FACTS[kind].counts


def test_a_session_that_may_be_born_of_a_key_counts_only_once_this_org_has_shown_it():
    assert ("session:s", f"its cut counts only once this org has shown {KEY_SESSION}") in plan_containment(
        DRIFT, KEY_BORN, NOBODY
    ).uncovered
    assert not plan_containment(DRIFT, KEY_BORN, NOBODY, trial=Trial().with_proven(KEY_SESSION, "today")).uncovered


def test_such_a_session_is_not_covered_where_the_org_showed_that_it_goes_on():
    plan = plan_containment(DRIFT, KEY_BORN, NOBODY, trial=Trial(failed=frozenset({KEY_SESSION})))
    assert "session:s" in dict(plan.uncovered)


def test_a_session_born_of_a_refresh_token_needs_no_such_thing():
    snap = replace(KEY_BORN, sessions=(session("s", app="Drift"),))
    assert not plan_containment(DRIFT, snap, NOBODY).uncovered


def test_a_kind_that_failed_its_trial_covers_nothing():
    plan = plan_containment(DRIFT, snapshot(apps=("Drift",), tokens=(token("t"),)), NOBODY,
                            trial=Trial(failed=frozenset({"revoke_token"})))  # fmt: skip
    assert "token:t" in dict(plan.uncovered)


def test_client_credentials_are_covered_by_freezing_the_user_they_run_as():
    snap = snapshot(apps=("Drift",), sessions=(session("s", "u5", "Drift", login_subtype="OauthClientCredentials"),))
    assert "credentials:Drift:u5" in dict(plan_containment(DRIFT, snap, NOBODY).uncovered)
    known = replace(snap, users=(user("u5", "run@x.example", run_as=True),))
    plan = plan_containment(DRIFT, known, NOBODY)
    assert not plan.uncovered
    assert [a.target for a in plan.actions if a.kind == "freeze_user"] == ["l-u5"]
    assert not [a for a in plan.actions if a.kind in {"expire_password", "deactivate_user"}]


def test_a_guest_whose_rights_nobody_could_read_is_not_covered():
    snap = snapshot(users=(user("g", "guest@x.example", user_type="Guest", profile_id="00e1"),))
    plan = plan_containment(alert(("user", "guest@x.example")), snap, NOBODY)
    assert "guest:00e1" in dict(plan.uncovered)


def test_a_restricted_guest_is_no_way_in_any_more():
    guest = user("g", "guest@x.example", user_type="Guest", profile_id="00e1")
    snap = snapshot(users=(guest,), guests=(GuestRow("g", "00e1", "Site", ()),))
    assert not plan_containment(alert(("user", "guest@x.example")), snap, NOBODY).paths


@pytest.mark.parametrize("principal", [("user", "nobody@x.example"), ("connected_app", "Unheard of"), ("session", "x")])
def test_a_principal_that_nothing_answers_to_makes_contained_impossible(principal):
    assert "principal" in dict(plan_containment(alert(principal), snapshot(), NOBODY).uncovered)


def test_what_could_not_be_read_and_may_hide_a_way_in_is_not_covered():
    snap = snapshot(users=(user(),), unresolved=("tokens: 40 rows beyond the cap", "jobs: not read in time"))
    plan = plan_containment(USER, snap, NOBODY)
    assert dict(plan.uncovered) == {"tokens": "40 rows beyond the cap"}
    assert len(plan.unresolved) == 2


def test_a_way_in_through_what_is_ours_is_left_and_shouted_about():
    ours = Protection(frozenset({"u1"}), frozenset(), frozenset())
    plan = plan_containment(DRIFT, snapshot(apps=("Drift",), tokens=(token("t"),)), ours)
    assert ("t", "protected user") in plan.spared
    assert dict(plan.uncovered)["token:t"] == "protected user"
    assert ("human_task", "spared:token:t") in {(a.kind, a.target) for a in plan.actions}


def test_the_parent_of_our_own_session_is_not_ended():
    family = (session("root", "u1", address="203.0.113.9"), session("own", "me", is_current=True, parent_id="root"))
    plan = plan_containment(alert(("address", "203.0.113.9")), snapshot(sessions=family), NOBODY)
    assert ("root", "a protected session would end with it") in plan.spared


def test_the_app_that_we_come_through_is_not_cut():
    snap = snapshot(apps=("Responder",), tokens=(token("t", "Responder", "u2"),),
                    sessions=(session("own", "me", "Responder", is_current=True),))  # fmt: skip
    plan = plan_containment(alert(("connected_app", "Responder")), snap, NOBODY)
    assert not [a for a in plan.actions if a.kind != "human_task"]
    assert "token:t" in dict(plan.uncovered)
