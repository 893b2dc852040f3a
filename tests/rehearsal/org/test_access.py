"""Who sees what: objects, fields and records, by profile, permission set, sharing and guest rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leakresponse.rehearsal.org import access, cast_access
from leakresponse.rehearsal.org.guests import guest_caller
from leakresponse.rehearsal.org.soql_engine import compile_text, run
from leakresponse.rehearsal.org.soql_engine_errors import InvalidField, InvalidType
from tests.support.served_org import Client, Served


@pytest.fixture(scope="module")
def support(org: Served) -> Client:
    """A support person: no social security numbers, cases of the support group only."""
    return org.client("support.second")


@pytest.fixture(scope="module")
def everything(org: Served) -> Client:
    return org.client("migration")


def ask(client: Client, soql: str) -> Any:
    return client.call("GET", "/query", params={"q": soql})


def as_user(org: Served, user_id: str, soql: str) -> list[tuple[Any, ...]]:
    """What a user without a session reads, through the same lens."""
    world = org.world
    compiled = compile_text(soql, world.store.schema, world.clock.now(), **access.lens(world, user_id))
    return list(run(world.store.reader, compiled))


def test_a_hidden_field_is_no_column(support: Client) -> None:
    answer = ask(support, "SELECT Id, SSN__c FROM Contact")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    assert "No such column 'SSN__c' on entity 'Contact'" in answer.json()[0]["message"]


@pytest.mark.parametrize("place", ["WHERE SSN__c = '1'", "ORDER BY SSN__c"])
def test_a_hidden_field_cannot_be_asked_about_either(support: Client, place: str) -> None:
    assert ask(support, f"SELECT Id FROM Contact {place}").json()[0]["errorCode"] == "INVALID_FIELD"


def test_a_hidden_object_is_unknown_to_queries(support: Client) -> None:
    answer = ask(support, "SELECT Id FROM Lead")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_TYPE")
    assert "sObject type 'Lead' is not supported" in answer.json()[0]["message"]


def test_a_hidden_object_is_not_found_as_a_resource(support: Client) -> None:
    assert support.call("GET", "/sobjects/Lead/describe").status_code == 404
    assert support.call("GET", "/sobjects/Lead/00QRH0000000001AAA").status_code == 404


def test_a_hidden_child_is_no_relationship(support: Client) -> None:
    answer = ask(support, "SELECT Id, (SELECT Id FROM Loyalty_Members__r) FROM Contact")
    assert "Didn't understand relationship 'Loyalty_Members__r'" in answer.json()[0]["message"]


def test_describe_leaves_hidden_things_out(support: Client, everything: Client) -> None:
    names = {one["name"] for one in support.call("GET", "/sobjects").json()["sobjects"]}
    assert "Case" in names and "Lead" not in names
    fields = {one["name"] for one in support.call("GET", "/sobjects/Contact/describe").json()["fields"]}
    every = {one["name"] for one in everything.call("GET", "/sobjects/Contact/describe").json()["fields"]}
    assert every - fields == {"SSN__c", "Drivers_License__c", "Birthdate", "Card_Last4__c"}


def test_describe_says_what_may_be_done(support: Client) -> None:
    told = support.call("GET", "/sobjects/Contact/describe").json()
    assert (told["createable"], told["updateable"], told["deletable"]) == (False, True, False)


def test_support_sees_the_cases_of_its_group_only(support: Client, everything: Client) -> None:
    seen = {row["Origin"] for row in support.rows("SELECT Id, Origin FROM Case")}
    assert seen == {"Phone", "Chat"}
    shared = everything.query("SELECT COUNT() FROM Case WHERE Origin IN ('Phone', 'Chat')")["totalSize"]
    assert support.query("SELECT COUNT() FROM Case")["totalSize"] == shared


def test_sharing_counts_in_semi_joins_and_bulk_too(support: Client, everything: Client) -> None:
    soql = "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Case)"
    assert support.query(soql)["totalSize"] < everything.query(soql)["totalSize"]
    assert support.bulk("SELECT Id FROM Case")["numberRecordsProcessed"] == support.query(
        "SELECT COUNT() FROM Case"
    )["totalSize"]  # fmt: skip


def test_a_record_that_is_not_shared_is_not_found(support: Client, everything: Client) -> None:
    hidden = everything.rows("SELECT Id FROM Case WHERE Origin = 'Email' LIMIT 1")[0]["Id"]
    answer = support.call("GET", f"/sobjects/Case/{hidden}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")
    assert support.call("PATCH", f"/sobjects/Case/{hidden}", json={"Subject": "x"}).status_code == 404


def test_a_record_shows_visible_fields_alone(support: Client) -> None:
    one = support.rows("SELECT ContactId FROM Case WHERE ContactId != null LIMIT 1")[0]["ContactId"]
    shown = support.call("GET", f"/sobjects/Contact/{one}").json()
    assert shown["Id"] == one
    assert "SSN__c" not in shown


def test_the_night_desk_sees_every_contact(org: Served, everything: Client) -> None:
    user = org.world.store.one("""SELECT Id FROM "User" WHERE Username LIKE 'support.night@%'""")
    assert user is not None
    count = everything.query("SELECT COUNT() FROM Contact")["totalSize"]
    assert len(as_user(org, user["Id"], "SELECT Id FROM Contact")) == count


def test_a_guest_sees_what_guest_rules_give(org: Served, everything: Client) -> None:
    guest = guest_caller(org.world, cast_access.SITE)
    found = as_user(org, guest.user_id, "SELECT Id, Origin FROM Case")
    assert {row[2] for row in found} == {"Web"}
    assert as_user(org, guest.user_id, "SELECT Id, Brand__c FROM Contact WHERE Brand__c != 'Pine Kids LLC'") == []


def test_a_guest_reaches_no_other_object(org: Served) -> None:
    guest = guest_caller(org.world, cast_access.SITE_PATH)
    for name in ("Lead", "Profile", "ObjectPermissions"):
        with pytest.raises(InvalidType):
            as_user(org, guest.user_id, f"SELECT Id FROM {name}")
    with pytest.raises(InvalidField):
        as_user(org, guest.user_id, "SELECT SSN__c FROM Contact")
    assert len(as_user(org, guest.user_id, "SELECT Id FROM User")) == 1


def test_staff_own_their_records_and_see_no_others(org: Served, everything: Client) -> None:
    owner = everything.rows("SELECT OwnerId FROM Lead LIMIT 1")[0]["OwnerId"]
    own = everything.query(f"SELECT COUNT() FROM Lead WHERE OwnerId = '{owner}'")["totalSize"]
    assert 0 < len(as_user(org, owner, "SELECT Id FROM Lead")) == own


def test_whoever_stands_above_sees_what_those_below_own(another: Callable[..., Served]) -> None:
    store = (org := another()).world.store
    ids = {row["Username"].split("@")[0]: row["Id"] for row in store.all('SELECT Id, Username FROM "User"')}
    soql = "SELECT Id FROM Case WHERE Origin = 'Email'"
    assert as_user(org, ids["support.lead"], soql) == []
    with store.write() as db:
        db.execute("UPDATE \"Case\" SET OwnerId = ? WHERE Origin = 'Email'", (ids["support.second"],))
    own = as_user(org, ids["support.second"], soql)
    assert own
    assert as_user(org, ids["support.lead"], soql) == own
    with store.write() as db:
        db.execute("UPDATE \"Case\" SET OwnerId = ? WHERE Origin = 'Email'", (ids["support.lead"],))
    assert as_user(org, ids["support.second"], soql) == []


def test_a_record_that_may_be_read_alone_is_not_written(support: Client) -> None:
    case = support.rows("SELECT Id, ContactId FROM Case WHERE ContactId != null LIMIT 1")[0]
    assert support.call("PATCH", f"/sobjects/Case/{case['Id']}", json={"Subject": "Called back"}).status_code == 204
    answer = support.call("PATCH", f"/sobjects/Contact/{case['ContactId']}", json={"Phone": "1"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_creating_without_permission_is_refused(support: Client) -> None:
    answer = support.call("POST", "/sobjects/Contact", json={"LastName": "Nobody"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")


def test_deleting_without_permission_is_refused(support: Client) -> None:
    case = support.rows("SELECT Id FROM Case LIMIT 1")[0]["Id"]
    answer = support.call("DELETE", f"/sobjects/Case/{case}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
