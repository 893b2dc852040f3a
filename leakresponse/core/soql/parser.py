"""From text to syntax tree: lark reads `grammar.lark` once per process, on first use."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path as File
from typing import Any, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from leakresponse.core.soql import ast
from leakresponse.core.soql.errors import SoqlSyntaxError
from leakresponse.core.soql.literals import blot, restore

#: Longest query that Salesforce takes, in characters (SOQL and SOSL limits).
MAX_LENGTH = 100_000
#: Parentheses inside parentheses; far more than any query needs, and a bound for everything that walks a tree.
MAX_DEPTH = 60

_FUNCTION_NAMES = {
    "tolabel": "toLabel", "convertcurrency": "convertCurrency", "converttimezone": "convertTimezone",
}  # fmt: skip


@lru_cache(maxsize=4096)
def parse(text: str) -> ast.Query:
    """The typed query behind `text`; SoqlSyntaxError has the position of the first character that does not fit.

    Repeated queries, and queries that differ in their values alone, cost next to nothing: see `literals`.
    """
    _check_size(text)
    blotted, values = blot(text)
    try:
        whole = restore(_parsed(blotted), values)
    except SoqlSyntaxError:
        whole = None  # refused below for what the text itself has, or accepted for it
    return whole or _parsed(text)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.Query:
    try:
        return cast(ast.Query, _parser().parse(text))
    except VisitError as wrapped:
        if isinstance(wrapped.orig_exc, SoqlSyntaxError):
            raise wrapped.orig_exc from None
        raise
    except UnexpectedInput as refused:
        raise _refusal(refused, text) from None


def _check_size(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise SoqlSyntaxError(f"a query is at most {MAX_LENGTH} characters long", MAX_LENGTH)
    depth, quoted, skip = 0, False, False
    for place, char in enumerate(text):
        if skip:
            skip = False
        elif quoted:
            skip, quoted = char == "\\", char != "'"
        elif char == "'":
            quoted = True
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth > MAX_DEPTH:
                raise SoqlSyntaxError("too many parentheses inside each other", place)


def _refusal(refused: UnexpectedInput, text: str) -> SoqlSyntaxError:
    """Where the text stops being SOQL; the message keeps what stands there to itself."""
    end = len(text.rstrip())
    if isinstance(refused, UnexpectedEOF) or (isinstance(refused, UnexpectedToken) and refused.token.type == "$END"):
        return SoqlSyntaxError("the query ends too early", end)
    place = refused.pos_in_stream if refused.pos_in_stream is not None else end
    if isinstance(refused, UnexpectedCharacters) and text[place : place + 1] == "'":
        return SoqlSyntaxError("a quoted text is not allowed here, is not closed, or has a wrong escape", place)
    return SoqlSyntaxError("unexpected token", place)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = File(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=True,
        transformer=_Builder(),
        g_regex_flags=re.ASCII,
    )


def _word(token: Token | None) -> str:
    """A keyword in capitals with single spaces, or nothing."""
    return " ".join(token.upper().split()) if token else ""


def _path(token: Token) -> ast.Path:
    return ast.Path(str(token), token.start_pos or 0)


def _text(token: Token) -> ast.Text:
    return ast.Text(str(token)[1:-1])


def _bind(token: Token) -> ast.Bind:
    return ast.Bind(token[1:].strip())


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """One method per grammar rule (lark calls them while it parses)."""

    def start(self, query: ast.Query) -> ast.Query:
        return query

    def path(self, token: Token) -> ast.Path:
        return _path(token)

    def call(self, name: Token, *args: ast.Argument | None) -> ast.Call:
        given = tuple(one for one in args if one is not None)
        said = _FUNCTION_NAMES.get(name.lower(), name.upper())
        if not given and said != "COUNT":
            raise SoqlSyntaxError("this function needs an argument", (name.start_pos or 0) + len(name))
        return ast.Call(said, given, name.start_pos or 0)

    def selected(self, expr: ast.Expr, alias: Token | None) -> tuple[ast.Selected, int]:
        return ast.Selected(expr, str(alias or "")), alias.start_pos or 0 if alias else -1

    def subquery(self, query: ast.Query) -> ast.SubQuery:
        return ast.SubQuery(query)

    def wildcard(self, word: Token, kind: Token) -> ast.Wildcard:
        return ast.Wildcard(kind.upper(), word.start_pos or 0)

    def typeof(self, _: Token, relationship: Token, *rest: Any) -> ast.TypeOf:
        whens = tuple(one for one in rest if isinstance(one, ast.When))
        return ast.TypeOf(_path(relationship), whens, rest[-1] or ())

    def when(self, name: Token, fields: tuple[ast.Path, ...]) -> ast.When:
        return ast.When(str(name), fields)

    def typeof_fields(self, *fields: Token) -> tuple[ast.Path, ...]:
        return tuple(map(_path, fields))

    def source(self, path: Token, alias: Token | None = None) -> ast.Source:
        return ast.Source(_path(path), str(alias or ""))

    def select_items(self, *items: Any) -> tuple[Any, ...]:
        return items

    def sources(self, *sources: ast.Source) -> tuple[ast.Source, ...]:
        return sources

    def scope(self, name: Token | None) -> str:
        return str(name or "")

    def where(self, condition: ast.Condition | None) -> ast.Condition | None:
        return condition

    def with_clause(self, clause: ast.With | None) -> ast.With | None:
        return clause

    def all_of(self, *items: ast.Condition) -> ast.And:
        return ast.And(items)

    def any_of(self, *items: ast.Condition) -> ast.Or:
        return ast.Or(items)

    def negated(self, item: ast.Condition) -> ast.Not:
        return ast.Not(item)

    def compare(self, left: ast.Expr, op: Token, right: ast.Value) -> ast.Compare:
        said = _word(op)
        return ast.Compare(left, "!=" if said == "<>" else said, right)

    def in_query(self, left: ast.Expr, op: Token, query: ast.Query) -> ast.InQuery:
        return ast.InQuery(left, _word(op), query)

    def in_list(self, left: ast.Expr, op: Token, values: Any) -> ast.InList:
        return ast.InList(left, _word(op), _bind(values) if isinstance(values, Token) else values)

    def values(self, *values: ast.Value) -> tuple[ast.Value, ...]:
        return values

    def text(self, token: Token) -> ast.Text:
        return _text(token)

    def number(self, token: Token) -> ast.Number:
        return ast.Number(str(token))

    def currency(self, token: Token) -> ast.Currency:
        return ast.Currency(token[:3].upper(), token[3:])

    def datetime(self, token: Token) -> ast.DateTime:
        return ast.DateTime(str(token))

    def date(self, token: Token) -> ast.Date:
        return ast.Date(str(token))

    def time(self, token: Token) -> ast.Time:
        return ast.Time(str(token))

    def date_literal(self, token: Token) -> ast.DateLiteral:
        name, _, n = token.upper().partition(":")
        return ast.DateLiteral(name, int(n) if n else None)

    def boolean(self, token: Token) -> ast.Boolean:
        return ast.Boolean(token.lower() == "true")

    def null(self, _: Token) -> ast.Null:
        return ast.Null()

    def bind(self, token: Token) -> ast.Bind:
        return _bind(token)

    def with_mode(self, mode: Token) -> ast.WithMode:
        return ast.WithMode(mode.upper())

    def with_categories(self, *categories: ast.Category) -> ast.WithCategories:
        return ast.WithCategories(categories)

    def with_visibility(self, _: Token, *options: ast.Option) -> ast.WithVisibility:
        return ast.WithVisibility(options)

    def with_filter(self, condition: ast.Condition) -> ast.WithFilter:
        return ast.WithFilter(condition)

    def category(self, group: Token, selector: Token, *names: Token) -> ast.Category:
        return ast.Category(str(group), selector.upper(), tuple(map(str, names)))

    def option(self, name: Token, op: Token, value: ast.Value) -> ast.Option:
        return ast.Option(str(name), str(op), value)

    def group(self, group: ast.Group | None, having: ast.Condition | None) -> tuple[Any, ast.Condition | None]:
        return group, having

    def having(self, condition: ast.Condition | None) -> ast.Condition | None:
        return condition

    def group_plain(self, *items: ast.Expr) -> ast.Group:
        return ast.Group(items)

    def group_subtotals(self, kind: Token, *items: ast.Expr) -> ast.Group:
        return ast.Group(items, kind.upper())

    def order(self, orderings: tuple[ast.Ordering, ...] | None) -> tuple[ast.Ordering, ...]:
        return orderings or ()

    def orderings(self, *orderings: ast.Ordering) -> tuple[ast.Ordering, ...]:
        return orderings

    def ordering(self, expr: ast.Expr, direction: Token | None, nulls: Token | None) -> ast.Ordering:
        return ast.Ordering(expr, _word(direction), _word(nulls).removeprefix("NULLS "))

    def limit(self, rows: Token | None) -> int | ast.Bind | None:
        return _rows(rows) if rows else None

    def offset(self, rows: Token | None) -> int | ast.Bind | None:
        return _rows(rows) if rows else None

    def trailers(self, *trailers: Any) -> tuple[Any, ...]:
        return trailers

    def flag(self, words: Token) -> str:
        return _word(words)

    def update_flag(self, *kinds: Token) -> str:
        return f"UPDATE {', '.join(map(_word, kinds))}"

    def set_options(self, *options: ast.Option) -> tuple[ast.Option, ...]:
        return options

    def query(self, items: tuple[Any, ...], sources: tuple[ast.Source, ...], *parts: Any) -> ast.Query:
        scope, where, with_clause, (group, having), order, limit, offset, trailers = parts
        selected = _select(items, grouped=group is not None)
        words = tuple(one for one in trailers if isinstance(one, str))
        options = tuple(option for one in trailers if isinstance(one, tuple) for option in one)
        return ast.Query(
            selected, sources, scope, where, with_clause, group, having, order, limit, offset, words, options
        )


def _rows(token: Token) -> int | ast.Bind:
    if token.type == "BIND":
        return _bind(token)
    if not token.isdigit():
        raise SoqlSyntaxError("a number of rows is a whole number", token.start_pos or 0)
    return int(token)


def _select(items: tuple[Any, ...], grouped: bool) -> tuple[ast.SelectItem, ...]:
    """Checks what the reference forbids: an alias on a plain field outside GROUP BY, and company for COUNT()."""
    found: list[ast.SelectItem] = []
    for item in items:
        one, alias_at = item if isinstance(item, tuple) else (item, -1)
        if alias_at >= 0 and isinstance(one.expr, ast.Path) and not grouped:
            raise SoqlSyntaxError("only aggregate expressions use field aliasing", alias_at)
        if isinstance(one, ast.Selected) and one.expr == ast.Call("COUNT") and len(items) > 1:
            raise SoqlSyntaxError("COUNT() stands alone", one.expr.position)
        found.append(one)
    return tuple(found)
