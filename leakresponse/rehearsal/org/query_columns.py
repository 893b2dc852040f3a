"""`/query?columns=true`: what the columns of an answer are, as the Salesforce CLI asks it after a query.

The resource is not documented. Shape and meaning are those that the CLI's own code reads (plugin-data, `queryFields`):
parents are columns with `joinColumns`, child sub-queries the same with `aggregate`, and functions are columns with
`aggregate` whose `displayName` is shown unless they have an alias.
"""

from __future__ import annotations

from typing import Any

from leakresponse.core.soql import ast, parse
from leakresponse.core.soql.printer import print_expr
from leakresponse.rehearsal.org.soql_engine import Compiled, Output

_NUMBERS = frozenset({"int", "double", "currency", "percent"})
_TEXTS = frozenset({"string", "textarea", "picklist", "email", "phone", "url", "id", "reference"})
Column = dict[str, Any]


def column_metadata(compiled: Compiled, soql: str) -> dict[str, Any]:
    """The body of the answer."""
    query = parse(soql)
    grouped = compiled.kind == "aggregate"
    columns = _computed(compiled, query) if grouped else _selected(compiled)
    chosen = any(one.path == ("Id",) for one in compiled.outputs)
    return {
        "columnMetadata": columns, "entityName": compiled.object.name, "groupBy": query.group is not None,
        "idSelected": chosen, "keyPrefix": compiled.object.key_prefix,
    }  # fmt: skip


def _computed(compiled: Compiled, query: ast.Query) -> list[Column]:
    """The columns of a grouped answer, in the order of the SELECT list."""
    columns = []
    for item, one in zip(query.select, compiled.outputs, strict=True):
        call = item.expr if isinstance(item, ast.Selected) and isinstance(item.expr, ast.Call) else None
        columns.append(_column(one.path[-1], one, print_expr(call) if call else one.path[-1], call is not None))
    return columns


def _selected(compiled: Compiled) -> list[Column]:
    """The columns of records: own fields, parents, and child sub-queries where they stand."""
    columns: list[Column] = []
    parents: dict[tuple[str, ...], list[Column]] = {(): columns}
    for place in range(len(compiled.outputs) + 1):
        for child in compiled.children:
            if child.after == place:
                columns.append(_joined(child.relationship, _selected(child.compiled), is_child=True))
        if place == len(compiled.outputs):
            break
        one = compiled.outputs[place]
        for depth in range(1, len(one.path)):
            way = one.path[:depth]
            if way not in parents:
                parents[way] = []
                parents[way[:-1]].append(_joined(way[-1], parents[way]))
        parents[one.path[:-1]].append(_column(one.path[-1], one, one.path[-1]))
    return columns


def _column(name: str, one: Output, shown: str, is_function: bool = False) -> Column:
    return {
        "aggregate": is_function, "apexType": "String" if one.type in _TEXTS else one.type.capitalize(),
        "booleanType": one.type == "boolean", "columnName": name, "custom": name.endswith("__c"), "displayName": shown,
        "foreignKeyName": None, "insertable": False, "joinColumns": [], "numberType": one.type in _NUMBERS,
        "textType": one.type in _TEXTS, "updatable": False,
    }  # fmt: skip


def _joined(name: str, columns: list[Column], is_child: bool = False) -> Column:
    return {
        "aggregate": is_child, "apexType": None, "booleanType": False, "columnName": name,
        "custom": name.endswith("__r"), "displayName": name, "foreignKeyName": None, "insertable": False,
        "joinColumns": columns, "numberType": False, "textType": False, "updatable": False,
    }  # fmt: skip
