"""Runs SOQL on the simulated org's SQLite store.

`compile_query` turns a parsed query into SQL with parameters and the shape of its answer; `soql_engine_rows` turns rows
into REST records or bulk CSV. Both stream: nothing here holds a whole answer.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from leakresponse.core.soql import ast, parse
from leakresponse.core.soql.errors import SoqlSyntaxError
from leakresponse.core.soql.parser import MAX_LENGTH
from leakresponse.rehearsal.org.schema import Field, Schema, SObject, quoted
from leakresponse.rehearsal.org.soql_engine_checks import check_bulk, check_rows, check_shape
from leakresponse.rehearsal.org.soql_engine_conditions import Conditions
from leakresponse.rehearsal.org.soql_engine_errors import (
    BulkRefused,
    MalformedQuery,
    QueryRefused,
    cannot,
    no_relationship,
)
from leakresponse.rehearsal.org.soql_engine_joins import check_joins
from leakresponse.rehearsal.org.soql_engine_names import Column, Rows, Scope, Visible, root_object

__all__ = ["Compiled", "Output", "QueryRefused", "compile_query", "compile_text", "run", "total"]


@dataclass(frozen=True, slots=True)
class Output:
    """One value of a row: the names that lead to it in the record, its describe type, and its place in the row.

    `owners` are, for each parent on the way, its object and the place of its id in the row.
    """

    path: tuple[str, ...]
    type: str
    index: int
    owners: tuple[tuple[SObject, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Child:
    """A child sub-query: run `compiled` with the parent's id in front of its parameters."""

    relationship: str
    compiled: Compiled
    after: int


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL with its parameters, and what its rows mean.

    `kind` is records, aggregate or count. For records the first value of each row is the record's id, whether it was
    selected or not (bulk excepted: there each row is exactly the CSV row). `entities` are the objects read.
    """

    sql: str
    params: tuple[Any, ...]
    object: SObject
    kind: str
    outputs: tuple[Output, ...]
    children: tuple[Child, ...] = ()
    entities: tuple[str, ...] = ()
    bulk: bool = False

    def page(self, offset: int, size: int) -> Compiled:
        """The same answer from row `offset` on, at most `size` rows."""
        window = f"LIMIT {int(size)} OFFSET {int(offset)}"
        return replace(self, sql=" ".join(("SELECT * FROM (", self.sql, ")", window)))

    @property
    def count_sql(self) -> str:
        """SQL for the number of rows, with the same parameters."""
        return self.sql if self.kind == "count" else " ".join(("SELECT COUNT(*) FROM (", self.sql, ")"))


@dataclass(frozen=True, slots=True)
class _Context:
    schema: Schema
    now: datetime
    visible: Visible | None
    rows: Rows | None
    all_rows: bool
    bulk: bool
    mine: str
    aliases: Iterator[int]


def compile_text(text: str, schema: Schema, now: datetime, **options: Any) -> Compiled:
    """`compile_query` for a text; a text that is no SOQL is refused as MALFORMED_QUERY."""
    try:
        query = parse(text)
    except SoqlSyntaxError as wrong:
        if len(text) > MAX_LENGTH:
            raise MalformedQuery(f"SOQL statements cannot be longer than {MAX_LENGTH} characters.") from None
        token = text[wrong.position :].split(maxsplit=1)[:1]
        if "aliasing" in wrong.reason:
            raise MalformedQuery(wrong.reason, wrong.position) from None
        words = f"unexpected token: '{token[0]}'" if token else "unexpected token: '<EOF>'"
        raise MalformedQuery(words, wrong.position, safe=str(wrong)) from None
    return compile_query(query, schema, now, **options)


def compile_query(
    query: ast.Query,
    schema: Schema,
    now: datetime,
    *,
    visible: Visible | None = None,
    rows: Rows | None = None,
    all_rows: bool = False,
    bulk: bool = False,
    mine: str = "",
) -> Compiled:
    """SQL for a query. `now` (aware) is what date literals count from, in UTC.

    `all_rows` lets deleted rows through (queryAll). `bulk` compiles for Bulk API 2.0: rows come as CSV texts, and what
    Bulk refuses is refused. `visible` and `rows` keep the query to the objects, fields and records of one user; `mine`
    is the user's id, for USING SCOPE. Raises QueryRefused.
    """
    if bulk:
        check_bulk(query)
    context = _Context(schema, now, visible, rows, all_rows, bulk, mine, itertools.count())
    obj = root_object(query.object, query.sources[0].path.position, schema, visible)
    return _compile(query, obj, context, parent_field=None)


def run(connection: sqlite3.Connection, compiled: Compiled, *before: Any) -> Iterator[tuple[Any, ...]]:
    """The rows, one at a time. `before` are parameters in front of the query's own (a parent's id)."""
    yield from connection.execute(compiled.sql, (*before, *compiled.params))


def total(connection: sqlite3.Connection, compiled: Compiled) -> int:
    """The number of rows of the whole answer; for COUNT() the number asked for."""
    return int(connection.execute(compiled.count_sql, compiled.params).fetchone()[0])


def _compile(query: ast.Query, obj: SObject, context: _Context, parent_field: Field | None) -> Compiled:
    check_shape(query, obj)
    check_joins(query, obj, context.schema)
    scope = Scope(obj, context.schema, context.aliases, query, context.visible, context.rows)
    conditions = Conditions(context.now, lambda inner, shared: _semi_join(inner, shared, context))
    if query.is_count:
        return _count(query, scope, conditions, context)
    if query.is_aggregate:
        return _aggregate(query, scope, conditions, context)
    return _records(query, scope, conditions, context, parent_field)


def _records(
    query: ast.Query, scope: Scope, conditions: Conditions, context: _Context, parent_field: Field | None
) -> Compiled:
    columns, outputs, children = _select(query, scope, context)
    where = _where(query, scope, conditions, context, parent_field)
    order = _order(query, scope)
    sql = f"SELECT {', '.join(columns)} {scope.from_sql()}{where} ORDER BY {order}{_window(query)}"
    entities = dict.fromkeys(itertools.chain(scope.entities, *(child.compiled.entities for child in children)))
    return Compiled(
        sql, tuple(conditions.params), scope.object, "records", outputs, children, tuple(entities), context.bulk
    )


def _select(
    query: ast.Query, scope: Scope, context: _Context
) -> tuple[list[str], tuple[Output, ...], tuple[Child, ...]]:
    """The SELECT list: the record's id, each column, and the id of each parent that is shown."""
    columns = [] if context.bulk else [f"{scope.alias}.{quoted(scope.object.key)}"]
    outputs: list[Output] = []
    children: list[Child] = []
    parents: dict[str, int] = {}
    for item in query.select:
        if isinstance(item, ast.SubQuery):
            children.append(_child(item, scope, context, after=len(outputs)))
            continue
        for column, alias in _columns(item, scope, context):
            if context.bulk and column.type == "base64" and scope.object.name != "EventLogFile":
                raise BulkRefused("Selecting binary data not supported in Bulk Query")
            if context.bulk and column.type == "address":
                raise BulkRefused("Selecting compound data not supported in Bulk Query")
            for step in () if context.bulk else column.steps:
                if step.alias not in parents:
                    parents[step.alias] = len(columns)
                    columns.append(f"{step.alias}.{quoted(step.object.key)}")
            owners = tuple((step.object, parents[step.alias]) for step in column.steps if not context.bulk)
            names = (*(step.relationship for step in column.steps), alias or column.name)
            if any(names == one.path for one in outputs):
                raise MalformedQuery(f"duplicate field selected: {'.'.join(names)}")
            outputs.append(Output(names, column.type, len(columns), owners))
            columns.append(_as_text(column) if context.bulk else column.sql)
    return columns, tuple(outputs), tuple(children)


