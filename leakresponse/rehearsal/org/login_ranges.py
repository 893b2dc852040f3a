"""Login address ranges of profiles: where their users may log in from, and, on order, call from.

A login from elsewhere is refused with `ip restricted` (published answers of the token endpoint). With
`SecuritySettings.sessionSettings.enforceIpRangesEveryRequest` every request is held to the ranges. An app may relax
both by its policy (`ipRelaxation`); JWT bearer logins are never relaxed (containment facts). How Salesforce answers a
request from elsewhere was not found: here the session counts as invalid.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from leakresponse.rehearsal.org.errors import OauthRefused, session_expired
from leakresponse.rehearsal.org.identity import Caller
from leakresponse.rehearsal.org.world import World

#: The fact that says whether every request is held to the ranges.
EVERY_REQUEST = "ip_ranges_every_request"
_RANGES = 'SELECT first, last FROM sim_login_range WHERE profile_id = (SELECT ProfileId FROM "User" WHERE Id = ?)'
_STATUS = "LOGIN_ERROR_RESTRICTED_DOMAIN"


def keep_ranges(db: sqlite3.Connection, profile_id: str, ranges: Iterable[tuple[str, str]]) -> None:
    """Let a profile have these ranges and no others."""
    db.execute("DELETE FROM sim_login_range WHERE profile_id = ?", (profile_id,))
    db.executemany("INSERT INTO sim_login_range VALUES (?, ?, ?)", [(profile_id, *one) for one in ranges])


def relax(db: sqlite3.Connection, app_id: str, relaxation: str) -> None:
    """Keep an app's policy: ENFORCE, BYPASS, BYPASS_2FACTOR or ENFORCE_RELAXREFRESH, in any case."""
    db.execute("INSERT OR REPLACE INTO sim_relaxation VALUES (?, ?)", (app_id, relaxation.upper()))


def is_range(first: str, last: str) -> bool:
    """Whether these are two addresses of one kind, in order."""
    start, end = _address(first), _address(last)
    return start is not None and end is not None and start.version == end.version and int(start) <= int(end)


def check_login(world: World, app_id: str, user_id: str, address: str, way: str) -> None:
    """Raises OauthRefused for a login from outside; `way` is key, refresh or other."""
    if not _inside(world, user_id, address) and not _relaxed(world, app_id, way):
        raise OauthRefused("invalid_grant", "ip restricted", _STATUS)


def check_request(world: World, caller: Caller, address: str) -> None:
    """Raises 401 for a request of REST or SOAP from outside, where every request is held to the ranges."""
    if not world.store.fact(EVERY_REQUEST) or _inside(world, caller.user_id, address):
        return
    found = world.store.one("SELECT delete_token FROM sim_access WHERE session_id = ?", caller.session_id)
    way = "other" if found and found["delete_token"] else "key"
    if not _relaxed(world, caller.app_id, way):
        raise session_expired()


def _inside(world: World, user_id: str, address: str) -> bool:
    """Whether an address lies in a range of the user's profile; without ranges every address does."""
    ranges = world.store.all(_RANGES, user_id)
    found = _address(address) if ranges else None
    return not ranges or any(_holds(row["first"], row["last"], found) for row in ranges)


def _holds(first: str, last: str, found: IPv4Address | IPv6Address | None) -> bool:
    start, end = _address(first), _address(last)
    if found is None or start is None or end is None or found.version != start.version:
        return False
    return int(start) <= int(found) <= int(end)


def _relaxed(world: World, app_id: str, way: str) -> bool:
    row = world.store.one("SELECT relaxation FROM sim_relaxation WHERE app_id = ?", app_id)
    policy = row["relaxation"] if row and way != "key" else ""
    return policy in {"BYPASS", "BYPASS_2FACTOR"} or (policy == "ENFORCE_RELAXREFRESH" and way == "refresh")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None
