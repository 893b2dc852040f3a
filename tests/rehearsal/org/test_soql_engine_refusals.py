"""What the org refuses of SOQL, with which code and in which words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from leakresponse.rehearsal.org.schema import SCHEMA
from leakresponse.rehearsal.org.soql_engine import QueryRefused, compile_text
from leakresponse.rehearsal.org.soql_engine_rows import header

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def refusal(text: str, **options: Any) -> QueryRefused:
    with pytest.raises(QueryRefused) as refused:
        compile_text(text, SCHEMA, NOW, **options)
    return refused.value


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("SELECT COUNT() FROM Contact", "FEATURENOTENABLED", "Aggregate"),
        ("SELECT Id, (SELECT Id FROM Cases) FROM Contact", "FEATURENOTENABLED", "Aggregate Relationships"),
        ("SELECT Status FROM Case GROUP BY Status", "FEATURENOTENABLED", "GROUP BY"),
        ("SELECT Id FROM Contact OFFSET 1", "FEATURENOTENABLED", "OFFSET"),
        ("SELECT TYPEOF Owner WHEN User THEN Name END FROM Case", "FEATURENOTENABLED", "TYPEOF"),
        ("SELECT MailingAddress FROM Contact", "FEATURENOTENABLED", "compound data"),
        ("SELECT FIELDS(ALL) FROM Contact LIMIT 1", "MALFORMED_QUERY", "unbounded set of fields"),
    ],
)
def test_what_bulk_refuses(text: str, code: str, words: str) -> None:
    refused = refusal(text, bulk=True)
    assert refused.code == code and words in refused.words


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("SELECT Id,, FROM Account", "MALFORMED_QUERY", "unexpected token: ','"),
        ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Nope FROM Account", "INVALID_FIELD", "No such column 'Nope' on entity 'Account'."),
        ("SELECT Id FROM Contact WHERE Account.Nope = 1", "INVALID_FIELD", "column 'Nope' on entity 'Account'."),
        ("SELECT Id FROM Account ORDER BY Nope", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT Foo.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Foo'"),
        ("SELECT Id, (SELECT Id FROM Foos) FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Foos'"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        ("SELECT Id FROM Account WHERE Id IN (SELECT X FROM Nope)", "INVALID_TYPE", "sObject type 'Nope'"),
        ("SELECT Id FROM Account WHERE CreatedDate > '2026'", "INVALID_FIELD", "of type dateTime and should not"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Contact WHERE Birthdate = 2026-01-01T00:00:00Z", "INVALID_FIELD", "must be of type date and"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "must be of type string and should be enclosed"),
        ("SELECT Id FROM Account WHERE Name = TODAY", "INVALID_FIELD", "'Name'"),
        ("SELECT Id FROM Contact WHERE HasOptedOutOfEmail = 'true'", "INVALID_FIELD", "must be of type boolean"),
        ("SELECT Id FROM Contact WHERE Description LIKE 'a%'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Contact ORDER BY Description", "INVALID_FIELD", "can not be sorted"),
        ("SELECT CreatedDate FROM Contact GROUP BY CreatedDate", "INVALID_FIELD", "can not be grouped"),
        ("SELECT Id FROM AuthSession WHERE SourceIp LIKE '1%'", "INVALID_FIELD", "invalid operator"),
        ("SELECT Id FROM LoginHistory WHERE Status = 'x'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Contact WHERE Id = 'short'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: short"),
        ("SELECT Name, COUNT(Id) FROM Contact", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
        ("SELECT SUM(Name) FROM Contact", "MALFORMED_QUERY", "does not support aggregate operator SUM"),
        ("SELECT Name, name FROM Contact", "MALFORMED_QUERY", "duplicate field selected: Name"),
        ("SELECT FIELDS(ALL) FROM Contact", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT FIELDS(CUSTOM) FROM Contact LIMIT 201", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT Id FROM Contact WHERE Id = :id", "MALFORMED_QUERY", "Bind variables only allowed in Apex code"),
        ("SELECT Id FROM Contact LIMIT :n", "MALFORMED_QUERY", "Bind variables"),
        ("SELECT Id FROM Contact ALL ROWS", "MALFORMED_QUERY", "ALL ROWS"),
        ("SELECT Id FROM Contact OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset"),
        ("SELECT Id FROM ApiEvent WHERE UserId = null", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM ApiEvent WHERE EventDate = TODAY", "INVALID_FIELD", "Unsupported filter operator"),
        ("SELECT Id FROM ApiEvent ORDER BY EventDate ASC", "INVALID_FIELD", "Unsupported order direction"),
        ("SELECT COUNT() FROM ApiEvent", "MALFORMED_QUERY", "does not support aggregate operator COUNT"),
        ("SELECT COUNT(), Id FROM Contact", "MALFORMED_QUERY", "unexpected token: 'COUNT(),'"),
        ("SELECT Name n FROM Contact", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        ("SELECT COUNT(Id) FROM Contact ORDER BY Name", "MALFORMED_QUERY", "must be grouped or aggregated: Name"),
        ("SELECT Id, (SELECT COUNT() FROM Contacts) FROM Account", "MALFORMED_QUERY", "only root queries support"),
        ("SELECT Id FROM Contact USING SCOPE team", "MALFORMED_QUERY", "Scope team is not supported"),
        ("SELECT Id FROM Contact WITH DATA CATEGORY Geo__c AT usa__c", "MALFORMED_QUERY", "unexpected token: 'WITH'"),
        (f"SELECT Id FROM Contact WHERE Name = '{'x' * 100_000}'", "MALFORMED_QUERY", "cannot be longer than 100000"),
        ("SELECT QualifiedApiName FROM FieldDefinition", "MALFORMED_QUERY", "A filter on a reified column is required"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, code: str, words: str) -> None:
    refused = refusal(text)
    assert refused.code == code and words in refused.words


ORDERS = "Id IN (SELECT AccountId FROM Order)"
NESTED = "Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Case))"


@pytest.mark.parametrize(
    ("where", "code", "words"),
    [
        (f"Name = 'a' OR {ORDERS}", "MALFORMED_QUERY", "not allowed with the 'OR' operator"),
        (f"Name = 'a' AND (Name = 'b' OR {ORDERS})", "MALFORMED_QUERY", "only allowed at the top level WHERE"),
        (f"NOT {ORDERS}", "MALFORMED_QUERY", "only allowed at the top level WHERE expressions"),
        (" AND ".join([ORDERS] * 3), "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS", "Maximum 2 semi join sub-selects"),
        (NESTED, "MALFORMED_QUERY", "Nesting of semi join sub-selects is not supported"),
        ("Id IN (SELECT ParentId FROM Account)", "MALFORMED_QUERY", "should not be on the same object type"),
        ("Id IN (SELECT OwnerId FROM Contact)", "MALFORMED_QUERY", "'OwnerId' in the subquery and the left operand"),
        ("Id IN (SELECT LastName FROM Contact)", "MALFORMED_QUERY", "can only query id fields, cannot use: 'LastName'"),
        ("Id IN (SELECT AccountId FROM Contact LIMIT 5)", "MALFORMED_QUERY", "missing value at 'LIMIT'"),
    ],
)
def test_what_is_refused_of_semi_joins(where: str, code: str, words: str) -> None:
    refused = refusal(f"SELECT Id FROM Account WHERE {where}")
    assert refused.code == code and words in refused.words


def test_the_vendor_message_has_fragment_caret_and_place() -> None:
    text = "select Id, Company,Email,LastName,SF_date__c, Status from Lead"
    fragment, caret, place, words = refusal(text).message(text).split("\n")[1:]
    assert fragment[caret.index("^") :].startswith("SF_date__c")
    assert place == "ERROR at Row:1:Column:35" and words.startswith("No such column 'SF_date__c' on entity 'Lead'.")


def test_rows_are_counted_in_the_place() -> None:
    text = "SELECT Id\nFROM Account\nWHERE Nope = 1"
    assert "ERROR at Row:3:Column:7" in refusal(text).body(text)[0]["message"]


def test_the_exception_keeps_values_to_itself() -> None:
    refused = refusal("SELECT Id FROM Contact WHERE Id = 'jane' ")
    assert "jane" not in str(refused)


def test_hidden_fields_and_objects_do_not_exist() -> None:
    def visible(obj: str, field: str) -> bool:
        return obj != "Lead" and field != "SSN__c"

    assert refusal("SELECT SSN__c FROM Contact", visible=visible).code == "INVALID_FIELD"
    assert refusal("SELECT Id FROM Lead", visible=visible).code == "INVALID_TYPE"
    found = compile_text("SELECT FIELDS(CUSTOM) FROM Contact LIMIT 1", SCHEMA, NOW, visible=visible)
    assert "SSN__c" not in header(found)
