"""Guests of public sites: they have no session and no login; a site acts as its guest user for them."""

from __future__ import annotations

from leakresponse.rehearsal.org.errors import not_found
from leakresponse.rehearsal.org.identity import Caller
from leakresponse.rehearsal.org.world import World


def guest_caller(world: World, site: str) -> Caller:
    """Whoever calls a site without a login. `site` is its name, its path or its id. Raises 404 where none is active."""
    sql = (
        'SELECT u.Id AS user_id, u.Username AS username FROM Site s JOIN "User" u ON u.Id = s.GuestUserId '
        "WHERE (s.Name = ? OR s.UrlPathPrefix = ? OR s.Id = ?) AND s.Status = 'Active' AND u.IsActive = 1"
    )
    found = world.store.one(sql, site, site, site)
    if found is None:
        raise not_found()
    return Caller(found["user_id"], found["username"], "", "", "", "", "", "")
