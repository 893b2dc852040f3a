"""Whether a consumer key and its secret are good, without a user and without opening a session.

`POST /services/oauth2/introspect` wants the app to prove itself before it tells of a token (Salesforce Help, "OpenID
Connect Token Introspection"). Asked about a token that is none, a good pair hears `active: false`, a bad one a refusal.
"""

from __future__ import annotations

import secrets

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.http import error_code, is_busy
from leakresponse.core.errors import Refused, Unavailable
from leakresponse.core.redact import Redacted

#: Refusals of the pair itself (salesforce_api.md 1.1, 1.3).
_BAD_PAIR = frozenset({"invalid_client", "invalid_client_id"})


def try_secret(client: SalesforceClient, consumer_key: str, secret: Redacted[str]) -> str:
    """Empty where the pair is good, else the refusal's code.

    Raises Unavailable where the org is busy, Refused for an answer that says nothing about the pair.
    """
    code = _asked(client, consumer_key, secret, Redacted(secrets.token_urlsafe(32)))[0]
    if code and code not in _BAD_PAIR:
        raise Refused("the introspection endpoint does not say whether the pair is good", code)
    return code


def is_live(
    client: SalesforceClient, consumer_key: str, secret: Redacted[str], refresh_token: Redacted[str]
) -> bool:  # fmt: skip
    """Whether a refresh token of the app is good, without using it up. Raises Refused where the pair itself is not."""
    code, active = _asked(client, consumer_key, secret, refresh_token)
    if code:
        raise Refused("the app could not prove itself", code)
    return active


def _asked(
    client: SalesforceClient, consumer_key: str, secret: Redacted[str], token: Redacted[str]
) -> tuple[str, bool]:  # fmt: skip
    url = f"{client.access.instance_url.rstrip('/')}/services/oauth2/introspect"
    form = {"client_id": consumer_key, "client_secret": secret.reveal(), "token": token.reveal()}
    answer = client.wire.form(url, form)
    if is_busy(answer):
        raise Unavailable("the introspection endpoint is busy")
    if answer.status_code != 200:
        return error_code(answer), False
    return "", bool(answer.json().get("active"))
