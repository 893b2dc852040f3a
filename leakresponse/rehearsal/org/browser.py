"""Browser sessions: how one begins (front door, sign-on) and ends.

A session that a stolen API token opens at `/secur/frontdoor.jsp` is a child of the token's own session, so that it ends
with it (containment facts, "delete an AuthSession row": children go with the parent). A sign-on leaves LoginHistory,
Login and LoginEvent; identity providers are outside the org, so a sign-on is an act of the simulation.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any
from urllib.parse import urlsplit

from leakresponse.rehearsal.org.calls import Answer, Call, Client
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.events import login_event, login_row, logout_event, logout_row
from leakresponse.rehearsal.org.factors import check_factor
from leakresponse.rehearsal.org.identity import Caller, Start, authenticate, end_session, put_session, user_by_name
from leakresponse.rehearsal.org.ids import log_key, new_id
from leakresponse.rehearsal.org.pages import HTML, Page
from leakresponse.rehearsal.org.store import put
from leakresponse.rehearsal.org.world import World

#: LoginHistory.LoginType by its code in the Login log (object reference, LoginHistory; Login event type).
LOGIN_TYPES = {"A": "Application", "8": "SAML Sfdc Initiated SSO", "9": "SAML Idp Initiated SSO"}
_BROWSER = {
    "app_id": "", "name": "Browser", "developer_name": "Browser", "consumer_key": "-", "consumer_secret": "",
    "certificate": "", "admin_approved": 0, "menu_item_id": None,
}  # fmt: skip


def sign_on(world: World, body: bytes, client: Client) -> Answer:
    """`POST /simulation/login` {"username", "login_type"?, "factor"?}: an identity provider has let this person in.

    `factor` is the second factor that the login is proven with. The answer is `sid`, as the cookie would hold it.
    Raises OauthRefused for an unknown, inactive or frozen user, and before that for a factor that the user lacks.
    """
    given = json.loads(body or b"{}")
    user = user_by_name(world, str(given.get("username", "")))
    code = str(given.get("login_type", "9"))
    if user is None or code not in LOGIN_TYPES:
        raise OauthRefused("invalid_grant", "no such user, or no such kind of login")
    if given.get("factor"):
        check_factor(world, user["Id"], str(given["factor"]))
    if user["IsFrozen"] or not user["IsActive"]:
        raise OauthRefused("invalid_grant", "inactive user")
    return Answer(body={"sid": open_browser_session(world, user, client, code)})


def open_browser_session(world: World, user: dict[str, Any], client: Client, code: str = "A") -> str:
    """A new session with its login in every log; the answer is the session id that the cookie `sid` holds."""
    now = world.clock.now()
    history, key = new_id("0Ya"), log_key()
    with world.store.write() as db:
        put(db, "LoginHistory", {
            "Id": history, "UserId": user["Id"], "LoginTime": iso(now), "LoginType": LOGIN_TYPES[code],
            "LoginUrl": world.my_domain, "SourceIp": client.address, "Status": "Success",
            "Application": "Browser", "Browser": client.agent[:64] or "Unknown", "Platform": "Unknown",
            "OptionsIsPost": 1,
        })  # fmt: skip
        start = Start(user["Id"], "", client.address, history, key, "UI", "Application")
        token = open_without_app(world, db, start)
        who = (user["Id"], user["Username"])
        kind, row = login_row(world, client, now, who, key, "LOGIN_NO_ERROR", "")
        world.logs.write(db, [(kind, {**row, "LOGIN_TYPE": code, "URI": "/index.jsp"})])
        put(db, *login_event(world, client, now, who, key, history, "Browser", "Success"))
    return token


def open_without_app(world: World, db: sqlite3.Connection, start: Start) -> str:
    """A session that belongs to no app; the answer is its token. Tokens without an app hang on a row without an id."""
    if db.execute("SELECT 1 FROM sim_app WHERE app_id = ''").fetchone() is None:
        put(db, "sim_app", _BROWSER)
    return put_session(world, db, start)[0]


def front_door(world: World, given: str, target: str, client: Client) -> Answer:
    """`/secur/frontdoor.jsp?sid=…&retURL=…`: a browser session of the token's user, below the token's own session.

    Only targets inside the org are followed. Raises ApiRefused for a dead token.
    """
    caller = authenticate(world, given)
    place = urlsplit(target)
    inside = target if target.startswith("/") and not place.netloc else "/lightning/page/home"
    token = open_below(world, caller, caller.user_id, client.address)
    cookie = f"sid={token}; Path=/; HttpOnly; SameSite=Lax"
    return Answer(302, headers={"Location": inside, "Set-Cookie": cookie}, media=HTML)


def open_below(world: World, caller: Caller, user_id: str, address: str) -> str:
    """A browser session of `user_id` below the caller's own session, with the same login; the answer is its `sid`.

    Its SessionType is SubstituteUser where it is another user's (Salesforce Help, "User Session Types").
    """
    kind = "UI" if user_id == caller.user_id else "SubstituteUser"
    login = (caller.login_history_id, caller.login_key)
    with world.store.write() as db:
        start = Start(user_id, "", address, *login, kind, "Application", parent=caller.session_id)
        return open_without_app(world, db, start)


def log_out(call: Call) -> Answer:
    """`/secur/logout.jsp`: the session and its children end, by their own user."""
    with call.world.store.write() as db:
        ended = [row for row in end_session(db, call.caller.session_id) if row["session_key"]]
    answer = Answer(302, headers={"Location": "/", "Set-Cookie": "sid=; Path=/; Max-Age=0"}, media=HTML)
    for row in ended:
        kind, columns = logout_row(call.world, call.now, row["UsersId"], row["session_key"], row["login_key"])
        answer.log.append((kind, {**columns, "USER_INITIATED_LOGOUT": 1}))
        answer.stored.append(logout_event(call, row["session_key"], row["login_key"]))
    return answer


PAGES = (Page("/secur/logout.jsp", log_out, "ends the browser session"),)
