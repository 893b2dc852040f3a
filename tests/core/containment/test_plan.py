"""The plan: what the alert names is cut, what is ours or somebody else's is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from leakresponse.core.containment import (
    AppRow,
    GrantRow,
    JobRow,
    Protection,
    SessionRow,
    Snapshot,
    TokenRow,
    Trial,
    UserRow,
    plan_containment,
)
from leakresponse.core.networks import covers
from leakresponse.core.types import Alert, Principal, Window

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
SNAPSHOT = Snapshot(
    apps=("Drift",),
    tokens=(
        TokenRow("t1", "Drift", "u1", "", 1),
        TokenRow("t2", "Drift", "u2", "", 1),
        TokenRow("t3", "Sync", "u3", "", 1),
    ),
    sessions=(
        SessionRow("s1", "u1", "Drift", "Oauth2", "203.0.113.9", False, ""),
        SessionRow("s2", "u3", "Sync", "Oauth2", "198.51.100.7", False, ""),
        SessionRow("own", "me", "Responder", "Oauth2", "203.0.113.9", True, ""),
    ),
    grants=(GrantRow("g1", "p1", "a1", "Drift"), GrantRow("g2", "p2", "a2", "Sync")),
    users=(UserRow("u1", "drift@x.example", "l1", False),),
    jobs=(JobRow("j1", "u1", "InProgress"), JobRow("j2", "u3", "InProgress")),
)
NOBODY = Protection(frozenset({"me"}), frozenset({"me@x.example"}), frozenset({"Responder"}))


def alert(*principals: tuple[str, str]) -> Alert:
    return Alert("a", "t", MOMENT, "", Window(MOMENT, MOMENT), tuple(Principal(k, v) for k, v in principals))  # type: ignore[arg-type]


def cut(plan) -> set[str]:
    return {action.target for action in plan.actions}


def test_every_token_session_and_grant_of_the_app_is_cut_for_all_users():
    plan = plan_containment(alert(("connected_app", "Drift")), SNAPSHOT, NOBODY)
    assert {"t1", "t2", "s1", "g1"} <= cut(plan)


def test_other_apps_are_left_alone():
    plan = plan_containment(alert(("connected_app", "Drift")), SNAPSHOT, NOBODY)
    assert not cut(plan) & {"t3", "s2", "g2", "j2"}


def test_the_responders_own_session_is_spared_even_from_an_address_in_the_alert():
    plan = plan_containment(alert(("address", "203.0.113.0/24")), SNAPSHOT, NOBODY)
    assert "own" not in cut(plan)
    assert ("own", "the responder's own session") in plan.spared


def test_a_protected_user_is_not_frozen():
    ours = replace(SNAPSHOT, users=(UserRow("me", "me@x.example", "l9", False),))
    plan = plan_containment(alert(("user", "me@x.example")), ours, NOBODY)
    assert "l9" not in cut(plan)


def test_our_own_app_is_spared_by_its_key_where_no_session_tells_its_name():
    ours = Protection(frozenset({"me"}), frozenset(), frozenset(), frozenset({"k9"}))
    named = replace(
        SNAPSHOT,
        apps=("Responder",),
        sessions=(),
        app_rows=(AppRow("a9", "Responder", key_handle="k9"),),
        grants=(GrantRow("g9", "p9", "a9", "Responder"),),
    )
    trial = Trial({"block_app": "2026-11-01"})
    plan = plan_containment(alert(("connected_app", "Responder")), named, ours, trial=trial)
    assert not {"k9", "g9"} & cut(plan)
    assert {("k9", "protected app"), ("g9", "protected app")} <= set(plan.spared)


def test_tokens_go_before_users_are_frozen():
    kinds = [a.kind for a in plan_containment(alert(("user", "drift@x.example")), SNAPSHOT, NOBODY).actions]
    assert kinds.index("revoke_token") < kinds.index("freeze_user") < kinds.index("abort_job")


def test_a_grant_knows_how_to_be_given_back():
    plan = plan_containment(alert(("connected_app", "Drift")), SNAPSHOT, NOBODY)
    grant = next(a for a in plan.actions if a.kind == "remove_grant")
    assert dict(grant.inverse) == {"ParentId": "p1", "SetupEntityId": "a1"}


def test_a_user_alone_loses_all_its_tokens_whatever_the_app():
    nameless = replace(SNAPSHOT, apps=())
    plan = plan_containment(alert(("user", "drift@x.example")), nameless, NOBODY)
    assert "t1" in cut(plan)
    assert "t2" not in cut(plan)


def test_unreadable_addresses_never_match():
    assert covers("203.0.113.0/24", "203.0.113.9")
    assert not covers("203.0.113.0/24", "Salesforce.com IP")
    assert not covers("not a network", "203.0.113.9")
