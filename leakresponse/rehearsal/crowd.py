"""Many authorisations of one app in a stopped org: what a popular app looks like on its bad day."""

from __future__ import annotations

from pathlib import Path

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.build import reopen
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.identity import open_session
from leakresponse.rehearsal.org.oauth_tokens import approve


def authorise_many(state: Path, app_name: str, tokens: int, sessions: int) -> None:
    """Add refresh tokens of an app, spread over the org's users, and live access tokens born of the first of them.

    The org must not be running. Raises BadInput where it has no such app.
    """
    world = reopen(state, "attacker", state / "tls")
    if world is None:
        raise BadInput("no finished org in this folder")
    try:
        app = world.store.one("SELECT * FROM sim_app WHERE name = ?", app_name)
        if app is None:
            raise BadInput(f"the org has no app {app_name!r}")
        sql = "SELECT * FROM \"User\" WHERE IsActive = 1 AND UserType = 'Standard' AND Username NOT LIKE '%responder%'"
        users = world.store.all(sql)
        now = iso(world.clock.now())
        with world.store.write() as db:
            for number in range(tokens):
                approve(world, app, users[number % len(users)]["Id"], db, now)
            found = db.execute("SELECT delete_token FROM sim_refresh WHERE app_id = ?", (app["app_id"],))
            handles = [row[0] for row in found]
            for number in range(sessions):
                user = users[number % len(users)]
                open_session(world, db, user, app, "198.51.100.7", "app/1.0", handles[number % len(handles)])
    finally:
        world.bulk.stop()
        world.store.close()
