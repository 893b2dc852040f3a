"""The syntax tree of SOQL: frozen values, comparable, that print themselves back as SOQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leakresponse.core.soql.nodes import (
    AGGREGATES,
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
    Expr,
    Group,
    InList,
    InQuery,
    Not,
    Null,
    Number,
    Option,
    Or,
    Ordering,
    Path,
    Selected,
    SelectItem,
    Source,
    SubQuery,
    Text,
    Time,
    TypeOf,
    Value,
    When,
    Wildcard,
    With,
    WithCategories,
    WithFilter,
    WithMode,
    WithVisibility,
)

if TYPE_CHECKING:
    from leakresponse.core.soql.replay import ChildOf, Replay

__all__ = [
    "AGGREGATES",
    "And",
    "Argument",
    "Bind",
    "Boolean",
    "Call",
    "Category",
    "Compare",
    "Condition",
    "Currency",
    "Date",
    "DateLiteral",
    "DateTime",
    "Expr",
    "Group",
    "InList",
    "InQuery",
    "Not",
    "Null",
    "Number",
    "Option",
    "Or",
    "Ordering",
    "Path",
    "Query",
    "SelectItem",
    "Selected",
    "Source",
    "SubQuery",
    "Text",
    "Time",
    "TypeOf",
    "Value",
    "When",
    "Wildcard",
    "With",
    "WithCategories",
    "WithFilter",
    "WithMode",
    "WithVisibility",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT. `trailers` are the words at the end (FOR VIEW, UPDATE TRACKING, ALL ROWS ...) in their order."""

    select: tuple[SelectItem, ...]
    sources: tuple[Source, ...]
    scope: str = ""
    where: Condition | None = None
    with_clause: With | None = None
    group: Group | None = None
    having: Condition | None = None
    order: tuple[Ordering, ...] = ()
    limit: int | Bind | None = None
    offset: int | Bind | None = None
    trailers: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()

    def __str__(self) -> str:
        from leakresponse.core.soql.printer import print_query

        return print_query(self)

    @property
    def object(self) -> str:
        """The object that FROM names; in a sub-query, the child relationship."""
        return self.sources[0].path.parts[-1]

    @property
    def is_count(self) -> bool:
        """True for `SELECT COUNT() FROM ...`, which answers with a number and no rows."""
        return any(isinstance(one, Selected) and one.expr == Call("COUNT") for one in self.select)

    @property
    def is_aggregate(self) -> bool:
        """True when the answer has computed rows instead of records: aggregates, GROUP BY, or COUNT()."""
        calls = (one.expr for one in self.select if isinstance(one, Selected) and isinstance(one.expr, Call))
        return self.group is not None or any(call.is_aggregate for call in calls)

    def subqueries(self) -> tuple[SubQuery, ...]:
        """The child sub-queries of the SELECT list."""
        return tuple(one for one in self.select if isinstance(one, SubQuery))

    def wildcards(self) -> tuple[str, ...]:
        """ALL, STANDARD or CUSTOM for each FIELDS() of the SELECT list; only describe knows what they stand for."""
        return tuple(one.kind for one in self.select if isinstance(one, Wildcard))

    def field_paths(self) -> tuple[str, ...]:
        """The fields of this query's own rows, in order, each once, without alias or object name in front.

        Functions give the fields that they read, TYPEOF the fields behind its relationship. FIELDS() and child
        sub-queries are not in here: see `wildcards()`, `subqueries()` and `reads()`.
        """
        found = dict.fromkeys(self.plain(path) for item in self.select for path in _paths_of(item))
        return tuple(found)

    def reads(self) -> tuple[tuple[str, str], ...]:
        """Everything that the answer carries, as (child relationship, field path); own rows have an empty relationship.

        Nested sub-queries have their relationships joined by dots: (`Contacts.Cases`, `Subject`).
        """
        found = [("", path) for path in self.field_paths()]
        for sub in self.subqueries():
            for below, path in sub.query.reads():
                found.append((f"{sub.relationship}.{below}".rstrip("."), path))
        return tuple(found)

    def plain(self, path: Path) -> str:
        """The path as seen from this query's object: aliases and the object's own name are resolved away."""
        head, _, rest = path.name.partition(".")
        if not rest:
            return path.name
        first = self.sources[0]
        if head.lower() in {first.alias.lower(), *_own_names(self.object)} - {""}:
            return self.plain(Path(rest))
        for source in self.sources[1:]:
            if head.lower() == source.alias.lower():
                return f"{self.plain(source.path)}.{rest}"
        return path.name

    def replayable(self, child_of: ChildOf | None = None) -> tuple[Replay, ...]:
        """The flat, bulk-able queries that read this query's rows again: see `leakresponse.core.soql.replay`."""
        from leakresponse.core.soql.replay import replayable

        return replayable(self, child_of)

    def with_select(self, paths: tuple[str, ...] | list[str]) -> Query:
        """The same rows with other fields."""
        return replace(self, select=tuple(Selected(Path(name)) for name in paths))

    def without_limit(self) -> Query:
        """The query without ORDER BY, LIMIT and OFFSET: every row that its condition lets through."""
        return replace(self, limit=None, offset=None, order=())

    def without_trailers(self) -> Query:
        """The query without FOR VIEW, UPDATE, ALL ROWS and options, which change nothing about what is read."""
        return replace(self, trailers=(), options=())

    def and_where(self, condition: Condition) -> Query:
        """The query with one more condition that has to hold."""
        old = () if self.where is None else self.where.items if isinstance(self.where, And) else (self.where,)
        return replace(self, where=And((*old, condition)) if old else condition)

    def as_count(self) -> Query:
        """The query that counts the rows of this one."""
        return replace(self.without_limit().without_trailers(), select=(Selected(Call("COUNT")),), limit=self.limit)


def _own_names(source: str) -> set[str]:
    """What may stand for the row itself in a path: its object, or for `Account.Contacts` the singular `Contact`."""
    lower = source.lower()
    return {lower, f"{lower[:-3]}y" if lower.endswith("ies") else lower.removesuffix("s")}


def _paths_of(item: SelectItem) -> Iterator[Path]:
    """The fields that one entry of the SELECT list reads from the query's own object or its parents."""
    if isinstance(item, Selected):
        yield from (item.expr,) if isinstance(item.expr, Path) else item.expr.paths()
    elif isinstance(item, TypeOf):
        fields = [one for when in item.whens for one in when.fields] + list(item.otherwise)
        yield from (Path(f"{item.relationship.name}.{one.name}") for one in fields)
