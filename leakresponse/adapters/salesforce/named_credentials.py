"""Credentials of external credential principals: what the org sends along when it calls outside.

Connect REST guide, "Credential" (v56+): PUT replaces all of a principal's values; where it has none yet POST makes
them. No value ever comes back, so what the org holds can be told by its names alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.errors import Refused
from leakresponse.core.redact import Redacted

_PATH = "/named-credentials/credential"


@dataclass(frozen=True, slots=True)
class Principal:
    """Whose credentials are meant. `protocol` as Connect spells it: AwsSv4, Basic, Custom, OAuth."""

    external_credential: str
    name: str
    protocol: str
    kind: str = "NamedPrincipal"

    @property
    def named(self) -> dict[str, str]:
        """As parameters of an address, and as part of a body."""
        return {
            "externalCredential": self.external_credential, "principalName": self.name, "principalType": self.kind,
        }  # fmt: skip


def store_credential(
    client: SalesforceClient, principal: Principal, secret: Mapping[str, Redacted[str]], plain: Mapping[str, str]
) -> str:  # fmt: skip
    """Replace what a principal holds; `secret` values are encrypted by the org. The answer is its status in the org.

    Doing it twice harms nothing. Raises Refused: 404 `NOT_FOUND` for an unknown credential or principal.
    """
    values: dict[str, Any] = {name: {"value": one.reveal(), "encrypted": True} for name, one in secret.items()}
    values |= {name: {"value": one, "encrypted": False} for name, one in plain.items()}
    body = {**principal.named, "authenticationProtocol": principal.protocol, "credentials": values}
    try:
        answer = client.call("PUT", _PATH, json=body, repeatable=True)
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
        answer = client.call("POST", _PATH, json=body, repeatable=True)
    return str(answer.json().get("authenticationStatus") or "")


def held_names(client: SalesforceClient, principal: Principal) -> frozenset[str]:
    """The names of what a principal holds; empty where it holds nothing."""
    try:
        answer = client.call("GET", _PATH, params=principal.named)
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
        return frozenset()
    return frozenset(answer.json().get("credentials") or ())
