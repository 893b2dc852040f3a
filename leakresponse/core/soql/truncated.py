"""What is sure of a query that its log cut off: ApiEvent keeps 10,000 characters; of log files nobody says how many.

A text that breaks off proves what stands before the break and nothing after it. A name that touches the break may be
longer; a condition counts only where an AND shows that the rest can but narrow the rows (SOQL does not mix AND and OR
without parentheses), or where another clause shows that all conditions are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from leakresponse.core.soql import ast
from leakresponse.core.soql.errors import SoqlSyntaxError
from leakresponse.core.soql.parser import parse

#: Length at which ApiEvent and BulkApiResultEvent cut their Query (log notes, "Counting and naming records").
EVENT_LIMIT = 10_000
_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*(?:'|\\?\Z)|[\w.:+-]+|\s+|.""", re.DOTALL)
_CLAUSE = re.compile(
    r"(?:using\s+scope|where|with|group\s+by|having|order\s+by|limit|offset|for\s+(?:view|reference|update)|update|"
    r"all\s+rows|set\s+options)(?![\w.])",
    re.IGNORECASE,
)
#: Words of the longest keyword (WITH DATA CATEGORY): so far before the break a text may look wrong.
_LONGEST = 3


@dataclass(frozen=True, slots=True)
class Sure:
    """What a cut query proves.

    `object` is empty where the break came before its name was surely whole. `reads` is what surely was asked for, as
    `Query.reads` has it; `reads_complete` says that there was nothing more. `query` reads that from at least the rows
    that the whole query read: it has no LIMIT, and of the conditions those alone that hold for sure. None without an
    object. `lost` names the parts that are not known, for the report.
    """

    object: str
    reads: tuple[tuple[str, str], ...]
    reads_complete: bool
    query: ast.Query | None
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """A token outside all parentheses, with its place."""

    text: str
    start: int
    end: int


def parse_truncated(text: str) -> Sure:
    """What a text proves that was cut off at its end. Raises SoqlSyntaxError where it is no beginning of a query."""
    _check_beginning(text)
    words = list(_words(text))
    place = next((i for i, word in enumerate(words) if word.text.lower() == "from"), None)
    if place is None:
        return _without_object(text, words)
    return _with_object(text, words, place)


def _check_beginning(text: str) -> None:
    """A cut leaves everything before it as it was, so that a text may go wrong at its last token only."""
    tokens = [found for found in _TOKEN.finditer(text) if not found[0].isspace()]
    if not tokens or tokens[0][0].lower() != "select":
        raise SoqlSyntaxError("not the beginning of a query", tokens[0].start() if tokens else 0)
    try:
        parse(text)
    except SoqlSyntaxError as refused:
        if refused.position < tokens[-_LONGEST:][0].start():
            raise


def _words(text: str) -> Iterator[_Word]:
    depth = 0
    for found in _TOKEN.finditer(text):
        depth -= found[0] == ")"
        if depth == 0 and not found[0].isspace():
            yield _Word(found[0], found.start(), found.end())
        depth += found[0] == "("


def _without_object(text: str, words: list[_Word]) -> Sure:
    """The break came in the SELECT list: what stands before its last comma is sure."""
    commas = [word.start for word in words if word.text == ","]
    listed = text[words[0].end : commas[-1]] if commas else ""
    reads = _query(listed, "Unknown").reads() if listed else ()
    return Sure("", reads, False, None, ("object", "fields", "conditions"))


def _with_object(text: str, words: list[_Word], place: int) -> Sure:
    """The SELECT list is whole; the object is where anything follows its name."""
    after = words[place + 1 :]
    listed = text[words[0].end : words[place].start]
    if not after or after[0].end == len(text):
        query = _query(listed, "Unknown")
        return Sure("", query.reads(), not query.wildcards(), None, ("object", "conditions"))
    clause = next((i for i, word in enumerate(after) if _CLAUSE.match(text, word.start)), None)
    # Before a clause has begun, only the object is sure: an alias or a second source may be cut.
    sources = after[0].text if clause is None else text[words[place].end : after[clause].start]
    kept, lost = _conditions(text, after[clause:] if clause is not None else [])
    query = _query(listed, sources, kept)
    return Sure(query.object, query.reads(), not query.wildcards(), query, lost)


def _conditions(text: str, rest: list[_Word]) -> tuple[str, tuple[str, ...]]:
    """The part of WHERE that holds for sure, empty where there is none, and what is lost."""
    where = next((i for i, word in enumerate(rest) if word.text.lower() == "where"), None)
    if where is None:
        return "", ("conditions",)
    start = rest[where].end
    later = next((word.start for word in rest[where + 1 :] if _CLAUSE.match(text, word.start)), None)
    if later is not None:
        return text[start:later], ("clauses after the conditions",)
    ands = [word.start for word in rest[where + 1 :] if word.text.lower() == "and"]
    return (text[start : ands[-1]], ("some conditions",)) if ands else ("", ("conditions",))


def _query(listed: str, sources: str, where: str = "") -> ast.Query:
    return parse(" ".join(["SELECT", listed, "FROM", sources, *(["WHERE", where] if where else [])]))
