"""From a GraphQL document of Salesforce's UI API to SOQL: objects, fields, parents, filters, order, pages.

Shape (GraphQL API guide):
`uiapi { query { Contact(first: 10, where: {...}) { edges { node { Id Name { value } } } } } }`.
Left out: mutations, aggregates, child relationships, fragments on types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLSyntaxError, OperationDefinitionNode, ValueNode, VariableNode, parse
from graphql.utilities import value_from_ast_untyped

from leakresponse.core.errors import BadInput
from leakresponse.core.soql.build import Where, all_of, any_of, compare, isin, like, negate, select

#: Rows of a page: without `first`, and at most (GraphQL API guide, "Limits").
DEFAULT_ROWS, MAX_ROWS = 10, 2000
MAX_TOKENS = 10_000
_LEAVES = frozenset({"value", "displayValue", "format", "label"})
_COMPARE = {"eq": "=", "ne": "!=", "lt": "<", "gt": ">", "lte": "<=", "gte": ">="}


@dataclass(frozen=True, slots=True)
class Asked:
    """One object of a query: `alias` names it in the answer, `fields` are SOQL paths, `offset` is of the cursor."""

    alias: str
    object: str
    fields: tuple[str, ...]
    soql: str
    first: int
    offset: int
    node: Mapping[str, Any]
    wants_total: bool


def read(text: str, variables: Mapping[str, Any], operation: str = "") -> Iterator[Asked]:
    """The objects that a document asks for. Raises BadInput for what is no GraphQL or not of this API's shape."""
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError:
        raise BadInput("Invalid Syntax : the query is not GraphQL") from None
    for entry in _into(_operation(document, operation), "uiapi", "query"):
        yield _asked(entry, variables)


def _operation(document: DocumentNode, name: str) -> OperationDefinitionNode:
    found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    named = [one for one in found if not name or (one.name and one.name.value == name)]
    if len(named) != 1 or named[0].operation.value != "query":
        raise BadInput("Exactly one query operation was expected")
    return named[0]


def _into(node: OperationDefinitionNode | FieldNode, *names: str) -> list[FieldNode]:
    """The selections below a path of names."""
    for name in names:
        inner = next((one for one in _fields(node) if one.name.value == name), None)
        if inner is None:
            raise BadInput(f"Validation error: {name} is missing")
        node = inner
    return _fields(node)


def _fields(node: OperationDefinitionNode | FieldNode) -> list[FieldNode]:
    chosen = node.selection_set.selections if node.selection_set else ()
    return [one for one in chosen if isinstance(one, FieldNode)]


def _asked(entry: FieldNode, variables: Mapping[str, Any]) -> Asked:
    name = entry.name.value
    given = {one.name.value: _value(one.value, variables) for one in entry.arguments or ()}
    node = _tree(_into(entry, "edges", "node"))
    fields = tuple(_paths(node))
    first = given.get("first", DEFAULT_ROWS)
    if not isinstance(first, int) or not 0 < first <= MAX_ROWS:
        raise BadInput(f"Validation error: first must lie between 1 and {MAX_ROWS}")
    where = given.get("where")
    soql = select(
        name, ("Id", *(one for one in fields if one != "Id")), where=_where(where) if where else None,
        order_by=tuple(_order(given.get("orderBy") or {})),
    )  # fmt: skip
    wants = any(one.name.value == "totalCount" for one in _fields(entry))
    alias = entry.alias.value if entry.alias else name
    return Asked(alias, name, fields, soql, first, _offset(given.get("after")), node, wants)


def _value(node: ValueNode, variables: Mapping[str, Any]) -> Any:
    if isinstance(node, VariableNode) and node.name.value not in variables:
        raise BadInput(f"Validation error: variable {node.name.value} is missing")
    return value_from_ast_untyped(node, dict(variables))


def _tree(nodes: Sequence[FieldNode]) -> dict[str, Any]:
    """Names with what is below them; `value`, `displayValue` and such are leaves of a field, not parents."""
    found: dict[str, Any] = {}
    for one in nodes:
        below = [inner for inner in _fields(one) if inner.name.value not in _LEAVES]
        found[one.name.value] = _tree(below) if below else {}
    return found


def _paths(node: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, below in node.items():
        if below:
            yield from _paths(below, f"{before}{name}.")
        elif name != "__typename":
            yield f"{before}{name}"


def _order(given: Mapping[str, Any]) -> Iterator[str]:
    for name, how in given.items():
        word = str((how or {}).get("order", "ASC")).upper() if isinstance(how, dict) else "ASC"
        yield f"{name} DESC" if word == "DESC" else name


def _where(given: Any) -> Where:
    if not isinstance(given, dict) or not given:
        raise BadInput("Validation error: where is not a filter")
    return all_of(*(part for name, value in given.items() for part in _conditions(name, value)))


def _conditions(name: str, value: Any) -> Iterator[Where]:
    if name in {"and", "or"} and isinstance(value, list):
        yield (all_of if name == "and" else any_of)(*(_where(one) for one in value))
    elif name == "not":
        yield negate(_where(value))
    elif isinstance(value, dict):
        for operator, operand in value.items():
            yield _condition(name, operator, operand)
    else:
        raise BadInput("Validation error: where is not a filter")


def _condition(name: str, operator: str, operand: Any) -> Where:
    if operator in _COMPARE:
        return compare(name, _COMPARE[operator], operand)
    if operator == "like":
        return like(name, str(operand))
    if operator in {"in", "nin"} and isinstance(operand, list):
        return isin(name, operand, negated=operator == "nin")
    raise BadInput("Validation error: no such operator")


def _offset(cursor: Any) -> int:
    """Where a page begins: cursors are the number of rows before it."""
    if cursor is None:
        return 0
    word, _, number = str(cursor).partition(":")
    if word != "row" or not number.isdigit():
        raise BadInput("Validation error: the cursor is not valid")
    return int(number)
