"""The device flow: a person lets an app in, in a browser of their own (Help, "OAuth 2.0 Device Flow").

Refused for apps that are not installed, whatever was approved before (salesforce_api.md 3.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.http import error_code, is_busy
from leakresponse.core.errors import LeakResponseError, Refused, Unavailable
from leakresponse.core.redact import Redacted

#: Salesforce asks devices to poll no faster (the same page).
POLL_SECONDS = 5.0
_PENDING = frozenset({"authorization_pending", "slow_down"})


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the person is asked for: `user_code`, good for ten minutes, typed in at `address`."""

    address: str
    user_code: str
    device_code: Redacted[str] = field(repr=False)


class Waiting(LeakResponseError):
    """The person has not come yet."""


def begin_consent(client: SalesforceClient, consumer_key: str) -> DeviceCode:
    """Ask for a code. Raises Refused where the app has no device flow."""
    form = {"client_id": consumer_key, "response_type": "device_code", "scope": "api refresh_token"}
    body = _answer(client, form)
    return DeviceCode(str(body["verification_uri"]), str(body["user_code"]), Redacted(str(body["device_code"])))


def take_consent(client: SalesforceClient, consumer_key: str, code: DeviceCode) -> tuple[Redacted[str], Redacted[str]]:
    """Access and refresh token that the consent gave; the second is empty where the app may have none.

    Raises Waiting until the person came, Refused where they said no or the code ran out.
    """
    form = {"client_id": consumer_key, "grant_type": "device", "code": code.device_code.reveal()}
    try:
        body = _answer(client, form)
    except Refused as refused:
        if refused.code in _PENDING:
            raise Waiting("the person has not come yet") from None
        raise
    return Redacted(str(body["access_token"])), Redacted(str(body.get("refresh_token") or ""))


def _answer(client: SalesforceClient, form: Mapping[str, str]) -> dict[str, Any]:
    answer = client.wire.form(client.access.token_url, form)
    if is_busy(answer):
        raise Unavailable("the token endpoint is busy")
    if answer.status_code != 200:
        raise Refused("refused at the token endpoint", error_code(answer))
    body: dict[str, Any] = answer.json()
    return body
