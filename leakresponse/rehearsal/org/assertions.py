"""JWT bearer assertions: the signature is really verified, and every refusal has Salesforce's words.

Facts: Salesforce Help `remoteaccess_oauth_jwt_flow` and `remoteaccess_oauth_flow_errors`; what clients send was
measured (sf CLI: `exp` in milliseconds and `aud` with a trailing slash; simple-salesforce: `exp` as text).
"""

from __future__ import annotations

from typing import Any

import jwt

from leakresponse.rehearsal.org.certs import public_key
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.identity import user_by_name
from leakresponse.rehearsal.org.oauth_apps import app_by_key, check_app, is_approved, is_granted
from leakresponse.rehearsal.org.world import World

LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")
#: Clients that prove themselves by an assertion name this address below the host as its audience.
TOKEN_ADDRESS = "/services/oauth2/token"
#: How far a client's clock may be behind, in seconds; CumulusCI sends an `exp` of this very moment.
SKEW_SECONDS = 60
#: Above this an `exp` is in milliseconds.
_MILLISECONDS = 100_000_000_000
_UNCHECKED = {
    "verify_signature": True, "verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False,
    "verify_sub": False, "verify_jti": False, "verify_iss": False,
}  # fmt: skip


def app_of(world: World, assertion: str) -> dict[str, Any]:
    """The connected app that an assertion names, not yet verified."""
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise OauthRefused("invalid_grant", "invalid assertion", "LOGIN_OAUTH_INVALID_TOKEN") from None
    app = app_by_key(world, str(claims.get("iss", "")))
    if app is None:
        raise OauthRefused("invalid_client_id", "client identifier invalid", "LOGIN_OAUTH_NO_CONSUMER")
    return app


def verify(world: World, app: dict[str, Any], assertion: str) -> dict[str, Any]:
    """The claims of an assertion signed with the app's present key, in time and for this org."""
    claims = _signed_claims(app, assertion)
    audience = claims.get("aud", "")
    audiences = audience if isinstance(audience, list) else [audience]
    known = {url.rstrip("/") for url in (*LOGIN_HOSTS, *world.urls)}
    if not any(str(one).rstrip("/").removesuffix(TOKEN_ADDRESS) in known for one in audiences):
        raise OauthRefused("invalid_grant", "audience is invalid", "LOGIN_OAUTH_INVALID_TOKEN")
    if _expiry(claims) < world.clock.wall().timestamp() - SKEW_SECONDS:
        raise OauthRefused("invalid_grant", "expired assertion", "LOGIN_OAUTH_INVALID_TOKEN")
    return claims


def user_of(world: World, app: dict[str, Any], username: str) -> dict[str, Any]:
    """The user of an assertion, if that user may log in with the app without being asked."""
    user = user_by_name(world, username)
    if user is None:
        raise OauthRefused("invalid_grant", "user hasn't approved this consumer", "LOGIN_ERROR_INVALID_PASSWORD")
    check_user(user)
    check_app(world, app, user["Id"])
    approved = is_approved(world, app["app_id"], user["Id"])
    if not app["installed"] and not approved:
        raise OauthRefused("invalid_client", "app must be installed into org", "LOGIN_OAUTH_PACKAGE_MISSING")
    if app["admin_approved"] and not is_granted(world, app["app_id"], user["Id"]):
        words = "user is not admin approved to access this app"
        raise OauthRefused("invalid_app_access", words, "LOGIN_ERROR_CLIENT_NO_ACCESS")
    if not app["admin_approved"] and not approved:
        raise OauthRefused("invalid_grant", "user hasn't approved this consumer", "LOGIN_OAUTH_INVALID_TOKEN")
    return user


def check_user(user: dict[str, Any]) -> None:
    """Frozen and inactive users get no new login, guests never; the words for a frozen one are not settled."""
    if user["UserType"] == "Guest":
        raise OauthRefused("invalid_grant", "user hasn't approved this consumer", "LOGIN_OAUTH_INVALID_TOKEN")
    if not user["IsActive"]:
        raise OauthRefused("invalid_grant", "inactive user", "LOGIN_ERROR_USER_INACTIVE")
    if user["IsFrozen"]:
        raise OauthRefused("invalid_grant", "inactive user", "LOGIN_ERROR_USER_FROZEN")


def _signed_claims(app: dict[str, Any], assertion: str) -> dict[str, Any]:
    key: Any = public_key(app["certificate"])
    if key is None:
        raise OauthRefused("invalid_grant", "invalid assertion", "LOGIN_OAUTH_INVALID_TOKEN")
    try:
        claims: dict[str, Any] = jwt.decode(assertion, key, algorithms=["RS256"], options=_UNCHECKED)  # type: ignore[arg-type]
    except (jwt.PyJWTError, TypeError):
        raise OauthRefused("invalid_grant", "invalid assertion", "LOGIN_OAUTH_INVALID_TOKEN") from None
    return claims


def _expiry(claims: dict[str, Any]) -> float:
    """`exp` in seconds, whether sent as a number, as text, or in milliseconds."""
    try:
        found = float(claims["exp"])
    except (KeyError, TypeError, ValueError):
        raise OauthRefused("invalid_grant", "invalid assertion", "LOGIN_OAUTH_INVALID_TOKEN") from None
    return found / 1000 if found > _MILLISECONDS else found
