"""The parts of the syntax tree: values, fields, functions, conditions and clauses.

Literal values are hidden from `repr`, because they may be people's data. `position` is where a name stood in the text
(offset from 0, -1 when the node was not parsed); it takes no part in comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from leakresponse.core.soql.ast import Query

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL | re.IGNORECASE)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "AVG", "SUM", "MIN", "MAX", "GROUPING"})


@dataclass(frozen=True, slots=True)
class Path:
    """A field, reached over parent relationships or an alias: `Email`, `Account.Owner.Name`, `c.Name`."""

    name: str
    position: int = field(default=-1, compare=False, repr=False)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names between the dots."""
        return tuple(self.name.split("."))


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text as written between the quotes, escapes included."""

    raw: str = field(repr=False)

    @property
    def value(self) -> str:
        """The text that is meant."""
        return _ESCAPE.sub(lambda found: _unescaped(found[1]), self.raw)

    @property
    def pattern(self) -> str:
        """For LIKE: the text with backslash still in front of `%`, `_` and backslashes that stand for themselves."""
        return _ESCAPE.sub(lambda found: found[0] if found[1] in "%_\\" else _unescaped(found[1]), self.raw)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Currency:
    """A number with its ISO 4217 code, such as `USD5000`."""

    code: str
    amount: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Boolean:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class Null:
    """The null literal."""


@dataclass(frozen=True, slots=True)
class Date:
    """`YYYY-MM-DD`."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DateTime:
    """`YYYY-MM-DDThh:mm:ss` with `Z` or an offset."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Time:
    """`hh:mm:ss.sssZ`, for time fields."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DateLiteral:
    """A span of days relative to the day of the query: TODAY, LAST_MONTH, LAST_N_DAYS:7 (`n` = 7)."""

    name: str
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Bind:
    """A place holder such as `:id`: some logs hide literal values this way, so the value is not known."""

    name: str


Value: TypeAlias = Text | Number | Currency | Boolean | Null | Date | DateTime | Time | DateLiteral | Bind


@dataclass(frozen=True, slots=True)
class Call:
    """A function: an aggregate, a date function, toLabel, FORMAT, DISTANCE and so on. `COUNT()` has no argument."""

    name: str
    args: tuple[Path | Call | Value, ...] = ()
    position: int = field(default=-1, compare=False, repr=False)

    @property
    def is_aggregate(self) -> bool:
        """True when the function, or one inside it, makes one value of many rows."""
        return self.name in AGGREGATES or any(isinstance(one, Call) and one.is_aggregate for one in self.args)

    def paths(self) -> Iterator[Path]:
        """The fields that the function reads."""
        for one in self.args:
            if isinstance(one, Path):
                yield one
            elif isinstance(one, Call):
                yield from one.paths()


Expr: TypeAlias = Path | Call
Argument: TypeAlias = Path | Call | Value


@dataclass(frozen=True, slots=True)
class Compare:
    """`field operator value`; `op` is one of = != < > <= >= LIKE (`<>` is read as !=)."""

    left: Expr
    op: str
    right: Value


@dataclass(frozen=True, slots=True)
class InList:
    """IN, NOT IN, INCLUDES, EXCLUDES with a list; a single Bind stands for a hidden list."""

    left: Expr
    op: str
    values: tuple[Value, ...] | Bind


@dataclass(frozen=True, slots=True)
class InQuery:
    """A semi-join (IN) or anti-join (NOT IN)."""

    left: Expr
    op: str
    query: Query


@dataclass(frozen=True, slots=True)
class Not:
    """A denied condition."""

    item: Condition


@dataclass(frozen=True, slots=True)
class And:
    """Two or more conditions that all hold."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more conditions of which one holds."""

    items: tuple[Condition, ...]


Condition: TypeAlias = Compare | InList | InQuery | Not | And | Or


@dataclass(frozen=True, slots=True)
class Selected:
    """A field or function in the SELECT list."""

    expr: Expr
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Wildcard:
    """FIELDS(ALL), FIELDS(STANDARD) or FIELDS(CUSTOM)."""

    kind: str
    position: int = field(default=-1, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class When:
    """One branch of TYPEOF: the fields to read when the parent is of type `object`."""

    object: str
    fields: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class TypeOf:
    """TYPEOF on a relationship whose parent may be of several types."""

    relationship: Path
    whens: tuple[When, ...]
    otherwise: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class SubQuery:
    """A child sub-query; its FROM names a child relationship."""

    query: Query

    @property
    def relationship(self) -> str:
        """The child relationship, without the parent's name or alias before it."""
        return self.query.object


SelectItem: TypeAlias = Selected | Wildcard | TypeOf | SubQuery


@dataclass(frozen=True, slots=True)
class Source:
    """What FROM names. A second source (`FROM Contact c, c.Account a`) gives a parent relationship an alias."""

    path: Path
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """GROUP BY; `kind` is empty, ROLLUP or CUBE."""

    items: tuple[Expr, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Ordering:
    """One entry of ORDER BY; empty texts where the query says nothing (Salesforce: ASC, NULLS FIRST)."""

    expr: Expr
    direction: str = ""
    nulls: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """`name = value` of SET OPTIONS or RecordVisibilityContext."""

    name: str
    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class WithMode:
    """WITH SECURITY_ENFORCED, USER_MODE or SYSTEM_MODE."""

    name: str


@dataclass(frozen=True, slots=True)
class Category:
    """`group AT name` of WITH DATA CATEGORY."""

    group: str
    selector: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WithCategories:
    """WITH DATA CATEGORY."""

    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True)
class WithVisibility:
    """WITH RecordVisibilityContext (...)."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class WithFilter:
    """WITH a condition, as feeds take it."""

    condition: Condition


With: TypeAlias = WithMode | WithCategories | WithVisibility | WithFilter


def _unescaped(what: str) -> str:
    """What a backslash and `what` stand for (SOQL and SOSL Reference, "Quoted String Escape Sequences")."""
    return chr(int(what[1:], 16)) if len(what) == 5 else _ESCAPED.get(what.lower(), what)
