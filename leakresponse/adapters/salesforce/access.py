"""How to reach one org, and the login that turns a key into a session.

The JWT call is our own because simple-salesforce 1.12 always posts to `*.salesforce.com` (measured, salesforce_clients
notes section 5). Flow facts: Salesforce Help `remoteaccess_oauth_jwt_flow`; refusals: `remoteaccess_oauth_flow_errors`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import jwt
import requests

from leakresponse.adapters.salesforce.http import Wire, is_busy
from leakresponse.core.errors import Refused, Unavailable
from leakresponse.core.redact import Redacted

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: Salesforce accepts an expiry "within about 3 minutes"; two leave room for a clock that is off by one.
ASSERTION_SECONDS = 120


@dataclass(frozen=True, slots=True)
class OrgAccess:
    """Everything needed to log in as the responder."""

    instance_url: str
    consumer_key: str
    username: str
    private_key: Redacted[str]
    audience: str = "https://login.salesforce.com"
    ca_file: str | None = None
    api_version: str = "67.0"
    login_url: str = ""

    @property
    def token_url(self) -> str:
        """The token endpoint; My Domain hosts accept the call too."""
        return f"{(self.login_url or self.instance_url).rstrip('/')}/services/oauth2/token"


def sign_assertion(consumer_key: str, username: str, audience: str, private_key: Redacted[str]) -> str:
    """A JWT bearer assertion, RS256, valid for ASSERTION_SECONDS."""
    claims = {"iss": consumer_key, "sub": username, "aud": audience, "exp": int(time.time()) + ASSERTION_SECONDS}
    return jwt.encode(claims, private_key.reveal(), algorithm="RS256")


def login_with_key(wire: Wire, access: OrgAccess) -> Redacted[str]:
    """Log in by JWT bearer; the answer is the access token.

    Raises Unavailable where the org is busy to the end, which proves nothing about the key, and Refused with the
    endpoint's `error` code and, in its message, the vendor's own description, which holds no personal data.
    """
    assertion = sign_assertion(access.consumer_key, access.username, access.audience, access.private_key)
    answer = wire.form(access.token_url, {"grant_type": JWT_BEARER, "assertion": assertion})
    return _access_token(answer)


def refresh_login(
    wire: Wire, access: OrgAccess, consumer_key: str, secret: Redacted[str], refresh_token: Redacted[str]
) -> Redacted[str]:
    """Mint an access token from a refresh token; used to prove that one is dead."""
    form = {"grant_type": "refresh_token", "client_id": consumer_key, "refresh_token": refresh_token.reveal()}
    if secret.reveal():
        form["client_secret"] = secret.reveal()
    return _access_token(wire.form(access.token_url, form))


def credentials_login(wire: Wire, access: OrgAccess, consumer_key: str, secret: Redacted[str]) -> Redacted[str]:
    """Log in by client credentials, as the user that the app names; it gives no refresh token."""
    form = {"grant_type": "client_credentials", "client_id": consumer_key, "client_secret": secret.reveal()}
    return _access_token(wire.form(access.token_url, form))


def _access_token(answer: requests.Response) -> Redacted[str]:
    if is_busy(answer):
        raise Unavailable("the token endpoint is busy")
    body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    if answer.status_code == 200 and body.get("access_token"):
        return Redacted(str(body["access_token"]))
    code = str(body.get("error", "")) or f"http_{answer.status_code}"
    raise Refused(f"login refused: {body.get('error_description', 'no reason given')}", code)
