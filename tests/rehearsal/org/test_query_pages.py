"""Pages of long answers, tokens that are cut silently, whose rows one sees, and refusals as the wire shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from leakresponse.rehearsal.org.cursors import MAX_OPEN
from leakresponse.rehearsal.org.oauth_tokens import approve
from leakresponse.rehearsal.org.store import first_row
from tests.support.served_org import Served

SMALL_PAGES = {"headers": {"Sforce-Query-Options": "batchSize=1"}}


def test_pages_hold_what_the_client_asks_but_never_fewer_than_200(org: Served) -> None:
    client = org.client("migration")
    page = client.query("SELECT Id FROM Contact", **SMALL_PAGES)
    assert (len(page["records"]), page["done"]) == (200, False)
    assert page["nextRecordsUrl"].startswith("/services/data/v67.0/query/0r8")
    assert page["nextRecordsUrl"].endswith("-200")
    rest = client.call("GET", page["nextRecordsUrl"]).json()
    assert rest["done"] is True
    assert rest["totalSize"] == page["totalSize"] == 200 + len(rest["records"])


def test_a_page_can_be_fetched_again_and_is_the_same(org: Served) -> None:
    client = org.client("migration")
    first = client.query("SELECT Id FROM Contact ORDER BY Email", **SMALL_PAGES)
    once = client.call("GET", first["nextRecordsUrl"]).json()
    assert client.call("GET", first["nextRecordsUrl"]).json() == once
    assert not {row["Id"] for row in once["records"]} & {row["Id"] for row in first["records"]}


def test_a_cursor_that_gave_way_still_answers(org: Served) -> None:
    client = org.client("migration")
    oldest = client.query("SELECT Id FROM Contact", **SMALL_PAGES)
    for _ in range(MAX_OPEN + 1):
        client.query("SELECT Id FROM Contact", **SMALL_PAGES)
    rest = client.call("GET", oldest["nextRecordsUrl"]).json()
    assert len(rest["records"]) == oldest["totalSize"] - 200


def test_a_cursor_belongs_to_its_user(org: Served) -> None:
    page = org.client("migration").query("SELECT Id FROM Contact", **SMALL_PAGES)
    answer = org.client("order.sync").call("GET", page["nextRecordsUrl"])
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_pages_are_one_snapshot(another: Callable[..., Served]) -> None:
    org = another()
    client = org.client("migration")
    page = client.query("SELECT Id FROM Contact", **SMALL_PAGES)
    with org.world.store.write() as db:
        db.execute("UPDATE Contact SET IsDeleted = 1")
    assert len(client.call("GET", page["nextRecordsUrl"]).json()["records"]) == page["totalSize"] - 200


def test_token_rows_are_cut_at_2500_without_a_word(another: Callable[..., Served]) -> None:
    org = another()
    with org.world.store.write() as db:
        app = first_row(db, "SELECT * FROM sim_app WHERE name = 'Data Migrator'")
        user = first_row(db, 'SELECT Id FROM "User" LIMIT 1')
        assert app
        assert user
        for _ in range(2600):
            approve(org.world, app, user["Id"], db, "2026-11-01T00:00:00.000Z")
    responder = org.responder()
    assert responder.query("SELECT COUNT() FROM OauthToken")["totalSize"] > 2600
    page = responder.query("SELECT Id, DeleteToken FROM OauthToken")
    assert len(page["records"]) == 500
    assert page["records"][0]["Id"] is None
    assert len(responder.rows("SELECT DeleteToken FROM OauthToken")) == 2500


def test_without_customize_application_one_sees_the_own_tokens(org: Served) -> None:
    found = org.client("drift.integration").rows("SELECT AppName, User.Username FROM OauthToken")
    assert [row["User"]["Username"] for row in found] == ["drift.integration@harborpine.example"]


@pytest.mark.parametrize("name", ["AuthSession", "EventLogFile", "ApiEvent", "UserLogin"])
def test_an_integration_may_not_read_what_guards_the_org(org: Served, name: str) -> None:
    answer = org.client("migration").call("GET", "/query", params={"q": f"SELECT Id FROM {name}"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS")


def test_a_session_knows_itself(org: Served) -> None:
    responder = org.responder()
    current = [row for row in responder.rows("SELECT Id, IsCurrent FROM AuthSession") if row["IsCurrent"]]
    filtered = responder.rows("SELECT Id FROM AuthSession WHERE IsCurrent = true")
    assert [row["Id"] for row in filtered] == [row["Id"] for row in current]
    assert len(current) == 1


def test_a_refused_query_shows_the_place(org: Served) -> None:
    answer = org.client("migration").call("GET", "/query", params={"q": "SELECT Id, Nope FROM Contact"})
    body = answer.json()[0]
    assert (answer.status_code, body["errorCode"]) == (400, "INVALID_FIELD")
    assert "ERROR at Row:1:Column:12\nNo such column 'Nope' on entity 'Contact'" in body["message"]


def test_addresses_with_a_slash_before_the_query(org: Served) -> None:
    answer = org.client("migration").call("GET", "/query/", params={"q": "SELECT COUNT() FROM Contact"})
    assert answer.json()["totalSize"] > 0


def test_deleted_rows_come_with_query_all_only(another: Callable[..., Served]) -> None:
    org = another()
    client = org.client("migration")
    lead = client.rows("SELECT Id FROM Lead LIMIT 1")[0]["Id"]
    assert client.call("DELETE", f"/sobjects/Lead/{lead}").status_code == 204
    soql = f"SELECT Id, IsDeleted FROM Lead WHERE Id = '{lead}'"
    assert client.rows(soql) == []
    found = client.call("GET", "/queryAll", params={"q": soql}).json()["records"]
    assert found[0]["IsDeleted"] is True


def columns(org: Served, soql: str) -> dict[str, Any]:
    """The answer to `columns=true`."""
    return dict(org.client("migration").call("GET", "/query", params={"q": soql, "columns": "true"}).json())


def test_columns_are_told_as_the_salesforce_cli_asks(org: Served) -> None:
    told = columns(org, "SELECT Id, HasOptedOutOfEmail FROM Contact")
    assert (told["entityName"], told["keyPrefix"], told["idSelected"]) == ("Contact", "003", True)
    assert [one["booleanType"] for one in told["columnMetadata"]] == [False, True]


def test_parents_and_children_are_columns_of_columns(org: Served) -> None:
    soql = "SELECT Name, (SELECT LastName FROM Contacts), Owner.Profile.Name, Owner.Username FROM Account"
    name, contacts, owner = columns(org, soql)["columnMetadata"]
    assert (name["columnName"], name["joinColumns"]) == ("Name", [])
    assert (contacts["columnName"], contacts["aggregate"]) == ("Contacts", True)
    assert [one["columnName"] for one in contacts["joinColumns"]] == ["LastName"]
    assert (owner["columnName"], owner["aggregate"]) == ("Owner", False)
    assert [one["columnName"] for one in owner["joinColumns"]] == ["Profile", "Username"]


def test_computed_columns_have_their_function_as_a_name(org: Served) -> None:
    told = columns(org, "SELECT Status, COUNT(Id), MAX(CreatedDate) newest FROM Case GROUP BY Status")
    shown = [(one["columnName"], one["displayName"], one["aggregate"]) for one in told["columnMetadata"]]
    assert told["groupBy"] is True
    assert shown == [
        ("Status", "Status", False), ("expr0", "COUNT(Id)", True), ("newest", "MAX(CreatedDate)", True),
    ]  # fmt: skip


def test_a_query_is_explained_without_being_run(org: Served) -> None:
    client = org.client("migration")
    params = {"explain": "SELECT Name FROM Contact WHERE Id = '003000000000001AAA' AND Title = 'x'"}
    index, scan = client.call("GET", "/query", params=params).json()["plans"]
    assert (index["leadingOperationType"], index["fields"], index["sobjectType"]) == ("Index", ["Id"], "Contact")
    assert scan["leadingOperationType"] == "TableScan"
    assert client.call("GET", "/query", params={"explain": "SELECT"}).json()[0]["errorCode"] == "MALFORMED_QUERY"


def test_a_cursor_lives_two_days(org: Served) -> None:
    page = org.client("migration").query("SELECT Id FROM Contact", **SMALL_PAGES)
    clock = org.world.clock
    try:
        clock.move(clock.now() + timedelta(hours=47))
        assert len(org.client("migration").call("GET", page["nextRecordsUrl"]).json()["records"]) > 0
        clock.move(clock.now() + timedelta(hours=2))
        late = org.client("migration").call("GET", page["nextRecordsUrl"])
    finally:
        clock.move(None)
    assert (late.status_code, late.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_a_grouped_answer_has_one_page(org: Served) -> None:
    client = org.client("migration")
    answer = client.call(
        "GET", "/query", params={"q": "SELECT Id, COUNT(Name) FROM Contact GROUP BY Id"}, **SMALL_PAGES
    )
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
    assert "does not support queryMore()" in answer.json()[0]["message"]


def test_an_address_that_is_too_long(org: Served) -> None:
    params = {"q": "SELECT Id FROM Contact WHERE Name = '" + "x" * 17_000 + "'"}
    assert org.client("migration").call("GET", "/query", params=params).status_code == 414


def test_versions_ascend_and_old_ones_are_gone(org: Served) -> None:
    client = org.client("migration")
    listed = [float(one["version"]) for one in client.call("GET", "/services/data").json()]
    assert listed == sorted(listed)
    assert (listed[0], listed[-1]) == (50.0, 67.0)
    assert client.call("GET", "/services/data/v25.0/limits").status_code == 410
    assert client.call("GET", "/services/data/v99.0/limits").status_code == 404


def test_every_answer_tells_the_usage(org: Served) -> None:
    header = org.client("migration").call("GET", "").headers["Sforce-Limit-Info"]
    used, _, most = header.removeprefix("api-usage=").partition("/")
    assert 0 < int(used) < int(most)
