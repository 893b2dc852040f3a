"""A data export is found in the setup audit trail, by its user and in its window."""

from __future__ import annotations

from datetime import timedelta

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.data_exports import data_exports
from leakresponse.core.types import Window
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.store import put
from tests.support.served_org import Served

USER = "005000000000001AAA"


def test_an_export_of_the_user_in_the_window_is_found(org: Served, client: SalesforceClient) -> None:
    now = org.world.clock.now()
    row = {"Action": "exportRequested", "Section": "Data Export", "Display": "Requested an export", "CreatedById": USER}
    with org.world.store.write() as db:
        put(db, "SetupAuditTrail", {**row, "Id": "0Ym000000000991AAA", "CreatedDate": iso(now)})
        put(db, "SetupAuditTrail", {**row, "Id": "0Ym000000000992AAA", "CreatedDate": iso(now - timedelta(days=9))})
    around = Window(now - timedelta(hours=1), now + timedelta(hours=1))
    assert [user for user, _at in data_exports(client, {USER}, around)] == [USER]
    assert data_exports(client, {"005000000000002AAA"}, around) == []
    assert data_exports(client, frozenset(), around) == []
