"""What Salesforce refuses beyond grammar and names: row limits, FIELDS(), stored events, definitions, Bulk API 2.0."""

from __future__ import annotations

from collections.abc import Iterator

from leakresponse.core.soql import ast
from leakresponse.rehearsal.org.schema import SObject
from leakresponse.rehearsal.org.soql_engine_errors import (
    BulkRefused,
    InvalidField,
    MalformedQuery,
    OutsideRange,
    cannot,
)

#: Highest OFFSET, and highest LIMIT with FIELDS(ALL) or FIELDS(CUSTOM) (SOQL and SOSL Reference).
MAX_OFFSET, MAX_FIELDS_LIMIT = 2000, 200
_EVENT_FILTERS = {
    "eventdate": frozenset({"<", ">", "<=", ">="}),
    "eventidentifier": frozenset({"=", "<", ">", "<=", ">="}),
    "userid": frozenset({"="}),
}


def check_shape(query: ast.Query, obj: SObject) -> None:
    """Refuses what does not depend on the fields' types."""
    place = query.sources[0].path.position
    if "ALL ROWS" in query.trailers:
        raise MalformedQuery("ALL ROWS not allowed in this context", place)
    if set(query.wildcards()) - {"STANDARD"} and not (isinstance(query.limit, int) and query.limit <= MAX_FIELDS_LIMIT):
        raise MalformedQuery(f"The SOQL FIELDS function must have a LIMIT of at most {MAX_FIELDS_LIMIT}")
    if isinstance(query.with_clause, ast.WithCategories | ast.WithFilter | ast.WithVisibility):
        raise MalformedQuery("unexpected token: 'WITH'", place)
    if obj.event_store:
        _check_events(query, obj)
    if obj.name == "FieldDefinition" and not _names_entity(query.where):
        raise MalformedQuery("A filter on a reified column is required [EntityDefinitionId,DurableId]")


def check_rows(query: ast.Query) -> tuple[int | None, int | None]:
    """LIMIT and OFFSET as numbers."""
    limit, offset = query.limit, query.offset
    if isinstance(limit, ast.Bind) or isinstance(offset, ast.Bind):
        raise MalformedQuery("Bind variables only allowed in Apex code")
    if offset is not None and offset > MAX_OFFSET:
        raise OutsideRange(f"Maximum SOQL offset allowed for apiName {query.object} is {MAX_OFFSET}")
    return limit, offset


def check_bulk(query: ast.Query) -> None:
    """Refuses what Bulk API 2.0 does not run; compound addresses are refused where they are asked for by name."""
    if query.subqueries():
        raise BulkRefused("Aggregate Relationships not supported in Bulk V2 Query with CSV content type")
    if query.is_aggregate:
        raise BulkRefused("Aggregate functions and GROUP BY not supported in Bulk V2 Query")
    if query.offset is not None:
        raise BulkRefused("OFFSET not supported in Bulk V2 Query")
    if any(isinstance(one, ast.TypeOf) for one in query.select):
        raise BulkRefused("TYPEOF not supported in Bulk V2 Query")
    if set(query.wildcards()) - {"STANDARD"}:
        raise MalformedQuery("The SOQL FIELDS function is not supported with an unbounded set of fields in this API.")


def _check_events(query: ast.Query, obj: SObject) -> None:
    """Stored events: filters on EventDate, or on it and EventIdentifier, by AND; newest first; nothing computed.

    ReportEvent takes UserId too, but not with EventIdentifier (Security guide, "Real-Time Event Monitoring Data
    Storage"; beta). Words for an EventIdentifier without EventDate are not confirmed.
    """
    for item in query.select:
        if isinstance(item, ast.Selected) and isinstance(item.expr, ast.Call) and item.expr.is_aggregate:
            field = next((path.name for path in item.expr.paths()), "Id")
            raise MalformedQuery(
                f"field {field} does not support aggregate operator {item.expr.name}", item.expr.position
            )
    if query.group is not None:
        raise MalformedQuery("GROUP BY is not supported on this object")
    named = {_check_event_filter(one, obj) for one in _flat(query.where)}
    if ("eventidentifier" in named and "eventdate" not in named) or {"eventidentifier", "userid"} <= named:
        raise InvalidField("Invalid filter on this object: filter on EventDate, or on EventDate and EventIdentifier")
    for ordering in query.order:
        name = ordering.expr.name if isinstance(ordering.expr, ast.Path) else ""
        if name.lower() != "eventdate":
            raise cannot(name, "sorted", ordering.expr.position)
        if ordering.direction != "DESC":
            raise InvalidField("Unsupported order direction on filter column: EVENTDATE", ordering.expr.position)


def _check_event_filter(one: ast.Condition, obj: SObject) -> str:
    """The field that the condition is about, in lower case."""
    if not isinstance(one, ast.Compare | ast.InList | ast.InQuery):
        raise MalformedQuery("Only AND is supported in filters on this object")
    name = one.left.name.rsplit(".", 1)[-1]
    taken = _EVENT_FILTERS.get(name.lower()) if obj.name == "ReportEvent" or name.lower() != "userid" else None
    if taken is None:
        raise cannot(name, "filtered", one.left.position)
    if not isinstance(one, ast.Compare) or one.op not in taken:
        raise InvalidField(f"Unsupported filter operator on column: {name.upper()}", one.left.position)
    return name.lower()


def _flat(condition: ast.Condition | None) -> Iterator[ast.Condition]:
    if isinstance(condition, ast.And):
        for item in condition.items:
            yield from _flat(item)
    elif condition is not None:
        yield condition


def _names_entity(condition: ast.Condition | None) -> bool:
    names = (one.left.name.lower() for one in _flat(condition) if isinstance(one, ast.Compare | ast.InList))
    return any(name in {"durableid", "entitydefinitionid"} or name.startswith("entitydefinition.") for name in names)
