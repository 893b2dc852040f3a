"""Refusals of a query, with Salesforce's error codes and words.

The exception's own message says what is wrong without quoting the query, which may hold people's data. `body(text)`
makes the vendor's answer, with the fragment of the query, a caret under the place, and row and column.
"""

from __future__ import annotations

from leakresponse.core.errors import Refused

#: How much of the query Salesforce shows left and right of the place that it refuses, in characters.
BEFORE, AFTER = 32, 24
_REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


class QueryRefused(Refused):
    """A query that the org does not run. `code` is Salesforce's errorCode, `status` the HTTP status."""

    error_code = "MALFORMED_QUERY"
    status = 400

    def __init__(self, words: str, position: int | None = None, safe: str = "") -> None:
        super().__init__(safe or words, self.error_code)
        self.words = words
        self.position = position

    def message(self, text: str) -> str:
        """The vendor's message for the query `text`."""
        if self.position is None or self.position < 0:
            return self.words
        start, end = max(0, self.position - BEFORE), self.position + AFTER
        fragment = " ".join(text[start:end].split("\n"))
        caret = " " * (self.position - start) + "^"
        return f"\n{fragment}\n{caret}\n{self._place(text)}\n{self.words}"

    def body(self, text: str) -> list[dict[str, str]]:
        """The vendor's error body."""
        return [{"message": self.message(text), "errorCode": self.code}]

    def _place(self, text: str) -> str:
        before = text[: self.position or 0]
        column = len(before) - (before.rfind("\n") + 1) + 1
        return f"ERROR at Row:{before.count(chr(10)) + 1}:Column:{column}"


class MalformedQuery(QueryRefused):
    """The query is not SOQL, or not a query that this API runs."""


class InvalidField(QueryRefused):
    """A column that does not exist, is hidden, or cannot be used this way."""

    error_code = "INVALID_FIELD"


class InvalidType(QueryRefused):
    """An object that does not exist or is hidden."""

    error_code = "INVALID_TYPE"


class InvalidFilter(QueryRefused):
    """A value that cannot be an id."""

    error_code = "INVALID_QUERY_FILTER_OPERATOR"


class TooManyJoins(QueryRefused):
    """More semi-joins than a query may have."""

    error_code = "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS"


class OutsideRange(QueryRefused):
    """A number of rows beyond what the vendor takes."""

    error_code = "NUMBER_OUTSIDE_VALID_RANGE"


class BulkRefused(QueryRefused):
    """SOQL that Bulk API 2.0 does not run (Bulk API guide, "Understanding Bulk API 2.0 Query").

    The words are observed (OpenFn/adaptors issue 395, jsforce issue 380, activepieces issue 14521); the code follows
    Bulk 2.0's habit of writing v1 codes such as FeatureNotEnabled in capitals and was not observed.
    """

    error_code = "FEATURENOTENABLED"


def no_column(field: str, entity: str, position: int) -> InvalidField:
    """The refusal for an unknown field."""
    return InvalidField(
        f"No such column '{field}' on entity '{entity}'. If you are attempting to use a custom field, be sure to "
        f"append the '__c' after the custom field name. {_REFERENCE}",
        position,
    )


def no_relationship(name: str, position: int) -> InvalidField:
    """The refusal for an unknown parent or child relationship."""
    return InvalidField(
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, "
        f"be sure to append the '__r' after the custom relationship name. {_REFERENCE}",
        position,
    )


def no_query(name: str, position: int) -> QueryRefused:
    """An event that can be subscribed to only; the words were seen on five orgs, the code was not."""
    return InvalidType(f"entity type {name} does not support query", position)


def no_object(name: str, position: int) -> InvalidType:
    """The refusal for an unknown object."""
    return InvalidType(
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
        f"'__c' after the entity name. {_REFERENCE}",
        position,
    )


def cannot(field: str, act: str, position: int) -> InvalidField:
    """The refusal for a field that cannot be filtered, sorted or grouped."""
    return InvalidField(f"field '{field}' can not be {act} in a query call", position)
