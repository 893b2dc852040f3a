"""Conditions of SOQL as SQL.

SOQL's logic has two values: a comparison with an empty field is false (and `!=`, NOT IN true), so NOT turns it true,
where SQL would say NULL. Text is compared without regard to case; tables declare such columns NOCASE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.core.soql import ast
from leakresponse.rehearsal.org.soql_engine_dates import span
from leakresponse.rehearsal.org.soql_engine_errors import InvalidField, InvalidFilter, MalformedQuery, cannot
from leakresponse.rehearsal.org.soql_engine_names import Column, Scope

_NUMBERS = frozenset({"int", "double", "currency", "percent"})
#: Text fields that refuse LIKE (object reference, AuthSession).
_NO_LIKE = frozenset({"SourceIp"})


@dataclass(slots=True)
class Conditions:
    """Writes conditions for one query; collects the parameters in the order of the text."""

    now: datetime
    semi_join: Callable[[ast.Query, Conditions], str]
    params: list[Any] = field(default_factory=list)

    def sql(self, condition: ast.Condition, scope: Scope) -> str:
        """The condition as SQL."""
        match condition:
            case ast.And(items):
                return " AND ".join(f"({self.sql(item, scope)})" for item in items)
            case ast.Or(items):
                return " OR ".join(f"({self.sql(item, scope)})" for item in items)
            case ast.Not(item):
                return f"NOT COALESCE(({self.sql(item, scope)}), 0)"
            case ast.InQuery(left, op, query):
                column = _filterable(scope, left)
                inner = self.semi_join(query, self)
                return (
                    f"{column.sql} IN ({inner})"
                    if op == "IN"
                    else f"({column.sql} IS NULL OR {column.sql} NOT IN ({inner}))"
                )
            case ast.InList():
                return self._in_list(condition, scope)
            case _:
                return self._compare(condition, scope)

    def add(self, value: Any) -> str:
        """The place of a parameter."""
        self.params.append(value)
        return "?"

    def _compare(self, one: ast.Compare, scope: Scope) -> str:
        column, place = _filterable(scope, one.left), one.left.position
        if one.op == "LIKE":
            return self._like(column, one.right, place)
        if isinstance(one.right, ast.DateLiteral):
            return self._in_span(column, one.op, one.right, place)
        value = value_of(column, one.right, place)
        if value is None or (value == "" and one.op in {"=", "!="}):
            empty = f"{column.sql} IS NULL" if value is None else f"COALESCE({column.sql}, '') = ''"
            if one.op not in {"=", "!="}:
                return "0"
            return empty if one.op == "=" else f"NOT ({empty})"
        operator = {"=": "IS", "!=": "IS NOT"}.get(one.op, one.op)
        return f"{column.sql} {operator} {self.add(value)}"

    def _in_list(self, one: ast.InList, scope: Scope) -> str:
        column, place = _filterable(scope, one.left), one.left.position
        if isinstance(one.values, ast.Bind):
            raise MalformedQuery("Bind variables only allowed in Apex code", place)
        if one.op in {"INCLUDES", "EXCLUDES"}:
            return self._includes(column, one.op, one.values, place)
        values = [value_of(column, value, place) for value in one.values]
        known = [value for value in values if value is not None]
        listed = f"{column.sql} IN ({', '.join(self.add(value) for value in known)})" if known else "0"
        found = f"({listed} OR {column.sql} IS NULL)" if len(known) < len(values) else listed
        return found if one.op == "IN" else f"NOT COALESCE({found}, 0)"

    def _includes(self, column: Column, op: str, values: tuple[ast.Value, ...], place: int) -> str:
        """Each value is a list of choices joined by semicolons that must all be set."""
        choices = [str(value_of(column, value, place)).split(";") for value in values if isinstance(value, ast.Text)]
        parts = [
            "("
            + " AND ".join(f"instr(';' || {column.sql} || ';', {self.add(f';{word};')}) > 0" for word in words)
            + ")"
            for words in choices
        ]
        found = " OR ".join(parts) or "0"
        return f"({found})" if op == "INCLUDES" else f"NOT COALESCE(({found}), 0)"

    def _like(self, column: Column, value: ast.Value, place: int) -> str:
        if column.type in _NUMBERS | {"boolean", "date", "datetime", "id", "reference"} or column.name in _NO_LIKE:
            raise InvalidField(f"invalid operator on {column.type} field '{column.name}'", place)
        if not isinstance(value, ast.Text):
            raise InvalidField(_must_be(column.name, "string", "should"), place)
        return f"{column.sql} LIKE {self.add(value.pattern)} ESCAPE '\\'"

    def _in_span(self, column: Column, op: str, literal: ast.DateLiteral, place: int) -> str:
        if column.type not in {"date", "datetime"} or column.field is None:
            raise InvalidField(_must_be(column.name, column.type, "should not"), place)
        start, end = (_edge(day, column.type) for day in span(literal, self.now.astimezone(UTC).date()))
        sql = column.sql
        if op in {"=", "!="}:
            inside = f"({sql} >= {self.add(start)} AND {sql} < {self.add(end)})"
            return inside if op == "=" else f"NOT COALESCE({inside}, 0)"
        edges = {">": (">=", end), ">=": (">=", start), "<": ("<", start), "<=": ("<", end)}
        operator, edge = edges[op]
        return f"{sql} {operator} {self.add(edge)}"


def value_of(column: Column, value: ast.Value, place: int) -> Any:
    """The parameter that a literal becomes for this column; refuses what does not fit its type."""
    kind = column.type
    match value:
        case ast.Null():
            return None
        case ast.Bind():
            raise MalformedQuery("Bind variables only allowed in Apex code", place)
        case ast.Boolean(flag) if kind == "boolean":
            return int(flag)
        case ast.Number(text) | ast.Currency(_, text) if kind in _NUMBERS:
            return float(text) if any(char in text for char in ".eE") else int(text)
        case ast.Date(text) if kind == "date":
            return text
        case ast.DateTime(text) if kind == "datetime":
            return stored_moment(text, place)
        case ast.Text() if kind in {"id", "reference"}:
            return _record_id(value.value, column, place)
        case ast.Text() if kind not in _NUMBERS | {"boolean", "date", "datetime"}:
            return value.value
    textual = kind not in _NUMBERS | {"boolean", "date", "datetime"}
    said = "string" if textual else {"datetime": "dateTime"}.get(kind, kind)
    raise InvalidField(_must_be(column.name, said, "should" if textual else "should not"), place)


def stored_moment(text: str, place: int) -> str:
    """A datetime literal in the form in which datetimes are stored: UTC with milliseconds and `Z`."""
    try:
        parsed = datetime.fromisoformat(text.upper().replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedQuery("Invalid datetime", place) from None
    return f"{parsed:%Y-%m-%dT%H:%M:%S}.{parsed.microsecond // 1000:03d}Z"


def _filterable(scope: Scope, expr: ast.Expr) -> Column:
    column = scope.expression(expr)
    if column.field is not None and not column.field.filterable:
        raise cannot(column.name, "filtered", expr.position)
    return column


def _edge(day: date, kind: str) -> str:
    return day.isoformat() if kind == "date" else f"{day.isoformat()}T00:00:00.000Z"


def _must_be(name: str, kind: str, should: str) -> str:
    return f"value of filter criterion for field '{name}' must be of type {kind} and {should} be enclosed in quotes"


def _record_id(text: str, column: Column, place: int) -> str | None:
    """An id in its 18-character form; definitions of objects are referred to by name and stay as they are."""
    if text == "" or (column.field is not None and column.field.reference_to == ("EntityDefinition",)):
        return text or None
    if len(text) not in {15, 18} or not text.isalnum():
        raise InvalidFilter(f"invalid ID field: {text}", place, safe=f"a value of {column.name} is not a record id")
    return to18(text) if is_record_id(text) else text
