"""What could be cut, before anybody asks whether it may be: apps, sessions and users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from leakresponse.core.containment.attack import CREDENTIALS, NOT_BY_KEY, Attack
from leakresponse.core.containment.policy import KEY_SESSION
from leakresponse.core.containment.rows import AppRow, SessionRow, Snapshot, UserRow
from leakresponse.core.containment.types import NOBODY, ActionKind, Blast, HumanTask


@dataclass(frozen=True, slots=True)
class Proposal:
    """One cut that applies, whom it touches, and the keys of the live ways in that it closes.

    `asks` is true where a person has to want it whatever the policy says; `rests_on` as in `Path`.
    """

    kind: ActionKind
    target: str
    reason: str
    user_id: str = ""
    app: str = ""
    session_id: str = ""
    closes: tuple[str, ...] = ()
    inverse: tuple[tuple[str, str], ...] = ()
    blast: Blast = NOBODY
    asks: bool = False
    rests_on: str = ""
    task: HumanTask | None = None


def propose_tokens(attack: Attack, snapshot: Snapshot) -> Iterator[Proposal]:
    """Every OauthToken row of the app for all its users, and every one of a user whom the alert names."""
    for token in snapshot.tokens:
        if attack.has_token(token):
            kind = "token" if token.installed else "token of an app that nobody installed,"
            yield Proposal(
                "revoke_token", token.handle, f"{kind} of {token.app}", token.user_id, token.app,
                closes=(f"token:{token.handle}",), blast=Blast(1, 1, token.last_used),
            )  # fmt: skip
    for usage in snapshot.eca_usages:
        if usage.app in attack.apps or usage.user_id in attack.named_users:
            target = f"{usage.app_id}:{usage.user_id}"
            yield Proposal(
                "revoke_eca_usage", target, f"use of the external client app {usage.app}", usage.user_id, usage.app,
                closes=(f"usage:{target}",), blast=Blast(1, 1, usage.last_used),
            )  # fmt: skip


def propose_apps(attack: Attack, snapshot: Snapshot) -> Iterator[Proposal]:
    """Grants, so that a key does not log in again; the app itself, blocked or switched off."""
    for grant in snapshot.grants:
        if grant.app in attack.apps:
            inverse = (("ParentId", grant.permission_set_id), ("SetupEntityId", grant.app_id))
            yield Proposal(
                "remove_grant", grant.grant_id, f"permission set access to {grant.app}", app=grant.app,
                closes=(f"grant:{grant.grant_id}",), inverse=inverse, blast=Blast(grant.users, 1),
            )  # fmt: skip
    for app in snapshot.app_rows:
        if app.name in attack.apps:
            yield from _whole_app(app, attack, snapshot)


def _whole_app(app: AppRow, attack: Attack, snapshot: Snapshot) -> Iterator[Proposal]:
    """The app itself. Of two apps of one name nothing tells whose way in is whose, so no cut of one closes any."""
    alone = sum(row.name == app.name for row in snapshot.app_rows) == 1
    users = {t.user_id for t in snapshot.tokens if t.app == app.name}
    users |= {s.user_id for s in snapshot.sessions if s.app == app.name}
    blast = Blast(len(users), 1, max((t.last_used for t in snapshot.tokens if t.app == app.name), default=""))
    if app.kind == "eca" and app.enabled and app.developer_name:
        yield Proposal(
            "disable_eca", app.developer_name, f"switch off {app.name}", app=app.name,
            closes=tuple(ways_of_app(app.name, snapshot)) if alone else (),
            inverse=(("isEnabled", "true"),), blast=blast,
        )  # fmt: skip
    if app.kind == "connected_app" and app.key_handle:
        yield Proposal(
            "block_app", app.key_handle, f"block {app.name} for everybody", app=app.name,
            closes=tuple(_held_by_block(app.name, snapshot)) if alone else (),
            inverse=(("blocked", "false"),), blast=blast,
        )  # fmt: skip


def _held_by_block(app: str, snapshot: Snapshot) -> Iterator[str]:
    """The ways in that a block closes: not those of holders of "Use Any API Client", none where they are not known."""
    if any(one.startswith("past_blocks") for one in snapshot.unresolved):
        return
    past = frozenset(snapshot.past_blocks)
    tokens = tuple(t for t in snapshot.tokens if t.user_id not in past)
    sessions = tuple(s for s in snapshot.sessions if s.user_id not in past)
    usages = tuple(u for u in snapshot.eca_usages if u.user_id not in past)
    grants = () if past else snapshot.grants
    yield from ways_of_app(app, replace(snapshot, tokens=tokens, sessions=sessions, eca_usages=usages, grants=grants))


def ways_of_app(app: str, snapshot: Snapshot) -> Iterator[str]:
    """The keys of every live way in of one app."""
    yield from (f"token:{t.handle}" for t in snapshot.tokens if t.app == app)
    yield from (f"usage:{u.app_id}:{u.user_id}" for u in snapshot.eca_usages if u.app == app)
    yield from (f"session:{s.session_id}" for s in snapshot.sessions if s.app == app)
    yield from (f"grant:{g.grant_id}" for g in snapshot.grants if g.app == app)
    yield from (f"credentials:{app}:{s.user_id}" for s in snapshot.sessions if _by_credentials(s, app))


def propose_sessions(attack: Attack, snapshot: Snapshot) -> Iterator[Proposal]:
    """Sessions of apps and of browsers, with parents and children."""
    for session in snapshot.sessions:
        reason = attack.session_reason(session)
        if reason:
            yield Proposal(
                "delete_session", session.session_id, reason, session.user_id, session.app, session.session_id,
                closes=(f"session:{session.session_id}",), blast=Blast(1, bool(session.app), session.last_used),
                rests_on=KEY_SESSION if may_be_by_key(session) else "",
            )  # fmt: skip


def propose_users(attack: Attack, snapshot: Snapshot) -> Iterator[Proposal]:
    """What keeps a person from logging in again. Guests never log in: freezing one takes the site down."""
    for user in snapshot.users:
        if user.user_type == "Guest" or not user.is_active:
            continue
        blast = Blast(1, len({t.app for t in snapshot.tokens if t.user_id == user.user_id}), user.last_login)
        yield from _freeze(user, attack, snapshot, blast)
        if user.run_as:
            continue
        yield Proposal("expire_password", user.user_id, "password of a user in the alert", user.user_id, blast=blast)
        yield Proposal(
            "deactivate_user", user.user_id, "user in the alert; queued for a person to decide", user.user_id,
            inverse=(("IsActive", "true"),), blast=blast, asks=True,
        )  # fmt: skip
        yield Proposal("end_idp_session", user.user_id, "single sign-on would open a new session", user.user_id)
    for factor in snapshot.factors:
        if factor.user_id not in attack.users or not attack.in_window(factor.created):
            continue
        if not factor.factor_id:
            yield Proposal(
                "human_task", f"factors:{factor.user_id}", f"look at the second factors: {factor.kind}",
                factor.user_id, task=_factors(factor.user_id),
            )  # fmt: skip
        else:
            yield Proposal("remove_factor", factor.factor_id, "second factor of the attack's days", factor.user_id)


def _factors(user_id: str) -> HumanTask:
    steps = (
        "Open the user in Setup and ask the user which second factors are his own.",
        "Disconnect authenticators, security keys and temporary codes that are not.",
    )
    link = f"/lightning/setup/ManageUsers/page?address=%2F{user_id}%3Fnoredirect%3D1"
    return HumanTask(link, steps, "TwoFactorMethodsInfo of the user shows the user's own methods alone.")


def _freeze(user: UserRow, attack: Attack, snapshot: Snapshot, blast: Blast) -> Iterator[Proposal]:
    closes = tuple(f"credentials:{app}:{user.user_id}" for app in sorted(attack.apps))
    if not user.is_frozen and user.login_id:
        reason = "user whom an app of the alert runs as" if user.run_as else "user named by the alert"
        yield Proposal(
            "freeze_user", user.login_id, reason, user.user_id, closes=(f"login:{user.user_id}", *closes),
            inverse=(("IsFrozen", "false"),), blast=blast,
        )  # fmt: skip


def may_be_by_key(session: SessionRow) -> bool:
    """Whether a session may be born of a key login: nothing in the org says so, and nothing says that it is not."""
    return session.session_type in {"Oauth2", "API", ""} and session.login_subtype not in NOT_BY_KEY


def _by_credentials(session: SessionRow, app: str) -> bool:
    return session.app == app and session.login_subtype == CREDENTIALS
