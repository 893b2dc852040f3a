"""`make bench [ONLY=part]`: one table, and build/bench.json.

Ours and the reference run in the same process, one after the other, on the same input.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Row

PARTS = ("org", "ledger", "containment", "rotation", "scope", "notices")
OUT = Path("build/bench.json")


def main() -> int:
    """Run the parts asked for and print them. Exit code 1 where one misses its aim."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--only", choices=PARTS)
    only = parser.parse_args().only
    rows: list[Row] = []
    for part in [only] if only else PARTS:
        print(f"measuring {part} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"benchmarks.{part}").measure()
    _print(rows)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    return 0


def _print(rows: list[Row]) -> None:
    table = Table(title="ours against a reference, measured side by side")
    for column in ("part", "what", "size", "ours", "reference", "ratio", "aim"):
        table.add_column(column)
    for row in rows:
        sign = "<=" if row.better == "lower" else ">="
        good = row.ratio <= row.aim if row.better == "lower" else row.ratio >= row.aim
        shown = f"[{'green' if good else 'red'}]{row.ratio:.2f}[/]"
        ours, reference = f"{row.ours:.4g} {row.unit}", f"{row.reference:.4g} {row.unit} ({row.reference_name})"
        table.add_row(row.part, row.name, f"{row.size:,}", ours, reference, shown, f"{sign} {row.aim}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
