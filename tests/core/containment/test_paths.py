"""Each way in gets a cut of its own kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leakresponse.core.containment import (
    AppRow,
    EcaUsageRow,
    FactorRow,
    GrantRow,
    GuestRow,
    JobRow,
    LoginRangeRow,
    NamedCredentialRow,
    PermissionRow,
    Policy,
    ScheduleRow,
    Trial,
    plan_containment,
)
from tests.support.containment import BEFORE, DURING, NOBODY, alert, session, snapshot, token, user

USER = alert(("user", "ann@x.example"))
DRIFT = alert(("connected_app", "Drift"))


def planned(snap, given=USER, policy=None, trial=None, protection=NOBODY):
    return {(a.kind, a.target): a for a in plan_containment(given, snap, protection, policy, trial).actions}


def test_a_token_nobody_installed_is_revoked_and_said_to_be_one():
    found = planned(snapshot(apps=("Drift",), tokens=(token("t", installed=False),)), DRIFT)
    assert "nobody installed" in found["revoke_token", "t"].reason


def test_an_external_client_app_is_cut_by_its_usage_and_switched_off():
    snap = snapshot(
        apps=("Portal",),
        app_rows=(AppRow("0xI1", "Portal", "eca", "Portal_ECA"),),
        eca_usages=(EcaUsageRow("0xI1", "Portal", "u9", 3, DURING),),
    )
    found = planned(snap, alert(("connected_app", "Portal")))
    assert found["revoke_eca_usage", "0xI1:u9"].counts
    assert not found["disable_eca", "Portal_ECA"].counts


def test_a_block_is_planned_only_where_the_trial_proved_it():
    snap = snapshot(apps=("Drift",), app_rows=(AppRow("0H4", "Drift", key_handle="k"),), tokens=(token("t"),))
    assert ("block_app", "k") not in planned(snap, DRIFT)
    proven = planned(snap, DRIFT, trial=Trial({"block_app": "2026-11-01"}))
    assert proven["block_app", "k"].counts
    assert proven["block_app", "k"].certainty == "proven"


def test_without_a_proven_block_a_person_is_asked_to_block_the_app():
    task = planned(snapshot(apps=("Drift",), tokens=(token("t"),)), DRIFT)["human_task", "block:Drift"]
    assert task.task.steps
    assert task.task.check
    assert not task.counts


def test_parents_and_children_of_a_named_session_go_with_it():
    family = (session("root"), session("mid", parent_id="root"), session("leaf", parent_id="mid"), session("other"))
    found = planned(snapshot(sessions=family), alert(("session", "mid")))
    assert {t for k, t in found if k == "delete_session"} == {"root", "mid", "leaf"}


def test_a_browser_is_not_an_app_to_cut_for_everybody():
    snap = snapshot(
        apps=("Browser",),
        sessions=(session("s1", app="Browser", session_type="UI"), session("s2", "u2", "Browser", session_type="UI")),
        users=(user(),),
    )
    assert {t for k, t in planned(snap) if k == "delete_session"} == {"s1"}


def test_factors_of_the_attacks_days_are_removed_and_older_ones_stay():
    snap = snapshot(
        users=(user(),), factors=(FactorRow("new", "u1", "totp", DURING), FactorRow("old", "u1", "", BEFORE))
    )
    assert {t for k, t in planned(snap) if k == "remove_factor"} == {"new"}


def test_a_user_is_frozen_at_once_and_deactivated_only_when_a_person_wants_it():
    found = planned(snapshot(users=(user(),)))
    assert found["freeze_user", "l-u1"].counts
    assert not found["freeze_user", "l-u1"].approval
    assert found["deactivate_user", "u1"].approval
    assert not found["deactivate_user", "u1"].counts


def test_a_new_password_never_counts():
    assert not planned(snapshot(users=(user(),)))["expire_password", "u1"].counts


def test_a_guest_is_restricted_and_never_frozen():
    guest = GuestRow("g", "00e1", "Site Profile", (("Case", "read"),))
    found = planned(snapshot(users=(user("g", "guest@x.example", user_type="Guest"),), guests=(guest,)),
                    alert(("user", "guest@x.example")))  # fmt: skip
    assert found["restrict_guest", "00e1"].counts
    assert dict(found["restrict_guest", "00e1"].inverse) == {"Case": "read"}
    assert not any(kind == "freeze_user" for kind, _ in found)


def test_the_identity_providers_session_is_ended_or_a_person_is_asked():
    snap = snapshot(users=(user(),))
    assert ("human_task", "idp:u1") in planned(snap)
    assert ("end_idp_session", "u1") in planned(snap, policy=Policy(identity_provider=True))


def test_jobs_of_both_bulk_apis_are_aborted():
    jobs = (JobRow("750A", "u1", "InProgress"), JobRow("750B", "u1", "Open", "v1"), JobRow("750C", "u2", "Open"))
    found = planned(snapshot(users=(user(),), jobs=jobs))
    assert {t for k, t in found if k == "abort_job"} == {"750A", "v1:750B"}


def test_a_job_of_a_user_who_only_comes_through_the_app_is_the_apps():
    snap = snapshot(apps=("Drift",), tokens=(token("t", user="u7"), token("o", "Sync", "u8"), token("p", user="u8")),
                    jobs=(JobRow("A", "u7", "Open"), JobRow("B", "u8", "Open")))  # fmt: skip
    assert {t for k, t in planned(snap, DRIFT) if k == "abort_job"} == {"A"}


def test_of_a_user_who_is_not_named_only_schedules_of_the_attacks_days_are_taken_away():
    rows = (ScheduleRow("new", "u1", "Report", created=DURING), ScheduleRow("old", "u1", "Report", created=BEFORE))
    found = planned(snapshot(users=(user(),), schedules=rows), DRIFT)
    assert {t for k, t in found if k == "unschedule"} == {"new"}


def test_whatever_mails_on_for_a_named_user_is_paused_however_old():
    rows = (ScheduleRow("0Au1", "u1", "Report", created=BEFORE), ScheduleRow("08e1", "u1", "7", created=BEFORE))
    found = planned(snapshot(users=(user(),), schedules=rows))
    assert {t for k, t in found if k in {"unschedule", "human_task"} and "schedule" in k + t} == {"0Au1"}


def test_a_scheduled_job_is_a_persons_work_and_stays_open_until_it_is_done() -> None:
    rows = (ScheduleRow("08e000000000001", "u1", "7", created=DURING),)
    made = planned(snapshot(users=(user(),), schedules=rows))
    assert ("human_task", "schedule:08e000000000001") in made
    assert not any(kind == "unschedule" for kind, _ in made)


def test_a_permission_gained_in_the_attack_is_stripped_by_its_assignment():
    rows = (PermissionRow("u1", "PermissionsViewAllData", "0PS1", "0Pa1", since=DURING),
            PermissionRow("u1", "PermissionsExportReport", "0PS2", "0Pa2", since=BEFORE))  # fmt: skip
    found = planned(snapshot(users=(user(),), permissions=rows))
    action = found["strip_permission", "assignment:0Pa1"]
    assert dict(action.inverse) == {"AssigneeId": "u1", "PermissionSetId": "0PS1"}
    assert ("strip_permission", "assignment:0Pa2") not in found


def test_a_way_out_that_the_attacker_changed_is_closed_after_approval():
    rows = (
        NamedCredentialRow("0XA1", "Out", True, "u1", DURING),
        NamedCredentialRow("0XA2", "Old", True, "u1", BEFORE),
    )
    found = planned(snapshot(users=(user(),), named_credentials=rows))
    assert found["close_named_credential", "0XA1"].approval
    assert ("close_named_credential", "0XA2") not in found


def test_login_ranges_come_from_the_policy_alone():
    snap = snapshot(users=(user(),), login_ranges=(LoginRangeRow("00e1", "Sales", (), 12),))
    assert not any(kind == "add_login_ranges" for kind, _ in planned(snap))
    found = planned(snap, policy=Policy(networks=("203.0.113.0-203.0.113.255",)))
    assert found["add_login_ranges", "00e1:203.0.113.0-203.0.113.255"].approval


@pytest.mark.parametrize(("level", "confidence", "asks"), [
    ("approval", "confirmed", True), ("confirmed", "confirmed", False), ("confirmed", "suspected", True),
    ("suspected", "suspected", False),
])  # fmt: skip
def test_levels_say_when_a_person_has_to_want_it(level, confidence, asks):
    policy = Policy(levels={"freeze_user": level})
    given = alert(("user", "ann@x.example"), confidence=confidence)
    assert planned(snapshot(users=(user(),)), given, policy)["freeze_user", "l-u1"].approval is asks


def test_the_blast_says_who_feels_it_and_whose_business_it_is():
    snap = snapshot(apps=("Drift",), tokens=(token("t"),), grants=(GrantRow("g", "p", "a", "Drift", 40),))
    found = planned(snap, DRIFT, Policy(owners={"Drift": "Marketing"}))
    assert found["remove_grant", "g"].blast.users == 40
    assert found["revoke_token", "t"].blast.last_used == DURING
    assert found["revoke_token", "t"].blast.owner == "Marketing"


def test_a_user_named_beside_the_app_loses_its_tokens_of_every_app():
    snap = snapshot(
        apps=("Drift",), users=(user(),), tokens=(token("t"), token("other", "Sync"), token("s", "Sync", "u2"))
    )
    found = planned(snap, alert(("connected_app", "Drift"), ("user", "ann@x.example")))
    assert {t for k, t in found if k == "revoke_token"} == {"t", "other"}


def test_a_user_found_by_address_beside_the_app_keeps_its_other_apps():
    snap = snapshot(apps=("Drift",), users=(user(),), tokens=(token("t"), token("other", "Sync")))
    found = planned(snap, alert(("connected_app", "Drift"), ("address", "198.51.100.1")))
    assert {t for k, t in found if k == "revoke_token"} == {"t"}


def test_idle_unused_and_uninstalled_authorisations_are_listed_and_the_apps_own_removed():
    tokens = (token("fresh", "Sync"), token("idle", "Sync", last_used=BEFORE), token("never", "Sync", use_count=0),
              token("self", "My Tool", installed=False), token("own", last_used=BEFORE))  # fmt: skip
    plan = plan_containment(DRIFT, snapshot(apps=("Drift",), tokens=tokens), NOBODY)
    assert {one.handle: one.removed for one in plan.leftovers} == {
        "idle": False, "never": False, "self": False, "own": True
    }  # fmt: skip
    assert ("revoke_token", "own") in {(a.kind, a.target) for a in plan.actions}


@pytest.mark.parametrize("facts", [{"past_blocks": ("u1",)}, {"unresolved": ("past_blocks: not read in time",)}])
def test_a_block_closes_nothing_of_whoever_passes_blocks(facts):
    snap = snapshot(apps=("Drift",), app_rows=(AppRow("0H4", "Drift", key_handle="k"),), tokens=(token("t"),))
    trial = Trial({"block_app": "2026-11-01"})
    cuts = {p.key: p.cuts for p in plan_containment(DRIFT, snap, NOBODY, trial=trial).paths}
    held = {p.key: p.cuts for p in plan_containment(DRIFT, replace(snap, **facts), NOBODY, trial=trial).paths}
    assert ("block_app", "k") in cuts["token:t"]
    assert ("block_app", "k") not in held["token:t"]


def test_a_block_of_one_of_two_apps_of_one_name_closes_nothing():
    twins = (AppRow("0H4", "Drift", key_handle="k"), AppRow("0H5", "Drift", key_handle="other"))
    snap = snapshot(apps=("Drift",), app_rows=twins, tokens=(token("t"),))
    plan = plan_containment(DRIFT, snap, NOBODY, trial=Trial({"block_app": "2026-11-01"}))
    assert {a.target for a in plan.actions if a.kind == "block_app"} == {"k", "other"}
    assert [p.cuts for p in plan.paths] == [(("revoke_token", "t"),)]


def test_a_switch_of_one_of_two_apps_of_one_name_closes_nothing():
    portal = AppRow("0xI1", "Portal", "eca", "Portal_ECA")
    snap = snapshot(apps=("Portal",), app_rows=(portal,), tokens=(token("t", "Portal"),))
    named, trial = alert(("connected_app", "Portal")), Trial({"disable_eca": "2026-11-01"})
    twins = replace(snap, app_rows=(portal, AppRow("0H4", "Portal")))
    cuts = [plan_containment(named, one, NOBODY, trial=trial).paths[0].cuts for one in (snap, twins)]
    assert cuts == [(("revoke_token", "t"), ("disable_eca", "Portal_ECA")), (("revoke_token", "t"),)]


def test_a_factor_that_no_api_removes_is_for_a_person():
    found = planned(snapshot(users=(user(),), factors=(FactorRow("", "u1", "SecurityKey", ""),)))
    assert found["human_task", "factors:u1"].task.steps
    assert not any(kind == "remove_factor" for kind, _ in found)
