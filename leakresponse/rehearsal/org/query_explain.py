"""`/query?explain=`: how Salesforce would run a query, without running it (REST guide, "Query Performance Feedback").

The plans are the simulation's own guess: an index where a condition that must hold names an indexed field, else a scan
of the table. Costs above 1.0 mean that the query is not selective.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leakresponse.core.soql import ast, parse
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.schema import SObject, quoted
from leakresponse.rehearsal.org.soql_engine import Compiled, total

#: Standard fields with an index besides ids and references (Apex guide, "Working with Very Large SOQL Queries").
_INDEXED = frozenset({"Id", "Name", "CreatedDate", "SystemModstamp", "Email", "RecordTypeId"})


def explain(call: Call, compiled: Compiled, soql: str) -> Answer:
    """The plans, the best one first."""
    reader = call.world.store.reader
    every = int(reader.execute(" ".join(("SELECT COUNT(*) FROM", quoted(compiled.object.name)))).fetchone()[0])
    found = total(reader, compiled)
    indexed = sorted(set(_indexed(parse(soql).where, compiled.object)))
    plans = [_plan(compiled.object, found, every, indexed)] if indexed else []
    plans.append(_plan(compiled.object, found, every, []))
    return Answer(body={"plans": plans, "sourceQuery": soql}, entities=compiled.entities)


def _plan(obj: SObject, found: int, every: int, indexed: list[str]) -> dict[str, Any]:
    """A plan over an index, or over the whole table where no indexed field is given."""
    share = found / every if every else 0.0
    return {
        "cardinality": found, "fields": indexed, "leadingOperationType": "Index" if indexed else "TableScan",
        "notes": [], "relativeCost": round(share * 3.0 if indexed else 0.5 + share * 2.0, 3),
        "sobjectCardinality": every, "sobjectType": obj.name,
    }  # fmt: skip


def _indexed(condition: ast.Condition | None, obj: SObject) -> Iterator[str]:
    """The indexed fields among the conditions that all must hold."""
    if isinstance(condition, ast.And):
        for item in condition.items:
            yield from _indexed(item, obj)
    elif isinstance(condition, ast.Compare | ast.InList | ast.InQuery) and isinstance(condition.left, ast.Path):
        one = obj.field(condition.left.name)
        if one is not None and (one.name in _INDEXED or one.type == "reference" or one.external_id or one.unique):
            yield one.name
