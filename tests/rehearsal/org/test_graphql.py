"""GraphQL of the UI API: objects, parents, filters, pages; what is out of reach; the row that it leaves."""

from __future__ import annotations

from typing import Any

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.graphql_query import read
from tests.support.served_org import Client, Served, log_rows

PAGE = """
query contacts($after: String) { uiapi { query { Contact(first: 100, after: $after, orderBy: {LastName: {order: ASC}}) {
  edges { node { Id LastName { value } Account { Name { value } } } }
  pageInfo { hasNextPage endCursor } totalCount } } } }
"""


def ask(client: Client, query: str, **variables: Any) -> dict[str, Any]:
    answer = client.call("POST", "/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200
    return dict(answer.json())


def test_pages_give_every_record_once(org: Served) -> None:
    responder = org.responder()
    found: list[str] = []
    after = None
    for _ in range(20):
        page = ask(responder, PAGE, after=after)["data"]["uiapi"]["query"]["Contact"]
        found += [one["node"]["Id"] for one in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    wanted = [one["Id"] for one in responder.rows("SELECT Id FROM Contact")]
    assert len(found) == page["totalCount"]
    assert sorted(found) == sorted(wanted)


def test_parents_and_filters(org: Served) -> None:
    name = org.responder().rows("SELECT LastName FROM Contact WHERE AccountId != NULL LIMIT 1")[0]["LastName"]
    query = """query { uiapi { query {
      Contact(first: 5, where: {and: [{LastName: {eq: "%s"}}, {AccountId: {ne: null}}]}) {
      edges { node { LastName { value } Account { Name { value } } } } } } } }"""
    edges = ask(org.responder(), query % name)["data"]["uiapi"]["query"]["Contact"]["edges"]
    assert {one["node"]["LastName"]["value"] for one in edges} == {name}
    assert all(one["node"]["Account"]["Name"]["value"] for one in edges)


@pytest.mark.parametrize(
    "query",
    [
        "query {", "mutation { uiapi { a } }", "query { other }",
        "query { uiapi { query { Contact(first: 0) { edges { node { Id } } } } } }",
        "query { uiapi { query { Nothing { edges { node { Id } } } } } }",
        "query { uiapi { query { Contact { edges { node { Nothing { value } } } } } } }",
        'query { uiapi { query { Contact(after: "x") { edges { node { Id } } } } } }',
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_answered_gives_errors_and_no_data(org: Served, query: str) -> None:
    found = ask(org.responder(), query)
    assert found["data"] is None and found["errors"]


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(BadInput, match="after"):
        list(read(PAGE, {}))


def test_the_log_holds_the_text_and_the_variables_and_no_count(org: Served) -> None:
    ask(org.responder(), PAGE, after=None)
    row = log_rows(org, "GraphQLQuery").iloc[-1]
    assert "Contact(first: 100" in row["QUERY"] and row["VARIABLES"] == '{"after": null}'
    assert "ROWS_PROCESSED" not in row
