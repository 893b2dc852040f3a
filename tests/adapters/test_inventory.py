"""The inventory: every part, in few calls, bounded; what cannot be read is said."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest

from leakresponse.adapters.salesforce import SalesforceClient, inventory
from leakresponse.adapters.salesforce.inventory import Inventory, fingerprint, take_inventory
from leakresponse.core.errors import Unavailable
from leakresponse.core.types import Alert, Principal, Window
from leakresponse.rehearsal.org.store import put
from tests.support.org_faults import order
from tests.support.served_org import Served


def alert_of(org: Served, **principals: str) -> Alert:
    now = org.world.clock.now()
    named = tuple(Principal(kind, value) for kind, value in principals.items())  # type: ignore[arg-type]
    return Alert("a-1", "test", now, "a test", Window(now - timedelta(hours=1), now), named)


def _taken(org: Served, client: SalesforceClient, rest: float = 20.0, **principals: str) -> Inventory:
    return take_inventory(client, alert_of(org, **principals), [org.facts["username"]], 8, rest)


def _user_id(org: Served, name: str) -> str:
    row = org.world.store.one('SELECT Id FROM "User" WHERE Username LIKE ?', f"{name}@%")
    assert row is not None
    return str(row["Id"])


def test_everything_is_read(org: Served, client: SalesforceClient) -> None:
    snapshot = _taken(org, client, connected_app="Drift").snapshot
    assert (snapshot.apps, snapshot.unresolved) == (("Drift",), ())
    assert {token.app for token in snapshot.tokens} >= {"Drift", "Data Migrator"}
    assert {grant.app for grant in snapshot.grants} >= {"Drift", "Order Sync"}
    assert {way.developer_name for way in snapshot.named_credentials} >= {"Payment_Gateway"}
    assert {usage.app for usage in snapshot.eca_usages} == {"Returns Portal"}


def test_an_app_is_known_with_its_key_and_its_kind(org: Served, client: SalesforceClient) -> None:
    inventory = _taken(org, client, connected_app="Drift")
    apps = {app.name: app for app in inventory.snapshot.app_rows}
    assert inventory.secrets[apps["Drift"].key_handle].reveal() == org.integration("drift.nightly")["consumer_key"]
    assert (apps["Returns Portal"].kind, apps["Returns Portal"].key_handle) == ("eca", "")


def test_two_apps_of_one_name_stay_two(org: Served, client: SalesforceClient) -> None:
    with org.world.store.write() as db:
        put(db, "ConnectedApplication", {"Id": "0H4000000009999AAA", "Name": "Drift"})
    try:
        apps = [app for app in _taken(org, client, connected_app="Drift").snapshot.app_rows if app.name == "Drift"]
    finally:
        with org.world.store.write() as db:
            db.execute("DELETE FROM ConnectedApplication WHERE Id = '0H4000000009999AAA'")
    assert len({app.app_id for app in apps}) == 2
    assert sorted(bool(app.key_handle) for app in apps) == [False, True]


def test_secrets_never_show(org: Served, client: SalesforceClient) -> None:
    inventory = _taken(org, client, connected_app="Drift")
    assert not any(secret.reveal() in repr(inventory) for secret in inventory.secrets.values())


def test_an_external_client_app_is_read_with_its_switch(org: Served, client: SalesforceClient) -> None:
    snapshot = _taken(org, client, connected_app="Returns Portal").snapshot
    app = next(one for one in snapshot.app_rows if one.name == "Returns Portal")
    assert (app.enabled, bool(app.key_handle), app.developer_name) == (True, True, "Returns_Portal")


def test_an_app_that_nobody_installed_stands_among_the_apps(org: Served, client: SalesforceClient) -> None:
    with org.world.store.write() as db:
        db.execute(
            "INSERT INTO OauthToken (AppName, CreatedDate, DeleteToken, UseCount, UserId) "
            "VALUES ('Data Loader', '2026-11-01T00:00:00.000Z', 'uninstalled', 0, ?)", (_user_id(org, "migration"),)
        )  # fmt: skip
    snapshot = _taken(org, client, connected_app="Data Loader").snapshot
    assert next(one for one in snapshot.app_rows if one.name == "Data Loader").installed is False
    assert next(one for one in snapshot.tokens if one.app == "Data Loader").installed is False
    with org.world.store.write() as db:
        db.execute("DELETE FROM OauthToken WHERE DeleteToken = 'uninstalled'")


def test_a_user_comes_with_factors_permissions_schedules_and_ranges(org: Served, client: SalesforceClient) -> None:
    user, now = _user_id(org, "migration"), "2026-11-20T00:00:00.000Z"
    with org.world.store.write() as db:
        put(db, "TwoFactorInfo", {"Id": "0Kf000000000001AAA", "UserId": user, "Type": "TOTP", "CreatedDate": now})
        put(db, "CronJobDetail", {"Id": "08a000000000001AAA", "JobType": "8", "Name": "Nightly"})
        put(db, "CronTrigger", {
            "Id": "08e000000000001AAA", "CronJobDetailId": "08a000000000001AAA", "OwnerId": user, "State": "WAITING",
            "CreatedDate": now, "NextFireTime": now,
        })  # fmt: skip
        facts = {"id": "0Au000000000001AAA", "source": "lightningReportSubscribe", "active": True, "createdDate": now}
        put(db, "sim_subscription", {
            "subscription_id": facts["id"], "owner_id": user, "facts": json.dumps(facts),
        })  # fmt: skip
    snapshot = _taken(org, client, user=org.world.username("migration")).snapshot
    assert [(one.factor_id, one.kind) for one in snapshot.factors] == [("0Kf000000000001AAA", "TOTP")]
    assert {one.schedule_id for one in snapshot.schedules} == {"08e000000000001AAA", "0Au000000000001AAA"}
    assert {one.permission for one in snapshot.permissions} == {"PermissionsQueryAllFiles"}
    assert [(one.profile, one.ranges) for one in snapshot.login_ranges] == [("Integration User", ())]
    with org.world.store.write() as db:
        for table in ("TwoFactorInfo", "CronTrigger", "CronJobDetail", "sim_subscription"):
            db.execute(f"DELETE FROM {table}")


def test_guests_come_with_exactly_their_rights(org: Served, client: SalesforceClient) -> None:
    (guest,) = _taken(org, client, connected_app="Drift").snapshot.guests
    rights = dict(guest.rights)
    assert (guest.profile, rights["Contact"], rights["Case"]) == ("Help Center Profile", "Read", "Read,Create")
    assert rights["Contact.Email"] == "Read"


def test_holders_of_use_any_api_client_are_listed(org: Served, client: SalesforceClient) -> None:
    with org.world.store.write() as db:
        db.execute("UPDATE PermissionSet SET PermissionsUseAnyApiAuth = 1 WHERE Name = 'Drift_Access'")
    holders = _taken(org, client, connected_app="Drift").snapshot.past_blocks
    assert set(holders) == {_user_id(org, "drift.integration"), _user_id(org, "drift.nightly")}
    with org.world.store.write() as db:
        db.execute("UPDATE PermissionSet SET PermissionsUseAnyApiAuth = 0 WHERE Name = 'Drift_Access'")


def test_whom_client_credentials_run_as_is_marked(org: Served, client: SalesforceClient) -> None:
    portal = org.integration("returns.portal")
    org.form("token", grant_type="client_credentials", client_id=portal["consumer_key"],
             client_secret=portal["consumer_secret"])  # fmt: skip
    users = _taken(org, client, connected_app="Returns Portal").snapshot.users
    assert [(one.user_id, one.run_as) for one in users] == [(_user_id(org, "returns.portal"), True)]


def test_what_cannot_be_read_is_said_and_the_rest_stands(org: Served, client: SalesforceClient) -> None:
    refused = {"kind": "request_limit", "daily": False}
    order(org, {"match": {"path": "*/tooling/query", "in_a_row": 9}, "fault": refused})
    snapshot = _taken(org, client, connected_app="Drift").snapshot
    assert snapshot.unresolved == ("named_credentials: REQUEST_LIMIT_EXCEEDED",) or snapshot.unresolved == (
        "named_credentials: Unavailable",
    )
    assert snapshot.tokens


def test_the_rest_is_not_waited_for(org: Served, client: SalesforceClient) -> None:
    order(org, {"match": {"path": "*/apps/oauth/usage"}, "fault": {"kind": "slow", "seconds": 3}})
    started = time.monotonic()
    snapshot = _taken(org, client, 0.8, connected_app="Drift").snapshot
    assert time.monotonic() - started < 2.8
    assert "eca_usages: not read in time" in snapshot.unresolved
    assert snapshot.grants


def test_a_proof_reads_the_ways_in_alone(org: Served, client: SalesforceClient) -> None:
    before = org.world.calls
    snapshot = _taken(org, client, 0.0, connected_app="Drift").snapshot
    assert (snapshot.guests, snapshot.unresolved) == ((), ())
    assert org.world.calls - before <= 16


def test_two_thousand_tokens_and_hundreds_of_sessions_cost_a_few_calls(org: Served, client: SalesforceClient) -> None:
    user, at = _user_id(org, "migration"), "2026-11-01T00:00:00.000Z"
    with org.world.store.write() as db:
        db.executemany(
            "INSERT INTO OauthToken (AppName, CreatedDate, DeleteToken, UseCount, UserId) VALUES ('Many', ?, ?, 1, ?)",
            [(f"2026-10-{1 + n % 28:02d}T00:00:{n % 60:02d}.{n % 1000:03d}Z", f"many-{n}", user) for n in range(2600)],
        )
        for number in range(500):
            put(db, "AuthSession", {
                "Id": f"0Ak9{number:011d}AAA", "UsersId": user, "SessionType": "Oauth2", "CreatedDate": at,
                "LastModifiedDate": org.world.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "NumSecondsValid": 7200, "ParentId": f"0Ak9{number:011d}AAA",
                "LoginHistoryId": f"0Ya9{number:011d}AAA",
            })  # fmt: skip
    before = org.world.calls
    snapshot = _taken(org, client, 0.0, connected_app="Many").snapshot
    calls = org.world.calls - before
    with org.world.store.write() as db:
        db.execute("DELETE FROM OauthToken WHERE AppName = 'Many'")
        db.execute("DELETE FROM AuthSession WHERE Id LIKE '0Ak9%'")
    assert sum(token.app == "Many" for token in snapshot.tokens) == 2600
    assert len(snapshot.sessions) >= 500
    assert calls <= 30


def test_where_nobody_can_be_spared_nothing_is_planned(org: Served, client: SalesforceClient) -> None:
    order(org, {"match": {"path": "*/query", "object": "UserLogin", "in_a_row": 9}, "fault": "request_limit"})
    with pytest.raises(Unavailable):
        _taken(org, client, 0.0, connected_app="Drift")


def test_our_own_app_is_known_by_its_key(org: Served, client: SalesforceClient) -> None:
    protection = _taken(org, client, 0.0, connected_app="Drift").protection
    assert protection.key_handles == {fingerprint(org.facts["consumer_key"])}


def test_without_the_permission_subscriptions_are_said_to_be_unread(org: Served, client: SalesforceClient) -> None:
    order(org, {"match": {"path": "*/analytics/notifications"}, "fault": {"kind": "slow", "seconds": 2}})
    snapshot = _taken(org, client, 0.9, user=org.world.username("migration")).snapshot
    assert "subscriptions: not read in time" in snapshot.unresolved
    assert not any(one.startswith("schedules") for one in snapshot.unresolved)


def test_whoever_came_from_an_address_is_found_in_the_calls(org: Served, client: SalesforceClient) -> None:
    org.client("order.sync", "203.0.113.77").query("SELECT Id FROM Account LIMIT 1")
    snapshot = _taken(org, client, 0.0, address="203.0.113.77").snapshot
    assert [user.username for user in snapshot.users] == [org.world.username("order.sync")]
    assert (snapshot.apps, snapshot.unresolved) == (("Order Sync",), ())


def test_calls_are_searched_for_a_short_time_and_it_is_said(
    org: Served, client: SalesforceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    org.client("order.sync", "203.0.113.78").query("SELECT Id FROM Account LIMIT 1")
    monkeypatch.setattr(inventory, "EVENT_SECONDS", -1.0)
    snapshot = _taken(org, client, 0.0, address="203.0.113.78").snapshot
    assert "events: only the newest 1 calls were looked at" in snapshot.unresolved
