"""What a parsed query tells: object, fields, kinds, sub-queries."""

from __future__ import annotations

import pytest

from leakresponse.core.soql import parse


def test_the_object_of_a_query() -> None:
    assert parse("SELECT Id FROM Contact c").object == "Contact"


def test_fields_come_once_and_in_order() -> None:
    assert parse("SELECT Name, Id, Account.Name, Name x FROM Contact GROUP BY Name").field_paths() == (
        "Name",
        "Id",
        "Account.Name",
    )


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("SELECT c.Email, c.Account.Name FROM Contact c", ("Email", "Account.Name")),
        ("SELECT Contact.Email FROM Contact", ("Email",)),
        ("SELECT c.Email, a.Name FROM Contact c, c.Account a", ("Email", "Account.Name")),
        ("SELECT a.B.C, o.D FROM Contact c, c.Account a, a.Owner o", ("Account.B.C", "Account.Owner.D")),
        ("SELECT toLabel(Status), FORMAT(convertCurrency(Amount)) x FROM Case", ("Status", "Amount")),
        ("SELECT TYPEOF Owner WHEN User THEN Email ELSE Name END FROM Case", ("Owner.Email", "Owner.Name")),
        ("SELECT COUNT() FROM Case", ()),
        ("SELECT FIELDS(ALL) FROM Case LIMIT 1", ()),
        ("SELECT MAX(SSN__c) FROM Contact", ("SSN__c",)),
    ],
)  # fmt: skip
def test_what_a_select_list_returns(text: str, fields: tuple[str, ...]) -> None:
    assert parse(text).field_paths() == fields


def test_reads_name_the_relationship_of_child_fields() -> None:
    query = parse("SELECT Id, (SELECT Contact.Email, (SELECT Subject FROM Cases) FROM Account.Contacts) FROM Account")
    assert query.reads() == (("", "Id"), ("Contacts", "Email"), ("Contacts.Cases", "Subject"))


def test_a_parent_relationship_named_in_a_child_query_stays_a_relationship() -> None:
    query = parse("SELECT Id, (SELECT Account.Name FROM Account.Contacts) FROM Account")
    assert ("Contacts", "Account.Name") in query.reads()


def test_wildcards_are_told_apart_from_fields() -> None:
    assert parse("SELECT FIELDS(STANDARD), X__c FROM Case").wildcards() == ("STANDARD",)


@pytest.mark.parametrize(
    ("text", "count", "aggregate"),
    [
        ("SELECT COUNT() FROM Case", True, True),
        ("SELECT COUNT(Id) FROM Case", False, True),
        ("SELECT Status FROM Case GROUP BY Status", False, True),
        ("SELECT FORMAT(MAX(Amount)) FROM Opportunity", False, True),
        ("SELECT FORMAT(Amount) x FROM Opportunity", False, False),
        ("SELECT Id, (SELECT Id FROM Cases) FROM Account", False, False),
    ],
)
def test_counts_and_aggregates(text: str, count: bool, aggregate: bool) -> None:
    query = parse(text)
    assert (query.is_count, query.is_aggregate) == (count, aggregate)


def test_other_fields_keep_the_rows() -> None:
    query = parse("SELECT Name FROM Contact WHERE Email != null LIMIT 3")
    assert str(query.with_select(["Id", "Email"])) == "SELECT Id, Email FROM Contact WHERE Email != NULL LIMIT 3"


def test_without_limit_all_rows_come() -> None:
    query = parse("SELECT Id FROM Contact WHERE A = 1 ORDER BY Name LIMIT 3 OFFSET 4 FOR VIEW")
    assert str(query.without_limit().without_trailers()) == "SELECT Id FROM Contact WHERE A = 1"


def test_one_more_condition_joins_with_and() -> None:
    extra = parse("SELECT Id FROM C WHERE Id IN ('x')").where
    assert extra is not None
    joined = parse("SELECT Id FROM C WHERE A = 1 OR B = 2").and_where(extra).and_where(extra)
    assert str(joined) == "SELECT Id FROM C WHERE (A = 1 OR B = 2) AND Id IN ('x') AND Id IN ('x')"


def test_the_count_of_a_query_keeps_its_condition() -> None:
    assert (
        str(parse("SELECT Id, Name FROM C WHERE A = 1 ORDER BY Name").as_count()) == "SELECT COUNT() FROM C WHERE A = 1"
    )


def test_different_spellings_of_not_equal_are_one() -> None:
    assert parse("SELECT Id FROM C WHERE A <> 1") == parse("select Id from C where A != 1")


@pytest.mark.parametrize(
    ("written", "value", "pattern"),
    [
        ("O\\'Hara", "O'Hara", "O'Hara"),
        ("a\\\\b", "a\\b", "a\\\\b"),
        ("100\\%\\_", "100%_", "100\\%\\_"),
        ("x\\ny\\Tz", "x\ny\tz", "x\ny\tz"),
        ("caf\\u00E9", "café", "café"),
    ],
)
def test_the_text_behind_its_escapes(written: str, value: str, pattern: str) -> None:
    found = parse(f"SELECT Id FROM A WHERE B LIKE '{written}'").where.right  # type: ignore[union-attr]
    assert (found.value, found.pattern) == (value, pattern)  # type: ignore[union-attr]
