"""login() of the SOAP API: username and password become a session (SOAP API guide, "login()").

It needs no app, so no app's block or grant holds it back. From v65 it is not there; an administrator may switch it off,
and may ask for the permission "Use Any API Auth" (Help article 005132110). Words of the refusals: forcedotcom/wsc issue
363, OpenFn/adaptors issue 1715; the guide's page names the code INSUFFICIENT_ACCESS, its words are the simulation's.
The session's type is `API` (containment facts, "delete an AuthSession row"); that LoginHistory calls such a login
"Other Apex API", and the Login log's code for it, are not confirmed.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from leakresponse.rehearsal.org.browser import open_without_app
from leakresponse.rehearsal.org.calls import Client
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, OauthRefused
from leakresponse.rehearsal.org.events import login_event, login_row
from leakresponse.rehearsal.org.identity import Start, permissions, user_by_name
from leakresponse.rehearsal.org.ids import log_key, new_id
from leakresponse.rehearsal.org.oauth_logins import check_rate
from leakresponse.rehearsal.org.password_logins import check_password, wrong_login
from leakresponse.rehearsal.org.soap_envelope import SoapRequest, text_of, xml
from leakresponse.rehearsal.org.store import put
from leakresponse.rehearsal.org.world import World

LAST_VERSION = 64
#: Facts of the store: whether login() is on, and whether it asks for the permission. An older org has it on.
ENABLED, GUARDED = "soap_login", "soap_login_permission"
PERMISSION, LOGIN_TYPE = "UseAnyApiAuth", "Other Apex API"
SESSION_SECONDS = 7200


def log_in(world: World, asked: SoapRequest, client: Client, version: str, base_url: str, kind: str) -> str:
    """The `result` of a login. Raises ApiRefused, whose code and words make the fault."""
    if int(version.partition(".")[0]) > LAST_VERSION:
        words = f"The SOAP Login operation is not available in the API version specified ({version})."
        raise ApiRefused(500, "INVALID_OPERATION", f"{words} Refer to the documentation for supported versions.")
    if not world.store.fact(ENABLED, True):
        words = "SOAP API login() is disabled by default in this org."
        raise ApiRefused(500, "INVALID_OPERATION", f"{words} Contact the org administrator to enable SOAP API login().")
    user = user_by_name(world, text_of(asked.element, "username"))
    if user is None or not user["IsActive"] or user["IsFrozen"]:
        raise wrong_login()
    try:
        check_rate(world, user["Id"])
        check_password(world, user, text_of(asked.element, "password"))
    except OauthRefused:
        raise ApiRefused(500, "LOGIN_RATE_EXCEEDED", "Login rate exceeded") from None
    except ApiRefused:
        _refused(world, client, user)
        raise
    if world.store.fact(GUARDED, False) and PERMISSION not in permissions(world, user["Id"]):
        raise ApiRefused(500, "INSUFFICIENT_ACCESS", "The user lacks the Use Any API Auth permission")
    token = _open(world, client, user)
    return _result(world, user, token, f"{base_url}/services/Soap/{{kind}}/{version}/{world.org_id[:15]}", kind)


def _open(world: World, client: Client, user: dict[str, Any]) -> str:
    now, history, key = world.clock.now(), new_id("0Ya"), log_key()
    with world.store.write() as db:
        _history(db, client, user, history, iso(now), "Success")
        start = Start(
            user["Id"], "", client.address, history, key, "API", LOGIN_TYPE, seconds=SESSION_SECONDS
        )  # fmt: skip
        token = open_without_app(world, db, start)
        who = (user["Id"], user["Username"])
        world.logs.write(db, [_row(world, client, who, key, "LOGIN_NO_ERROR")])
        table, row = login_event(world, client, now, who, key, history, "N/A", "Success")
        put(db, table, {**row, "LoginType": LOGIN_TYPE})
        db.execute('UPDATE "User" SET LastLoginDate = ? WHERE Id = ?', (iso(now), user["Id"]))
    return token


def _refused(world: World, client: Client, user: dict[str, Any]) -> None:
    now, history = world.clock.now(), new_id("0Ya")
    who = (user["Id"], user["Username"])
    with world.store.write() as db:
        _history(db, client, user, history, iso(now), "Invalid Password")
        world.logs.write(db, [_row(world, client, who, "", "LOGIN_ERROR_INVALID_PASSWORD")])
        put(db, *login_event(world, client, now, who, "", history, "N/A", "Invalid Password"))


def _row(world: World, client: Client, who: tuple[str, str], key: str, status: str) -> tuple[str, dict[str, Any]]:
    kind, row = login_row(world, client, world.clock.now(), who, key, status, "")
    return kind, {**row, "URI": "/services/Soap/u", "LOGIN_TYPE": "3"}


def _history(db: sqlite3.Connection, client: Client, user: dict[str, Any], history: str, at: str, status: str) -> None:
    put(db, "LoginHistory", {
        "Id": history, "UserId": user["Id"], "LoginTime": at, "LoginType": LOGIN_TYPE,
        "LoginUrl": "login.salesforce.com", "SourceIp": client.address, "Status": status,
        "Application": client.name or "N/A", "Browser": client.agent[:64] or "Unknown", "Platform": "Unknown",
        "ApiType": "SOAP Partner", "OptionsIsPost": 1,
    })  # fmt: skip


def _result(world: World, user: dict[str, Any], token: str, address: str, kind: str) -> str:
    """LoginResult (SOAP API guide)."""
    return xml("result", {
        "metadataServerUrl": address.format(kind="m"), "passwordExpired": False, "sandbox": world.is_sandbox,
        "serverUrl": address.format(kind=kind), "sessionId": token, "userId": user["Id"],
        "userInfo": {
            "organizationId": world.org_id, "organizationName": world.org_name, "sessionSecondsValid": SESSION_SECONDS,
            "userId": user["Id"], "userName": user["Username"], "userType": user["UserType"],
        },
    })  # fmt: skip
