"""Consumer key and secret of an External Client App: stage, rotate, delete (Connect REST, "OAuth Credentials", v65+).

A rotated pair goes on for 30 days in the staged slot, as `Rotated`, unless it is deleted (Help
`xcloud.eca_stage_oauth_credentials`; containment facts, rated C). There is one staged pair at a time. Needs the org's
`enableClientSecretInRestApiAccess` and the permissions External Client App Developer and View Client Secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.inventory_apps import ECA_PREFIX
from leakresponse.core.errors import Refused
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.core.soql.build import equals, select

_ROOT = "/apps/oauth/credentials"
ACTIVE, ROTATED = "Active", "Rotated"


@dataclass(frozen=True, slots=True)
class Consumer:
    """One app's key as the org has it now, the address of its pair, and that of its staged slot."""

    key: str
    url: str
    staged: str


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged pair: still to be rotated (`Active`), or the one that was the app's own before (`Rotated`)."""

    url: str
    state: str
    key: str
    secret: Redacted[str] = field(repr=False)


def consumer_of(client: SalesforceClient, app: str) -> Consumer:
    """The consumer of the External Client App of this label. Raises Refused `NOT_FOUND`."""
    rows = client.query(select("AppMenuItem", ["ApplicationId"], where=equals("Label", app)))
    ids = [str(row["ApplicationId"]) for row in rows if str(row["ApplicationId"] or "").startswith(ECA_PREFIX)]
    if len(ids) != 1:
        raise Refused("not one External Client App of this name", "NOT_FOUND" if not ids else "NOT_ONE_APP")
    found = client.call("GET", f"{_ROOT}/{ids[0]}").json()["consumers"]
    if len(found) != 1:
        raise Refused("the app has not one consumer", "NOT_ONE_CONSUMER")
    url = f"{_ROOT}/{ids[0]}/{found[0]['id']}"
    return Consumer(str(found[0]["key"]), url, str(found[0]["stagedCredentialsUrl"]))


def own_pair(client: SalesforceClient, consumer: Consumer) -> HiddenDict:
    """Key and secret that are the app's own now."""
    body = client.call("GET", consumer.url, params={"part": "keyandsecret"}).json()
    return HiddenDict({"consumer_key": str(body["key"]), "consumer_secret": str(body["secret"])})


def staged_of(client: SalesforceClient, consumer: Consumer) -> list[Staged]:
    """What is in the staged slot."""
    body = client.call("GET", consumer.staged).json()
    return [_staged(one) for one in body.get("stagedCredentials") or []]


def stage(client: SalesforceClient, consumer: Consumer) -> Staged:
    """A new pair, staged. Refused where one is staged already, also by a try whose answer was lost."""
    return _staged(client.call("POST", consumer.staged, repeatable=True).json())


def rotate(client: SalesforceClient, staged: Staged) -> None:
    """Make the staged pair the app's own; the one before goes on in the staged slot until it is deleted.

    Refused where it was rotated already, as after an answer that was lost: whose the app's own key is, tells.
    """
    client.call("PATCH", staged.url, json={"command": "rotate"}, repeatable=True)


def delete(client: SalesforceClient, staged: Staged) -> bool:
    """Delete a staged pair, which ends it; False where it was gone already."""
    try:
        client.call("DELETE", staged.url)
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
        return False
    return True


def _staged(row: Mapping[str, Any]) -> Staged:
    return Staged(str(row["url"]), str(row["state"]), str(row["key"]), Redacted(str(row["secret"])))
