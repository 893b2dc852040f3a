"""The document about residency says what the resolver does."""

from __future__ import annotations

import ast
import doctest
from pathlib import Path

import pytest

from leakresponse.core.residency import Address, resolve_address

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "residency.md"


def example_rows() -> list[list[str]]:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("| city | state |")) + 2
    end = next(i for i in range(start, len(lines)) if not lines[i].startswith("|"))
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[start:end]]


def test_the_examples_hold() -> None:
    result = doctest.testfile(str(DOCUMENT), module_relative=False)
    assert result.attempted >= 5 and result.failed == 0


def test_the_table_is_not_empty() -> None:
    assert len(example_rows()) >= 30


@pytest.mark.parametrize("row", example_rows(), ids=" ".join)
def test_row_of_the_table(row: list[str]) -> None:
    city, state, postal, country, *expected = row
    got = resolve_address(Address(city=city, state=state, postal=postal, country=country))
    review = "Y" if got.review else "N"
    assert [got.residency, " ".join(got.candidates), got.confidence, review, got.basis] == expected


def test_every_flag_that_the_code_can_set_is_named() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    modules = (ROOT / "leakresponse" / "core" / "residency").glob("*.py")
    words = {n.value for m in modules for n in ast.walk(ast.parse(m.read_text())) if isinstance(n, ast.Constant)}
    prefixes = ("STATE_", "ZIP_", "CITY_", "COUNTRY_")
    flags = {w for w in words if isinstance(w, str) and w.isupper() and w.startswith(prefixes) and w.isidentifier()}
    flags -= {"ZIP_TABLE_AS_OF", "ZIP_TABLE_SOURCE", "STATE_IF_US_ELSE_FOREIGN"}
    assert len(flags) > 15
    assert {f for f in flags if f"`{f}`" not in text} == set()
