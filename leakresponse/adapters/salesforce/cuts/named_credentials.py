"""Ways out: a named credential that is disabled lets nothing go out through it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.adapters.salesforce.cuts.types import Hands, Proof, check_given_back
from leakresponse.adapters.salesforce.inventory_work import tooling_rows
from leakresponse.adapters.salesforce.metadata import component, deploy
from leakresponse.adapters.salesforce.metadata_soap import read_components, rewritten
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import Refused
from leakresponse.core.soql.build import equals, select

_KIND, _STATUS = "NamedCredential", "CalloutStatus"
#: Its password is kept in the credential itself and is never read back: a deploy might lose it.
_WITH_SECRETS = "Legacy"


class CloseNamedCredential:
    """`calloutStatus` Disabled by a deploy of the credential as it was read; those with secrets inside are refused."""

    kind: ActionKind = "close_named_credential"
    source = "V: Tooling API guide and Metadata API guide, NamedCredential.calloutStatus (v59)"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Disable."""
        return _set(hands, target, "Disabled")

    def dead(self, hands: Hands, target: str) -> Proof:
        """Asked of the Tooling API. A callout is Apex, so it is not ours to try."""
        status = _row(hands, target).get(_STATUS)
        return Proof(status == "Disabled", f"CalloutStatus is {status}")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """As it was."""
        status = inverse.get(_STATUS, "Enabled")
        done = _set(hands, target, status)
        if status != "Disabled":
            check_given_back(self.dead(hands, target))
        return done


def _row(hands: Hands, target: str) -> dict[str, Any]:
    fields = ["DeveloperName", "NamedCredentialType", _STATUS]
    rows = tooling_rows(hands.client, select(_KIND, fields, where=equals("Id", target)))
    if not rows:
        raise Refused("no such named credential", "NOT_FOUND")
    return rows[0]


def _set(hands: Hands, target: str, status: str) -> dict[str, Any]:
    row = _row(hands, target)
    if row.get(_STATUS) == status:
        return {"already": True}
    name = row["DeveloperName"]
    found = read_components(hands.client, _KIND, [name]).get(name)
    if found is None or row.get("NamedCredentialType") == _WITH_SECRETS:
        raise Refused("its secrets might be lost by a deploy: a person disables it in Setup", "NO_API")
    inside = rewritten(found, {"calloutStatus": status})
    deploy(hands.client, [component(_KIND, name, f"namedCredentials/{name}.namedCredential", inside)])
    return {_STATUS: status}
