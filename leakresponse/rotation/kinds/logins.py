"""Using a credential for real: one login, and what it opened is closed again, so that a proof leaves nothing alive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.access import credentials_login, login_with_key, refresh_login
from leakresponse.core.errors import Refused
from leakresponse.core.redact import Redacted
from leakresponse.rotation.types import Value


def try_key(client: SalesforceClient, value: Value) -> str:
    """A fresh JWT assertion with the value's private key: empty where it worked, else the refusal's code."""
    key = Redacted(value["private_key_pem"])
    access = replace(client.access, consumer_key=value["consumer_key"], username=value["username"], private_key=key)
    return _tried(client, lambda: login_with_key(client.wire, access))


def try_pair(client: SalesforceClient, value: Value) -> str:
    """The value's consumer key and secret, the way its service uses them: with a refresh token, or by themselves."""
    key, secret = value["consumer_key"], Redacted(value["consumer_secret"])
    if value.get("refresh_token"):
        token = Redacted(value["refresh_token"])
        return _tried(client, lambda: refresh_login(client.wire, client.access, key, secret, token))
    return _tried(client, lambda: credentials_login(client.wire, client.access, key, secret))


def _tried(client: SalesforceClient, login: Callable[[], Redacted[str]]) -> str:
    """Unavailable goes through: a busy endpoint proves nothing."""
    try:
        token = login()
    except Refused as refused:
        return refused.code or "refused"
    client.revoke(token)
    return ""
