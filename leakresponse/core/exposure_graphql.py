"""GraphQL queries of the UI API: `uiapi { query { Contact(first: 10) { edges { node { Id Name { value } } } } } }`.

The log has text and variables, no object and no count (log notes, GraphQL Query): objects and fields come from the
text, rows are bounded by `first` of every call (GraphQL API guide: 10 rows without it, 2,000 at most).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)

from leakresponse.core.bounds import Bound
from leakresponse.core.exposure_groups import Group, groups
from leakresponse.core.exposure_reads import ACTOR, read_of
from leakresponse.core.exposure_types import ALL_FIELDS, GRAPHQL, Read

DEFAULT_ROWS, MAX_ROWS = 10, 2_000
#: A document of more tokens is not looked at: a parser must not be a way to stop us.
MAX_TOKENS = 20_000
_LEAVES = frozenset({"value", "displayValue", "format", "label"})
_Fragments = Mapping[str, SelectionSetNode]


@dataclass(frozen=True, slots=True)
class Asked:
    """One object that a document asks for. `first` is a figure, or the name of the variable that has it."""

    object: str
    fields: tuple[str, ...]
    first: int | str
    filtered: bool

    def rows(self, variables: str) -> int:
        """The most rows that one call gives."""
        if isinstance(self.first, int):
            return min(self.first, MAX_ROWS)
        try:
            given = json.loads(variables or "{}").get(self.first, DEFAULT_ROWS)
        except (ValueError, AttributeError):
            return MAX_ROWS
        return min(given, MAX_ROWS) if isinstance(given, int) and given > 0 else MAX_ROWS


def graphql_reads(rows: pd.DataFrame) -> Iterator[Read]:
    """One read per actor, object and fields; a text that is no GraphQL, or is cut off, may have read anything.

    `status` of a row is its EXCEPTION_MESSAGE: a call that failed gave nothing.
    """
    wanted = rows[(rows["event_type"].isin(("GraphQLQuery", "GraphQL"))) & (rows["status"] == "")]
    for group in groups(wanted, ACTOR):
        found: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        filtered: set[str] = set()
        for text, variables in zip(group.each("query"), group.each("detail"), strict=True):
            for one in asked_by(text) or (Asked("", (ALL_FIELDS,), MAX_ROWS, True),):
                found.setdefault((one.object, one.fields), []).append(one.rows(variables))
                filtered |= {one.object} if one.filtered else set()
        for (name, fields), firsts in found.items():
            yield _read(group, name, fields, sum(firsts), name in filtered)


def _read(group: Group, name: str, fields: tuple[str, ...], most: int, filtered: bool) -> Read:
    basis = "`first` of GraphQL calls" + ("; filters are not run again" if filtered else "")
    logged = Bound(0, most if name else 0, most, basis)
    return read_of(group, GRAPHQL, name, fields, about=fields, logged=logged, notes=(basis,))


@lru_cache(maxsize=4096)
def asked_by(text: str) -> tuple[Asked, ...]:
    """What a document asks for; () for what is no query of this API."""
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError:
        return ()
    fragments = _fragments(document)
    found: list[Asked] = []
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode):
            for entry in _below(one.selection_set, fragments, "uiapi", "query"):
                found += _asked(entry, fragments)
    return tuple(found)


def _fragments(document: DocumentNode) -> _Fragments:
    named = (one for one in document.definitions if isinstance(one, FragmentDefinitionNode))
    return {one.name.value: one.selection_set for one in named}


def _below(chosen: SelectionSetNode | None, fragments: _Fragments, *names: str) -> list[FieldNode]:
    """The fields below a path of names."""
    here = list(_fields(chosen, fragments))
    for name in names:
        here = [inner for one in here if one.name.value == name for inner in _fields(one.selection_set, fragments)]
    return here


def _fields(chosen: SelectionSetNode | None, fragments: _Fragments, depth: int = 0) -> Iterator[FieldNode]:
    """Fields of a selection, fragments opened; a fragment inside itself ends after some rounds."""
    for one in chosen.selections if chosen and depth < 20 else ():
        if isinstance(one, FieldNode):
            yield one
        elif isinstance(one, InlineFragmentNode):
            yield from _fields(one.selection_set, fragments, depth + 1)
        elif isinstance(one, FragmentSpreadNode):
            yield from _fields(fragments.get(one.name.value), fragments, depth + 1)


def _asked(entry: FieldNode, fragments: _Fragments) -> Iterator[Asked]:
    nodes = _below(entry.selection_set, fragments, "edges", "node")
    given = {one.name.value: one.value for one in entry.arguments or ()}
    first = given.get("first")
    many: int | str = DEFAULT_ROWS
    if isinstance(first, IntValueNode):
        many = int(first.value)
    elif isinstance(first, VariableNode):
        many = first.name.value
    fields = tuple(dict.fromkeys(_paths(nodes, fragments, "")))
    if fields:
        yield Asked(entry.name.value, fields, many, "where" in given)


def _paths(nodes: list[FieldNode], fragments: _Fragments, before: str, depth: int = 0) -> Iterator[str]:
    """Field paths as SOQL writes them; `value` and such are parts of a field."""
    for one in nodes if depth < 10 else ():
        name = one.name.value
        below = [inner for inner in _fields(one.selection_set, fragments) if inner.name.value not in _LEAVES]
        if below and below[0].name.value != "edges":  # a child relationship is named, its records are not followed
            yield from _paths(below, fragments, f"{before}{name}.", depth + 1)
        elif name != "__typename":
            yield f"{before}{name}"
