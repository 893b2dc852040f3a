"""Never saw off our own branch."""

from __future__ import annotations

from collections.abc import Iterable

from leakresponse.core.containment.proposals import Proposal
from leakresponse.core.containment.rows import SessionRow, Snapshot
from leakresponse.core.containment.types import Protection


class Guard:
    """What is ours on this snapshot: the protection's users, apps and keys, and the session that we speak through."""

    def __init__(self, snapshot: Snapshot, protection: Protection) -> None:
        current = [s for s in snapshot.sessions if s.is_current]
        usernames = {name.casefold() for name in protection.usernames}
        self._users = protection.user_ids | {u.user_id for u in snapshot.users if u.username.casefold() in usernames}
        self._users |= {s.user_id for s in current}
        self._apps = protection.apps | {s.app for s in current if s.app}
        self._apps |= {a.name for a in snapshot.app_rows if a.key_handle in protection.key_handles}
        self._keys = protection.key_handles | {a.key_handle for a in snapshot.app_rows if a.name in self._apps}
        self._current = frozenset(s.session_id for s in current)
        ours = {s.session_id for s in snapshot.sessions if s.user_id in self._users}
        self._sessions = _with_ancestors(self._current | ours, snapshot.sessions)
        self._profiles = {u.profile_id for u in snapshot.users if u.user_id in self._users and u.profile_id}

    def reason(self, proposal: Proposal) -> str:
        """Why this cut would hit us; empty where it would not."""
        if proposal.session_id and proposal.session_id in self._current:
            return "the responder's own session"
        if proposal.user_id in self._users:
            return "protected user"
        if proposal.session_id and proposal.session_id in self._sessions:
            return "a protected session would end with it"
        if proposal.app and proposal.app in self._apps:
            return "protected app"
        if proposal.kind == "block_app" and proposal.target in self._keys:
            return "protected app"
        if proposal.kind == "add_login_ranges" and proposal.target.partition(":")[0] in self._profiles:
            return "profile of a protected user"
        return ""


def _with_ancestors(session_ids: Iterable[str], sessions: tuple[SessionRow, ...]) -> frozenset[str]:
    """Children go with their parent: a parent of what is ours is ours to keep."""
    parent_of = {s.session_id: s.parent_id for s in sessions}
    found = set(session_ids)
    waiting = list(found)
    while waiting:
        parent = parent_of.get(waiting.pop(), "")
        if parent and parent not in found:
            found.add(parent)
            waiting.append(parent)
    return frozenset(found)
