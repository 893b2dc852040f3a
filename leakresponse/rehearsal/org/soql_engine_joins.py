"""What Salesforce refuses of semi-joins and anti-joins: `IN (SELECT ...)` and `NOT IN (SELECT ...)`.

Rules: SOQL and SOSL Reference, "Comparison Operators"; words as published from real orgs (the guide has none). That two
joins are the most, and the code of a third, are the guide's and the API's; its words are not confirmed.
"""

from __future__ import annotations

from collections.abc import Iterator

from leakresponse.core.soql import ast
from leakresponse.rehearsal.org.schema import Field, Schema, SObject
from leakresponse.rehearsal.org.soql_engine_errors import MalformedQuery, TooManyJoins

MAX_JOINS = 2


def check_joins(query: ast.Query, obj: SObject, schema: Schema) -> None:
    """Refuses joins that Salesforce does not run. Raises QueryRefused."""
    joins = list(_joins(query.where))
    if len(joins) > MAX_JOINS:
        raise TooManyJoins(f"Maximum {MAX_JOINS} semi join sub-selects are allowed", _place(joins[-1]))
    for join in joins:
        _check_place(join, query.where)
        _check_inner(join, obj, schema)


def _joins(condition: ast.Condition | None) -> Iterator[ast.InQuery]:
    if isinstance(condition, ast.InQuery):
        yield condition
    elif isinstance(condition, ast.Not):
        yield from _joins(condition.item)
    elif isinstance(condition, ast.And | ast.Or):
        for item in condition.items:
            yield from _joins(item)


def _check_place(join: ast.InQuery, where: ast.Condition | None) -> None:
    """A join stands beside other conditions that all must hold, not inside OR or NOT."""
    if isinstance(where, ast.Or) and any(item is join for item in where.items):
        raise MalformedQuery("Semi join sub-selects are not allowed with the 'OR' operator", _place(join))
    if not any(one is join for one in _required(where)):
        words = "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE "
        raise MalformedQuery(f"{words}expressions.", _place(join))


def _required(condition: ast.Condition | None) -> Iterator[ast.Condition]:
    if isinstance(condition, ast.And):
        for item in condition.items:
            yield from _required(item)
    elif condition is not None:
        yield condition


def _check_inner(join: ast.InQuery, obj: SObject, schema: Schema) -> None:
    inner, place = join.query, _place(join)
    if any(_joins(inner.where)):
        raise MalformedQuery("Nesting of semi join sub-selects is not supported", place)
    for clause, given in (("GROUP", inner.group), ("ORDER", inner.order), ("LIMIT", inner.limit)):
        if given not in (None, ()):
            raise MalformedQuery(f"missing value at '{clause}'", place)
    source = schema.get(inner.object)
    if source is None or len(inner.select) != 1:
        return
    if source.name == obj.name:
        raise MalformedQuery("The inner and outer selects should not be on the same object type", place)
    item = inner.select[0]
    if isinstance(item, ast.Selected) and isinstance(item.expr, ast.Path) and isinstance(join.left, ast.Path):
        _check_types(join.left, obj.field(join.left.name), obj, item.expr, source.field(item.expr.name), source)


def _check_types(
    left: ast.Path, outer: Field | None, obj: SObject, selected: ast.Path, inner: Field | None, source: SObject
) -> None:
    """Both sides are ids of records of one object; a name that does not exist is refused elsewhere."""
    if inner is not None and inner.type not in {"id", "reference"}:
        raise MalformedQuery(
            f"Semi join sub-selects can only query id fields, cannot use: '{inner.name}'", selected.position
        )
    if outer is None or inner is None:
        return
    ours, theirs = _targets(outer, obj), _targets(inner, source)
    if ours and theirs and not ours & theirs:
        words = (
            f"The selected field '{inner.name}' in the subquery and the left operand field in the where expression in "
            f"the outer query '{outer.name}' should point to the same object type"
        )
        raise MalformedQuery(words, left.position)


def _targets(one: Field, obj: SObject) -> frozenset[str]:
    """The objects whose ids a field holds; empty where that is not known."""
    return frozenset({obj.name} if one.type == "id" else one.reference_to)


def _place(join: ast.InQuery) -> int:
    return join.left.position
