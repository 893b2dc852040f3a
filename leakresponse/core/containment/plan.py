"""Deciding what to cut, in which order, and what must never be cut. Pure: the snapshot is an argument.

Rules come from the containment facts (Salesforce Help `remoteaccess_revoke_token`, object reference `OauthToken`,
`AuthSession`, `SetupEntityAccess`): a token is not a user, a session is not a token, a JWT login needs neither.
Every cut that applies is planned; none of them alone counts as containment before it is proven by use.
"""

from __future__ import annotations

from collections.abc import Iterable

from leakresponse.core.containment.rows import SessionRow, Snapshot
from leakresponse.core.containment.types import Action, ActionKind, Plan, Protection
from leakresponse.core.networks import covers
from leakresponse.core.types import Alert

#: Cheapest and most decisive first: refresh tokens mint new access tokens, grants let a key log in again.
ORDER: tuple[ActionKind, ...] = ("revoke_token", "delete_session", "remove_grant", "freeze_user", "abort_job")


def plan_containment(alert: Alert, snapshot: Snapshot, protection: Protection) -> Plan:
    """Choose the cuts for the access paths that the alert names and the snapshot shows."""
    app_names = _alert_apps(alert, snapshot)
    user_ids = {u.user_id for u in snapshot.users}
    addresses = [p.value for p in alert.principals if p.kind == "address"]
    session_ids = {p.value for p in alert.principals if p.kind == "session"}
    actions: list[Action] = []
    spared: list[tuple[str, str]] = []
    for token in snapshot.tokens:
        if token.app in app_names or (token.user_id in user_ids and not app_names):
            _add(
                actions,
                spared,
                Action("revoke_token", token.handle, f"token of {token.app}"),
                token.user_id,
                token.app,
                protection,
            )
    for session in snapshot.sessions:
        reason = _session_reason(session, app_names, user_ids, addresses, session_ids)
        if reason and session.is_current:
            spared.append((session.session_id, "the responder's own session"))
        elif reason:
            cut = Action("delete_session", session.session_id, reason)
            _add(actions, spared, cut, session.user_id, session.app, protection)
    for grant in snapshot.grants:
        if grant.app in app_names:
            inverse = (("ParentId", grant.permission_set_id), ("SetupEntityId", grant.app_id))
            cut = Action("remove_grant", grant.grant_id, f"permission set access to {grant.app}", inverse)
            _add(actions, spared, cut, "", grant.app, protection)
    for user in snapshot.users:
        if not user.is_frozen:
            cut = Action("freeze_user", user.login_id, "user named by the alert", (("IsFrozen", "false"),))
            _add(actions, spared, cut, user.user_id, "", protection, user.username)
    for job in snapshot.jobs:
        if job.created_by in user_ids:
            cut = Action("abort_job", job.job_id, "unfinished bulk job of a user in the alert")
            _add(actions, spared, cut, job.created_by, "", protection)
    ordered = sorted(_distinct(actions), key=lambda a: ORDER.index(a.kind))
    touched = {t.user_id for t in snapshot.tokens if t.app in app_names} | user_ids
    return Plan(tuple(ordered), tuple(spared), len(touched), tuple(sorted(app_names)))


def _alert_apps(alert: Alert, snapshot: Snapshot) -> frozenset[str]:
    named = {p.value for p in alert.principals if p.kind == "connected_app"}
    return frozenset(named) | frozenset(snapshot.apps)


def _session_reason(
    session: SessionRow, apps: Iterable[str], users: Iterable[str], addresses: list[str], ids: Iterable[str]
) -> str:
    if session.session_id in ids or session.parent_id in ids:
        return "session named by the alert"
    if session.app and session.app in apps:
        return f"session of {session.app}"
    if session.user_id in users:
        return "session of a user in the alert"
    if any(covers(a, session.source_ip) for a in addresses):
        return "session from an address in the alert"
    return ""


def _add(
    actions: list[Action],
    spared: list[tuple[str, str]],
    action: Action,
    user_id: str,
    app: str,
    protection: Protection,
    username: str = "",
) -> None:
    if user_id in protection.user_ids or username in protection.usernames:
        spared.append((action.target, "protected user"))
    elif app and app in protection.apps:
        spared.append((action.target, "protected app"))
    else:
        actions.append(action)


def _distinct(actions: Iterable[Action]) -> list[Action]:
    return list({(a.kind, a.target): a for a in actions}.values())
