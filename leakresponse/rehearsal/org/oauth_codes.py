"""The web server flow: a person consents in the browser, the app turns the code into tokens.

Salesforce Help, "OAuth 2.0 Web Server Flow" and "OAuth 2.0 Authorization Errors"; codes live 15 minutes and work once.
Who consents is a matter of the simulation: the field `simulated_user` (a username), or a browser session's cookie.
Words of the refusals after the redirect: containment_facts.md and issue threads; those about codes are not confirmed.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from leakresponse.rehearsal.org.assertions import check_user
from leakresponse.rehearsal.org.calls import Answer
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, OauthRefused
from leakresponse.rehearsal.org.identity import SCOPE, authenticate, user_by_id, user_by_name
from leakresponse.rehearsal.org.ids import hashed
from leakresponse.rehearsal.org.login_ranges import check_login
from leakresponse.rehearsal.org.oauth_apps import check_consent
from leakresponse.rehearsal.org.oauth_clients import named_app, proven_app
from leakresponse.rehearsal.org.oauth_logins import CODE, Visit, check_rate, logged_in, refused_login
from leakresponse.rehearsal.org.oauth_tokens import approve, end_oldest
from leakresponse.rehearsal.org.store import first_row, put
from leakresponse.rehearsal.org.world import World

CODE_SECONDS = 900
_HTML = "text/html;charset=UTF-8"
#: What the token endpoint calls a refusal, and what the redirect calls it.
_IN_REDIRECTS = {
    "app_blocked": "OAUTH_APP_BLOCKED", "invalid_app_access": "OAUTH_APP_ACCESS_DENIED",
    "app_not_found": "OAUTH_EC_APP_NOT_FOUND", "invalid_client": "OAUTH_APP_ACCESS_DENIED",
}  # fmt: skip
_PAGE = """<!doctype html><html lang="en"><head><title>Allow Access?</title></head><body><h1>Allow access?</h1>
<p>{app} asks for access to this simulated org. Nobody real is asked: say who consents.</p>
<form method="post">{fields}<label>Username <input name="simulated_user"></label>
<button name="allow" value="1">Allow</button> <button name="deny" value="1">Deny</button></form></body></html>"""


def authorize(world: World, form: Mapping[str, str], asks: bool, cookie: str, visit: Visit) -> Answer:
    """`/services/oauth2/authorize`: the question on GET (`asks`), the redirect with `code` or `error` on POST.

    Raises OauthRefused for an unknown app or a foreign address, where no redirect is safe.
    """
    app = named_app(world, form)
    target = form.get("redirect_uri", "")
    if target not in app["callback"].split():
        raise OauthRefused("redirect_uri_mismatch", "redirect_uri must match configuration")
    try:
        _check_request(app, form)
        who = who_is_there(world, form, cookie)
        if asks and who is None:
            return Answer(content=_question(app, form), media=_HTML)
        code = _consent(world, app, form, who, visit)
    except OauthRefused as refused:
        error = {"error": _IN_REDIRECTS.get(refused.code, refused.code), "error_description": refused.description}
        return _back(target, form, error)
    return _back(target, form, {"code": code})


def _check_request(app: Mapping[str, Any], form: Mapping[str, str]) -> None:
    if form.get("response_type") != "code":
        raise OauthRefused("unsupported_response_type", "response type not supported")
    if app["needs_pkce"] and not form.get("code_challenge"):
        raise OauthRefused("invalid_request", "missing required code challenge")
    if form.get("deny"):
        raise OauthRefused("access_denied", "end-user denied authorization")


def who_is_there(world: World, form: Mapping[str, str], cookie: str) -> dict[str, Any] | None:
    """The person at the browser; None where nobody is known."""
    if form.get("simulated_user"):
        return user_by_name(world, form["simulated_user"])
    try:
        return user_by_id(world, authenticate(world, cookie).user_id) if cookie else None
    except ApiRefused:
        return None


def _consent(
    world: World, app: dict[str, Any], form: Mapping[str, str], who: dict[str, Any] | None, visit: Visit
) -> str:
    """The code for a person's consent. Raises OauthRefused where this person cannot give it."""
    person = checked_person(world, app, who, visit)
    code = f"aPrx{secrets.token_urlsafe(48)}"
    with world.store.write() as db:
        put(db, "sim_code", {
            "code": hashed(code), "app_id": app["app_id"], "user_id": person["Id"],
            "redirect_uri": form.get("redirect_uri", ""), "challenge": form.get("code_challenge", ""),
            "scope": form.get("scope") or SCOPE, "expires": world.clock.now().timestamp() + CODE_SECONDS,
        })  # fmt: skip
    return code


