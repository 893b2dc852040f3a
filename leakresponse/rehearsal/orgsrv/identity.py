"""Who is calling: access tokens, sessions, permissions. Attacker's reading of the disputed facts throughout:
freezing a user or removing a grant leaves live tokens alone (containment facts, marked X and 0)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from leakresponse.rehearsal.orgsrv.clock import iso
from leakresponse.rehearsal.orgsrv.errors import ApiError, no_session
from leakresponse.rehearsal.orgsrv.store import new_key

if TYPE_CHECKING:
    from leakresponse.rehearsal.orgsrv.org import Org

SESSION_SECONDS = 7200


@dataclass(frozen=True, slots=True)
class Caller:
    """One authenticated request's who and where."""

    token: str
    session_id: str
    user_id: str
    username: str
    app_id: str
    app_name: str
    login_key: str
    session_key: str
    client_ip: str
    user_agent: str
    client_name: str


def client_ip(request: Request) -> str:
    """The client's address: the first of X-Forwarded-For where given, else the peer's."""
    forwarded = request.headers.get("x-forwarded-for", "").split(",")[0].strip()
    return forwarded or (request.client.host if request.client else "")


def client_name(request: Request) -> str:
    """What the caller calls itself in Sforce-Call-Options."""
    for part in request.headers.get("sforce-call-options", "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "client":
            return value
    return ""


def authenticate(org: Org, request: Request) -> Caller:
    """The caller of a bearer token. Raises 401 where the token, its session or its user is no more."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() not in {"bearer", "oauth"} or not token:
        raise no_session()
    row = org.store.one(
        "SELECT a.*, u.Username AS username, u.IsActive AS active, p.name AS app_name, s.LastModifiedDate AS used, "
        "s.NumSecondsValid AS valid FROM _access a JOIN AuthSession s ON s.Id = a.session_id "
        "JOIN User u ON u.Id = a.user_id JOIN _app p ON p.app_id = a.app_id WHERE a.token = ?",
        token.strip(),
    )
    if row is None:
        raise no_session()
    return Caller(
        token=row["token"],
        session_id=row["session_id"],
        user_id=row["user_id"],
        username=row["username"],
        app_id=row["app_id"],
        app_name=row["app_name"],
        login_key=row["login_key"],
        session_key=row["session_key"],
        client_ip=client_ip(request),
        user_agent=request.headers.get("user-agent", ""),
        client_name=client_name(request),
    )


def permissions(org: Org, user_id: str) -> frozenset[str]:
    """Names of the permissions that a user has by profile and permission sets."""
    rows = org.store.all(
        "SELECT ps.* FROM PermissionSetAssignment a JOIN PermissionSet ps ON ps.Id = a.PermissionSetId "
        "WHERE a.AssigneeId = ?",
        user_id,
    )
    held = {name for row in rows for name, value in row.items() if name.startswith("Permissions") and value}
    return frozenset(name.removeprefix("Permissions") for name in held)


def require(org: Org, caller: Caller, permission: str) -> None:
    """Refuse a caller who lacks a permission."""
    if permission not in permissions(org, caller.user_id):
        raise ApiError(403, "INSUFFICIENT_ACCESS", "insufficient access rights on cross-reference id")


def open_session(
    org: Org, user: dict[str, Any], app: dict[str, Any], request: Request, refresh: str | None, sub_type: str
) -> dict[str, str]:
    """Write login history, session and access token; the answer has token, session id and log keys."""
    now = iso(org.clock.now())
    address = client_ip(request)
    history, session = org.store.new_id("0Ya"), org.store.new_id("0Ak")
    login_key, session_key = new_key(), new_key()
    token = f"{org.org_id[:15]}!{secrets.token_urlsafe(72)}"
    agent = request.headers.get("user-agent", "")[:64]
    with org.store.write():
        org.store.insert("LoginHistory", {
            "Id": history, "UserId": user["Id"], "LoginTime": now, "LoginType": "Remote Access 2.0",
            "LoginUrl": "login.salesforce.com", "SourceIp": address, "Status": "Success", "Application": app["name"],
            "Browser": agent, "Platform": "Unknown", "LoginSubType": sub_type, "OptionsIsPost": 1,
        })  # fmt: skip
        org.store.insert("AuthSession", {
            "Id": session, "UsersId": user["Id"], "CreatedDate": now, "LastModifiedDate": now,
            "NumSecondsValid": SESSION_SECONDS, "UserType": "Standard", "SourceIp": address,
            "LoginType": "Remote Access 2.0", "LoginSubType": sub_type, "SessionType": "Oauth2",
            "SessionSecurityLevel": "STANDARD", "ParentId": session, "LoginHistoryId": history,
        })  # fmt: skip
        org.store.insert("_access", {
            "token": token, "session_id": session, "user_id": user["Id"], "app_id": app["app_id"],
            "refresh_token": refresh, "login_key": login_key, "session_key": session_key, "scope": "api refresh_token",
        })  # fmt: skip
    return {"token": token, "session": session, "login_key": login_key, "session_key": session_key, "history": history}


def end_session(org: Org, session_id: str) -> bool:
    """Delete a session, its children and its access token; False where there was none."""
    with org.store.write() as connection:
        ids = [r[0] for r in connection.execute(
            "SELECT Id FROM AuthSession WHERE Id = ? OR ParentId = ?", (session_id, session_id))]  # fmt: skip
        for one in ids:
            connection.execute("DELETE FROM _access WHERE session_id = ?", (one,))
            connection.execute("DELETE FROM AuthSession WHERE Id = ?", (one,))
    return bool(ids)
