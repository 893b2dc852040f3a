"""Who stands behind an alert's app, address or name, by the logins that every org keeps."""

from __future__ import annotations

from datetime import timedelta

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.login_history import readers_of
from leakresponse.core.types import Alert, Principal, PrincipalKind, Window
from tests.support.served_org import Served


def user_id(org: Served, name: str) -> str:
    row = org.world.store.one('SELECT Id FROM "User" WHERE Username LIKE ?', f"{name}@%")
    assert row is not None
    return str(row["Id"])


def readers(org: Served, client: SalesforceClient, kind: PrincipalKind, value: str) -> frozenset[str]:
    now = org.world.clock.now()
    window = Window(now - timedelta(minutes=30), now + timedelta(minutes=30))
    return readers_of(client, Alert("a", "test", now, "", window, (Principal(kind, value),)))


def test_an_app_and_an_address_lead_to_whom_they_logged_in_as(org: Served, client: SalesforceClient) -> None:
    org.client("drift.nightly")
    wanted = user_id(org, "drift.nightly")
    row = org.world.store.one("SELECT SourceIp FROM LoginHistory WHERE UserId = ? ORDER BY LoginTime DESC", wanted)
    assert row is not None
    assert wanted in readers(org, client, "connected_app", "drift")
    assert wanted in readers(org, client, "address", f"{row['SourceIp']}/32")
    assert readers(org, client, "address", "198.51.100.0/24") == frozenset()


def test_a_username_and_a_user_id_need_no_login(org: Served, client: SalesforceClient) -> None:
    row = org.world.store.one('SELECT Username FROM "User" WHERE Username LIKE ?', "support.lead@%")
    assert row is not None
    wanted = user_id(org, "support.lead")
    assert readers(org, client, "user", row["Username"]) == readers(org, client, "user", wanted) == {wanted}