def _columns(item: ast.SelectItem, scope: Scope, context: _Context) -> Iterator[tuple[Column, str]]:
    if isinstance(item, ast.Selected):
        yield scope.expression(item.expr), item.alias
    elif isinstance(item, ast.Wildcard):
        for one in scope.object.fields.values():
            wanted = item.kind == "ALL" or one.custom == (item.kind == "CUSTOM")
            if wanted and scope.sees(scope.object, one.name) and not (context.bulk and one.components):
                yield scope.column(ast.Path(one.name, item.position)), ""
    elif isinstance(item, ast.TypeOf):
        yield from ((column, "") for column in _typeof(item, scope))


def _typeof(item: ast.TypeOf, scope: Scope) -> Iterator[Column]:
    """Every reference of the simulated org has one target, so TYPEOF picks its branch before the query runs."""
    link = scope.object.reference(item.relationship.name)
    if link is None:
        raise no_relationship(item.relationship.name, item.relationship.position)
    target = link.reference_to[0].lower()
    fields = next((when.fields for when in item.whens if when.object.lower() == target), item.otherwise)
    for one in fields:
        yield scope.column(ast.Path(f"{item.relationship.name}.{one.name}", one.position))


def _as_text(column: Column) -> str:
    """Bulk CSV writes true and false; every other stored form is already the CSV form."""
    if column.type != "boolean":
        return column.sql
    return f"CASE {column.sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"


