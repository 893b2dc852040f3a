"""Token, revoke, introspect, userinfo. Words of refusal as Salesforce Help and observers give them."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import jwt
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from leakresponse.rehearsal.orgsrv.clock import iso
from leakresponse.rehearsal.orgsrv.errors import OAuthError
from leakresponse.rehearsal.orgsrv.identity import client_ip, end_session, open_session

if TYPE_CHECKING:
    from leakresponse.rehearsal.orgsrv.org import Org

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AHEAD_SECONDS = 600
SKEW_SECONDS = 180
_MILLISECONDS = 100_000_000_000


def token(org: Org, request: Request, body: bytes) -> Response:
    """`POST /services/oauth2/token`: JWT bearer, refresh token, client credentials is refused."""
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    grant = form.get("grant_type", "")
    if grant == JWT_BEARER:
        return _jwt_login(org, request, form)
    if grant == "refresh_token":
        return _refresh_login(org, request, form)
    raise OAuthError("unsupported_grant_type", "grant type not supported")


def _jwt_login(org: Org, request: Request, form: dict[str, str]) -> Response:
    assertion = form.get("assertion", "")
    claims = _unverified(assertion)
    app = org.store.one("SELECT * FROM _app WHERE consumer_key = ?", str(claims.get("iss", "")))
    if app is None:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    _verify(org, assertion, claims, app)
    user = org.store.one(
        "SELECT u.*, l.IsFrozen FROM User u LEFT JOIN UserLogin l ON l.UserId = u.Id WHERE u.Username = ?",
        str(claims.get("sub", "")),
    )
    if user is None:
        _refuse(org, request, app, "", str(claims.get("sub", "")), "LOGIN_ERROR_INVALID_PASSWORD")
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")
    _may_log_in(org, request, app, user)
    if not _granted(org, app, user):
        _refuse(org, request, app, user["Id"], user["Username"], "LOGIN_OAUTH_API_DISABLED")
        raise OAuthError("invalid_app_access", "user is not admin approved to access this app")
    return _logged_in(org, request, app, user, None, "")


def _unverified(assertion: str) -> dict[str, Any]:
    try:
        if jwt.get_unverified_header(assertion).get("alg") != "RS256":
            raise OAuthError("invalid_grant", "invalid assertion")
        claims: dict[str, Any] = jwt.decode(assertion, options={"verify_signature": False, "verify_exp": False})
    except jwt.PyJWTError:
        raise OAuthError("invalid_grant", "invalid assertion") from None
    return claims


def _verify(org: Org, assertion: str, claims: dict[str, Any], app: dict[str, Any]) -> None:
    """Real RS256 against the app's one certificate; audience and expiry as clients in the wild send them."""
    try:
        key = x509.load_pem_x509_certificate((app["certificate"] or "").encode()).public_key()
        jwt.decode(assertion, key, algorithms=["RS256"], options={  # type: ignore[arg-type]
            "verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False})  # fmt: skip
    except (jwt.PyJWTError, ValueError, UnsupportedAlgorithm):
        raise OAuthError("invalid_grant", "invalid assertion") from None
    if str(claims.get("aud", "")).rstrip("/") not in org.audiences:
        raise OAuthError("invalid_grant", "audience is invalid")
    try:
        expiry = float(claims.get("exp", 0))
    except (TypeError, ValueError):
        raise OAuthError("invalid_grant", "invalid assertion") from None
    if expiry < _MILLISECONDS and not _in_time(org.clock.now(), expiry):
        raise OAuthError("invalid_grant", "expired assertion")


def _in_time(now: datetime, expiry: float) -> bool:
    return now.timestamp() - SKEW_SECONDS <= expiry <= now.timestamp() + AHEAD_SECONDS


def _may_log_in(org: Org, request: Request, app: dict[str, Any], user: dict[str, Any]) -> None:
    if not user["IsActive"]:
        _refuse(org, request, app, user["Id"], user["Username"], "LOGIN_ERROR_USER_INACTIVE")
        raise OAuthError("invalid_grant", "inactive user")
    if user["IsFrozen"]:
        _refuse(org, request, app, user["Id"], user["Username"], "LOGIN_ERROR_USER_FROZEN")
        raise OAuthError("invalid_grant", "inactive user")


def _granted(org: Org, app: dict[str, Any], user: dict[str, Any]) -> bool:
    row = org.store.one(
        "SELECT 1 AS yes FROM SetupEntityAccess g JOIN PermissionSetAssignment a ON a.PermissionSetId = g.ParentId "
        "WHERE g.SetupEntityId = ? AND a.AssigneeId = ?",
        app["app_id"], user["Id"],
    )  # fmt: skip
    return row is not None


def _refresh_login(org: Org, request: Request, form: dict[str, str]) -> Response:
    app = org.store.one("SELECT * FROM _app WHERE consumer_key = ?", form.get("client_id", ""))
    if app is None:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if app["consumer_secret"] and not secrets.compare_digest(form.get("client_secret", ""), app["consumer_secret"]):
        raise OAuthError("invalid_client", "invalid client credentials")
    refresh = form.get("refresh_token", "")
    row = org.store.one(
        "SELECT t.UserId, t.AppName, u.*, l.IsFrozen FROM OauthToken t JOIN User u ON u.Id = t.UserId "
        "LEFT JOIN UserLogin l ON l.UserId = u.Id WHERE t.AccessToken = ? AND t.AppName = ?",
        refresh, app["name"],
    )  # fmt: skip
    if row is None:
        raise OAuthError("invalid_grant", "expired access/refresh token")
    _may_log_in(org, request, app, row)
    with org.store.write() as connection:
        connection.execute(
            "UPDATE OauthToken SET LastUsedDate = ?, UseCount = UseCount + 1 WHERE AccessToken = ?",
            (iso(org.clock.now()), refresh),
        )
    return _logged_in(org, request, app, row, refresh, "OauthRefreshToken")


def _logged_in(
    org: Org, request: Request, app: dict[str, Any], user: dict[str, Any], refresh: str | None, sub_type: str
) -> Response:
    made = open_session(org, user, app, request, refresh, sub_type)
    org.logs.login(org, request, app, user["Id"], user["Username"], made["login_key"], sub_type, "LOGIN_NO_ERROR")
    base = org.instance_url(request)
    answer = {"access_token": made["token"], "scope": "api refresh_token", "instance_url": base, "token_type": "Bearer"}
    identity = f"{base}/id/{org.org_id}/{user['Id']}"
    return JSONResponse({**answer, "id": identity, "issued_at": str(int(org.clock.now().timestamp() * 1000))})


def _refuse(org: Org, request: Request, app: dict[str, Any], user_id: str, username: str, status: str) -> None:
    org.logs.login(org, request, app, user_id, username, "", "", status)


def revoke(org: Org, request: Request, body: bytes) -> Response:
    """`POST /services/oauth2/revoke`: an access token dies alone, a refresh token takes its access tokens along."""
    form = dict(parse_qsl(body.decode("utf-8", "replace"))) | dict(request.query_params)
    given = form.get("token", "")
    with org.store.write() as connection:
        row = connection.execute(
            "SELECT AccessToken, DeleteToken FROM OauthToken WHERE AccessToken = ? OR DeleteToken = ?", (given, given)
        ).fetchone()
        if row is not None:
            sessions = connection.execute(
                "SELECT session_id FROM _access WHERE refresh_token = ?", (row[0],)
            ).fetchall()
            connection.execute("DELETE FROM OauthToken WHERE DeleteToken = ?", (row[1],))
            for (session,) in sessions:
                end_session(org, session)
            return Response(status_code=200)
        access = connection.execute("SELECT session_id FROM _access WHERE token = ?", (given,)).fetchone()
        if access is not None:
            end_session(org, access[0])
            return Response(status_code=200)
    raise OAuthError("invalid_token", "the token is not valid")


def introspect(org: Org, body: bytes) -> Response:
    """`POST /services/oauth2/introspect`."""
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    app = org.store.one("SELECT * FROM _app WHERE consumer_key = ?", form.get("client_id", ""))
    if app is None or not secrets.compare_digest(form.get("client_secret", ""), app["consumer_secret"] or ""):
        raise OAuthError("invalid_client", "invalid client credentials")
    given = form.get("token", "")
    row = org.store.one(
        "SELECT u.Username AS username, u.Id AS sub FROM _access a JOIN User u ON u.Id = a.user_id "
        "WHERE a.token = ? AND a.app_id = ?",
        given, app["app_id"],
    ) or org.store.one(
        "SELECT u.Username AS username, u.Id AS sub FROM OauthToken t JOIN User u ON u.Id = t.UserId "
        "WHERE t.AccessToken = ? AND t.AppName = ?",
        given, app["name"],
    )  # fmt: skip
    if row is None:
        return JSONResponse({"active": False})
    return JSONResponse({"active": True, "scope": "api refresh_token", "client_id": app["consumer_key"], **row})


def userinfo(org: Org, request: Request) -> Response:
    """`GET /services/oauth2/userinfo`."""
    from leakresponse.rehearsal.orgsrv.errors import ApiError
    from leakresponse.rehearsal.orgsrv.identity import authenticate

    try:
        caller = authenticate(org, request)
    except ApiError:
        return Response("Bad_OAuth_Token", 403, media_type="text/plain")
    base = org.instance_url(request)
    names = {"user_id": caller.user_id, "organization_id": org.org_id, "preferred_username": caller.username}
    return JSONResponse({"sub": f"{base}/id/{org.org_id}/{caller.user_id}", **names, "urls": {"rest": base}})


__all__ = ["client_ip", "introspect", "revoke", "token", "userinfo"]
