"""Queries that differ in their values alone are parsed once: thousands of them a second instead of hundreds.

Quoted texts, numbers and points in time are blotted out with as many characters, so that every other part of the text
keeps its place; the tree of the blotted text is kept, and the values are put back into a copy in the order of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from leakresponse.core.soql import ast

_DIGIT = re.compile(r"\d")
#: As STRING, DATETIME and NUMBER of the grammar; a text that is not well formed stays, and the parser refuses it.
_VALUE = re.compile(
    r"""'(?:[^'\\]|\\(?:[nrtbf"'\\_%]|u[0-9a-f]{4}))*'"""
    r"|(?<![\w.:-])\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)(?![\w.])"
    r"|(?<![\w.:-])[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![\w.:-])",
    re.IGNORECASE | re.ASCII,
)


def blot(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with its values blotted out, and the values as they stood there."""
    values: list[str] = []

    def cover(found: re.Match[str]) -> str:
        value = found[0]
        values.append(value)
        return f"'{'x' * (len(value) - 2)}'" if value[0] == "'" else _DIGIT.sub("0", value)

    return _VALUE.sub(cover, text), tuple(values)


def restore(query: ast.Query, values: tuple[str, ...]) -> ast.Query | None:
    """The tree with the values in it; None where it has not as many places for them."""
    waiting = iter(values)
    try:
        whole = _query(query, waiting)
    except StopIteration:
        return None
    return whole if next(waiting, None) is None else None


def _query(query: ast.Query, values: Iterator[str]) -> ast.Query:
    """Clauses in the order of the text."""
    return replace(
        query,
        select=tuple([_item(one, values) for one in query.select]),
        where=_condition(query.where, values) if query.where else None,
        with_clause=_with(query.with_clause, values) if query.with_clause else None,
        group=replace(query.group, items=tuple([_expr(one, values) for one in query.group.items]))
        if query.group
        else None,
        having=_condition(query.having, values) if query.having else None,
        order=tuple([replace(one, expr=_expr(one.expr, values)) for one in query.order]),
        limit=_rows(query.limit, values),
        offset=_rows(query.offset, values),
        options=tuple([replace(one, value=_value(one.value, values)) for one in query.options]),
    )


def _item(item: ast.SelectItem, values: Iterator[str]) -> ast.SelectItem:
    if isinstance(item, ast.Selected) and isinstance(item.expr, ast.Call):
        return replace(item, expr=_expr(item.expr, values))
    return ast.SubQuery(_query(item.query, values)) if isinstance(item, ast.SubQuery) else item


def _expr(expr: ast.Expr, values: Iterator[str]) -> ast.Expr:
    if isinstance(expr, ast.Path):
        return expr
    return replace(expr, args=tuple([_argument(one, values) for one in expr.args]))


def _argument(one: ast.Argument, values: Iterator[str]) -> ast.Argument:
    return _expr(one, values) if isinstance(one, ast.Path | ast.Call) else _value(one, values)


def _value(value: ast.Value, values: Iterator[str]) -> ast.Value:
    if isinstance(value, ast.Text):
        return ast.Text(next(values)[1:-1])
    if isinstance(value, ast.DateTime):
        return ast.DateTime(next(values))
    return ast.Number(next(values)) if isinstance(value, ast.Number) else value


def _rows(rows: int | ast.Bind | None, values: Iterator[str]) -> int | ast.Bind | None:
    return int(next(values)) if isinstance(rows, int) else rows


def _condition(condition: ast.Condition, values: Iterator[str]) -> ast.Condition:
    match condition:
        case ast.Compare(left, op, right):
            return ast.Compare(_expr(left, values), op, _value(right, values))
        case ast.InList(left, op, listed):
            left = _expr(left, values)
            return ast.InList(
                left, op, listed if isinstance(listed, ast.Bind) else tuple([_value(v, values) for v in listed])
            )
        case ast.InQuery(left, op, query):
            return ast.InQuery(_expr(left, values), op, _query(query, values))
        case ast.Not(item):
            return ast.Not(_condition(item, values))
        case ast.And(items):
            return ast.And(tuple([_condition(one, values) for one in items]))
        case ast.Or(items):
            return ast.Or(tuple([_condition(one, values) for one in items]))


def _with(clause: ast.With, values: Iterator[str]) -> ast.With:
    match clause:
        case ast.WithFilter(condition):
            return ast.WithFilter(_condition(condition, values))
        case ast.WithVisibility(options):
            return ast.WithVisibility(tuple([replace(one, value=_value(one.value, values)) for one in options]))
        case _:
            return clause
