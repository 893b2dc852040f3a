"""Requests inside a request: references, limits, what is undone, and what the logs show of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.served_org import Client, Served, log_rows

V = "/services/data/v67.0"


@pytest.fixture(scope="module")
def client(org: Served) -> Client:
    return org.client("migration")


def post(client: Client, requests: list[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
    """The results of a composite request."""
    answer = client.call("POST", "/composite", json={"compositeRequest": requests, **options})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["compositeResponse"])


def new_account(name: str, reference: str = "refAccount") -> dict[str, Any]:
    return {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": reference, "body": {"Name": name}}


def count(client: Client, name: str, obj: str = "Account") -> int:
    return int(client.query(f"SELECT COUNT() FROM {obj} WHERE Name = '{name}'")["totalSize"])


def test_a_later_request_uses_the_answer_of_an_earlier_one(client: Client) -> None:
    found = post(client, [
        new_account("Referenced"),
        {"method": "POST", "url": f"{V}/sobjects/Contact", "referenceId": "refContact",
         "body": {"LastName": "Child", "AccountId": "@{refAccount.id}"}},
        {"method": "GET", "url": f"{V}/sobjects/Contact/@{{refContact.id}}?fields=AccountId", "referenceId": "read"},
    ])  # fmt: skip
    assert [one["httpStatusCode"] for one in found] == [201, 201, 200]
    assert found[0]["httpHeaders"] == {"Location": f"{V}/sobjects/Account/{found[0]['body']['id']}"}
    assert found[2]["body"]["AccountId"] == found[0]["body"]["id"]


def test_a_query_and_an_index_can_be_referenced(client: Client) -> None:
    account = client.rows("SELECT AccountId FROM Contact WHERE AccountId != null LIMIT 1")[0]["AccountId"]
    found = post(client, [
        {"method": "GET", "url": f"{V}/query?q=SELECT Id, Name FROM Account WHERE Id = '{account}'",
         "referenceId": "q"},
        {"method": "GET", "url": f"{V}/query?q=SELECT+Name+FROM+Account+WHERE+Id+=+'@{{q.records[0].Id}}'",
         "referenceId": "again"},
    ])  # fmt: skip
    assert found[1]["body"]["records"][0]["Name"] == found[0]["body"]["records"][0]["Name"]


def test_what_depends_on_a_failure_is_halted_and_the_rest_goes_on(client: Client) -> None:
    found = post(client, [
        {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": "bad", "body": {}},
        {"method": "POST", "url": f"{V}/sobjects/Contact", "referenceId": "child",
         "body": {"LastName": "Orphan", "AccountId": "@{bad.id}"}},
        new_account("Goes on", "other"),
    ])  # fmt: skip
    assert [one["httpStatusCode"] for one in found] == [400, 400, 201]
    halted = found[1]["body"][0]
    assert halted["errorCode"] == "PROCESSING_HALTED"
    assert halted["message"].startswith("Invalid reference specified. No value for bad.id found in bad")


def test_all_or_none_undoes_what_was_written(client: Client) -> None:
    requests = [
        new_account("Undone"),
        {"method": "POST", "url": f"{V}/sobjects/Contact", "referenceId": "bad", "body": {"FirstName": "No"}},
        new_account("Never tried", "third"),
    ]
    found = post(client, requests, allOrNone=True)
    assert [one["body"][0]["errorCode"] for one in found] == [
        "PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED",
    ]  # fmt: skip
    assert found[0]["body"][0]["message"] == (
        "The transaction was rolled back since another operation in the same transaction failed."
    )
    assert (count(client, "Undone"), count(client, "Never tried")) == (0, 0)


def test_all_or_none_reads_what_it_wrote_and_keeps_it(client: Client) -> None:
    query = {"method": "GET", "url": f"{V}/query?q=SELECT Id FROM Account WHERE Name = 'Seen'", "referenceId": "q"}
    found = post(client, [new_account("Seen"), query], allOrNone=True)
    assert found[1]["body"]["totalSize"] == 1
    assert count(client, "Seen") == 1


def test_all_or_none_rules_over_a_collection_inside(client: Client) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": "Inner"}, {"attributes": {"type": "Account"}}]
    requests = [
        new_account("Outer"),
        {"method": "POST", "url": f"{V}/composite/sobjects", "referenceId": "many", "body": {"records": records}},
    ]
    assert post(client, requests, allOrNone=True)[0]["httpStatusCode"] == 400
    assert (count(client, "Outer"), count(client, "Inner")) == (0, 0)


@pytest.mark.parametrize(("number", "what"), [(26, "sobjects/Account/describe"), (6, "query?q=SELECT Id FROM Lead")])
def test_too_many_requests_are_refused(client: Client, number: int, what: str) -> None:
    requests = [{"method": "GET", "url": f"{V}/{what}", "referenceId": f"r{one}"} for one in range(number)]
    found = post(client, requests)
    assert [one["body"][0]["errorCode"] for one in found] == ["LIMIT_EXCEEDED"]


def test_a_reference_id_with_other_characters_fails_the_whole_request(client: Client) -> None:
    answer = client.call("POST", "/composite", json={"compositeRequest": [new_account("X", "ref[1]")]})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert "must start with a letter or a number" in answer.json()[0]["message"]


def test_other_resources_are_not_run_inside(client: Client) -> None:
    found = post(client, [{"method": "GET", "url": f"{V}/limits", "referenceId": "limits"}])
    assert found[0]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_a_batch_goes_on_after_a_failure_unless_told_to_halt(client: Client) -> None:
    requests = [
        {"method": "GET", "url": "v67.0/sobjects/Nope/describe"},
        {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "Batched"}},
    ]
    body = client.call("POST", "/composite/batch", json={"batchRequests": requests}).json()
    assert (body["hasErrors"], [one["statusCode"] for one in body["results"]]) == (True, [404, 201])
    body = client.call("POST", "/composite/batch", json={"batchRequests": requests, "haltOnError": True}).json()
    assert body["results"][1]["statusCode"] == 412
    assert body["results"][1]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert count(client, "Batched") == 1


def leaf(kind: str, reference: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind, "referenceId": reference}, **fields}


def test_a_tree_is_made_with_its_children(client: Client) -> None:
    children = {"records": [leaf("Contact", "ref2", LastName="One"), leaf("Contact", "ref3", LastName="Two")]}
    body = {"records": [leaf("Account", "ref1", Name="Tree", Contacts=children), leaf("Account", "ref4", Name="Bush")]}
    answer = client.call("POST", "/composite/tree/Account", json=body)
    assert (answer.status_code, answer.json()["hasErrors"]) == (201, False)
    ids = {one["referenceId"]: one["id"] for one in answer.json()["results"]}
    found = client.rows(f"SELECT Id FROM Contact WHERE AccountId = '{ids['ref1']}'")
    assert {row["Id"] for row in found} == {ids["ref2"], ids["ref3"]}


def test_a_tree_with_a_bad_leaf_is_not_made_and_names_the_leaf(client: Client) -> None:
    bad = {"records": [leaf("Contact", "ref2", LastName="Bad", Email="no address")]}
    answer = client.call(
        "POST", "/composite/tree/Account", json={"records": [leaf("Account", "r", Name="Felled", Contacts=bad)]}
    )
    assert answer.status_code == 400
    result = answer.json()["results"]
    assert [(one["referenceId"], one["errors"][0]["statusCode"]) for one in result] == [
        ("ref2", "INVALID_EMAIL_ADDRESS")
    ]
    assert count(client, "Felled") == 0


def test_a_tree_of_more_than_200_records_is_refused(client: Client) -> None:
    body = {"records": [leaf("Account", f"r{one}", Name="Many") for one in range(201)]}
    answer = client.call("POST", "/composite/tree/Account", json=body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")


def test_each_graph_is_whole_or_nothing(client: Client) -> None:
    child = {
        "method": "POST",
        "url": f"{V}/sobjects/Contact",
        "referenceId": "c",
        "body": {"AccountId": "@{refAccount.id}"},
    }
    graphs = [
        {"graphId": "good", "compositeRequest": [new_account("Graph good")]},
        {"graphId": "bad", "compositeRequest": [new_account("Graph bad"), child]},
    ]
    found = client.call("POST", "/composite/graph", json={"graphs": graphs}).json()["graphs"]
    assert [(one["graphId"], one["isSuccessful"]) for one in found] == [("good", True), ("bad", False)]
    assert (count(client, "Graph good"), count(client, "Graph bad")) == (1, 0)


def test_the_composite_resources_are_listed(client: Client) -> None:
    assert client.call("GET", "/composite").json()["tree"] == f"{V}/composite/tree"


def test_one_rest_row_stands_for_the_whole_request(org: Served) -> None:
    client = org.client("migration", agent="composite-log/1")
    contact = client.rows("SELECT Id FROM Contact LIMIT 1")[0]["Id"]
    read = {"method": "GET", "url": f"{V}/sobjects/Contact/{contact}?fields=Email", "referenceId": "read"}
    post(client, [read, {"method": "GET", "url": f"{V}/sobjects/Nope/{contact}", "referenceId": "no"}])
    rest = log_rows(org, "RestApi")
    own = rest[rest["URI"].str.endswith("/composite")].iloc[-1]
    assert (own["ENTITY_NAME"], own["ROWS_PROCESSED"], own["QUERY"]) == ("", "0", "")
    assert log_rows(org, "CompositeApi").iloc[-1]["FAILURE_REASON"] == "NOT_FOUND"
    assert len(log_rows(org, "CompositeApiSubrequest")) == 0


def test_by_the_lenient_reading_every_subrequest_is_logged_from_version_64(another: Callable[..., Served]) -> None:
    org = another("lenient")
    client = org.client("migration", agent="composite-log/1")
    contact = client.rows("SELECT Id FROM Contact LIMIT 1")[0]["Id"]
    read = {"method": "GET", "url": f"{V}/sobjects/Contact/{contact}?fields=Email", "referenceId": "read"}
    post(client, [read, {"method": "GET", "url": f"{V}/sobjects/Nope/{contact}", "referenceId": "no"}])
    inner = log_rows(org, "CompositeApiSubrequest")
    assert list(inner["INITIAL_REFERENCE_IDS"]) == ["read", "no"]
    assert list(inner["URI"]) == [f"{V}/sobjects/Contact/{contact}", f"{V}/sobjects/Nope/{contact}"]
    assert list(inner["STATUS_CODE"]) == ["200", "404"]


def test_no_subrequest_rows_before_version_64(another: Callable[..., Served]) -> None:
    org = another("lenient")
    client = org.client("migration")
    client.version = "63.0"
    before = len(log_rows(org, "CompositeApiSubrequest"))
    post(client, [{"method": "GET", "url": "/services/data/v63.0/sobjects/Account/describe", "referenceId": "d"}])
    assert len(log_rows(org, "CompositeApiSubrequest")) == before
