"""The one escaped builder of SOQL. It imports no parser: containment builds queries and has no time for one.

Names are checked, values are escaped; a value can never become part of the query's structure. Escapes and formats are
those of the SOQL reference ("Quoted String Escape Sequences", "Date Formats and Date Literals in WHERE").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeAlias

from leakresponse.core.errors import BadInput

Scalar: TypeAlias = str | int | float | Decimal | bool | datetime | date | None

_NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", re.ASCII)
_FIELD = re.compile(
    r"(?:(?:count|COUNT|toLabel|FORMAT|MIN|MAX|COUNT_DISTINCT)\([\w.]*\)|FIELDS\((?:ALL|STANDARD|CUSTOM)\))", re.ASCII
)
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


@dataclass(frozen=True, slots=True)
class Where:
    """A finished condition; made by the functions below only. `joined` is AND or OR where it combines others."""

    text: str
    joined: str = ""

    def __repr__(self) -> str:
        return "Where(...)"

    def __and__(self, other: Where) -> Where:
        return all_of(self, other)

    def __or__(self, other: Where) -> Where:
        return any_of(self, other)


def literal(value: Scalar) -> str:
    """A value as SOQL writes it; datetimes must be aware and are written in UTC."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float() | Decimal():
            return _number(value)
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case str():
            return "'" + "".join(_ESCAPES.get(char, char) for char in value) + "'"
    raise BadInput(f"SOQL has no literal for {type(value).__name__}")


def name(text: str) -> str:
    """An object or field name, with dots between relationships; anything else raises BadInput."""
    if not _NAME.fullmatch(text):
        raise BadInput("not a Salesforce name")
    return text


def compare(field: str, op: str, value: Scalar) -> Where:
    """`field op value` for = != < > <= >=."""
    if op not in {"=", "!=", "<", ">", "<=", ">="}:
        raise BadInput("not an operator of SOQL")
    return Where(f"{name(field)} {op} {literal(value)}")


def equals(field: str, value: Scalar) -> Where:
    """`field = value`."""
    return compare(field, "=", value)


def differs(field: str, value: Scalar) -> Where:
    """`field != value`; rows without a value are let through, as in Salesforce."""
    return compare(field, "!=", value)


def isin(field: str, values: Iterable[Scalar], *, negated: bool = False) -> Where:
    """`field IN (...)`; an empty list raises BadInput, since SOQL has no empty list."""
    shown = ", ".join(literal(value) for value in values)
    if not shown:
        raise BadInput("IN needs at least one value")
    return Where(f"{name(field)} {'NOT IN' if negated else 'IN'} ({shown})")


def between(field: str, start: Scalar, end: Scalar) -> Where:
    """Both ends included."""
    return all_of(compare(field, ">=", start), compare(field, "<=", end))


def like(field: str, pattern: str) -> Where:
    """`field LIKE pattern`: `%` and `_` are wildcards, `\\%` and `\\_` are themselves."""
    parts = re.split(r"(\\[%_])", pattern)
    shown = "".join(part if place % 2 else literal(part)[1:-1] for place, part in enumerate(parts))
    return Where(f"{name(field)} LIKE '{shown}'")


def starts_with(field: str, prefix: str) -> Where:
    """`field` begins with `prefix`, wildcards in it taken as themselves."""
    return like(field, re.sub(r"([%_])", r"\\\1", prefix) + "%")


def all_of(*conditions: Where) -> Where:
    """Conditions that all hold."""
    return _join("AND", conditions)


def any_of(*conditions: Where) -> Where:
    """Conditions of which one holds."""
    return _join("OR", conditions)


def negate(condition: Where) -> Where:
    """The opposite, in parentheses."""
    return Where(f"(NOT ({condition.text}))" if condition.joined else f"(NOT {condition.text})")


def isin_query(field: str, query: str) -> Where:
    """`field IN (SELECT ...)`, with a query made by `select`."""
    return Where(f"{name(field)} IN ({query})")


def select(
    source: str,
    fields: Sequence[str],
    *,
    where: Where | None = None,
    group_by: Sequence[str] = (),
    order_by: Sequence[str] = (),
    limit: int | None = None,
) -> str:
    """A query over one object. `order_by` entries are field names, each with an optional ` DESC`."""
    if not fields:
        raise BadInput("a query needs at least one field")
    parts = [f"SELECT {', '.join(_selected(one) for one in fields)}", f"FROM {name(source)}"]
    parts += [f"WHERE {where.text}"] if where else []
    parts += [f"GROUP BY {', '.join(name(one) for one in group_by)}"] if group_by else []
    parts += [f"ORDER BY {', '.join(_ordering(one) for one in order_by)}"] if order_by else []
    parts += [f"LIMIT {_whole(limit)}"] if limit is not None else []
    return " ".join(parts)


def count(source: str, *, where: Where | None = None) -> str:
    """`SELECT COUNT() FROM source`."""
    return select(source, ["COUNT()"], where=where)


def batches(values: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    """Slices for `isin`: 500 ids make a query of some 12,000 characters, below the 16,384 bytes of an address."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _join(word: str, conditions: Sequence[Where]) -> Where:
    if not conditions:
        raise BadInput("nothing to combine")
    if len(conditions) == 1:
        return conditions[0]
    shown = (f"({one.text})" if one.joined not in {"", word} else one.text for one in conditions)
    return Where(f" {word} ".join(shown), word)


def _number(value: int | float | Decimal) -> str:
    shown = format(value, "f") if isinstance(value, Decimal) else repr(value)
    if shown.lstrip("+-").lower() in {"nan", "inf", "infinity"}:
        raise BadInput("SOQL has no literal for this number")
    return shown


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise BadInput("a datetime needs a time zone")
    utc = value.astimezone(UTC)
    fraction = f".{utc.microsecond // 1000:03d}" if utc.microsecond else ""
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _selected(field: str) -> str:
    return field if _FIELD.fullmatch(field) else name(field)


def _ordering(entry: str) -> str:
    field, _, direction = entry.partition(" ")
    if direction.upper() not in {"", "ASC", "DESC"}:
        raise BadInput("an ordering is a field, ASC or DESC")
    return f"{name(field)} {direction.upper()}".rstrip()


def _whole(rows: int) -> int:
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 0:
        raise BadInput("a limit is a whole number")
    return rows
