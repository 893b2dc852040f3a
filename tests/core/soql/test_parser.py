"""The parser takes what the public grammar allows, and says where a text stops being SOQL."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.core.soql import SoqlSyntaxError, parse, parser


def _shapes(name: str) -> tuple[list[str], list[tuple[str, int]]]:
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ACCEPTED, module.REFUSED


_WHOLE, _BY_CLAUSE = _shapes("shapes"), _shapes("shapes_by_clause")
ACCEPTED, REFUSED = [*_WHOLE[0], *_BY_CLAUSE[0]], [*_WHOLE[1], *_BY_CLAUSE[1]]


def test_the_tables_are_as_large_as_promised() -> None:
    assert len(set(ACCEPTED)) >= 600 and len(set(REFUSED)) >= 110


@pytest.mark.parametrize("text", ACCEPTED)
def test_an_accepted_query_prints_back_to_the_same_tree(text: str) -> None:
    query = parse(text)
    assert parse(str(query)) == query


@pytest.mark.parametrize("text", ACCEPTED)
def test_printing_is_stable(text: str) -> None:
    printed = str(parse(text))
    assert str(parse(printed)) == printed


@pytest.mark.parametrize(("text", "position"), REFUSED)
def test_a_refused_query_names_its_place(text: str, position: int) -> None:
    with pytest.raises(SoqlSyntaxError) as refused:
        parse(text)
    assert refused.value.position == position


def test_a_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(SoqlSyntaxError) as refused:
        parse("SELECT Id FROM Contact WHERE Email = 'jane@person.example' secret")
    assert "jane" not in str(refused.value) and "secret" not in str(refused.value)


def test_literals_do_not_show_in_repr() -> None:
    assert "jane" not in repr(parse("SELECT Id FROM Contact WHERE Email IN ('jane@person.example')"))


def test_a_refusal_is_bad_input() -> None:
    assert issubclass(SoqlSyntaxError, BadInput)


def test_deep_nesting_is_refused_not_crashed() -> None:
    text = "SELECT Id FROM A WHERE " + "(" * 5000 + "B = 1" + ")" * 5000
    with pytest.raises(SoqlSyntaxError) as refused:
        parse(text)
    assert refused.value.position == 23 + 60


def test_parentheses_inside_quotes_do_not_count_as_nesting() -> None:
    query = parse(f"SELECT Id FROM A WHERE B = '{'(' * 500}\\'('")
    assert query.object == "A"


def test_a_query_longer_than_salesforce_takes_is_refused() -> None:
    with pytest.raises(SoqlSyntaxError):
        parse("SELECT Id FROM A WHERE B = '" + "x" * 100_000 + "'")


def test_a_long_list_is_read() -> None:
    ids = ", ".join(f"'003{number:012d}'" for number in range(4000))
    assert len(parse(f"SELECT Id FROM Contact WHERE Id IN ({ids})").where.values) == 4000  # type: ignore[union-attr]


def test_building_a_query_loads_no_parser() -> None:
    code = "import sys; from leakresponse.core.soql.build import select; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_queries_that_differ_in_their_values_alone_are_parsed_once() -> None:
    parser._parsed.cache_clear()
    shape = "SELECT Id FROM Contact WHERE Id > '{:018d}' AND A__c < {} AND D__c > 2026-01-{:02}T00:00:00Z LIMIT {}"
    texts = [shape.format(n, 1000 + n, n % 28 + 1, 200 + n) for n in range(500)]
    trees = [parse(text) for text in texts]
    assert parser._parsed.cache_info().misses == 1
    assert [str(tree) for tree in trees] == texts


@pytest.mark.parametrize("text", ACCEPTED)
def test_the_short_way_gives_the_same_tree_and_places(text: str) -> None:
    assert repr(parse(text)) == repr(parser._parsed(text))
    assert parse(text) == parser._parsed(text)


def test_a_position_is_that_of_the_text_itself() -> None:
    (call,) = parse("SELECT Id FROM A WHERE B = 'xx' AND MAX(C) = 1").where.items[1:]  # type: ignore[union-attr]
    assert call.left.position == 36
