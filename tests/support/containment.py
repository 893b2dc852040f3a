"""Alerts and snapshots for tests of containment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from leakresponse.core.containment import Protection, SessionRow, Snapshot, TokenRow, UserRow
from leakresponse.core.types import Alert, Principal, Window

MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)
BEFORE, DURING = "2026-01-05T08:00:00.000+0000", "2026-11-24T11:30:00.000+0000"
NOBODY = Protection(frozenset(), frozenset(), frozenset())


def alert(*principals: tuple[str, str], **changed: Any) -> Alert:
    """An alert about the last hour."""
    window = Window(MOMENT - timedelta(hours=1), MOMENT)
    people = tuple(Principal(kind, value) for kind, value in principals)  # type: ignore[arg-type]
    return Alert("a", "t", MOMENT, "", window, people, **changed)


def snapshot(**parts: Any) -> Snapshot:
    """A snapshot with these parts, the others empty."""
    empty: dict[str, Any] = dict.fromkeys(("apps", "tokens", "sessions", "grants", "users", "jobs"), ())
    return Snapshot(**{**empty, **parts})


def token(handle: str, app: str = "Drift", user: str = "u1", **more: Any) -> TokenRow:
    return TokenRow(handle, app, user, more.pop("last_used", DURING), more.pop("use_count", 5), **more)


def session(session_id: str, user: str = "u1", app: str = "", address: str = "198.51.100.1", **more: Any) -> SessionRow:
    """A browser session, or one of an app that came by a refresh token."""
    kind = more.pop("session_type", "Oauth2" if app else "UI")
    parent, current = more.pop("parent_id", session_id), more.pop("is_current", False)
    more.setdefault("login_subtype", "OauthRefreshToken" if app else "")
    return SessionRow(session_id, user, app, kind, address, current, parent, **more)


def user(user_id: str = "u1", username: str = "ann@x.example", **more: Any) -> UserRow:
    return UserRow(user_id, username, more.pop("login_id", f"l-{user_id}"), more.pop("is_frozen", False), **more)
