"""Prints a syntax tree back as SOQL that parses to the same tree."""

from __future__ import annotations

from collections.abc import Iterable

from leakresponse.core.soql.ast import (
    And,
    Argument,
    Bind,
    Boolean,
    Call,
    Category,
    Compare,
    Condition,
    Currency,
    Date,
    DateLiteral,
    DateTime,
    InList,
    InQuery,
    Not,
    Number,
    Option,
    Or,
    Ordering,
    Path,
    Query,
    Selected,
    SelectItem,
    SubQuery,
    Text,
    Time,
    TypeOf,
    Value,
    Wildcard,
    With,
    WithCategories,
    WithFilter,
    WithMode,
)


def print_value(value: Value) -> str:
    """A literal."""
    match value:
        case Text(raw):
            return f"'{raw}'"
        case Number(text) | Date(text) | DateTime(text) | Time(text):
            return text
        case Currency(code, amount):
            return f"{code}{amount}"
        case Boolean(flag):
            return "TRUE" if flag else "FALSE"
        case DateLiteral(name, n):
            return name if n is None else f"{name}:{n}"
        case Bind(name):
            return f":{name}"
        case _:
            return "NULL"


def print_expr(expr: Argument) -> str:
    """A field, a function or a literal inside one."""
    if isinstance(expr, Path):
        return expr.name
    if isinstance(expr, Call):
        return f"{expr.name}({', '.join(print_expr(one) for one in expr.args)})"
    return print_value(expr)


def print_condition(condition: Condition) -> str:
    """A condition; inner combinations stand in parentheses, as SOQL wants where AND and OR meet."""
    match condition:
        case Compare(left, op, right):
            return f"{print_expr(left)} {op} {print_value(right)}"
        case InList(left, op, values):
            shown = print_value(values) if isinstance(values, Bind) else f"({_joined(map(print_value, values))})"
            return f"{print_expr(left)} {op} {shown}"
        case InQuery(left, op, query):
            return f"{print_expr(left)} {op} ({print_query(query)})"
        case Not(item):
            return f"NOT {_operand(item)}"
        case And(items):
            return " AND ".join(_operand(item) for item in items)
        case Or(items):
            return " OR ".join(_operand(item) for item in items)


def print_query(query: Query) -> str:
    """The whole query on one line, keywords in capitals."""
    sources = _joined(f"{one.path.name} {one.alias}".rstrip() for one in query.sources)
    parts = ["SELECT", _joined(map(_select_item, query.select)), "FROM", sources]
    parts += [f"USING SCOPE {query.scope}"] if query.scope else []
    parts += [f"WHERE {print_condition(query.where)}"] if query.where else []
    parts += [f"WITH {_with(query.with_clause)}"] if query.with_clause else []
    if query.group:
        items = _joined(map(print_expr, query.group.items))
        parts.append(f"GROUP BY {query.group.kind}({items})" if query.group.kind else f"GROUP BY {items}")
    parts += [f"HAVING {print_condition(query.having)}"] if query.having else []
    parts += [f"ORDER BY {_joined(map(_ordering, query.order))}"] if query.order else []
    parts += [f"LIMIT {_rows(query.limit)}"] if query.limit is not None else []
    parts += [f"OFFSET {_rows(query.offset)}"] if query.offset is not None else []
    parts += query.trailers
    parts += [f"SET OPTIONS ({_joined(map(_option, query.options))})"] if query.options else []
    return " ".join(parts)


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _operand(condition: Condition) -> str:
    shown = print_condition(condition)
    return f"({shown})" if isinstance(condition, And | Or | Not) else shown


def _rows(rows: int | Bind) -> str:
    return print_value(rows) if isinstance(rows, Bind) else str(rows)


def _ordering(one: Ordering) -> str:
    nulls = f" NULLS {one.nulls}" if one.nulls else ""
    return f"{print_expr(one.expr)} {one.direction}".rstrip() + nulls


def _option(one: Option) -> str:
    return f"{one.name} {one.op} {print_value(one.value)}"


def _select_item(item: SelectItem) -> str:
    match item:
        case Selected(expr, alias):
            return f"{print_expr(expr)} {alias}".rstrip()
        case Wildcard(kind):
            return f"FIELDS({kind})"
        case SubQuery(query):
            return f"({print_query(query)})"
        case TypeOf(relationship, whens, otherwise):
            branches = " ".join(f"WHEN {when.object} THEN {_joined(one.name for one in when.fields)}" for when in whens)
            rest = f" ELSE {_joined(one.name for one in otherwise)}" if otherwise else ""
            return f"TYPEOF {relationship.name} {branches}{rest} END"


def _with(clause: With) -> str:
    match clause:
        case WithMode(name):
            return name
        case WithFilter(condition):
            return print_condition(condition)
        case WithCategories(categories):
            return f"DATA CATEGORY {' AND '.join(map(_category, categories))}"
        case _:
            return f"RecordVisibilityContext ({_joined(map(_option, clause.options))})"


def _category(one: Category) -> str:
    names = one.names[0] if len(one.names) == 1 else f"({_joined(one.names)})"
    return f"{one.group} {one.selector} {names}"