def checked_person(world: World, app: dict[str, Any], who: dict[str, Any] | None, visit: Visit) -> dict[str, Any]:
    """A person who may let this app in just now. Raises OauthRefused, after writing the refused login to the logs."""
    if who is None:
        raise OauthRefused("access_denied", "end-user denied authorization")
    try:
        check_user(who)
        check_consent(world, app, who["Id"])
        check_login(world, app["app_id"], who["Id"], visit.client.address, "other")
        check_rate(world, who["Id"])
    except OauthRefused as refused:
        refused_login(world, visit.client, app["name"], who["Username"], refused)
        raise
    return who


def by_code(world: World, form: Mapping[str, str], visit: Visit) -> Answer:
    """The grant `authorization_code`: tokens for a code, once."""
    app = proven_app(world, form, secret_needed=False)
    kept = _taken(world, app, form)
    user = checked_person(world, app, user_by_id(world, kept["user_id"]), visit)
    return with_refresh_token(world, app, user, visit, kept["scope"])


def with_refresh_token(world: World, app: dict[str, Any], user: dict[str, Any], visit: Visit, scope: str) -> Answer:
    """A login with an approval of its own, where the scope asks for one (`refresh_token`, `offline_access`, `full`)."""
    secret, handle = "", None
    with world.store.write() as db:
        if {"refresh_token", "offline_access"} & set(scope.split()):
            secret = approve(world, app, user["Id"], db, iso(world.clock.now()))
            found = first_row(db, "SELECT delete_token FROM sim_refresh WHERE token = ?", hashed(secret))
            handle = str(found["delete_token"]) if found else None
            end_oldest(db, app["app_id"], user["Id"])
        answer = logged_in(world, app, user, visit, CODE, handle, scope)
    if secret:
        answer.body["refresh_token"] = secret
    return answer


def _taken(world: World, app: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """The code's row, which is used up by asking. Raises OauthRefused for a wrong or expired one."""
    key = hashed(form.get("code", ""))
    with world.store.write() as db:
        found = first_row(db, "SELECT * FROM sim_code WHERE code = ? AND app_id = ?", key, app["app_id"])
        db.execute("DELETE FROM sim_code WHERE code = ?", (key,))
    if found is None:
        raise OauthRefused("invalid_grant", "invalid authorization code")
    if found["expires"] < world.clock.now().timestamp():
        raise OauthRefused("invalid_grant", "expired authorization code")
    if found["redirect_uri"] != form.get("redirect_uri", ""):
        raise OauthRefused("redirect_uri_mismatch", "redirect_uri must match configuration")
    if found["challenge"] and found["challenge"].rstrip("=") != _challenge(form.get("code_verifier", "")):
        raise OauthRefused("invalid_grant", "invalid code verifier")
    return found


def _challenge(verifier: str) -> str:
    """S256 of RFC 7636, the one method that Salesforce takes."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _back(target: str, form: Mapping[str, str], said: dict[str, str]) -> Answer:
    """The redirect to the app, with its `state`."""
    parts = urlsplit(target)
    state = {"state": form["state"]} if "state" in form else {}
    query = urlencode([*parse_qsl(parts.query), *{**said, **state}.items()])
    return Answer(302, headers={"Location": urlunsplit(parts._replace(query=query))}, media=_HTML)


def _question(app: Mapping[str, Any], form: Mapping[str, str]) -> bytes:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in form.items()
    )
    return _PAGE.format(app=escape(app["name"]), fields=hidden).encode()
