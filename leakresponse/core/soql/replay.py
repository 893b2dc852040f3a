"""What an attacker's query becomes when its rows are read again, in bulk, to find the people behind them.

Bulk API 2.0 takes no aggregates, GROUP BY, OFFSET, TYPEOF or parent-to-child sub-queries
(https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm), so a query falls apart
into flat ones: its own, and one per child sub-query on the child object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from leakresponse.core.errors import MissingFact
from leakresponse.core.soql.ast import (
    And,
    Bind,
    Call,
    Compare,
    Condition,
    InList,
    InQuery,
    Not,
    Null,
    Or,
    Path,
    Query,
    Selected,
    SelectItem,
    Source,
    SubQuery,
    TypeOf,
    Wildcard,
    WithCategories,
)
from leakresponse.core.types import ObjectInfo

#: From (parent object, child relationship) to (child object, its reference field), or None when unknown.
ChildOf: TypeAlias = Callable[[str, str], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Replay:
    """One flat query. `relationship` is empty for the query itself, else the child relationships joined by dots.

    `parent_field` is the child's reference to its parent; where the parents are known by id, use
    `query.and_where(...)` on it. `exact` is False when the rows are only bounded: the flat query may give more rows
    than the original did (OFFSET, LIMIT, a scope of another user, values hidden behind place holders).
    """

    query: Query
    relationship: str = ""
    parent_field: str = ""
    exact: bool = True


def replayable(query: Query, child_of: ChildOf | None = None) -> tuple[Replay, ...]:
    """The flat queries behind `query`; none for aggregates, which give no records.

    Raises MissingFact when a sub-query's relationship is not known to `child_of`: it is never guessed.
    """
    if query.is_aggregate:
        return ()
    own = Replay(_flat(query), exact=_is_exact(query))
    found = [own]
    for sub in query.subqueries():
        for child in _children(sub, own, query.object, child_of):
            path = f"{sub.relationship}.{child.relationship}".rstrip(".")
            found.append(replace(child, relationship=path))
    return tuple(found)


def child_resolver(describes: Mapping[str, ObjectInfo]) -> ChildOf:
    """Child relationships read off the child objects: `Contacts` is the plural of an object that refers to the parent.

    None when no object, or more than one field, fits.
    """

    def child_of(parent: str, relationship: str) -> tuple[str, str] | None:
        wanted = relationship.removesuffix("__r").lower()
        fits = [
            (name, one.name)
            for name, info in describes.items()
            if wanted in _plurals(name.removesuffix("__c").lower())
            for one in info.fields.values()
            if parent.lower() in {target.lower() for target in one.reference_to}
        ]
        return fits[0] if len(fits) == 1 else None

    return child_of


def bulk_refusals(query: Query) -> tuple[str, ...]:
    """What in the query Bulk API 2.0 does not take; empty when it may run as it is."""
    checks = {
        "aggregate functions": query.is_aggregate and query.group is None,
        "GROUP BY": query.group is not None,
        "OFFSET": query.offset is not None,
        "TYPEOF": any(isinstance(one, TypeOf) for one in query.select),
        "parent-to-child sub-queries": bool(query.subqueries()),
        "FIELDS(ALL) and FIELDS(CUSTOM)": bool(set(query.wildcards()) - {"STANDARD"}),
    }
    return tuple(name for name, present in checks.items() if present)


def has_binds(query: Query) -> bool:
    """True when a place holder hides a value of the condition."""
    limits = any(isinstance(one, Bind) for one in (query.limit, query.offset))
    return limits or (query.where is not None and _hides(query.where))


def widened(condition: Condition | None) -> Condition | None:
    """The condition without its place holders, letting through at least the same rows; None restricts nothing."""
    match condition:
        case And(items):
            kept = tuple(one for one in map(widened, items) if one is not None)
            return And(kept) if len(kept) > 1 else kept[0] if kept else None
        case Or(items):
            wide = [widened(one) for one in items]
            return None if None in wide else condition if wide == list(items) else Or(tuple(one for one in wide if one))
        case InQuery(left, "IN", query):
            return InQuery(left, "IN", replace(query, where=widened(query.where)))
        case None:
            return None
        case _:
            return None if _hides(condition) else condition


def _plurals(name: str) -> set[str]:
    plain = {name, f"{name}s", f"{name}es", f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"}
    return plain | {one.replace("_", "") for one in plain}


def _is_exact(query: Query) -> bool:
    bounded = query.limit is not None or query.offset is not None
    return not (bounded or query.scope or has_binds(query))


def _flat(query: Query) -> Query:
    """The same rows as plain fields with their Id in front; LIMIT and ORDER BY stay where there is no OFFSET."""
    names = {"id": "Id"} | {name.lower(): name for name in query.field_paths()}
    select: list[SelectItem] = [Selected(Path("Id" if lower == "id" else name)) for lower, name in names.items()]
    select += [one for one in query.select if isinstance(one, Wildcard)]
    fixed = isinstance(query.limit, int) and query.offset is None
    order = query.order if fixed and not any(isinstance(one.expr, Call) for one in query.order) else ()
    return replace(
        query,
        select=tuple(select),
        scope="",
        where=widened(query.where),
        with_clause=query.with_clause if isinstance(query.with_clause, WithCategories) else None,
        order=order,
        limit=query.limit if fixed else None,
        offset=None,
        trailers=(),
        options=(),
    )


def _children(sub: SubQuery, parent: Replay, parent_object: str, child_of: ChildOf | None) -> Iterable[Replay]:
    """The flat queries of one child sub-query, tied to the parents by a semi-join.

    A LIMIT in a sub-query counts per parent, so it cannot stay: the flat query bounds the rows from above.
    """
    found = child_of(parent_object, sub.relationship) if child_of else None
    if found is None:
        raise MissingFact(f"which object stands behind the child relationship {sub.relationship} of {parent_object}")
    child, field = found
    inner = replace(sub.query, sources=(Source(Path(child), sub.query.sources[0].alias), *sub.query.sources[1:]))
    for one in replayable(inner, child_of):
        if one.relationship:
            yield one
            continue
        exact = one.exact and parent.exact
        tied = one.query.without_limit().and_where(_tie(field, parent.query))
        yield Replay(tied, parent_field=field, exact=exact)


def _tie(field: str, parent: Query) -> Condition:
    """Children whose parent the parent query lets through; its LIMIT cannot go into a semi-join."""
    if parent.where is None:
        return Compare(Path(field), "!=", Null())
    return InQuery(Path(field), "IN", replace(parent.with_select(("Id",)), limit=None, order=()))


def _hides(condition: Condition) -> bool:
    match condition:
        case Compare(_, _, right):
            return isinstance(right, Bind)
        case InList(_, _, values):
            return isinstance(values, Bind) or any(isinstance(one, Bind) for one in values)
        case InQuery(_, _, query):
            return has_binds(query)
        case Not(item):
            return _hides(item)
        case And(items) | Or(items):
            return any(map(_hides, items))
