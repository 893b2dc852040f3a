"""Any tree that can be built prints to text that parses to the same tree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leakresponse.core.soql import ast, parse
from leakresponse.core.soql.build import literal

NAMES = st.sampled_from(["Id", "Name", "Email", "X__c", "Group", "Limit__c", "Order", "Data", "Offset", "Scope", "n_1"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda parts: ast.Path(".".join(parts)))
TEXTS = st.text(max_size=20).map(lambda text: ast.Text(literal(text)[1:-1]))
MOMENTS = st.datetimes(min_value=__import__("datetime").datetime(1900, 1, 1)).map(
    lambda moment: ast.DateTime(f"{moment:%Y-%m-%dT%H:%M:%S}Z")
)
SPANS = st.one_of(
    st.sampled_from(["TODAY", "LAST_WEEK", "THIS_FISCAL_YEAR", "NEXT_90_DAYS"]).map(ast.DateLiteral),
    st.tuples(st.sampled_from(["LAST_N_DAYS", "N_MONTHS_AGO", "NEXT_N_FISCAL_QUARTERS"]), st.integers(0, 999)).map(
        lambda pair: ast.DateLiteral(*pair)
    ),
)
VALUES = st.one_of(
    TEXTS,
    MOMENTS,
    SPANS,
    st.integers(-(10**9), 10**9).map(lambda number: ast.Number(str(number))),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: ast.Number(repr(number))),
    st.dates().map(lambda day: ast.Date(day.isoformat())),
    st.booleans().map(ast.Boolean),
    st.just(ast.Null()),
    st.just(ast.Bind("id")),
    st.just(ast.Currency("USD", "12.5")),
)
CALLS = st.tuples(st.sampled_from(["MAX", "COUNT", "toLabel", "CALENDAR_YEAR", "FORMAT"]), PATHS).map(
    lambda pair: ast.Call(pair[0], (pair[1],))
)
EXPRESSIONS = st.one_of(PATHS, CALLS)
COMPARISONS = st.one_of(
    st.builds(ast.Compare, EXPRESSIONS, st.sampled_from(["=", "!=", "<", ">", "<=", ">=", "LIKE"]), VALUES),
    st.builds(
        ast.InList,
        EXPRESSIONS,
        st.sampled_from(["IN", "NOT IN", "INCLUDES", "EXCLUDES"]),
        st.one_of(st.lists(VALUES, min_size=1, max_size=4).map(tuple), st.just(ast.Bind("ids"))),
    ),
)


def _combined(inner: st.SearchStrategy[ast.Condition]) -> st.SearchStrategy[ast.Condition]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(several.map(ast.And), several.map(ast.Or), inner.map(ast.Not))


CONDITIONS = st.recursive(COMPARISONS, _combined, max_leaves=8)
ORDERINGS = st.builds(
    ast.Ordering, EXPRESSIONS, st.sampled_from(["", "ASC", "DESC"]), st.sampled_from(["", "FIRST", "LAST"])
)


def _queries(select: st.SearchStrategy[ast.SelectItem]) -> st.SearchStrategy[ast.Query]:
    return st.builds(
        ast.Query,
        st.lists(select, min_size=1, max_size=4).map(tuple),
        st.tuples(st.builds(ast.Source, PATHS, st.sampled_from(["", "c", "Data"]))),
        st.sampled_from(["", "mine"]),
        st.none() | CONDITIONS,
        st.none() | st.just(ast.WithMode("USER_MODE")),
        st.none(),
        st.none(),
        st.lists(ORDERINGS, max_size=2).map(tuple),
        st.none() | st.integers(0, 10**6),
        st.none() | st.integers(0, 2000),
        st.lists(st.sampled_from(["FOR VIEW", "FOR REFERENCE", "UPDATE TRACKING", "ALL ROWS"]), max_size=2).map(tuple),
    )


PLAIN = st.one_of(
    PATHS.map(ast.Selected), CALLS.map(ast.Selected), st.sampled_from(["ALL", "STANDARD", "CUSTOM"]).map(ast.Wildcard)
)
QUERIES = _queries(st.one_of(PLAIN, _queries(PLAIN).map(ast.SubQuery)))


@settings(max_examples=120, deadline=None)
@given(QUERIES)
def test_a_tree_survives_printing_and_parsing(query: ast.Query) -> None:
    assert parse(str(query)) == query


@settings(max_examples=60, deadline=None)
@given(CONDITIONS, QUERIES)
def test_semi_joins_survive_printing_and_parsing(condition: ast.Condition, inner: ast.Query) -> None:
    query = ast.Query((ast.Selected(ast.Path("Id")),), (ast.Source(ast.Path("A")),), where=condition)
    query = query.and_where(ast.InQuery(ast.Path("Id"), "NOT IN", inner))
    assert parse(str(query)) == query


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_query_or_is_refused_at_a_place_inside_it(text: str) -> None:
    from leakresponse.core.soql import SoqlSyntaxError

    try:
        parse(f"SELECT Id FROM A WHERE B = {text}")
    except SoqlSyntaxError as refused:
        assert 0 <= refused.position <= 27 + len(text)
