"""The token endpoint: which grant is asked for, and what the docs say of the OAuth addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from leakresponse.rehearsal.org import oauth_codes, oauth_device, oauth_grants
from leakresponse.rehearsal.org.calls import Answer
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.oauth_logins import Visit
from leakresponse.rehearsal.org.routes import Address
from leakresponse.rehearsal.org.world import World

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANTS: Mapping[str, Callable[[World, Mapping[str, str], Visit], Answer]] = {
    JWT_BEARER: oauth_grants.by_key,
    "refresh_token": oauth_grants.by_refresh_token,
    "client_credentials": oauth_grants.by_credentials,
    "password": oauth_grants.by_password,
    "authorization_code": oauth_codes.by_code,
    "device": oauth_device.by_device,
}


def token(world: World, form: Mapping[str, str], visit: Visit) -> Answer:
    """`POST /services/oauth2/token`. Raises OauthRefused, after writing the refused login to the logs."""
    if form.get("response_type") == "device_code":
        return oauth_device.begin(world, form, visit)
    grant = GRANTS.get(form.get("grant_type", ""))
    if grant is None:
        raise OauthRefused("unsupported_grant_type", "grant type not supported")
    return grant(world, form, visit)


ADDRESSES = (
    Address(
        "/services/oauth2/token",
        "JWT bearer (RS256 against the app's certificate), refresh token, client credentials, authorization code with "
        "PKCE, device; the app proves itself by secret, Basic header or signed assertion",
        "400 with `invalid_grant`, `invalid_client`, `invalid_client_id`, `invalid_app_access`, `app_blocked`, "
        "`app_not_found`, `authorization_pending`, `slow_down`, `unsupported_grant_type`; the password grant always",
    ),
    Address(
        "/services/oauth2/authorize", "code flow; who consents is `simulated_user` or the cookie `sid`",
        "redirect with `OAUTH_APP_BLOCKED`, `OAUTH_APP_ACCESS_DENIED`, `OAUTH_EC_APP_NOT_FOUND`, `access_denied`, "
        "`invalid_request`; 400 `invalid_client_id`, `redirect_uri_mismatch`; the user-agent flow",
    ),
    Address("/setup/connect", "the page where a person types the code of a device; who is as above", "400"),
    Address(
        "/services/oauth2/revoke",
        "GET or POST: an access token itself; a refresh token or DeleteToken with its access tokens",
        "400 `invalid_token` the second time, `unsupported_token_type` for a browser's session",
    ),
    Address("/services/oauth2/introspect", "an app's own tokens, or all where it may", "400 `invalid_client`"),
    Address("/services/oauth2/userinfo", "OpenID claims", "403 `Bad_OAuth_Token`"),
    Address("/id/{org}/{user}", "the identity address of a login; header or `oauth_token`", "403 `Bad_OAuth_Token`"),
)  # fmt: skip
