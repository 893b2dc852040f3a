"""The document about the engine says what the engine does."""

from __future__ import annotations

import doctest
from pathlib import Path

LAW_DOCUMENT = Path(__file__).parents[2] / "docs" / "law.md"


def test_the_examples_hold() -> None:
    result = doctest.testfile(str(LAW_DOCUMENT), module_relative=False)
    assert result.attempted > 5 and result.failed == 0
