"""The permission snapshot agrees with what the org itself lets a user read, before and after a cut."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import Hands
from leakresponse.adapters.salesforce.cuts.guest import RestrictGuest
from leakresponse.adapters.salesforce.inventory_users import read_rights
from leakresponse.adapters.salesforce.permission_snapshot import key_prefixes, read_snapshot, readable_counts
from leakresponse.core.permissions import Snapshot, readable
from leakresponse.core.types import ObjectInfo
from leakresponse.rehearsal.org.permissions import held_by
from tests.support.served_org import Served

OBJECTS = ("Account", "Contact", "Case", "Order", "Loyalty_Member__c")
READERS = ("support.lead", "support.night", "help.center.guest", "drift.nightly")


def user_of(org: Served, name: str) -> dict[str, str]:
    row = org.world.store.one('SELECT Id, ProfileId FROM "User" WHERE Username LIKE ?', f"{name}@%")
    assert row is not None
    return dict(row)


def taken(
    org: Served, client: SalesforceClient, *names: str, rights: dict[str, list[tuple[str, str]]] | None = None
) -> Snapshot:
    now = org.world.clock.now()
    users = [user_of(org, name)["Id"] for name in names]
    return read_snapshot(client, users, OBJECTS, (now - timedelta(days=1), now), rights)


def described(client: SalesforceClient, name: str) -> ObjectInfo:
    return client.describe(name)


@pytest.mark.parametrize("name", READERS)
def test_it_shows_what_the_org_lets_the_user_read(org: Served, client: SalesforceClient, name: str) -> None:
    user = user_of(org, name)["Id"]
    snapshot, held = taken(org, client, name), held_by(org.world, user)
    for one in OBJECTS:
        info, schema = described(client, one), org.world.store.schema[one]
        found = readable(snapshot, user, info)
        assert found.nothing is not held.may("Read", schema), one
        assert found.all_records == held.sees_all(schema), one
        if not found.nothing:
            assert found.fields == held.readable(schema) & set(info.fields), one


def test_a_cut_guest_profile_is_shown_as_it_was(org: Served, client: SalesforceClient, hands: Hands) -> None:
    guest = user_of(org, "help.center.guest")
    rights = dict(read_rights(client, [guest["ProfileId"]])[guest["ProfileId"]])
    cut = RestrictGuest()
    cut.act(hands, guest["ProfileId"])
    try:
        now = taken(org, client, "help.center.guest")
        before = taken(org, client, "help.center.guest", rights={guest["ProfileId"]: list(rights.items())})
    finally:
        cut.undo(hands, guest["ProfileId"], rights)
    contact = described(client, "Contact")
    assert readable(now, guest["Id"], contact).nothing
    assert "Email" in readable(before, guest["Id"], contact).fields
    assert "SSN__c" not in readable(before, guest["Id"], contact).fields


def test_records_are_counted_as_they_were_deleted_ones_too(org: Served, client: SalesforceClient) -> None:
    until = org.world.clock.now()
    row = org.world.store.one("SELECT COUNT(*) AS n FROM Contact")
    assert row is not None
    assert readable_counts(client, ["Contact"], until) == {"Contact": row["n"]}
    assert readable_counts(client, ["Contact"], until - timedelta(days=36_500)) == {"Contact": 0}


def test_an_object_that_cannot_be_counted_is_left_out(org: Served, client: SalesforceClient) -> None:
    assert readable_counts(client, ["Nothing__c"], org.world.clock.now()) == {}


def test_key_prefixes_name_objects(client: SalesforceClient) -> None:
    assert {"003": "Contact", "500": "Case"}.items() <= key_prefixes(client).items()