def _child(item: ast.SubQuery, scope: Scope, context: _Context, after: int) -> Child:
    place = item.query.sources[0].path.position
    found = scope.schema.child(scope.object.name, item.relationship)
    if found is None or not scope.sees(found[0], "Id"):
        raise no_relationship(item.relationship, place)
    obj, link = found
    if item.query.is_aggregate:
        raise MalformedQuery("only root queries support aggregate expressions", place)
    return Child(link.child_relationship, _compile(item.query, obj, context, link), after)


def _where(
    query: ast.Query, scope: Scope, conditions: Conditions, context: _Context, parent_field: Field | None = None
) -> str:
    parts = []
    if parent_field is not None:
        parts.append(f"{scope.alias}.{quoted(parent_field.name)} = ?")
    if scope.object.has_deleted_flag and not context.all_rows:
        parts.append(f"{scope.alias}.{quoted('IsDeleted')} = 0")
    if reached := scope.reached(scope.object, scope.alias):
        parts.append(reached)
    if query.scope and query.scope.lower() != "everything":
        parts.append(_scoped(query, scope, conditions, context))
    if query.where is not None:
        parts.append(f"({conditions.sql(query.where, scope)})")
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def _scoped(query: ast.Query, scope: Scope, conditions: Conditions, context: _Context) -> str:
    """USING SCOPE: `mine` are the records that the user owns; the org has no teams and territories."""
    owner = scope.object.field("OwnerId")
    if query.scope.lower() != "mine" or owner is None:
        raise MalformedQuery(f"Scope {query.scope} is not supported on object {scope.object.name}")
    return f"{scope.alias}.{quoted(owner.name)} = {conditions.add(context.mine)}"


def _semi_join(query: ast.Query, conditions: Conditions, context: _Context) -> str:
    """The SELECT inside IN (...): one field, without empty values."""
    place = query.sources[0].path.position
    obj = root_object(query.object, place, context.schema, context.visible)
    scope = Scope(obj, context.schema, context.aliases, query, context.visible, context.rows)
    if len(query.select) != 1 or not isinstance(query.select[0], ast.Selected) or query.is_aggregate:
        raise MalformedQuery("a semi-join selects one field", place)
    column = scope.expression(query.select[0].expr)
    where = _where(query, scope, conditions, context)
    known = f"{column.sql} IS NOT NULL"
    return f"SELECT {column.sql} {scope.from_sql()}{where + ' AND ' if where else ' WHERE '}{known}"


def _order(query: ast.Query, scope: Scope) -> str:
    """Rows without ORDER BY come in the order in which they were written; stored events newest first."""
    parts = []
    for one in query.order:
        column = scope.expression(one.expr)
        if column.field is not None and not column.field.sortable:
            raise cannot(column.name, "sorted", one.expr.position)
        parts.append(f"{column.sql} {one.direction or 'ASC'} NULLS {one.nulls or 'FIRST'}")
    if scope.object.event_store and not parts:
        parts.append(f"{scope.alias}.{quoted('EventDate')} DESC")
    return ", ".join((*parts, f"{scope.alias}.rowid"))


def _window(query: ast.Query) -> str:
    limit, offset = check_rows(query)
    if limit is None and offset is None:
        return ""
    return f" LIMIT {-1 if limit is None else limit} OFFSET {offset or 0}"


def _count(query: ast.Query, scope: Scope, conditions: Conditions, context: _Context) -> Compiled:
    where = _where(query, scope, conditions, context)
    sql = " ".join(("SELECT COUNT(*) FROM (SELECT 1", scope.from_sql(), where, _window(query), ")"))
    return Compiled(sql, tuple(conditions.params), scope.object, "count", (), (), tuple(scope.entities), context.bulk)


