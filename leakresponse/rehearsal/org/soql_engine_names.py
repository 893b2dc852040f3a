"""From SOQL names to SQL columns: aliases, parent relationships as LEFT JOINs, functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from leakresponse.core.soql import ast
from leakresponse.rehearsal.org.schema import Field, Schema, SObject, quoted
from leakresponse.rehearsal.org.soql_engine_errors import (
    InvalidField,
    MalformedQuery,
    no_column,
    no_object,
    no_query,
    no_relationship,
)

#: May this field of this object be seen? (object name, field name) -> bool
Visible: TypeAlias = Callable[[str, str], bool]
#: The condition on the rows of an object, under an alias, that a user reaches, without parameters; empty for all rows.
Rows: TypeAlias = Callable[[SObject, str], str]
#: Parent relationships in one path (SOQL and SOSL Reference: five levels).
MAX_LEVELS = 5

#: SQL of the date functions; `{0}` is a date or an ISO datetime in UTC (SOQL and SOSL Reference, "Date Functions").
_DATE_PARTS = {
    "CALENDAR_MONTH": "CAST(strftime('%m', {0}) AS INTEGER)",
    "CALENDAR_QUARTER": "(CAST(strftime('%m', {0}) AS INTEGER) + 2) / 3",
    "CALENDAR_YEAR": "CAST(strftime('%Y', {0}) AS INTEGER)",
    "DAY_IN_MONTH": "CAST(strftime('%d', {0}) AS INTEGER)",
    "DAY_IN_WEEK": "CAST(strftime('%w', {0}) AS INTEGER) + 1",
    "DAY_IN_YEAR": "CAST(strftime('%j', {0}) AS INTEGER)",
    "DAY_ONLY": "substr({0}, 1, 10)",
    "HOUR_IN_DAY": "CAST(strftime('%H', {0}) AS INTEGER)",
    "WEEK_IN_MONTH": "(CAST(strftime('%d', {0}) AS INTEGER) + 6) / 7",
    "WEEK_IN_YEAR": "(CAST(strftime('%j', {0}) AS INTEGER) + 6) / 7",
}
_DATE_PARTS |= {f"FISCAL_{part}": _DATE_PARTS[f"CALENDAR_{part}"] for part in ("MONTH", "QUARTER", "YEAR")}
_AGGREGATE_SQL = {"COUNT": "COUNT({0})", "COUNT_DISTINCT": "COUNT(DISTINCT {0})", "MIN": "MIN({0})", "MAX": "MAX({0})"}
_AGGREGATE_SQL |= {"SUM": "SUM({0})", "AVG": "AVG({0})"}
_PASS_THROUGH = frozenset({"toLabel", "convertCurrency", "convertTimezone"})
#: FORMAT in the locale en_US, by describe type.
_WHOLE = "printf('%,d', CAST({0} AS INTEGER))"
_FORMATS = {
    "date": (
        "CAST(substr({0}, 6, 2) AS INTEGER) || '/' || CAST(substr({0}, 9, 2) AS INTEGER) || '/' || substr({0}, 1, 4)"
    ),
    "int": _WHOLE,
    "double": f"{_WHOLE} || rtrim(rtrim(substr(printf('%.2f', abs({{0}} - CAST({{0}} AS INTEGER))), 2), '0'), '.')",
    "currency": f"'$' || {_WHOLE} || substr(printf('%.2f', abs({{0}} - CAST({{0}} AS INTEGER))), 2)",
    "percent": f"{_WHOLE} || '%'",
}
_FORMATS["datetime"] = (
    f"{_FORMATS['date']} || ', ' || ((CAST(substr({{0}}, 12, 2) AS INTEGER) + 11) % 12 + 1) || ':' || "
    "substr({0}, 15, 2) || CASE WHEN substr({0}, 12, 2) < '12' THEN ' AM' ELSE ' PM' END"
)


@dataclass(frozen=True, slots=True)
class Step:
    """A parent on the way: its relationship name as the schema writes it, its object, and the alias of its table."""

    relationship: str
    object: SObject
    alias: str


@dataclass(frozen=True, slots=True)
class Column:
    """A piece of SQL with its describe type; `field` is the field behind it, `steps` the way to it."""

    sql: str
    type: str
    name: str
    field: Field | None = None
    steps: tuple[Step, ...] = ()


@dataclass(slots=True)
class Scope:
    """The tables of one SELECT. Joins are added as paths ask for them."""

    object: SObject
    schema: Schema
    aliases: Iterator[int]
    query: ast.Query
    visible: Visible | None = None
    rows: Rows | None = None
    alias: str = ""
    joins: dict[tuple[str, ...], Step] = field(default_factory=dict)
    join_sql: list[str] = field(default_factory=list)
    entities: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.alias = f"t{next(self.aliases)}"
        self.entities[self.object.name] = None

    def from_sql(self) -> str:
        """FROM with every join that was asked for."""
        return " ".join((f"FROM {quoted(self.object.name)} AS {self.alias}", *self.join_sql))

    def sees(self, obj: SObject, name: str) -> bool:
        """Whether the user may see that field."""
        return self.visible is None or self.visible(obj.name, name)

    def reached(self, obj: SObject, alias: str) -> str:
        """The condition that keeps rows to those that the user reaches; empty for all."""
        return "" if self.rows is None else self.rows(obj, alias)

    def column(self, path: ast.Path) -> Column:
        """The column behind a path; refuses names that do not exist with Salesforce's words."""
        *relations, last = self._own(path.parts)
        if len(relations) > MAX_LEVELS:
            raise MalformedQuery("Relationship hierarchy is too deep: at most 5 levels", path.position)
        steps: tuple[Step, ...] = ()
        for name in relations:
            steps = (*steps, self._join(steps, name, path.position))
        obj, alias = (steps[-1].object, steps[-1].alias) if steps else (self.object, self.alias)
        found = obj.field(last)
        if found is None or not self.sees(obj, found.name):
            raise no_column(last, obj.name, path.position)
        sql = _address(obj, alias, found) if found.type == "base64" else column_sql(alias, found)
        return Column(sql, found.type, found.name, found, steps)

    def expression(self, expr: ast.Expr) -> Column:
        """A field or function as SQL."""
        return self.column(expr) if isinstance(expr, ast.Path) else self._call(expr)

    def _own(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """The path from this query's object on: aliases and the object's own name are resolved away."""
        head = parts[0].lower()
        if len(parts) == 1 or self.object.reference(parts[0]):
            return parts
        for source in self.query.sources[1:]:
            if head == source.alias.lower():
                return (*self._own(source.path.parts), *parts[1:])
        if head in {self.query.sources[0].alias.lower(), self.object.name.lower()} - {""}:
            return self._own(parts[1:])
        return parts

    def _join(self, before: tuple[Step, ...], name: str, position: int) -> Step:
        key = (*(step.relationship.lower() for step in before), name.lower())
        if key in self.joins:
            return self.joins[key]
        obj, alias = (before[-1].object, before[-1].alias) if before else (self.object, self.alias)
        link = obj.reference(name)
        if link is None or not self.sees(obj, link.name):
            raise no_relationship(name, position)
        parent = self.schema[link.reference_to[0]]
        if not self.sees(parent, "Id"):
            raise no_relationship(name, position)
        step = Step(link.relationship_name, parent, f"t{next(self.aliases)}")
        self.entities[parent.name] = None
        self.join_sql.append(
            f"LEFT JOIN {quoted(parent.name)} AS {step.alias} "
            f"ON {step.alias}.{quoted(parent.key)} = {alias}.{quoted(link.name)}"
            + (f" AND {reached}" if (reached := self.reached(parent, step.alias)) else "")
        )
        self.joins[key] = step
        return step

    def _call(self, call: ast.Call) -> Column:
        inner = next(iter(call.args), None)
        if isinstance(inner, ast.Path | ast.Call):
            column = self.expression(inner)
            if call.name in _PASS_THROUGH:
                return column
            if call.name == "FORMAT":
                shown = _FORMATS.get(column.type, "{0}").format(column.sql)
                known = f"CASE WHEN {column.sql} IS NOT NULL THEN {shown} END"
                return Column(known, "string", column.name, column.field, column.steps)
            if call.name == "DISTANCE" and column.type == "address":
                # no address of the org has coordinates: a distance is unknown
                return Column("NULL", "double", call.name, None, column.steps)
            if call.name in _DATE_PARTS:
                return self._date_part(call, column)
            if call.name in _AGGREGATE_SQL:
                return self._aggregate(call, column)
        if call == ast.Call("COUNT"):
            return Column("COUNT(*)", "int", "COUNT")
        raise MalformedQuery(f"the function {call.name} is not supported here", call.position)

    def _date_part(self, call: ast.Call, column: Column) -> Column:
        if column.type not in {"date", "datetime"}:
            raise InvalidField(f"field '{column.name}' is not a date: {call.name}", call.position)
        kind = "date" if call.name == "DAY_ONLY" else "int"
        return Column(_DATE_PARTS[call.name].format(column.sql), kind, call.name, None, column.steps)

    def _aggregate(self, call: ast.Call, column: Column) -> Column:
        numeric = column.type in {"int", "double", "currency", "percent"}
        event = column.field is not None and not column.field.filterable
        if event or (call.name in {"SUM", "AVG"} and not numeric):
            raise MalformedQuery(f"field {column.name} does not support aggregate operator {call.name}", call.position)
        kinds = {"COUNT": "int", "COUNT_DISTINCT": "int", "AVG": "double", "SUM": "double"}
        return Column(_AGGREGATE_SQL[call.name].format(column.sql), kinds.get(call.name, column.type), call.name)


def _address(obj: SObject, alias: str, one: Field) -> str:
    """A binary field is shown as the address of its content, below the API's root; log files keep theirs as it is."""
    content = f"{alias}.{quoted(one.name)}"
    if obj.name == "EventLogFile":
        return content
    where = f"'/sobjects/{obj.name}/' || {alias}.{quoted(obj.key)} || '/{one.name}'"
    return f"CASE WHEN {content} IS NOT NULL THEN {where} END"


def column_sql(alias: str, one: Field) -> str:
    """The column of a field; a compound address becomes JSON of its parts."""
    if not one.components:
        return f"{alias}.{quoted(one.name)}"
    street, city, state, postal, country = (f"{alias}.{quoted(part)}" for part in one.components)
    return (
        f"CASE WHEN COALESCE({street}, {city}, {state}, {postal}, {country}) IS NULL THEN NULL ELSE "
        f"json_object('city', {city}, 'country', {country}, 'geocodeAccuracy', NULL, 'latitude', NULL, "
        f"'longitude', NULL, 'postalCode', {postal}, 'state', {state}, 'street', {street}) END"
    )


def root_object(name: str, position: int, schema: Schema, visible: Visible | None) -> SObject:
    """The object of FROM, if it exists and may be seen."""
    found = schema.get(name)
    if found is not None and not found.queryable and found.name.endswith("Event"):
        raise no_query(found.name, position)
    if found is None or not found.queryable or (visible is not None and not visible(found.name, "Id")):
        raise no_object(name, position)
    return found
