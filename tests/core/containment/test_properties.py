"""What holds for every org and every alert."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leakresponse.core.containment import (
    ORDER,
    AppRow,
    GrantRow,
    JobRow,
    Policy,
    Protection,
    ScheduleRow,
    Snapshot,
    Trial,
    plan_containment,
)
from leakresponse.core.containment.attack import attack_of
from tests.support.containment import BEFORE, DURING, alert, session, token, user

USERS, APPS = ("u1", "u2", "u3", "me"), ("Drift", "Sync", "Tool", "Responder")
ADDRESSES = ("198.51.100.1", "203.0.113.9")
some_user, some_app = st.sampled_from(USERS), st.sampled_from(APPS)
moments = st.sampled_from((BEFORE, DURING, ""))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    ids = range(draw(st.integers(0, 5)))
    sessions = [
        session(
            f"s{n}", draw(some_user), draw(st.sampled_from(("", *APPS))), draw(st.sampled_from(ADDRESSES)),
            parent_id=f"s{draw(st.integers(0, 5))}", login_subtype=draw(st.sampled_from(("", "OauthRefreshToken"))),
        )
        for n in ids
    ]  # fmt: skip
    own = session("own", "me", "Responder", is_current=True, parent_id=draw(st.sampled_from(("own", "s0", "s1"))))
    tokens = [token(f"t{n}", draw(some_app), draw(some_user), last_used=draw(moments)) for n in range(4)]
    return Snapshot(
        apps=tuple(draw(st.sets(some_app, max_size=2))),
        tokens=tuple(tokens),
        sessions=(*sessions, own),
        grants=tuple(GrantRow(f"g{n}", "p", "a", draw(some_app)) for n in range(2)),
        users=tuple(user(u, f"{u}@x.example") for u in draw(st.sets(some_user, max_size=3))),
        jobs=tuple(JobRow(f"j{n}", draw(some_user), "Open") for n in range(2)),
        app_rows=tuple(AppRow(f"a-{name}", name, key_handle=f"k-{name}") for name in APPS),
        schedules=(ScheduleRow("c1", draw(some_user), "Report", created=draw(moments)),),
    )


alerts = st.lists(
    st.one_of(
        st.tuples(st.just("user"), st.sampled_from([f"{u}@x.example" for u in USERS])),
        st.tuples(st.just("connected_app"), some_app),
        st.tuples(st.just("session"), st.sampled_from(("s0", "s1", "own"))),
        st.tuples(st.just("address"), st.sampled_from(ADDRESSES)),
    ),
    min_size=1,
    max_size=3,
).map(lambda found: alert(*found))
trials = st.sampled_from(
    (Trial(), Trial({"block_app": "d", "delete_session:jwt": "d"}), Trial(failed=frozenset({"revoke_token"})))
)
OURS = Protection(
    frozenset({"me"}), frozenset({"u3@x.example"}), frozenset({"Responder"}), key_handles=frozenset({"k-Responder"})
)


@settings(max_examples=300, deadline=None)
@given(alerts, snapshots(), trials)
def test_the_protected_are_never_touched(given_alert, snap, trial):
    plan = plan_containment(given_alert, snap, OURS, Policy(), trial)
    cut = {(a.kind, a.target) for a in plan.actions if a.kind != "human_task"}
    protected = {"me"} | {u.user_id for u in snap.users if u.username == "u3@x.example"}
    assert not {("revoke_token", t.handle) for t in snap.tokens if t.user_id in protected or t.app == "Responder"} & cut
    assert not {("remove_grant", g.grant_id) for g in snap.grants if g.app == "Responder"} & cut
    assert not {("freeze_user", f"l-{u}") for u in protected} & cut
    assert ("block_app", "k-Responder") not in cut
    ended = {t for kind, t in cut if kind == "delete_session"}
    parent_of = {s.session_id: s.parent_id for s in snap.sessions}
    for one in snap.sessions:
        if one.user_id in protected or one.is_current:
            line, at = set(), one.session_id
            while at and at not in line:
                line.add(at)
                at = parent_of.get(at, "")
            assert not line & ended


@settings(max_examples=300, deadline=None)
@given(alerts, snapshots(), trials)
def test_every_live_way_in_has_a_cut_that_counts_or_is_said_to_be_open(given_alert, snap, trial):
    plan = plan_containment(given_alert, snap, OURS, Policy(), trial)
    attack = attack_of(given_alert, snap)
    counting = {(a.kind, a.target) for a in plan.actions if a.counts}
    blocked = {a.name for a in snap.app_rows if ("block_app", a.key_handle) in counting}
    open_ways = dict(plan.uncovered)
    for one in snap.tokens:
        if one.app in attack.apps or one.user_id in attack.named_users:
            known = ("revoke_token", one.handle) in counting or one.app in blocked
            assert known or f"token:{one.handle}" in open_ways
    for one in snap.sessions:
        if attack.session_reason(one) and not one.is_current:
            known = ("delete_session", one.session_id) in counting or one.app in blocked
            assert known or f"session:{one.session_id}" in open_ways
    for one in snap.grants:
        if one.app in attack.apps:
            known = ("remove_grant", one.grant_id) in counting or one.app in blocked
            assert known or f"grant:{one.grant_id}" in open_ways
    for one in snap.users:
        assert ("freeze_user", one.login_id) in counting or f"login:{one.user_id}" in open_ways


@settings(max_examples=100, deadline=None)
@given(alerts, snapshots(), trials)
def test_a_plan_is_ordered_has_no_cut_twice_and_is_the_same_every_time(given_alert, snap, trial):
    plan = plan_containment(given_alert, snap, OURS, Policy(), trial)
    ranks = [ORDER.index(a.kind) for a in plan.actions]
    assert ranks == sorted(ranks)
    assert len({(a.kind, a.target) for a in plan.actions}) == len(plan.actions)
    assert plan == plan_containment(given_alert, snap, OURS, Policy(), trial)


@settings(max_examples=100, deadline=None)
@given(alerts, snapshots())
def test_what_is_not_the_alerts_is_left_alone(given_alert, snap):
    plan = plan_containment(given_alert, snap, OURS)
    attack = attack_of(given_alert, snap)
    cut = {(a.kind, a.target) for a in plan.actions}
    for one in snap.tokens:
        if one.app not in attack.apps and one.user_id not in attack.users:
            assert ("revoke_token", one.handle) not in cut
    for one in snap.sessions:
        if not attack.session_reason(one):
            assert ("delete_session", one.session_id) not in cut