def _aggregate(query: ast.Query, scope: Scope, conditions: Conditions, context: _Context) -> Compiled:
    """Grouped rows; ROLLUP and CUBE are the union of their grouping sets."""
    grouped = [scope.expression(expr) for expr in query.group.items] if query.group else []
    for expr, column in zip(query.group.items if query.group else (), grouped, strict=True):
        if column.field is not None and not column.field.groupable:
            raise cannot(column.name, "grouped", expr.position)
    parts: list[str] = []
    outputs: tuple[Output, ...] = ()
    names = [column.sql for column in grouped]
    for kept in _grouping_sets(query.group, len(grouped)):
        columns, outputs = _aggregated(query, scope, names, kept)
        where = _where(query, scope, conditions, context)
        by = [grouped[place].sql for place in kept]
        having = f" HAVING {conditions.sql(query.having, scope)}" if query.having else ""
        order = _aggregate_order(query, scope, names) if not (query.group and query.group.kind) else ""
        group_by = f" GROUP BY {', '.join(by)}" if by else ""
        parts.append(f"SELECT {', '.join(columns)} {scope.from_sql()}{where}{group_by}{having}{order}")
    sql = parts[0] if len(parts) == 1 else " UNION ALL ".join(parts)
    return Compiled(
        sql + _window(query), tuple(conditions.params), scope.object, "aggregate", outputs, (), tuple(scope.entities)
    )


def _grouping_sets(group: ast.Group | None, count: int) -> Iterable[tuple[int, ...]]:
    everything = tuple(range(count))
    if group is None or not group.kind:
        return (everything,)
    if group.kind == "ROLLUP":
        return [everything[:size] for size in range(count, -1, -1)]
    return [kept for size in range(count, -1, -1) for kept in itertools.combinations(everything, size)]


def _aggregated(
    query: ast.Query, scope: Scope, grouped: list[str], kept: tuple[int, ...]
) -> tuple[list[str], tuple[Output, ...]]:
    """The computed columns for one grouping set; unnamed ones are called expr0, expr1 ..."""
    columns: list[str] = []
    outputs: list[Output] = []
    unnamed = itertools.count()
    for item in query.select:
        if not isinstance(item, ast.Selected):
            raise MalformedQuery("FIELDS, TYPEOF and sub-queries cannot stand in a grouped query")
        name, sql, kind = item.alias, "", "int"
        if isinstance(item.expr, ast.Call) and item.expr.name == "GROUPING":
            inner = scope.expression(_first(item.expr))
            sql = "0" if _place(inner.sql, grouped) in kept else "1"
        else:
            column = scope.expression(item.expr)
            sql, kind = column.sql, column.type
            if not (isinstance(item.expr, ast.Call) and item.expr.is_aggregate):
                place = _place(sql, grouped)
                if place < 0:
                    raise MalformedQuery(f"Field must be grouped or aggregated: {column.name}", item.expr.position)
                sql = sql if place in kept else "NULL"
            name = name or (column.name if isinstance(item.expr, ast.Path) else "")
        outputs.append(Output((name or f"expr{next(unnamed)}",), kind, len(columns)))
        columns.append(sql)
    return columns, tuple(outputs)


def _first(call: ast.Call) -> ast.Expr:
    inner = call.args[0]
    if not isinstance(inner, ast.Path | ast.Call):
        raise MalformedQuery(f"{call.name} takes a field", call.position)
    return inner


def _place(sql: str, grouped: list[str]) -> int:
    return grouped.index(sql) if sql in grouped else -1


def _aggregate_order(query: ast.Query, scope: Scope, grouped: list[str]) -> str:
    parts = []
    for one in query.order:
        column = scope.expression(one.expr)
        is_computed = isinstance(one.expr, ast.Call) and one.expr.is_aggregate
        if not is_computed and column.sql not in grouped:
            raise MalformedQuery(f"Ordered field must be grouped or aggregated: {column.name}", one.expr.position)
        parts.append(f"{column.sql} {one.direction or 'ASC'} NULLS {one.nulls or 'FIRST'}")
    return f" ORDER BY {', '.join(parts)}" if parts else ""
