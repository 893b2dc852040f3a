"""What an org did not give back is never said to be back."""

from __future__ import annotations

import pytest

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, Hands
from leakresponse.adapters.salesforce.inventory_users import read_guests
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import Refused
from leakresponse.core.redact import Redacted
from tests.support.org_faults import keep_alive
from tests.support.served_org import Served


def _id(org: Served, sql: str) -> str:
    row = org.world.store.one(sql)
    assert row is not None
    return str(next(iter(row.values())))


def _cases(org: Served, client: SalesforceClient) -> dict[ActionKind, tuple[str, dict[str, str]]]:
    """A target and its inverse by kind."""
    user = "SELECT u.{} FROM \"User\" u JOIN UserLogin l ON l.UserId = u.Id WHERE u.Username LIKE 'order.sync@%'"
    (guest,) = read_guests(client)
    grant = org.world.store.one("SELECT Id, ParentId, SetupEntityId FROM SetupEntityAccess WHERE ParentId IN "
                                "(SELECT Id FROM PermissionSet WHERE Name = 'Order_Sync_Access')")  # fmt: skip
    assert grant is not None
    profile = _id(org, "SELECT Id FROM Profile WHERE Name = 'Support Night Desk'")
    drift = _id(org, "SELECT Id FROM PermissionSet WHERE Name = 'Drift_Access'")
    return {
        "freeze_user": (_id(org, user.format("Id").replace("u.Id FROM", "l.Id FROM")), {"IsFrozen": "false"}),
        "deactivate_user": (_id(org, user.format("Id")), {"IsActive": "true"}),
        "remove_grant": (grant["Id"], {key: grant[key] for key in ("ParentId", "SetupEntityId")}),
        "disable_eca": ("Returns_Portal", {"isEnabled": "true"}),
        "block_app": (fingerprint(org.integration("order.sync")["consumer_key"]), {}),
        "restrict_guest": (guest.profile_id, dict(guest.rights)),
        "strip_permission": (f"set:{drift}:PermissionsApiEnabled", {}),
        "close_named_credential": (_id(org, "SELECT Id FROM NamedCredential ORDER BY Id LIMIT 1"), {}),
        "add_login_ranges": (f"{profile}:203.0.113.0/24", {"ranges": ""}),
    }


_DEPLOY, _CHANGE, _MAKE = ("*/metadata/deployRequest", "POST"), ("*/sobjects/*", "PATCH"), ("*/sobjects/*", "POST")
#: The call by which each kind is given back.
CALLS: dict[ActionKind, tuple[str, str]] = {
    "freeze_user": _CHANGE, "deactivate_user": _CHANGE, "remove_grant": _MAKE, "disable_eca": _DEPLOY,
    "block_app": _DEPLOY, "restrict_guest": _DEPLOY, "strip_permission": _CHANGE, "close_named_credential": _DEPLOY,
    "add_login_ranges": _DEPLOY,
}  # fmt: skip


@pytest.mark.parametrize("kind", CALLS)
def test_a_way_back_that_the_org_does_not_go_is_refused(
    org: Served, client: SalesforceClient, kind: ActionKind
) -> None:
    cut, (target, inverse) = CUTS[kind], _cases(org, client)[kind]
    key = org.integration("order.sync")["consumer_key"]
    hands = Hands(client, {fingerprint(key): Redacted(key)})
    cut.act(hands, target)
    keep_alive(org, *CALLS[kind])
    with pytest.raises(Refused) as refused:
        cut.undo(hands, target, inverse)
    assert refused.value.code in {"NOT_RESTORED", "NO_ID"}
    org.world.faults.order([])
    cut.undo(hands, target, inverse)
    assert cut.undo(hands, target, inverse).get("already")
