"""The parser takes what the public grammar allows, and says where a text stops being SOQL."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.core.soql import SoqlSyntaxError, parse


def _shapes() -> tuple[list[str], list[tuple[str, int]]]:
    spec = spec_from_file_location("shapes", Path(__file__).with_name("shapes.py"))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ACCEPTED, module.REFUSED


ACCEPTED, REFUSED = _shapes()


def test_the_tables_are_as_large_as_promised() -> None:
    assert len(set(ACCEPTED)) >= 120 and len(REFUSED) >= 25


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
