"""From logs and result pages to people per state and element: ours beside two hand-written scripts, on the same files.

Each runs in a process of its own on files made once into build/bench. Its answer is compared with the truth before its
time counts. Memory is what the process and its children hold together, looked at every 50 ms.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd
import psutil

from benchmarks.measure import Row, row
from benchmarks.scope_data import make_shop, write_pages, write_tables
from benchmarks.scope_logs import write_logs

FOLDER = Path("build/bench")
#: (log rows, people)
SIZES = ((100_000, 20_000), (1_000_000, 200_000), (10_000_000, 2_000_000))
OURS = "benchmarks.scope_ours"
BY_HAND = {"DuckDB": "benchmarks.by_hand.scope_duckdb", "Polars": "benchmarks.by_hand.scope_polars"}
GIB = 1 << 30
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """What one script took."""

    seconds: float
    memory: int


def measure() -> list[Row]:
    """Time against the faster script by hand and memory against its aim at the full size, and growth up to there."""
    ours: dict[int, Run] = {}
    rows: list[Row] = []
    for log_rows, people in SIZES:
        logs, pages = _data(log_rows, people)
        ours[log_rows] = _run(OURS, logs, pages)
        theirs = {name: _run(module, logs, pages) for name, module in BY_HAND.items()}
        name = min(theirs, key=lambda one: theirs[one].seconds)
        title = f"logs and pages to people per state and element, {people:,} people"
        rows.append(row("scope", title, ours[log_rows].seconds, theirs[name].seconds, f"{name} by hand", 1.2, log_rows))
        rows.append(row("scope", "the same, memory", ours[log_rows].memory / GIB, 2.0, "aim", 1.0, log_rows, "GiB"))
    for (smaller, _), (larger, _) in pairwise(SIZES):
        linear = ours[smaller].seconds * larger / smaller
        rows.append(row("scope", "growth", ours[larger].seconds, linear, f"linear from {smaller:,}", 1.0, larger))
    return rows


def _data(log_rows: int, people: int) -> tuple[Path, Path]:
    """The files of one size, made where they are not there yet."""
    logs, pages = FOLDER / f"logs-{log_rows}", FOLDER / f"people-{people}"
    write_tables(FOLDER / "tables")
    counts = _once(pages, lambda folder: write_pages(make_shop(people), folder))
    _once(logs, lambda folder: write_logs(log_rows, folder, counts))
    return logs, pages


def _once(folder: Path, make: Callable[[Path], dict[str, int]]) -> dict[str, int]:
    """Made under another name first, so that half-made files are never measured."""
    done = folder / "rows.txt"
    if not done.exists():
        print(f"  making {folder}", file=sys.stderr, flush=True)
        counts = make(folder)
        done.write_text("\n".join(f"{name} {count}" for name, count in counts.items()), encoding="utf-8")
    said = (line.split() for line in done.read_text(encoding="utf-8").splitlines())
    return {name: int(count) for name, count in said}


def _run(module: str, logs: Path, pages: Path) -> Run:
    """Run a script and hold its answer against the truth. Raises SystemExit where it is wrong."""
    out = FOLDER / f"{module}.csv"
    print(f"  {module} on {logs.name}", file=sys.stderr, flush=True)
    begun, before = time.perf_counter(), _processor()
    command = [sys.executable, "-m", module, str(logs), str(pages), str(FOLDER / "tables"), str(out)]
    with subprocess.Popen(command) as process:
        memory = _watch(process)
    seconds = time.perf_counter() - begun
    worked = _processor() - before
    print(f"    {seconds:.1f} s ({worked:.1f} s of processors), {memory / GIB:.2f} GiB", file=sys.stderr, flush=True)
    if process.returncode or not _is_right(out, pages / "truth.csv"):
        raise SystemExit(f"{module} does not answer right")
    return Run(seconds, memory)


def _processor() -> float:
    """Processor seconds of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(process: subprocess.Popen[bytes]) -> int:
    """The most memory that the process and its children held at one time, in bytes."""
    most = 0
    while process.poll() is None:
        most = max(most, _held(process.pid))
        time.sleep(LOOK_SECONDS)
    return most


def _held(pid: int) -> int:
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for one in family:
        try:
            total += int(one.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return total


def _is_right(answer: Path, truth: Path) -> bool:
    keys = ["state", "element"]
    found, want = (pd.read_csv(path).sort_values(keys, ignore_index=True) for path in (answer, truth))
    return bool(found[[*keys, "people"]].equals(want[[*keys, "people"]]))
