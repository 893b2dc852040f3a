"""A query that its log cut off proves what stands before the cut, and never more than the whole query says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakresponse.core.soql import SoqlSyntaxError, ast, parse, parse_truncated

WHOLE = (
    "SELECT Id, Name, (SELECT LastName, Email FROM Contacts WHERE Email != null), Owner.Name FROM Account a "
    "WHERE (Name LIKE 'A%' OR X__c IN (1, 2)) AND CreatedDate > 2026-01-01T00:00:00Z AND Type = 'it\\'s' "
    "ORDER BY Name LIMIT 10"
)
OTHERS = [
    "SELECT Id, Email, Phone FROM Contact WHERE LastName = 'Smith' OR FirstName = 'Jane' OR Email LIKE '%@example.com'",
    "SELECT FIELDS(ALL) FROM Case WHERE Status = 'New' LIMIT 200 FOR VIEW",
    "SELECT Id, TYPEOF What WHEN Account THEN Phone ELSE Name END FROM Event USING SCOPE mine WHERE WhoId != null",
    "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Email != null) AND Name != 'x' ALL ROWS",
    "SELECT COUNT(Id), LeadSource FROM Lead WHERE CreatedDate = LAST_N_DAYS:30 GROUP BY LeadSource LIMIT 9",
]


def test_the_object_is_sure_only_where_something_follows_its_name() -> None:
    cut = parse_truncated("SELECT Id, Email FROM Contact")
    assert (cut.object, cut.query) == ("", None) and "object" in cut.lost
    assert parse_truncated("SELECT Id, Email FROM Contact ").object == "Contact"


def test_the_last_field_may_be_longer() -> None:
    cut = parse_truncated("SELECT Id, Email, Phon")
    assert cut.reads == (("", "Id"), ("", "Email"))
    assert not cut.reads_complete


def test_the_object_may_be_missing_altogether() -> None:
    cut = parse_truncated("SELECT Id, " + ", ".join(f"Field_{n}__c" for n in range(900)))
    assert cut.object == "" and len(cut.reads) == 900 and cut.lost == ("object", "fields", "conditions")


def test_a_child_query_that_is_whole_is_sure_and_a_cut_one_is_not() -> None:
    assert ("Contacts", "Email") in parse_truncated("SELECT Id, (SELECT Email FROM Contacts), Na").reads
    assert parse_truncated("SELECT Id, (SELECT Email FROM Contac").reads == (("", "Id"),)


def test_a_lone_condition_may_be_followed_by_or() -> None:
    assert parse_truncated("SELECT Id FROM Contact WHERE LastName = 'Smith' ").query == parse("SELECT Id FROM Contact")


def test_a_condition_before_an_and_can_only_be_narrowed() -> None:
    cut = parse_truncated("SELECT Id FROM Contact WHERE A = 1 AND B = 'x' AND C = 'unfin")
    assert cut.query == parse("SELECT Id FROM Contact WHERE A = 1 AND B = 'x'")


def test_conditions_joined_by_or_restrict_nothing_once_one_may_be_missing() -> None:
    assert parse_truncated("SELECT Id FROM Contact WHERE A = 1 OR B = 2 OR C").query == parse("SELECT Id FROM Contact")


def test_an_and_inside_parentheses_says_nothing_about_the_whole() -> None:
    cut = parse_truncated("SELECT Id FROM Contact WHERE (A = 1 AND B = 2) OR (C = 3 AND D")
    assert cut.query == parse("SELECT Id FROM Contact")


def test_a_later_clause_shows_that_the_conditions_are_whole() -> None:
    cut = parse_truncated("SELECT Id FROM Contact WHERE A = 1 OR B = 2 ORDER BY Na")
    assert cut.query == parse("SELECT Id FROM Contact WHERE A = 1 OR B = 2")
    assert cut.lost == ("clauses after the conditions",)


def test_a_number_of_rows_that_may_be_longer_bounds_nothing() -> None:
    query = parse_truncated("SELECT Id FROM Contact LIMIT 1").query
    assert query is not None and query.limit is None


def test_words_of_soql_inside_quotes_are_text() -> None:
    cut = parse_truncated("SELECT Id FROM Contact WHERE Name = ' FROM x WHERE ' AND B = ' ORDER BY ")
    assert cut.query == parse("SELECT Id FROM Contact WHERE Name = ' FROM x WHERE '")


@pytest.mark.parametrize(
    ("text", "position"),
    [("", 0), ("  UPDATE x", 2), ("SELECT * FROM Contact WHERE A = 1 AND", 7), ("{ query { uiapi", 0),
     ("SELECT Id FROM Contact WHERE A = = 1 AND B = 2", 33), ("SELECT Id, FROM Contact WHERE A = 1", 11)],
)  # fmt: skip
def test_what_is_no_beginning_of_a_query_is_refused_with_its_place(text: str, position: int) -> None:
    with pytest.raises(SoqlSyntaxError) as refused:
        parse_truncated(text)
    assert refused.value.position == position


@pytest.mark.parametrize("text", [WHOLE, *OTHERS])
def test_every_cut_of_a_query_proves_a_part_of_it(text: str) -> None:
    whole = parse(text)
    for length in range(len("SELECT"), len(text) + 1):
        cut = parse_truncated(text[:length])
        assert set(cut.reads) <= set(whole.reads())
        assert not cut.reads_complete or set(cut.reads) == set(whole.reads())
        assert cut.object in {"", whole.object}
        if cut.query is not None:
            assert _conjuncts(cut.query.where) <= _conjuncts(whole.where)


def _conjuncts(condition: ast.Condition | None) -> set[ast.Condition]:
    return set(condition.items) if isinstance(condition, ast.And) else set() if condition is None else {condition}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(WHOLE)), st.text(max_size=12))
def test_anything_after_a_cut_is_read_or_refused(length: int, tail: str) -> None:
    text = WHOLE[:length] + tail
    try:
        parse_truncated(text)
    except SoqlSyntaxError as refused:
        assert 0 <= refused.position <= len(text)
