"""Which live ways in an alert has, and which of them no cut that counts would close."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from leakresponse.core.containment.attack import CREDENTIALS, Attack
from leakresponse.core.containment.proposals import Proposal
from leakresponse.core.containment.rows import Snapshot
from leakresponse.core.containment.types import Action, Path
from leakresponse.core.types import Principal

#: Parts of a snapshot that may hide a way in where they could not be read.
_VITAL = frozenset(
    {"app_rows", "apps", "eca_usages", "events", "grants", "guests", "logins", "principal", "schedules", "sessions"}
    | {"tokens", "users"}
)


def ways_of(attack: Attack, snapshot: Snapshot) -> Iterator[str]:
    """The key of every live way in that is tied to the alert, whether or not anything closes it."""
    yield from (f"token:{t.handle}" for t in snapshot.tokens if attack.has_token(t))
    for usage in snapshot.eca_usages:
        if usage.app in attack.apps or usage.user_id in attack.named_users:
            yield f"usage:{usage.app_id}:{usage.user_id}"
    for session in snapshot.sessions:
        if not session.is_current and attack.session_reason(session):
            yield f"session:{session.session_id}"
            if session.login_subtype == CREDENTIALS and session.app in attack.apps:
                yield f"credentials:{session.app}:{session.user_id}"
    yield from (f"grant:{g.grant_id}" for g in snapshot.grants if g.app in attack.apps)
    for user in snapshot.users:
        if user.is_active and not user.is_frozen and not user.run_as and user.user_type != "Guest":
            yield f"login:{user.user_id}"
    yield from _without_login(attack, snapshot)


def _without_login(attack: Attack, snapshot: Snapshot) -> Iterator[str]:
    guests = {g.user_id: g for g in snapshot.guests}
    for user in snapshot.users:
        guest = guests.get(user.user_id)
        if user.user_type == "Guest" and user.is_active and (guest is None or guest.rights):
            yield f"guest:{guest.profile_id if guest else user.profile_id or user.user_id}"
    for schedule in snapshot.schedules:
        if attack.has_schedule(schedule):
            yield f"schedule:{schedule.schedule_id}"
    for way in snapshot.named_credentials:
        if way.enabled and way.changed_by in attack.users and attack.in_window(way.changed):
            yield f"way_out:{way.credential_id}"


def paths_of(ways: Iterable[str], chosen: Mapping[Proposal, Action]) -> tuple[Path, ...]:
    """Each way in with the cuts of the plan that close it and count."""
    closing: dict[str, list[tuple[Proposal, Action]]] = {}
    for proposal, action in chosen.items():
        for key in proposal.closes if action.counts else ():
            closing.setdefault(key, []).append((proposal, action))
    found = []
    for key in dict.fromkeys(ways):
        cuts = closing.get(key, [])
        certain = [(a.kind, a.target) for p, a in cuts if not p.rests_on]
        other = [(a.kind, a.target) for p, a in cuts if p.rests_on]
        rests_on = "" if certain or not cuts else cuts[0][0].rests_on
        found.append(Path(key, tuple(certain or other), rests_on))
    return tuple(found)


def uncovered_of(
    paths: Iterable[Path], reasons: Mapping[str, str], observed: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Ways in that stay open whatever the plan does, each with the reason.

    `reasons` says for a way why its cut was left out; `observed` holds what was seen in this org.
    """
    seen = frozenset(observed)
    for path in paths:
        if not path.cuts:
            yield path.key, reasons.get(path.key, "no cut that counts is known for it")
        elif path.rests_on and path.rests_on not in seen:
            yield path.key, f"its cut counts only once this org has shown {path.rests_on}"


def hidden_ways(attack: Attack, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """What may be a way in and cannot be seen: unread parts of the org, principals that nothing here answers to."""
    for text in snapshot.unresolved:
        part, _, reason = text.partition(":")
        if part.strip() in _VITAL:
            yield part.strip(), reason.strip() or "not read"
    kinds = {p.kind for p in attack.alert.principals}
    if "user" in kinds and not attack.users:
        yield "principal", "no user of this org answers to the alert"
    if "connected_app" in kinds and not attack.apps:
        yield "principal", "no app of this org answers to the alert"
    for app in sorted(attack.apps - known_apps(snapshot)):
        yield "principal", f"no token, session or grant of this org is of {app}, and no such app is installed"
    if not attack.users and not attack.apps and not any(attack.session_reason(s) for s in snapshot.sessions):
        yield "principal", _unseen(attack.alert.principals)


def known_apps(snapshot: Snapshot) -> frozenset[str]:
    """Names of apps that anything in the org speaks of."""
    found = {t.app for t in snapshot.tokens} | {s.app for s in snapshot.sessions} | {g.app for g in snapshot.grants}
    return frozenset(found | {a.name for a in snapshot.app_rows} | {u.app for u in snapshot.eca_usages})


def _unseen(principals: Iterable[Principal]) -> str:
    return f"nothing in this org answers to the {', '.join(sorted({p.kind for p in principals}))} of the alert"
