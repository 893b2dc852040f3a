"""Guests of public sites: they have no session and no login; a site acts as its guest user for them.

Freezing or deactivating the guest user takes the site down (incidents, guest access: there is nothing to freeze).
"""

from __future__ import annotations

from typing import Any

from leakresponse.rehearsal.org.errors import not_found
from leakresponse.rehearsal.org.identity import Caller
from leakresponse.rehearsal.org.world import World

_GUEST = (
    'SELECT u.Id AS user_id, u.Username AS username FROM Site s JOIN "User" u ON u.Id = s.GuestUserId '
    "LEFT JOIN UserLogin l ON l.UserId = u.Id WHERE s.Status = 'Active' AND u.IsActive = 1 "
    "AND COALESCE(l.IsFrozen, 0) = 0"
)


def guest_of(world: World) -> Caller | None:
    """Whoever visits the org's public site; None where no site is up, or its guest user is frozen or switched off."""
    found = world.store.one(f"{_GUEST} LIMIT 1")
    return _caller(found) if found else None


def guest_caller(world: World, site: str) -> Caller:
    """Whoever calls a site without a login. `site` is its name, its path or its id. Raises 404 where none is active."""
    named = "AND (s.Name = ? OR s.UrlPathPrefix = ? OR s.Id = ?)"
    found = world.store.one(" ".join((_GUEST, named)), site, site, site)
    if found is None:
        raise not_found()
    return _caller(found)


def _caller(found: dict[str, Any]) -> Caller:
    return Caller(found["user_id"], found["username"], "", "", "", "", "", "")
