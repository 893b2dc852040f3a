"""An attacker's query as flat queries that Bulk API 2.0 runs."""

from __future__ import annotations

import pytest

from leakresponse.core.errors import MissingFact
from leakresponse.core.soql import parse
from leakresponse.core.soql.replay import bulk_refusals, child_resolver, has_binds, replayable
from leakresponse.core.types import FieldInfo, ObjectInfo

CHILDREN = {
    ("Account", "Contacts"): ("Contact", "AccountId"),
    ("Contact", "Cases"): ("Case", "ContactId"),
    ("Account", "Cases"): ("Case", "AccountId"),
}


def child_of(parent: str, relationship: str) -> tuple[str, str] | None:
    return CHILDREN.get((parent, relationship))


def flat(text: str) -> list[str]:
    return [str(one.query) for one in replayable(parse(text), child_of)]


@pytest.mark.parametrize(
    ("text", "replays"),
    [
        ("SELECT Name FROM Contact", ["SELECT Id, Name FROM Contact"]),
        ("SELECT id, Name FROM Contact", ["SELECT Id, Name FROM Contact"]),
        (
            "SELECT toLabel(Status), Contact.Email FROM Case WHERE A = 1 FOR VIEW",
            ["SELECT Id, Status, Contact.Email FROM Case WHERE A = 1"],
        ),
        ("SELECT FIELDS(STANDARD) FROM Case", ["SELECT Id, FIELDS(STANDARD) FROM Case"]),
        ("SELECT Id FROM Case ORDER BY Name LIMIT 5", ["SELECT Id FROM Case ORDER BY Name LIMIT 5"]),
        ("SELECT Id FROM Case ORDER BY Name LIMIT 5 OFFSET 10", ["SELECT Id FROM Case"]),
        ("SELECT Id FROM Case USING SCOPE mine WITH SECURITY_ENFORCED", ["SELECT Id FROM Case"]),
        ("SELECT COUNT() FROM Case", []),
        ("SELECT Status, COUNT(Id) FROM Case GROUP BY Status", []),
        (
            "SELECT Name, (SELECT Email FROM Contacts) FROM Account",
            ["SELECT Id, Name FROM Account", "SELECT Id, Email FROM Contact WHERE AccountId != NULL"],
        ),
        (
            "SELECT Name, (SELECT Email FROM Contacts WHERE Email != null LIMIT 1) FROM Account WHERE Name = 'x'",
            [
                "SELECT Id, Name FROM Account WHERE Name = 'x'",
                "SELECT Id, Email FROM Contact WHERE Email != NULL"
                " AND AccountId IN (SELECT Id FROM Account WHERE Name = 'x')",
            ],
        ),
    ],
)
def test_the_flat_queries_of(text: str, replays: list[str]) -> None:
    assert flat(text) == replays


def test_every_flat_query_is_taken_by_bulk() -> None:
    text = "SELECT Id, (SELECT (SELECT Id FROM Cases) FROM Contacts), (SELECT Id FROM Cases) FROM Account OFFSET 3"
    assert all(bulk_refusals(one.query) == () for one in replayable(parse(text), child_of))


def test_nested_children_carry_their_whole_relationship() -> None:
    text = "SELECT Id, (SELECT Id, (SELECT Subject FROM Cases) FROM Contacts) FROM Account"
    found = replayable(parse(text), child_of)
    assert [(one.relationship, one.query.object) for one in found] == [
        ("", "Account"),
        ("Contacts", "Contact"),
        ("Contacts.Cases", "Case"),
    ]


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("SELECT Id FROM Case WHERE A = 1", True),
        ("SELECT Id FROM Case LIMIT 5", False),
        ("SELECT Id FROM Case OFFSET 5", False),
        ("SELECT Id FROM Case USING SCOPE mine", False),
        ("SELECT Id FROM Case WHERE Id = :id", False),
    ],
)
def test_a_replay_says_whether_it_is_exact(text: str, exact: bool) -> None:
    assert replayable(parse(text))[0].exact is exact


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("SELECT Id FROM C WHERE Id = :id", "SELECT Id FROM C"),
        ("SELECT Id FROM C WHERE Id IN :ids AND A = 1", "SELECT Id FROM C WHERE A = 1"),
        ("SELECT Id FROM C WHERE Id = :id OR A = 1", "SELECT Id FROM C"),
        ("SELECT Id FROM C WHERE (A = 1 OR B = :b) AND C = 2 AND D = 3", "SELECT Id FROM C WHERE C = 2 AND D = 3"),
        ("SELECT Id FROM C WHERE NOT (A = :a)", "SELECT Id FROM C"),
        ("SELECT Id FROM C WHERE A IN (SELECT X FROM D WHERE Y = :y)", "SELECT Id FROM C WHERE A IN (SELECT X FROM D)"),
        ("SELECT Id FROM C WHERE A NOT IN (SELECT X FROM D WHERE Y = :y)", "SELECT Id FROM C"),
    ],
)  # fmt: skip
def test_hidden_values_widen_the_condition(text: str, wide: str) -> None:
    assert has_binds(parse(text)) and flat(text) == [wide]


def test_an_unknown_child_relationship_is_never_guessed() -> None:
    with pytest.raises(MissingFact):
        replayable(parse("SELECT Id, (SELECT Id FROM Things__r) FROM Account"), child_of)


def test_the_method_and_the_function_agree() -> None:
    query = parse("SELECT Name FROM Contact")
    assert query.replayable() == replayable(query)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("SELECT Id FROM C", ()),
        ("SELECT COUNT() FROM C", ("aggregate functions",)),
        ("SELECT A FROM C GROUP BY A", ("GROUP BY",)),
        ("SELECT Id, (SELECT Id FROM D) FROM C OFFSET 1", ("OFFSET", "parent-to-child sub-queries")),
        ("SELECT TYPEOF A WHEN B THEN C END FROM C", ("TYPEOF",)),
        ("SELECT FIELDS(ALL) FROM C LIMIT 1", ("FIELDS(ALL) and FIELDS(CUSTOM)",)),
    ],
)
def test_what_bulk_does_not_take(text: str, refused: tuple[str, ...]) -> None:
    assert bulk_refusals(parse(text)) == refused


def _info(name: str, **references: str) -> ObjectInfo:
    fields = {field: FieldInfo(field, field, "reference", (target,)) for field, target in references.items()}
    return ObjectInfo(name, "a00", fields)


DESCRIBES = {
    "Case": _info("Case", ContactId="Contact", AccountId="Account"),
    "Case_History__c": _info("Case_History__c", Contact__c="Contact"),
    "Twin__c": _info("Twin__c", Left__c="Contact", Right__c="Contact"),
}


@pytest.mark.parametrize(
    ("parent", "relationship", "found"),
    [
        ("Contact", "Cases", ("Case", "ContactId")),
        ("contact", "Case_Histories__r", ("Case_History__c", "Contact__c")),
        ("Contact", "Twins__r", None),
        ("Lead", "Cases", None),
    ],
)
def test_children_are_read_off_describe(parent: str, relationship: str, found: tuple[str, str] | None) -> None:
    assert child_resolver(DESCRIBES)(parent, relationship) == found
