"""Containment is a race: what it imports is part of its time."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("pandas", "great_expectations", "duckdb", "pyarrow", "matplotlib", "splink")


@pytest.mark.parametrize(
    "module", ["flows.contain", "flows.rotate", "flows.respond", "leakresponse.cli", "leakresponse.ledger"]
)
def test_light_modules_stay_light(module):
    code = f"import sys, {module}; print(sorted(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
