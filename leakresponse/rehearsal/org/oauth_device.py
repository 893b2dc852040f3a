"""The device flow: an app shows a code, a person types it in the browser, the app gets its tokens.

Salesforce Help, "OAuth 2.0 Device Flow for IoT Integration": codes live ten minutes, polls are five seconds apart. It
is how people are talked into letting an attacker in, and since September 2025 it is refused for every app that is not
installed (salesforce_api.md 3.6). Who types the code is a matter of the simulation, as in `oauth_codes`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape
from typing import Any

from leakresponse.rehearsal.org.calls import Answer
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.identity import SCOPE, user_by_id
from leakresponse.rehearsal.org.ids import hashed
from leakresponse.rehearsal.org.oauth_apps import restricted
from leakresponse.rehearsal.org.oauth_clients import named_app
from leakresponse.rehearsal.org.oauth_codes import checked_person, who_is_there, with_refresh_token
from leakresponse.rehearsal.org.oauth_logins import Visit
from leakresponse.rehearsal.org.store import first_row, put
from leakresponse.rehearsal.org.world import World

DEVICE_SECONDS, INTERVAL = 600, 5
#: Letters and digits that nobody mistakes for one another.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
_HTML = "text/html;charset=UTF-8"
_PAGE = """<!doctype html><html lang="en"><head><title>Connect</title></head><body><h1>Connect a device</h1>
<p>{words}</p><form method="post"><label>Code <input name="user_code" value="{code}"></label>
<label>Username <input name="simulated_user"></label><button>Connect</button>
<button name="deny" value="1">Deny</button></form></body></html>"""


def begin(world: World, form: Mapping[str, str], visit: Visit) -> Answer:
    """`response_type=device_code`: the codes. Raises OauthRefused for apps that have the flow off."""
    app = named_app(world, form)
    _check_flow(world, app)
    code, shown = secrets.token_urlsafe(48), "".join(secrets.choice(_LETTERS) for _ in range(8))
    now = world.clock.now().timestamp()
    with world.store.write() as db:
        db.execute("DELETE FROM sim_device WHERE expires < ?", (now - DEVICE_SECONDS,))
        put(db, "sim_device", {
            "code": hashed(code), "user_code": shown, "app_id": app["app_id"], "scope": form.get("scope") or SCOPE,
            "expires": now + DEVICE_SECONDS,
        })  # fmt: skip
    return Answer(body={
        "device_code": code, "user_code": shown, "verification_uri": f"{visit.base_url}/setup/connect",
        "interval": INTERVAL,
    })  # fmt: skip


def _check_flow(world: World, app: Mapping[str, Any]) -> None:
    if not app["installed"] and restricted(world):
        raise OauthRefused("invalid_client", "app must be installed into org")
    if not app["device_flow"]:
        raise OauthRefused("invalid_request", "device flow is not enabled for this app")


def connect(world: World, form: Mapping[str, str], asks: bool, cookie: str, visit: Visit) -> Answer:
    """`/setup/connect`: the page on GET (`asks`), the consent or the denial on POST."""
    shown = form.get("user_code", "").strip().upper()
    if asks:
        return _page(200, "Type the code that the device shows, and say who you are.", shown)
    now = world.clock.now().timestamp()
    sql = "SELECT d.code, a.* FROM sim_device d JOIN sim_app a ON a.app_id = d.app_id WHERE d.user_code = ?"
    app = world.store.one(f"{sql} AND d.expires > ? AND d.user_id IS NULL AND d.denied = 0", shown, now)
    if app is None:
        return _page(400, "The code is wrong, used or expired.", shown)
    if form.get("deny"):
        _decide(world, app["code"], None)
        return _page(200, "Denied.", "")
    try:
        person = checked_person(world, app, who_is_there(world, form, cookie), visit)
    except OauthRefused as refused:
        return _page(400, f"{refused.code}: {refused.description}", shown)
    _decide(world, app["code"], person["Id"])
    return _page(200, f"You're connected: {app['name']} has access now.", "")


def _decide(world: World, code: str, user_id: str | None) -> None:
    with world.store.write() as db:
        sql = "UPDATE sim_device SET user_id = ?, denied = ? WHERE code = ?"
        db.execute(sql, (user_id, int(user_id is None), code))


def by_device(world: World, form: Mapping[str, str], visit: Visit) -> Answer:
    """The grant `device`: tokens once the person has consented. Raises OauthRefused until then."""
    app = named_app(world, form)
    found = _polled(world, app, form)
    user = checked_person(world, app, user_by_id(world, found["user_id"]), visit)
    return with_refresh_token(world, app, user, visit, found["scope"])


def _polled(world: World, app: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """The row of a code that was consented to, which is used up. A poll too soon is told to slow down."""
    key, now = hashed(form.get("code", "")), world.clock.now().timestamp()
    with world.store.write() as db:
        found = first_row(db, "SELECT * FROM sim_device WHERE code = ? AND app_id = ?", key, app["app_id"])
        db.execute("UPDATE sim_device SET polled = ? WHERE code = ?", (now, key))
        if found and (found["user_id"] or found["denied"]):
            db.execute("DELETE FROM sim_device WHERE code = ?", (key,))
    if found is None or found["expires"] < now:
        raise OauthRefused("invalid_grant", "invalid device code")
    if found["denied"]:
        raise OauthRefused("access_denied", "end-user denied authorization")
    if found["user_id"] is None:
        too_soon = now - found["polled"] < INTERVAL
        code, words = (
            ("slow_down", "polling too frequently") if too_soon else ("authorization_pending", "authorization pending")
        )
        raise OauthRefused(code, words)
    return found


def _page(status: int, words: str, code: str) -> Answer:
    return Answer(status, content=_PAGE.format(words=escape(words), code=escape(code)).encode(), media=_HTML)
